"""Exit codes: where several hold, the first of 130, 4, 3, 1, 2."""

from __future__ import annotations

from collections.abc import Iterable

from app.domain.errors import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_TOKEN,
    EXIT_UNREACHABLE,
    EXIT_USAGE,
    ReelkeyError,
)

_ORDER = (EXIT_INTERRUPTED, EXIT_TOKEN, EXIT_UNREACHABLE, EXIT_FAILED, EXIT_USAGE)


def exit_code(errors: Iterable[ReelkeyError | None]) -> int:
    """The code for a command in which these errors were met; None is success."""
    codes = {error.exit_code for error in errors if error is not None}
    return next((code for code in _ORDER if code in codes), EXIT_OK)
