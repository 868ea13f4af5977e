"""How far a file is, byte by byte as it leaves, and kept to the account's bandwidth."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing

from app.cloud.destination import Piece, Source
from app.cloud.limits import Bandwidth


class Meter:
    """The source of one item as its destination sees it: what is read for a piece under way counts as sent
    and waits for the bandwidth, what is read otherwise (to hash it) doesn't. `moved` is told after each
    step."""

    def __init__(self, source: Source, bandwidth: Bandwidth, moved: Callable[[], None]) -> None:
        self._source = source
        self._bandwidth = bandwidth
        self._moved = moved
        self._stands = 0
        self._leaving: dict[Piece, int] = {}

    @property
    def sent(self) -> int:
        """Bytes that stand at the destination or left for it."""
        return self._stands + sum(self._leaving.values())

    def begin(self, piece: Piece) -> None:
        """This piece is on its way from now on."""
        self._leaving[piece] = 0

    def end(self, piece: Piece, stands: int) -> None:
        """It arrived or failed; so many bytes stand at the destination now."""
        self._leaving.pop(piece, None)
        self.correct(stands)

    def correct(self, stands: int) -> None:
        """So many bytes stand at the destination."""
        self._stands = stands
        self._moved()

    async def read(self, offset: int, length: int) -> AsyncIterator[bytes]:
        position = offset
        async with aclosing(_generator(self._source.read(offset, length))) as chunks:
            async for chunk in chunks:
                piece = self._piece_at(position)
                if piece is None:
                    position += len(chunk)
                    yield chunk
                    continue
                async for portion in self._bandwidth.portions(chunk):
                    position += len(portion)
                    self._left(piece, position)
                    yield portion

    def _left(self, piece: Piece, position: int) -> None:
        if piece in self._leaving:
            self._leaving[piece] = min(piece.length, position - piece.offset)
            self._moved()

    def _piece_at(self, offset: int) -> Piece | None:
        for piece in self._leaving:
            if piece.offset <= offset < piece.offset + piece.length:
                return piece
        return None


async def _generator(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Any iterator as one that is closed when it is given up: its files are then, too."""
    try:
        async for chunk in chunks:
            yield chunk
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()
