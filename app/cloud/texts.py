"""Texts of clouds for people: short, on one line, without marks that steer a terminal."""

from __future__ import annotations

from app.domain.errors.root import is_control

_LONGEST = 300


def cleaned(text: object, longest: int = _LONGEST) -> str:
    """A cloud's own text, to be quoted: one line of up to `longest` characters, control and bidi marks as ␣.
    What is no text is ""."""
    if not isinstance(text, str):
        return ""
    line = " ".join(text[: longest * 4].split())
    shown = "".join("␣" if is_control(char) or 0xD800 <= ord(char) <= 0xDFFF else char for char in line)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"
