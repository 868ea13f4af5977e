"""Opening a film: nothing is believed that the private block's payload has not sealed.

Position and final mark of a segment come from the sealed layout, never from the segment. Each segment is
authenticated alone; each part's BLAKE3 then shows that the segments together are the film's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType

from blake3 import blake3

from app.crypto.digest import SideDigest
from app.crypto.edge import PRIVATE_BLOCK, PUBLIC_FOOTER, edge, part_name, segment_name
from app.crypto.layout import PartPlan, parse_footer
from app.crypto.positioned import Bytes, read_at, read_bytes_at
from app.crypto.private_block import UnlockedBlock
from app.domain.errors import Damaged, NotABlock, WrongPair
from app.domain.words import tr

_RING = 3


class FilmOpener:
    """Opens the segments of one film in any order, from any thread."""

    def __init__(self, unlocked: UnlockedBlock) -> None:
        self.unlocked = unlocked
        self.layout = unlocked.layout

    def open_segment(self, index: int, ciphertext: Bytes, out: memoryview) -> int:
        """Open segment `index` into the start of `out`; the number of plaintext bytes.

        Raises Damaged; what `out` holds then is worthless.
        """
        with edge(segment_name(index)):
            if len(ciphertext) != self.layout.sealed_length(index):
                raise Damaged(what=segment_name(index))
            last = self.layout.is_last(index)
            return self.unlocked.message.open_into(index, last=last, ciphertext=ciphertext, out=out)

    def held_segment(self, index: int) -> bytes:
        """The sealed bytes of held-back segment `index`, from the private block's file, not checked yet."""
        path = self.unlocked.path
        with edge(PRIVATE_BLOCK, path=path), path.open("rb", buffering=0) as file:
            return self._held_bytes(file.fileno(), index)

    def verify_held(self) -> None:
        """Open every held-back segment once: that the private block on the disk does open. Raises Damaged."""
        out = memoryview(bytearray(self.layout.plain_length(0)))
        path = self.unlocked.path
        with edge(PRIVATE_BLOCK, path=path), path.open("rb", buffering=0) as file:
            for index in self.layout.held_segments():
                self.open_segment(index, self._held_bytes(file.fileno(), index), out)

    def check_footer(self, footer: bytes, public_size: int | None = None) -> None:
        """Check the last 80 bytes of the public block, and its size where it is known.

        Raises WrongPair where they are another film's, NewerFormat, else Damaged for any difference.
        """
        if footer != self.unlocked.footer:
            try:
                other = parse_footer(footer, geometry=self.layout.geometry)
            except NotABlock:
                raise Damaged(what=tr(PUBLIC_FOOTER)) from None
            if other.fid != self.layout.fid:
                raise WrongPair
            raise Damaged(what=tr(PUBLIC_FOOTER))
        if public_size is not None and public_size != self.layout.public_size:
            raise Damaged(what=tr(PUBLIC_FOOTER))

    def verify_part(self, source: int | Path, part_index: int) -> bool:
        """Whether part `part_index` of an output (path, or descriptor open for reading) is on the disk as it
        was sealed: for resuming. False where it is not; SourceGone, SourceUnreadable where it can't be read.
        """
        if isinstance(source, Path):
            with edge(path=source), source.open("rb", buffering=0) as file:
                return self._verify_part(file.fileno(), part_index)
        with edge():
            return self._verify_part(source, part_index)

    def _verify_part(self, descriptor: int, part_index: int) -> bool:
        offset, end = self.layout.part_plain(part_index)
        buffer = memoryview(bytearray(min(self.layout.geometry.segment, end - offset)))
        digest = blake3()
        while offset < end:
            view = buffer[: min(len(buffer), end - offset)]
            if read_at(descriptor, offset, view) != len(view):
                return False
            digest.update(view)
            offset += len(view)
        return bool(digest.digest() == self.unlocked.part_digests[part_index])

    def _held_bytes(self, descriptor: int, index: int) -> bytes:
        offset = self.unlocked.held_start + self.layout.held_offset(index)
        return read_bytes_at(descriptor, offset, self.layout.sealed_length(index))


class PartOpener:
    """Opens one part: `feed` its segments in order, then `finish`.

    Held-back segments are taken from the private block where `feed` gets no ciphertext. Use it as a context
    manager: leaving it ends the thread that computes the digest.
    """

    def __init__(self, opener: FilmOpener, part_index: int, *, film_hash: blake3 | None = None) -> None:
        self.plan: PartPlan = opener.layout.part(part_index)
        self._opener = opener
        self._next = self.plan.segments.start
        self._digest = SideDigest(*([blake3()] if film_hash is None else [blake3(), film_hash]))
        length = opener.layout.plain_length(0)
        self._plain = [memoryview(bytearray(length)) for _ in range(_RING)]
        self._in_hash: list[Future[None] | None] = [None] * _RING

    @property
    def segments(self) -> range:
        """All film segments of the part, held-back ones included."""
        return self.plan.segments

    @property
    def body_segments(self) -> Iterator[tuple[int, int]]:
        """(segment index, sealed length) of those that lie in the body, in order: what is to be fetched."""
        layout = self._opener.layout
        return ((i, layout.sealed_length(i)) for i in self.plan.segments if not layout.held(i))

    def feed(self, index: int, ciphertext: Bytes | None = None) -> tuple[int, memoryview]:
        """Open segment `index`, the next one in order: (its offset in the film, its plaintext).

        Without `ciphertext` it is read from the private block. The view stays valid until two further
        segments were fed. Raises Damaged, ValueError where `index` is not the next.
        """
        if index != self._next or index not in self.plan.segments:
            raise ValueError("segments are fed in order")
        layout = self._opener.layout
        slot = index % _RING
        if (ticket := self._in_hash[slot]) is not None:
            ticket.result()
        sealed = self._opener.held_segment(index) if ciphertext is None else ciphertext
        length = self._opener.open_segment(index, sealed, self._plain[slot])
        self._next += 1
        plaintext = self._plain[slot][:length]
        self._in_hash[slot] = self._digest.update(plaintext)
        return layout.plain_offset(index), plaintext

    def plaintexts(self, read_body: Callable[[int], Bytes]) -> Iterator[tuple[int, memoryview]]:
        """All of the part as (offset, plaintext); `read_body` gives the next so many bytes of the body."""
        layout = self._opener.layout
        for index in self.plan.segments:
            sealed = None if layout.held(index) else read_body(layout.sealed_length(index))
            yield self.feed(index, sealed)

    def finish(self) -> None:
        """Check the part's BLAKE3 against the sealed one. Raises Damaged, ValueError where segments lack."""
        if self._next != self.plan.segments.stop:
            raise ValueError("the part is not whole")
        if self._digest.digest() != self._opener.unlocked.part_digests[self.plan.index]:
            raise Damaged(what=part_name(self.plan.index))

    def close(self) -> None:
        self._digest.close()

    def __enter__(self) -> PartOpener:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
