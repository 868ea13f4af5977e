"""The stand-in inside a test.

with running_mega() as mega:
    mega.account("master@example.com", "correct horse")
    mega.control.fault("number", size=-17, facts={"command": "^u$"})
    … a client that talks to mega.origin …
    assert mega.named("film.mov")["mac"] == …

Faults (`sandbox.clouds.faults`, and those of `app.OWN_FAULTS`) meet a path (``path="^/ul/"``) or, with
`facts`, the commands of a request joined by commas (``facts={"command": "^p$"}``). A `status` without a code
is a number in place of the whole answer (``message="-3"``); `garbage` with a `body` is any answer at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, BinaryIO

from sandbox.clouds.asking import CloudControl
from sandbox.clouds.mega import crypto
from sandbox.clouds.mega.app import build
from sandbox.serving import Running, StandIn


class RunningMega:
    """A running stand-in with what tests ask it most."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.control = CloudControl(origin)

    def account(self, email: str, password: str, **more: Any) -> dict[str, str]:
        """Make an account (`sandbox.clouds.mega.control.NewAccount`); its user and root handles."""
        made: dict[str, str] = self.control.call(
            "POST", "/accounts", {"email": email, "password": password, **more}
        )
        return made

    def session(self, email: str) -> dict[str, str]:
        """Sign in past all doors: `sid`, `master` (key, hex), `user`."""
        made: dict[str, str] = self.control.call("POST", f"/sessions/{email}")
        return made

    def change(self, email: str, **fields: Any) -> None:
        """Change an account's `quota`, `blocked` or two-factor `code`."""
        self.control.call("PATCH", "/accounts", {"email": email, **fields})

    def plant(self, email: str, **fields: Any) -> list[str]:
        """Put nodes into an account (`sandbox.clouds.mega.control.Plant`); the handles of the first 1000."""
        made: list[str] = self.control.call("POST", "/nodes", {"email": email, **fields})["handles"]
        return made

    def expire(self, what: str) -> None:
        """`sessions`, `downloads`, `uploads` (-8 from now on), `uploads-404`."""
        self.control.call("POST", f"/expire/{what}")

    def nodes(self, email: str | None = None) -> list[dict[str, Any]]:
        """All nodes (of one account), parents before children, decrypted."""
        return [
            node
            for account in self.control.state()["accounts"]
            if email is None or account["email"] == email
            for node in account["nodes"]
        ]

    def named(self, name: str) -> dict[str, Any]:
        """The one node of that name; fails where there are none or several."""
        found = [node for node in self.nodes() if node.get("name") == name]
        assert len(found) == 1, f"{len(found)} nodes are called {name!r}"
        return found[0]

    def content(self, handle: str) -> dict[str, Any]:
        """What is stored of a file: `chunks`, and where bytes are kept `sha256` (plain) and `mac_agrees`."""
        found: dict[str, Any] = self.control.call("GET", f"/content/{handle}")
        return found


@contextmanager
def running_mega(*, process: bool = False, **settings: Any) -> Iterator[RunningMega]:
    """A stand-in in a thread, or in a process of its own; `settings`: those of `state.Settings`."""
    with Running(partial(StandIn, build), "sandbox.clouds.mega", process=process) as running:
        mega = RunningMega(running.origin)
        try:
            if settings:
                mega.control.set(**settings)
            yield mega
        finally:
            mega.control.close()


def expected_chunks(plain: BinaryIO, size: int, key: bytes, nonce: bytes) -> tuple[list[list[Any]], bytes]:
    """What a right client leaves of a plain file: `content()["chunks"]` and the metaMAC."""
    chunks: list[list[Any]] = []
    macs: list[bytes] = []
    for start, end in crypto.boundaries(size):
        data = plain.read(end - start)
        macs.append(crypto.chunk_mac(key, nonce, data))
        chunks.append([start, end - start, hashlib.sha256(crypto.crypt(key, nonce, start, data)).hexdigest()])
    return chunks, crypto.condense(crypto.fold(key, macs))
