"""None, True and False that last as long as the program.

PySide6 6.12 gives some of them back without having taken them: each `Signal.emit` costs a reference of True,
each `processEvents` one of None. From Python 3.12 on they can't be used up (PEP 683). Before, the program is
ended by "bool_dealloc: deallocating True or False" after some hundred signals, so there they are given more
references than any program uses.
"""

from __future__ import annotations

import ctypes
import sys

_PLENTY = 1 << 40


def make_lasting() -> None:
    """Needed before the first signal; does nothing where Python sees to it itself."""
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return
    for one in (None, True, False):
        # An object of CPython begins with its count of references.
        count = ctypes.c_ssize_t.from_address(id(one))
        count.value = max(count.value, _PLENTY)
