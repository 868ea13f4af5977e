"""The one source of keys, IVs and nonces: the operating system's.

Everything in this package asks here, so that the published test vectors can be made again byte for byte by
replacing one function. Nothing in the product replaces it.
"""

from __future__ import annotations

import os


def fresh(length: int) -> bytes:
    """`length` random bytes that were never used before."""
    return os.urandom(length)
