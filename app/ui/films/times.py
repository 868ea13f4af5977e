"""Times that a library writes. No Qt."""

from __future__ import annotations

from datetime import datetime


def since_of(text: str) -> float | None:
    """``2026-11-21 10:00:00`` as seconds since 1970; None where it is no time.

    The library gives no zone: it is taken for this computer's, both mostly stand in one country."""
    try:
        return datetime.fromisoformat(text.strip()).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        return None
