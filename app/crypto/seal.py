"""Sealing a film: single segments, and whole parts from an open file in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import TypeAlias

from blake3 import blake3

from app.crypto.digest import SideDigest
from app.crypto.edge import edge
from app.crypto.keys import FilmSecrets, film_message
from app.crypto.layout import Layout
from app.crypto.positioned import Bytes, advise_ahead, read_at
from app.domain.errors import SourceChanged

HeldSink: TypeAlias = Callable[[int, Bytes], None]

_RING = 3
_AHEAD = 4  # segments the OS is asked to read ahead


class FilmSealer:
    """Seals the segments of one film in any order, from any thread.

    Raises Damaged where the secrets were made for another layout or uuid.
    """

    def __init__(self, layout: Layout, secrets: FilmSecrets, server_secret: str) -> None:
        self.layout = layout
        self._message = film_message(layout, secrets, server_secret)

    def seal_segment(self, index: int, plaintext: memoryview, out: memoryview) -> int:
        """Seal segment `index` into the start of `out`; ``layout.sealed_length(index)`` bytes are written.

        A segment may be sealed again after a crash: its nonce is fresh each time.
        """
        if len(plaintext) != self.layout.plain_length(index):
            raise ValueError("a segment's plaintext has the wrong length")
        last = self.layout.is_last(index)
        return self._message.seal_into(index, last=last, plaintext=plaintext, out=out)


class PartSealer:
    """Seals one part of a film.

    `source` is the film's path, or a file descriptor open for reading, which may be shared with other parts
    and stays open. `held_sink` gets each held-back segment as (segment index, sealed bytes); the bytes are
    valid during the call only. `start_check` is called before the first and after the last byte is read:
    it raises SourceChanged where the film is no longer the one that was laid out.
    """

    def __init__(
        self,
        sealer: FilmSealer,
        part_index: int,
        source: int | Path,
        held_sink: HeldSink,
        start_check: Callable[[], None] | None = None,
        *,
        film_hash: blake3 | None = None,
    ) -> None:
        self.plan = sealer.layout.part(part_index)
        self._sealer = sealer
        self._source = source
        self._held_sink = held_sink
        self._check = start_check
        self._film_hash = film_hash
        self._digest: bytes | None = None

    @property
    def digest(self) -> bytes:
        """BLAKE3 (32 bytes) of the part's plaintext, once `chunks` is exhausted; RuntimeError before."""
        if self._digest is None:
            raise RuntimeError("the part is not sealed yet")
        return self._digest

    def chunks(self) -> Iterator[memoryview]:
        """The part's bytes of the body in order, one segment a view. A view stays valid until two further
        ones were taken. Close or exhaust the iterator: it holds a thread and, for a path, an open file.

        Raises SourceChanged where the film is shorter (or, in the last part, longer) than laid out,
        SourceGone and SourceUnreadable, and whatever `held_sink` and `start_check` raise.
        """
        if self._check is not None:
            self._check()
        if isinstance(self._source, int):
            yield from self._sealed(self._source)
        else:
            with edge(path=self._source):
                file = self._source.open("rb", buffering=0)
            with file:
                yield from self._sealed(file.fileno())
        if self._check is not None:
            self._check()

    def _sealed(self, source: int) -> Iterator[memoryview]:
        layout = self._sealer.layout
        plain = _ring(2, min(layout.geometry.params.plain, layout.size))
        sealed = _ring(_RING, layout.sealed_length(0))
        in_hash: list[Future[None] | None] = [None, None]
        slot = 0
        hashes = [blake3()] if self._film_hash is None else [blake3(), self._film_hash]
        with SideDigest(*hashes) as digest:
            for turn, index in enumerate(self.plan.segments):
                if (ticket := in_hash[turn % 2]) is not None:
                    ticket.result()
                plaintext = self._read(source, index, plain[turn % 2])
                in_hash[turn % 2] = digest.update(plaintext)
                length = self._sealer.seal_segment(index, plaintext, sealed[slot])
                if layout.held(index):
                    self._held_sink(index, sealed[slot][:length])
                else:
                    yield sealed[slot][:length]
                    slot = (slot + 1) % _RING
            self._digest = digest.digest()

    def _read(self, source: int, index: int, buffer: memoryview) -> memoryview:
        layout = self._sealer.layout
        view = buffer[: layout.plain_length(index)]
        offset = layout.plain_offset(index)
        with edge(path=self._path):
            full = read_at(source, offset, view) == len(view)
            if layout.is_last(index):
                full = full and read_at(source, layout.size, memoryview(bytearray(1))) == 0
            else:
                advise_ahead(source, offset + len(view), _AHEAD * len(view))
        if not full:
            raise SourceChanged(path=str(self._path or ""))
        return view

    @property
    def _path(self) -> Path | None:
        return self._source if isinstance(self._source, Path) else None


def _ring(count: int, length: int) -> list[memoryview]:
    return [memoryview(bytearray(length)) for _ in range(count)]
