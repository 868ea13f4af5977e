"""Sealing and opening on plain files: round trips, and what stands there after each way it can end."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from app.crypto import files, workfile
from app.crypto.files import inspect, open_files, seal_file
from app.crypto.layout import FOOTER_SIZE, PLAIN_SEGMENT, SEGMENT, parse_footer
from app.crypto.open import FilmOpener, PartOpener
from app.crypto.positioned import write_at as write_at_place
from app.domain.errors import (
    Busy,
    Damaged,
    NewerFormat,
    NoSpace,
    NotABlock,
    SourceChanged,
    SourceGone,
    SourceUnreadable,
    TargetUnwritable,
    UsageError,
    UuidRefused,
)
from app.domain.progress import Progress
from tests.unit.crypto import independent_decoder as other
from tests.unit.crypto.block_tools import (
    TINY,
    UUID,
    Pair,
    film_bytes,
    flipped,
    names,
    patched,
    seal_pair,
    with_crc,
)

texts = st.sampled_from([UUID, UUID.upper(), "no uuid", "ключ"])


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 32 * 80), st.sampled_from([0, 16, 20, 1024]), texts)
def test_any_size_comes_back(size: int, rule: int, uuid: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        film, public, private, output = (folder / each for each in ("film.mov", "pub", "key", "out"))
        film.write_bytes(film_bytes(size))
        sealed = seal_file(film, public, private, uuid, hold_back=rule, geometry=TINY)
        opened = open_files(public, private, output, uuid, geometry=TINY)
        assert output.read_bytes() == film.read_bytes()
        assert sealed.blake3 == opened.blake3 == blake3(film.read_bytes()).hexdigest()
        assert (sealed.size, opened.size, opened.facts.name) == (size, size, "film.mov")
        assert sealed.public_size == public.stat().st_size
        assert names(folder) == {"film.mov", "pub", "key", "out"}
        second = other.open_blocks(public.read_bytes(), private.read_bytes(), uuid, TINY.segment, TINY.part)
        assert second.film == film.read_bytes()


@pytest.mark.parametrize(
    ("size", "rule"),
    [(PLAIN_SEGMENT, 1024), (PLAIN_SEGMENT + 1, 0), (3 * PLAIN_SEGMENT + 77, 16), (2 * PLAIN_SEGMENT, 0)],
)
def test_real_segments_come_back(tmp_path: Path, size: int, rule: int) -> None:
    film, public, private, output = (tmp_path / each for each in ("film.mov", "pub", "key", "out"))
    film.write_bytes(film_bytes(1000) * (size // 1000) + film_bytes(size % 1000))
    sealed = seal_file(film, public, private, UUID, hold_back=rule)
    assert open_files(public, private, output, UUID).blake3 == sealed.blake3
    assert output.read_bytes() == film.read_bytes()
    second = other.open_blocks(public.read_bytes(), private.read_bytes(), UUID)
    assert second.film == film.read_bytes()
    assert inspect(public)["segment"] == SEGMENT


def test_two_sealings_share_no_block(make_pair: Callable[..., Pair]) -> None:
    one, two = make_pair(5100), make_pair(5100)
    pieces = [
        {data[at : at + 64] for at in range(0, len(data) - 80, 64)}
        for data in (one.public.read_bytes(), two.public.read_bytes())
    ]
    assert not pieces[0] & pieces[1]


def test_without_the_private_block_both_ends_of_the_film_are_missing(pair: Pair) -> None:
    public = pair.public.read_bytes()
    layout = parse_footer(public[-FOOTER_SIZE:], geometry=TINY).layout
    held = list(layout.held_segments())
    assert (held[0], held[-1], len(held)) == (0, layout.segments - 1, 11)
    assert len(public) - FOOTER_SIZE == sum(
        layout.sealed_length(i) for i in range(layout.segments) if i not in held
    )


@pytest.mark.skipif(os.name == "nt", reason="rights are not modes there")
def test_the_private_block_is_for_its_owner_alone(pair: Pair) -> None:
    before = os.umask(0o022)
    try:
        fresh = seal_pair(pair.film.parent, 1000)
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (fresh.private, fresh.public)] == [0o600, 0o644]


def test_progress_goes_up_to_all(tmp_path: Path) -> None:
    film, public, private, output = (tmp_path / each for each in ("film.mov", "pub", "key", "out"))
    film.write_bytes(film_bytes(5100))
    seen: list[Progress] = []
    seal_file(film, public, private, UUID, hold_back=16, progress=seen.append, geometry=TINY)
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert (seen[-1].phase, seen[-1].percent) == ("seal", 100)
    seen.clear()
    open_files(public, private, output, UUID, seen.append, geometry=TINY)
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert (seen[-1].phase, seen[-1].done, seen[-1].total) == ("open", 5100, 5100)


# --- what is there is never overwritten --------------------------------------------------------------


def test_existing_names_are_refused_before_anything_is_done(pair: Pair, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_bytes(b"mine")
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "nowhere")
    before = names(tmp_path)
    for target in (taken, dangling, tmp_path):
        with pytest.raises(TargetUnwritable):
            pair.open(target)
        with pytest.raises(TargetUnwritable):
            seal_file(pair.film, target, tmp_path / "new", UUID, geometry=TINY)
        with pytest.raises(TargetUnwritable):
            seal_file(pair.film, tmp_path / "new", target, UUID, geometry=TINY)
    assert taken.read_bytes() == b"mine"
    assert names(tmp_path) == before


def test_a_name_taken_in_the_middle_is_not_overwritten(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "out.mov"
    real = PartOpener.finish

    def finish(part: PartOpener) -> None:
        real(part)
        output.write_bytes(b"mine")

    monkeypatch.setattr(PartOpener, "finish", finish)
    with pytest.raises(TargetUnwritable):
        pair.open(output)
    assert output.read_bytes() == b"mine"
    assert not (tmp_path / "out.mov.part").exists()


def test_a_private_name_taken_in_the_middle_takes_the_public_block_back(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public, private = tmp_path / "new.rkpub", tmp_path / "new.rkkey"
    real = FilmOpener.verify_held

    def verify(opener: FilmOpener) -> None:
        real(opener)
        private.write_bytes(b"mine")

    monkeypatch.setattr(FilmOpener, "verify_held", verify)
    before = names(tmp_path)
    with pytest.raises(TargetUnwritable):
        seal_file(pair.film, public, private, UUID, geometry=TINY)
    assert private.read_bytes() == b"mine"
    assert names(tmp_path) == before | {"new.rkkey"}


def test_one_name_for_both_blocks_is_refused(pair: Pair, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        seal_file(pair.film, tmp_path / "a", tmp_path / "a", UUID, geometry=TINY)


def test_a_strangers_part_file_is_kept(pair: Pair, tmp_path: Path) -> None:
    for target in ("out.mov", "new.rkpub", "new.rkkey"):
        (tmp_path / f"{target}.part").write_bytes(b"mine")
    with pytest.raises(TargetUnwritable):
        pair.open(tmp_path / "out.mov")
    with pytest.raises(TargetUnwritable):
        seal_file(pair.film, tmp_path / "new.rkpub", tmp_path / "k", UUID, geometry=TINY)
    with pytest.raises(TargetUnwritable):
        seal_file(pair.film, tmp_path / "p", tmp_path / "new.rkkey", UUID, geometry=TINY)
    for target in ("out.mov", "new.rkpub", "new.rkkey"):
        assert (tmp_path / f"{target}.part").read_bytes() == b"mine"
    assert not (tmp_path / "k.part").exists()
    assert not (tmp_path / "p.part").exists()


def test_what_a_killed_run_left_is_begun_anew(pair: Pair, tmp_path: Path) -> None:
    for length in (0, 5100):
        (tmp_path / f"out{length}.part").write_bytes(b"x" * length)
        pair.open(tmp_path / f"out{length}")
        assert (tmp_path / f"out{length}").read_bytes() == pair.plain
    (tmp_path / "new.rkpub.part").write_bytes(b"x" * pair.public.stat().st_size)
    (tmp_path / "new.rkkey.part").write_bytes(pair.private.read_bytes()[:4096])
    seal_file(pair.film, tmp_path / "new.rkpub", tmp_path / "new.rkkey", UUID, hold_back=16, geometry=TINY)
    open_files(tmp_path / "new.rkpub", tmp_path / "new.rkkey", tmp_path / "again", UUID, geometry=TINY)
    assert (tmp_path / "again").read_bytes() == pair.plain


@pytest.mark.skipif(sys.platform == "win32", reason="an open file is locked by itself there")
def test_two_runs_do_not_write_into_one_another(pair: Pair, tmp_path: Path) -> None:
    output = tmp_path / "out.mov"
    with workfile.WorkFile(output, 5100) as first:
        os.pwrite(first.descriptor, pair.plain, 0)
        with pytest.raises(Busy):
            pair.open(output)
        assert workfile.part_path(output).read_bytes() == pair.plain
        first.publish()
    assert output.read_bytes() == pair.plain


# --- faults ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_disk_that_fails_leaves_nothing(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    calls = 0
    real = write_at_place

    def write_at(descriptor: int, offset: int, data: bytes) -> None:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise OSError(number, os.strerror(number))
        real(descriptor, offset, data)

    monkeypatch.setattr(files, "write_at", write_at)
    before = names(tmp_path)
    expected = TargetUnwritable if number == errno.EIO else NoSpace
    with pytest.raises(expected):
        pair.open(tmp_path / "out.mov")
    calls = 0
    with pytest.raises(expected):
        seal_file(pair.film, tmp_path / "a", tmp_path / "b", UUID, hold_back=16, geometry=TINY)
    assert names(tmp_path) == before


def test_a_small_disk_is_refused_at_once(pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=5099))
    with pytest.raises(NoSpace) as caught:
        pair.open(tmp_path / "out.mov")
    assert (caught.value.facts["need"], caught.value.facts["free"]) == (5100, 5099)
    assert not (tmp_path / "out.mov.part").exists()


def test_an_interruption_leaves_nothing(pair: Pair, tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.done > 2000:
            raise KeyboardInterrupt

    before = names(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        open_files(pair.public, pair.private, tmp_path / "out", UUID, interrupt, geometry=TINY)
    with pytest.raises(KeyboardInterrupt):
        seal_file(
            pair.film, tmp_path / "a", tmp_path / "b", UUID, hold_back=16, progress=interrupt, geometry=TINY
        )
    assert names(tmp_path) == before


def test_a_film_that_changes_while_it_is_sealed(pair: Pair, tmp_path: Path) -> None:
    def touch(progress: Progress) -> None:
        if progress.done > 2000:
            os.utime(pair.film, ns=(1, 1))

    before = names(tmp_path)
    with pytest.raises(SourceChanged):
        seal_file(
            pair.film, tmp_path / "a", tmp_path / "b", UUID, hold_back=16, progress=touch, geometry=TINY
        )
    assert names(tmp_path) == before


def test_missing_files_and_folders(pair: Pair, tmp_path: Path) -> None:
    nowhere = tmp_path / "none"
    with pytest.raises(SourceGone):
        seal_file(nowhere, tmp_path / "a", tmp_path / "b", UUID)
    with pytest.raises(SourceGone):
        open_files(nowhere, pair.private, tmp_path / "o", UUID, geometry=TINY)
    with pytest.raises(SourceGone):
        open_files(pair.public, nowhere, tmp_path / "o", UUID, geometry=TINY)
    with pytest.raises(SourceUnreadable):
        open_files(tmp_path, pair.private, tmp_path / "o", UUID, geometry=TINY)
    with pytest.raises(TargetUnwritable):
        pair.open(nowhere / "o")
    with pytest.raises(UuidRefused):
        seal_file(pair.film, tmp_path / "a", tmp_path / "b", "")
    assert not {"a", "b", "o", "a.part", "b.part", "o.part"} & names(tmp_path)


def test_the_product_does_not_read_other_geometries(pair: Pair, tmp_path: Path) -> None:
    with pytest.raises(Damaged):
        open_files(pair.public, pair.private, tmp_path / "out", UUID)


# --- inspect -----------------------------------------------------------------------------------------


@pytest.fixture
def real_pair(tmp_path: Path) -> tuple[Path, Path]:
    film, public, private = (tmp_path / each for each in ("film.mov", "a.rkpub", "a.rkkey"))
    film.write_bytes(b"film")
    seal_file(film, public, private, UUID, hold_back=0)
    return public, private


def test_inspect_shows_clear_facts_only(real_pair: tuple[Path, Path]) -> None:
    public, private = real_pair
    facts = inspect(public)
    assert facts["block"] == "public"
    assert (facts["size"], facts["film_size"], facts["segments"], facts["held_back"]) == (116, 4, 1, 0)
    secret = inspect(private)
    assert (secret["block"], secret["finished"], secret["stanzas"]) == ("private", True, [1])
    assert facts["fid"] == secret["fid"]
    assert "film.mov" not in f"{facts}{secret}"
    assert UUID not in f"{facts}{secret}"


def test_inspect_refuses_what_is_not_sound(real_pair: tuple[Path, Path], tmp_path: Path) -> None:
    public, private = (path.read_bytes() for path in real_pair)
    cases = [
        (b"", NotABlock),
        (b"foreign", NotABlock),
        (b"foreign" * 100, NotABlock),
        (public[:-1], NotABlock),
        (b"\0" + public, Damaged),
        (flipped(public, len(public) * 8 - 1), Damaged),
        (public[:-80] + with_crc(patched(public[-80:], 8, b"\0\3"), 76), NewerFormat),
        (private[:-1], Damaged),
        (private + b"\0", Damaged),
        (private[:50], Damaged),
        (with_crc(patched(private, 10, b"\0\3"), 92), NewerFormat),
    ]
    for data, error in cases:
        path = tmp_path / "tried"
        path.write_bytes(data)
        with pytest.raises(error):
            inspect(path)
    with pytest.raises(SourceGone):
        inspect(tmp_path / "none")
