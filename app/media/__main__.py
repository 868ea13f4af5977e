"""``python -m app.media PATH``: the child that reads a film's facts and prints them as one line of JSON.

Decoders of foreign formats are a large surface: they run here, with little memory, little time, and from the
moment the film is parsed without the power to open another file or a connection (a film can name others).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from app.media.facts import facts_of_tracks
from app.media.limited import limit

_MEMORY = 2 * 1024**3
_CPU_SECONDS = 60
_READ_AT_MOST = 1024**3
_BUFFER = 64 * 1024


def main(argv: Sequence[str]) -> int:
    """Print the facts of the film `argv[0]`. 0, or 1 where they can't be read, or 2 for wrong usage."""
    if len(argv) != 1:
        sys.stderr.write("usage: python -m app.media PATH\n")
        return 2
    limit("RLIMIT_AS", _MEMORY)
    limit("RLIMIT_CPU", _CPU_SECONDS)
    limit("RLIMIT_CORE", 0)
    try:
        facts = facts_of_tracks(_tracks(Path(argv[0]))).as_dict()
    except Exception as error:  # whatever a decoder's binding raises
        sys.stderr.write(f"{type(error).__name__}\n")
        return 1
    sys.stdout.write(json.dumps(facts) + "\n")
    return 0


def _tracks(path: Path) -> list[dict[str, Any]]:
    from pymediainfo import MediaInfo  # noqa: PLC0415 - only the child loads the library

    MediaInfo.can_parse()  # loads the library while files can be opened
    with path.open("rb") as film:
        size = os.fstat(film.fileno()).st_size
        # An open file and not its path: a path may be taken for an address, or for one reel of a sequence.
        # A film that fits into one buffer is read in one go, and its time code, found by seeking, missed.
        buffer = max(512, min(_BUFFER, size // 8))
        limit("RLIMIT_NOFILE", 0)
        text = MediaInfo.parse(
            _Reader(film, _READ_AT_MOST), output="JSON", parse_speed=0.3, buffer_size=buffer
        )
    tracks = json.loads(text)["media"]["track"]
    return [track for track in tracks if isinstance(track, dict)]


class _Reader:
    """The film, ending after `most` bytes read: some formats are searched from end to end."""

    mode = "rb"

    def __init__(self, film: BinaryIO, most: int) -> None:
        self._film = film
        self._left = most

    def read(self, size: int) -> bytes:
        found = self._film.read(min(size, self._left))
        self._left -= len(found)
        return found

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._film.seek(offset, whence)

    def tell(self) -> int:
        return self._film.tell()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
