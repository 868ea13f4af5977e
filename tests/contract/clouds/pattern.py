"""Bytes in which swapped or repeated chunks are noticed, for vectors and files of tests."""

from __future__ import annotations

_PERIOD = bytes(131 * at % 251 for at in range(251))


def pattern(size: int) -> bytes:
    """Byte number i is (131·i + 7·(i >> 16)) mod 251."""
    rows = []
    for start in range(0, size, 65536):
        shift = 7 * (start >> 16)
        table = bytes((byte + shift) % 251 for byte in range(251)) + bytes(5)
        turned = _PERIOD[start % 251 :] + _PERIOD[: start % 251]
        rows.append((turned * 262).translate(table)[: min(65536, size - start)])
    return b"".join(rows)
