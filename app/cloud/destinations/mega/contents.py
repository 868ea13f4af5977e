"""A file's contents: AES-CTR, and the MAC over them.

MAC chunks are 128 KiB × 1, 2, … 8, then 1 MiB each; the last is short, an empty file has none. A chunk's MAC
is a CBC-MAC over its plaintext with nonce‖nonce as its start; the file's is the CBC-MAC over theirs, folded
to 8 bytes. Chunks don't know of each other, so pieces may be made in any order: only the last fold (`Macs`)
goes from the beginning to the end.
"""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

from app.cloud.destination import Source
from app.cloud.destinations.mega.keys import BLOCK, FileKey, encrypt, xor

_UNIT = 128 * 1024
_LARGEST_CHUNK = 1024 * 1024
#: Where the chunks that grow begin; the eighth, of 1 MiB, ends at `_EVEN`.
_GROWING = tuple(_UNIT * n * (n + 1) // 2 for n in range(9))
_EVEN = _GROWING[-1]
# So much is encrypted for a MAC at once: of what comes out only the last block counts.
_STEP = 64 * 1024
_COLUMNS = 12
# So many stretches are XORed at once: what a processor's nearest memory holds.
_TOGETHER = 1024


def chunk_end(offset: int) -> int:
    """Where the MAC chunk ends that holds the byte at `offset`, in a file without end."""
    if offset < _EVEN:
        return next(end for end in _GROWING if end > offset)
    return offset + _LARGEST_CHUNK - (offset - _EVEN) % _LARGEST_CHUNK


def piece_end(offset: int, size: int, length: int) -> int:
    """The end of a piece from the boundary `offset` with at least `length` bytes, on a boundary, or the
    end of the file."""
    end = offset
    while end - offset < length and end < size:
        end = chunk_end(end)
    return min(end, size)


class ChunkMacs:
    """The MACs of the chunks of one stretch of a file, fed with its plaintext from the boundary `offset`."""

    def __init__(self, key: bytes, nonce: bytes, offset: int) -> None:
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(nonce + nonce))
        self._at = offset
        self._end = chunk_end(offset)
        self._chain: CipherContext | None = None
        self._scratch = bytearray()
        self._last = b""
        self._macs = bytearray()

    def update(self, data: bytes | memoryview) -> None:
        """The next bytes."""
        rest = memoryview(data)
        while rest:
            length = min(len(rest), self._end - self._at, _STEP)
            self._chain_on(rest[:length])
            self._at += length
            rest = rest[length:]
            if self._at == self._end:
                self._close()

    def finish(self) -> bytes:
        """The MACs, 16 bytes each; the end of the stretch ends the last chunk too."""
        self._close()
        return bytes(self._macs)

    def whole(self) -> bytes:
        """The MACs of the chunks that are whole, taken out."""
        macs = bytes(self._macs)
        self._macs.clear()
        return macs

    def _chain_on(self, data: bytes | memoryview) -> None:
        if self._chain is None:
            self._chain = self._cipher.encryptor()
        if len(self._scratch) < len(data) + 2 * BLOCK:
            self._scratch = bytearray(len(data) + 2 * BLOCK)
        written = self._chain.update_into(data, self._scratch)
        if written:
            self._last = bytes(self._scratch[written - BLOCK : written])

    def _close(self) -> None:
        if self._chain is None:
            return
        # Chunks begin at multiples of 16; only the file's last one needs zeros.
        if self._at % BLOCK:
            self._chain_on(bytes(BLOCK - self._at % BLOCK))
        self._macs += self._last
        self._chain = None
        self._end = chunk_end(self._at)


class Encryption:
    """One stretch of a file on its way out: gives ciphertext for plaintext, and computes the MACs."""

    def __init__(self, key: bytes, nonce: bytes, offset: int) -> None:
        self._stream = counter(key, nonce, offset)
        self._macs = ChunkMacs(key, nonce, offset)

    def update(self, data: bytes) -> bytes:
        """As many bytes as `data` has, encrypted."""
        self._macs.update(data)
        return self._stream.update(data)

    def finish(self) -> bytes:
        """The MACs of the stretch's chunks."""
        return self._macs.finish()


def counter(key: bytes, nonce: bytes, offset: int) -> CipherContext:
    """AES-CTR from `offset` on, a multiple of 16. Both directions are the same."""
    start = nonce + (offset // BLOCK).to_bytes(8, "big")
    return Cipher(algorithms.AES(key), modes.CTR(start)).encryptor()


class Macs:
    """Which stretches of a file are made, and their MACs: what comes in order is folded at once, what comes
    early is kept until its turn. Constant in size but for what came early."""

    def __init__(self, key: bytes, *, end: int = 0, folded: bytes = bytes(BLOCK)) -> None:
        self._key = key
        self.end = end
        self.folded = folded
        #: Stretches that came early: offset, and end and MACs of each.
        self.early: dict[int, tuple[int, bytes]] = {}

    def add(self, offset: int, end: int, macs: bytes) -> None:
        """The stretch from `offset` to `end` with its MACs. One that stands already changes nothing."""
        if offset >= self.end:
            self.early.setdefault(offset, (end, macs))
        while self.end in self.early:
            end, macs = self.early.pop(self.end)
            self.fold(macs)
            self.end = end

    def fold(self, macs: bytes) -> None:
        """Take the next chunks' MACs in, in order."""
        for at in range(0, len(macs), BLOCK):
            self.folded = encrypt(self._key, xor(self.folded, macs[at : at + BLOCK]))

    @property
    def done(self) -> int:
        """How many bytes stand."""
        return self.end + sum(end - offset for offset, (end, _) in self.early.items())

    def has(self, offset: int) -> bool:
        """Whether the stretch from `offset` stands."""
        return offset < self.end or offset in self.early

    def gaps(self, size: int) -> Iterator[tuple[int, int]]:
        """From where to where a file of `size` bytes is missing."""
        at = self.end
        for offset in sorted(self.early):
            if at < offset:
                yield at, offset
            at = self.early[offset][0]
        if at < size:
            yield at, size

    def meta(self) -> bytes:
        """The file's MAC of 8 bytes, as it lies in its key; of what is folded so far."""
        return condense(self.folded)


async def macs_of(key: bytes, nonce: bytes, source: Source, start: int, end: int) -> bytes:
    """The chunks' MACs of the stretch of `source` between two boundaries."""
    macs = ChunkMacs(key, nonce, start)
    async for data in source.read(start, end - start):
        macs.update(data)
    return macs.finish()


def xor_columns(data: bytes) -> bytes:
    """The checksum of an encrypted piece: all its stretches of 12 bytes, XORed."""
    view, folded = memoryview(data), 0
    for at in range(0, len(view), _COLUMNS * _TOGETHER):
        folded ^= int.from_bytes(view[at : at + _COLUMNS * _TOGETHER], "little")
    units = _TOGETHER
    while units > 1:
        units //= 2
        bits = units * _COLUMNS * 8
        folded = (folded >> bits) ^ (folded & ((1 << bits) - 1))
    return folded.to_bytes(_COLUMNS, "little")


def condense(folded: bytes) -> bytes:
    """16 bytes to 8: the words 0 and 1, 2 and 3, XORed."""
    return xor(folded[0:4] + folded[8:12], folded[4:8] + folded[12:16])


class MacHasher:
    """The MAC of local bytes as `file` would have it: a hasher by hashlib's form, fed from the beginning."""

    def __init__(self, file: FileKey) -> None:
        self._macs = ChunkMacs(file.key, file.nonce, 0)
        self._fold = Macs(file.key)
        self._ended: str | None = None

    def update(self, data: bytes, /) -> None:
        self._macs.update(data)
        self._fold.fold(self._macs.whole())

    def hexdigest(self) -> str:
        """The 8 bytes in hex. Nothing can be fed after it."""
        if self._ended is None:
            self._fold.fold(self._macs.finish())
            self._ended = self._fold.meta().hex()
        return self._ended
