"""Sealing parts from a file: order, digests, buffers, threads, and a source that changes."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from blake3 import blake3

from app.crypto import positioned
from app.crypto.keys import FilmSecrets
from app.crypto.layout import PLAIN_SEGMENT, SEGMENT, Layout
from app.crypto.positioned import Bytes
from app.crypto.seal import FilmSealer, PartSealer
from app.domain.errors import SourceChanged, SourceGone, SourceUnreadable
from tests.unit.crypto.block_tools import TINY, UUID, film_bytes


def tiny_sealer(size: int, rule: int = 16) -> FilmSealer:
    secrets = FilmSecrets.new(UUID, size, rule, geometry=TINY)
    return FilmSealer(secrets.layout(size, rule, geometry=TINY), secrets, UUID)


def opened(sealer: FilmSealer, index: int, sealed: Bytes) -> bytes:
    layout = sealer.layout
    out = memoryview(bytearray(layout.geometry.segment))
    message = sealer._message
    return bytes(out[: message.open_into(index, last=layout.is_last(index), ciphertext=sealed, out=out)])


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mov"
    path.write_bytes(film_bytes(5100))
    return path


def seal_all(sealer: FilmSealer, source: int | Path) -> tuple[dict[int, bytes], list[bytes]]:
    """(sealed bytes of each segment, digest of each part)"""
    layout = sealer.layout
    sealed: dict[int, bytes] = {}
    digests = []
    for k in range(layout.part_count):
        part = PartSealer(sealer, k, source, lambda i, data: sealed.update({i: bytes(data)}))
        body = iter([i for i in part.plan.segments if not layout.held(i)])
        for chunk in part.chunks():
            sealed[next(body)] = bytes(chunk)
        assert next(body, None) is None
        digests.append(part.digest)
    return sealed, digests


@pytest.mark.parametrize("rule", [0, 16, 1024])
@pytest.mark.parametrize("kind", ["path", "descriptor"])
@pytest.mark.parametrize("has_positioned_calls", [True, False])
def test_parts_hold_the_film_in_order(
    film: Path, rule: int, kind: str, has_positioned_calls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positioned, "_POSITIONED", has_positioned_calls)
    sealer = tiny_sealer(5100, rule)
    layout = sealer.layout
    descriptor = os.open(film, os.O_RDONLY)
    try:
        sealed, digests = seal_all(sealer, film if kind == "path" else descriptor)
        os.fstat(descriptor)  # a descriptor that was lent stays open
    finally:
        os.close(descriptor)
    assert sorted(sealed) == list(range(layout.segments))
    plain = b"".join(opened(sealer, i, sealed[i]) for i in range(layout.segments))
    assert plain == film.read_bytes()
    for k, digest in enumerate(digests):
        start, end = layout.part_plain(k)
        assert digest == blake3(plain[start:end]).digest()


def test_an_empty_film_is_one_held_back_segment(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    sealer = tiny_sealer(0)
    sealed, digests = seal_all(sealer, path)
    assert [len(data) for data in sealed.values()] == [32]
    assert digests == [blake3(b"").digest()]


def test_a_view_stays_valid_until_two_more_were_taken(film: Path) -> None:
    sealer = tiny_sealer(5100)
    part = PartSealer(sealer, 1, film, lambda _i, _data: None)
    body = [i for i in part.plan.segments if not sealer.layout.held(i)]
    views: list[memoryview] = []
    for turn, chunk in enumerate(part.chunks()):
        views.append(chunk)
        for back in range(min(3, len(views))):
            i = body[turn - back]
            assert opened(sealer, i, views[-1 - back]) == film.read_bytes()[i * 32 : i * 32 + 32]


def test_there_is_no_digest_before_the_end(film: Path) -> None:
    part = PartSealer(tiny_sealer(5100), 0, film, lambda _i, _data: None)
    chunks = part.chunks()
    next(chunks)
    with pytest.raises(RuntimeError):
        _ = part.digest
    assert len(list(chunks)) == len([1 for i in part.plan.segments if i % 16]) - 1
    assert len(part.digest) == 32


@pytest.mark.parametrize("change", [-1, -32, -5100, +1, +40])
def test_a_film_of_another_length_is_refused(film: Path, change: int) -> None:
    os.truncate(film, 5100 + change)
    with pytest.raises(SourceChanged):
        seal_all(tiny_sealer(5100), film)


def test_a_film_that_shrinks_in_the_middle_is_refused(film: Path) -> None:
    part = PartSealer(tiny_sealer(5100), 0, film, lambda _i, _data: None)
    chunks = part.chunks()
    next(chunks)
    os.truncate(film, 100)
    with pytest.raises(SourceChanged):
        list(chunks)
    with pytest.raises(RuntimeError):
        _ = part.digest


def test_the_check_runs_before_the_first_and_after_the_last_byte(film: Path) -> None:
    seen: list[int] = []
    taken: list[int] = []
    sealer = tiny_sealer(5100)
    part = PartSealer(sealer, 0, film, lambda _i, _data: None, lambda: seen.append(len(taken)))
    for chunk in part.chunks():
        taken.append(len(chunk))
    assert seen == [0, len(taken)]


def test_a_missing_or_unreadable_film(tmp_path: Path) -> None:
    sealer = tiny_sealer(5)
    for path, error in ((tmp_path / "none", SourceGone), (tmp_path, SourceUnreadable)):
        with pytest.raises(error):
            list(PartSealer(sealer, 0, path, lambda _i, _data: None).chunks())


def test_an_abandoned_part_leaves_no_thread_and_no_file(film: Path) -> None:
    fds = Path("/proc/self/fd")
    before = len(list(fds.iterdir())) if fds.exists() else 0
    chunks = PartSealer(tiny_sealer(5100), 0, film, lambda _i, _data: None).chunks()
    next(chunks)
    chunks.close()  # type: ignore[attr-defined]
    assert not fds.exists() or len(list(fds.iterdir())) == before


def test_threads_share_one_sealer() -> None:
    plain = film_bytes(32 * 400)
    sealer = tiny_sealer(len(plain))

    def seal(i: int) -> bytes:
        out = memoryview(bytearray(64))
        return bytes(out[: sealer.seal_segment(i, memoryview(plain)[i * 32 : i * 32 + 32], out)])

    with ThreadPoolExecutor(4) as pool:
        sealed = list(pool.map(seal, range(400)))
    assert b"".join(opened(sealer, i, data) for i, data in enumerate(sealed)) == plain


def test_a_segment_of_the_wrong_length_is_not_sealed() -> None:
    sealer = tiny_sealer(40)
    out = memoryview(bytearray(64))
    for index, length in ((0, 31), (0, 33), (1, 9), (1, 32)):
        with pytest.raises(ValueError, match="length"):
            sealer.seal_segment(index, memoryview(bytes(length)), out)


def _sparse(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.truncate(size)
    return path


@pytest.mark.parametrize("count", [4, 16])
def test_memory_does_not_grow_with_the_film(tmp_path: Path, count: int) -> None:
    size = count * PLAIN_SEGMENT - 5
    secrets = FilmSecrets.new(UUID, size, 16)
    sealer = FilmSealer(Layout(size, secrets.fid, 16), secrets, UUID)
    source = _sparse(tmp_path / "film", size)
    digest: Callable[[], int] = lambda: sum(  # noqa: E731
        len(chunk) for chunk in PartSealer(sealer, 0, source, lambda _i, _data: None).chunks()
    )
    tracemalloc.start()
    try:
        assert digest() == (count - 2) * SEGMENT
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * SEGMENT
