"""All that the stand-in remembers, and its switches. In memory; for the event loop alone."""

from __future__ import annotations

import secrets
import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from sandbox.clouds.mega import crypto
from sandbox.clouds.mega.accounts import Account, Accounts
from sandbox.clouds.mega.blobs import Blob, Upload
from sandbox.clouds.mega.errors import Number, Refused
from sandbox.clouds.mega.events import Events
from sandbox.clouds.mega.nodes import Node

_TOKEN_BYTES = 48
_ANSWERS_KEPT = 2000


class Settings(BaseModel):
    """Switches, changed by PATCH /_control/settings."""

    model_config = ConfigDict(extra="forbid")

    keep_bytes: bool = (
        True  # else a digest for each MAC chunk is all that stays; such a file can't be downloaded
    )
    easiness: int = Field(default=0, ge=0, le=255)  # of the proof of work; 0: none is asked for
    easiness_for: list[str] = ["us"]  # commands that need one; "*": every request
    hashcash_life: float = 300  # seconds
    transfer_left: int | None = None  # seconds until downloads are allowed again (509); None: they are
    wait: float = 60  # seconds that the waiting address blocks at most


@dataclass
class Challenge:
    """A proof of work that was asked for."""

    easiness: int
    made: float
    used_by: str = ""  # the request that it was spent on


@dataclass
class State:
    """Accounts, uploads, what was answered."""

    settings: Settings = field(default_factory=Settings)
    accounts: Accounts = field(default_factory=Accounts)
    events: Events = field(default_factory=Events)
    uploads: dict[str, Upload] = field(default_factory=dict)  # by the token in their URL
    completions: dict[str, Upload] = field(default_factory=dict)  # by the handle of their completion token
    downloads: dict[str, Blob] = field(default_factory=dict)
    challenges: dict[str, Challenge] = field(default_factory=dict)
    answered: OrderedDict[tuple[str, int], tuple[bytes, bytes]] = field(default_factory=OrderedDict)
    commands: Counter[str] = field(default_factory=Counter)
    replays: int = 0  # requests answered again from memory
    proofs: int = 0  # proofs of work that were accepted

    def linked(self, handle: str) -> tuple[Account, Node]:
        """Whose node a public handle names. Raises Refused."""
        for account in self.accounts.all():
            for node in account.tree.nodes.values():
                if node.link == handle:
                    return account, node
        raise Refused(Number.NOENT)

    def completed(self, handle: object, user: str) -> Blob:
        """The content that a completion token stands for. Raises Refused.

        One token may be used more than once, as the official client does for a file with two targets.
        """
        if not isinstance(handle, str):
            raise Refused(Number.ARGS)
        upload = self.completions.get(handle)
        if upload is None or upload.user != user or not upload.blob.complete:
            raise Refused(Number.NOENT)
        return upload.blob

    def begin(self, upload: Upload) -> None:
        """Know an upload from now on."""
        self.uploads[upload.token] = upload
        self.completions[upload.handle] = upload

    def offer(self, blob: Blob) -> str:
        """A token for a download address."""
        token = secrets.token_urlsafe(33)
        self.downloads[token] = blob
        return token

    def challenge(self) -> str:
        """A fresh proof of work to ask for: the header's value."""
        token = crypto.b64(secrets.token_bytes(_TOKEN_BYTES))
        self.challenges[token] = Challenge(self.settings.easiness, time.monotonic())
        return f"1:{self.settings.easiness}:{int(time.time())}:{token}"

    def proven(self, header: str, request: str) -> bool:
        """Whether the header proves the work; each challenge is good for one request (its id)."""
        version, _, rest = header.partition(":")
        token, _, prefix = rest.partition(":")
        asked = self.challenges.get(token)
        if version != "1" or asked is None or time.monotonic() - asked.made > self.settings.hashcash_life:
            return False
        if asked.used_by and asked.used_by != request:
            return False
        try:
            valid = crypto.hashcash_valid(token, asked.easiness, crypto.unb64(prefix))
        except ValueError:
            return False
        if valid:
            asked.used_by = request
            self.proofs += 1
        return valid

    def remember(self, key: tuple[str, int], digest: bytes, answer: bytes) -> None:
        """Keep an answer for the same request coming again."""
        self.answered[key] = (digest, answer)
        while len(self.answered) > _ANSWERS_KEPT:
            self.answered.popitem(last=False)
