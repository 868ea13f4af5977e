"""The style sheet's own small drawings, files beside the program because Qt wants a path."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent.parent.parent / "resources" / "style"


def drawing(name: str) -> str:
    """Path of the drawing `name`, with the slashes that style sheets want."""
    return (_FOLDER / f"{name}.svg").as_posix()
