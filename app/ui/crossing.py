"""What crosses between the window's process and the engine's, and the pipe that it crosses by.

Both are the same program of the same installation, and the pipe is theirs alone (the child's standard input
and output), so frames are pickles: frozen values, each behind its length (8 bytes, little-endian). Whatever a
person entered and a link brought crosses here too, so nothing of it is ever logged or shown.
"""

from __future__ import annotations

import pickle
import struct
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from app.domain.errors import ReelkeyError
from app.ui.messages import Message

_LENGTH = struct.Struct("<Q")


# --- downwards ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Begin:
    """The first frame: which profile to open and how. `language` is the one that the window speaks."""

    profile: Path | None
    env: Mapping[str, str] = field(repr=False)
    server: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Call what stands at `path` of the engine (``("requests", "films")``)."""

    number: int
    path: tuple[str, ...]
    arguments: tuple[Any, ...] = field(default=(), repr=False)
    named: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The window waits no more for what it asked under that number: its work is cancelled."""

    number: int


@dataclass(frozen=True, slots=True)
class Noted:
    """A line for the profile's log, which the engine's process writes."""

    name: str
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Close:
    """End all work where it stands, and the process."""

    stop_node: bool


# --- upwards ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answered:
    number: int
    value: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """`error` None: the work was cancelled."""

    number: int
    error: ReelkeyError | None


@dataclass(frozen=True, slots=True)
class Happened:
    """A batch of messages, in the order in which they came."""

    messages: tuple[Message, ...]


Frame = Begin | Ask | GiveUp | Noted | Close | Answered | Refused | Happened


class Pipe:
    """Frames over two binary streams. Each side has one thread that reads; any may write."""

    def __init__(self, reads: BinaryIO, writes: BinaryIO) -> None:
        self._reads, self._writes = reads, writes
        self._writing = threading.Lock()

    def send(self, packed: bytes) -> None:
        """Write what `pack` made. Raises OSError or ValueError where the other side is gone."""
        with self._writing:
            self._writes.write(packed)
            self._writes.flush()

    def read(self) -> Frame | None:
        """The next frame; None where the other side is gone."""
        try:
            length = self._reads.read(_LENGTH.size)
            if len(length) < _LENGTH.size:
                return None
            packed = self._reads.read(_LENGTH.unpack(length)[0])
        except (OSError, ValueError):  # closed on our side
            return None
        if len(packed) < _LENGTH.unpack(length)[0]:
            return None
        # Written by our own program at the other end of our own pipe.
        frame: Frame = pickle.loads(packed)  # noqa: S301
        return frame

    def close(self) -> None:
        """Let go of both ways: the other side reads that nothing comes any more."""
        for stream in (self._writes, self._reads):
            with suppress(OSError, ValueError):
                stream.close()


def pack(frame: Frame) -> bytes:
    """A frame as it crosses. Raises pickle's errors for what can't."""
    packed = pickle.dumps(frame, protocol=pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(packed)) + packed
