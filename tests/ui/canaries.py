"""Looking for what must be nowhere: in the files below a folder, in what its processes are started with."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from app.launch.link import is_link


def spellings(secret: str) -> list[bytes]:
    """The secret in the ways in which it may be written; a uuid without its dashes and as bytes too."""
    found = [secret.encode(), secret.upper().encode(), secret.encode("utf-16-le")]
    try:
        uuid = UUID(secret)
    except ValueError:
        return found
    return [*found, uuid.hex.encode(), uuid.hex.upper().encode(), uuid.bytes, uuid.bytes_le]


def files_with(folder: Path, secrets: Iterable[str]) -> list[Path]:
    """The files below `folder` that hold one of the secrets in clear, in their names too."""
    wanted = [spelling for secret in secrets for spelling in spellings(secret)]
    found = []
    for path in folder.rglob("*"):
        held = bytes(path.relative_to(folder))
        if path.is_file() and not path.is_symlink():
            held += path.read_bytes()
        if any(one in held for one in wanted):
            found.append(path)
    return found


class Commands:
    """The command lines and environments of all processes that have to do with a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = bytes(folder)
        self.seen: set[bytes] = set()

    def look(self) -> None:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                started = b"".join((process / name).read_bytes() for name in ("cmdline", "environ"))
            except OSError:
                continue  # it ended meanwhile, or is none of ours
            if self._folder in started:
                self.seen.add(started)

    def of_ours(self) -> list[bytes]:
        """All but those that a browser starts, which have the link and end when they have handed it over."""
        return [one for one in self.seen if not any(map(is_link, one.decode("utf-8", "replace").split("\0")))]


@contextmanager
def watched_commands(folder: Path) -> Iterator[Commands]:
    """Looks ten times a second for as long as the block."""
    commands, over = Commands(folder), threading.Event()

    def watch() -> None:
        while not over.wait(0.1):
            commands.look()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield commands
    finally:
        over.set()
        watcher.join()
