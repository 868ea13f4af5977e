"""Asking for a film's poster: a child process with a time limit, whose answer is counted, never decoded."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QImage

from app.media.limited import LimitedChild, child_command
from app.ui.posters.__main__ import HEIGHT, NO_PICTURE, PICTURE_BYTES, WIDTH

TIMEOUT = 30.0


class NoAnswer(Exception):
    """The child was ended, or died: this film may still have a poster, on another day."""


def child_for(film: Path, timeout: float = TIMEOUT) -> LimitedChild:
    """The child that takes the poster of `film`; `picture_of` runs it, its `end` ends it from elsewhere."""
    argv = [*_command(), str(film.absolute())]
    return LimitedChild(argv, timeout=timeout, max_output=PICTURE_BYTES, gentle=True)


def picture_of(child: LimitedChild) -> QImage | None:
    """The poster, None where the film has none. Blocks: for a thread. Raises NoAnswer."""
    try:
        answer = child.run()
    except (OSError, ValueError):
        raise NoAnswer from None
    if answer.late or answer.status not in (0, NO_PICTURE):
        raise NoAnswer
    if answer.status != 0 or len(answer.output) != PICTURE_BYTES:
        return None
    return QImage(answer.output, WIDTH, HEIGHT, WIDTH * 3, QImage.Format.Format_RGB888).copy()


def _command() -> list[str]:
    return child_command("app.ui.posters")
