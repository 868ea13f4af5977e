"""What both ways of sending share: an item with its id and hashes, its metadata, its end.

The id is fetched beforehand and kept: a file that was made by a request whose answer was lost is found by it,
and made no second time.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from app.cloud.destination import Entry, Outgoing, State
from app.cloud.destinations.google_drive.answers import KEY, file_of, is_id, object_of, refuse, unclear
from app.cloud.destinations.google_drive.files import Files
from app.cloud.destinations.google_drive.hosts import CLOUD
from app.cloud.digests import Digests
from app.domain.errors import UploadLost
from app.domain.words import N_
from app.net.answers import Answer

#: Our own hashes by the names of `Entry.hashes`, strongest first.
HASHERS = {"sha256": hashlib.sha256, "md5": lambda: hashlib.md5(usedforsecurity=False)}
#: Answers by which a session is over: cancelled, too old, never heard of.
GONE = frozenset({404, 410, 499})

_PLAIN = "application/octet-stream"
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")


@dataclass(frozen=True, slots=True)
class Kept:
    """An upload's state: the file's id and size, and the session's address, as good as a password."""

    id: str
    size: int
    session: str = field(default="", repr=False)

    def state(self) -> State:
        return {"id": self.id, "size": self.size, "session": self.session}

    @classmethod
    def of(cls, state: State | None) -> Self | None:
        """The state that `state()` gave; None where it is none."""
        if state is None:
            return None
        file_id, size, session = (state.get(name) for name in ("id", "size", "session"))
        if not is_id(file_id) or not isinstance(size, int) or not isinstance(session, str):
            return None
        return cls(str(file_id), size, session)


class Sending:
    """One item on its way into the folder of id `parent`."""

    def __init__(self, files: Files, item: Outgoing, parent: str) -> None:
        self.files = files
        self.item = item
        self.digests = Digests(HASHERS)
        #: The file at the destination, once it is whole there.
        self.entry: Entry | None = None
        #: What is kept; None where the next step has to begin anew.
        self.kept: Kept | None = None
        self._parent = parent

    async def keep(self, kept: Kept) -> None:
        """Commit `kept` before anything follows from it."""
        await self.item.keep(kept.state())
        self.kept = kept

    def metadata(self, file_id: str) -> dict[str, Any]:
        """The file as Drive is to know it: bytes of a media type, never a document to be converted."""
        said: dict[str, Any] = {
            "id": file_id,
            "name": self.item.name,
            "mimeType": self.media_type,
            "parents": [self._parent],
            "appProperties": {KEY: self.item.key},
        }
        modified = _moment(self.item.modified)
        return {**said, "modifiedTime": modified} if modified else said

    @property
    def media_type(self) -> str:
        given = self.item.media_type.strip().lower()
        google = given.startswith("application/vnd.google-apps")
        return given if _MEDIA_TYPE.fullmatch(given) and not google else _PLAIN

    async def find(self, kept: Kept) -> bool:
        """Whether the file of `kept` is whole there already. One that is another, or lies in the trash, keeps
        its id from us: the next step begins anew."""
        found, taken = await self.files.look(kept.id)
        if found is not None and found.key == self.item.key and found.size == self.item.size:
            self.entry, self.kept = found, kept
            return True
        self.kept = None if taken else kept
        return False

    async def completed(self, answer: Answer) -> None:
        """The file as the answer that completed it says. Raises UploadLost where it lies in the trash, with
        the folder that it went into: that copy is removed."""
        said = object_of(answer)
        entry = file_of(said)
        if self.kept is None or entry.id != self.kept.id:
            unclear(N_("Google Drive names another file than was asked for"))
        if said.get("trashed") is True:
            await self.files.remove(entry.id)
            self.kept = None
            raise UploadLost(cloud=CLOUD)
        self.entry = entry

    async def settle_conflict(self) -> None:
        """After a 409: our own file, made before, or somebody else's. Raises UploadLost for the latter."""
        if self.kept is None or not await self.find(self.kept):
            self.kept = None
            raise UploadLost(cloud=CLOUD)

    async def finish(self) -> Entry:
        """The file with its hashes, read from the destination; ours are whole after it."""
        if self.kept is None:
            raise UploadLost(cloud=CLOUD)
        if self.entry is None or len(self.entry.hashes) < len(HASHERS):
            found, _ = await self.files.look(self.kept.id)
            if found is None:
                raise UploadLost(cloud=CLOUD)
            self.entry = found
        await self.digests.catch_up(self.item.source, self.item.size)
        return self.entry

    async def remove(self, kept: Kept | None) -> None:
        """Throw away what was begun or completed."""
        if kept is None:
            return
        api = self.files.api
        if self.entry is None and kept.session and api.hosts.is_session(kept.session):
            answer = await api.ask("DELETE", kept.session, headers={"Content-Length": "0"})
            if not 200 <= answer.status < 300 and answer.status not in GONE | {400}:
                refuse(answer)
        await self.files.remove(kept.id)

    @property
    def hashes(self) -> Mapping[str, str]:
        return self.digests.values(self.item.size)


def _moment(seconds: float | None) -> str:
    """RFC 3339 in UTC; "" where it is not known or no date."""
    if seconds is None:
        return ""
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + f".{moment.microsecond // 1000:03d}Z"
