"""The private block: hostile clear parts, crashes while it is written, and what it shows."""

from __future__ import annotations

import os
import struct
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.crypto import floe, private_block, private_payload
from app.crypto.keys import FilmSecrets, film_key
from app.crypto.layout import Layout
from app.crypto.open import FilmOpener
from app.crypto.private_block import PrivateBlock, PrivateBlockWriter, UnlockedBlock, is_private_block
from app.crypto.private_clear import CLEAR_LIMIT, ClearPart, Stanza, parse_clear
from app.crypto.private_payload import FilmFacts, Payload, encode_payload
from app.crypto.seal import FilmSealer
from app.domain.errors import (
    BlockError,
    Damaged,
    NewerFormat,
    NotABlock,
    SourceGone,
    TargetUnwritable,
    WrongUuid,
)
from tests.unit.crypto.block_tools import (
    FACTS,
    OTHER_UUID,
    SIZE,
    TINY,
    UUID,
    digests,
    film_bytes,
    made,
    patched,
    with_crc,
)


def held_segments(layout: Layout, secrets: FilmSecrets) -> dict[int, bytes]:
    sealer, plain = FilmSealer(layout, secrets, UUID), memoryview(film_bytes(layout.size))
    out = memoryview(bytearray(64))
    found = {}
    for i in layout.held_segments():
        start = layout.plain_offset(i)
        length = sealer.seal_segment(i, plain[start : start + layout.plain_length(i)], out)
        found[i] = bytes(out[:length])
    return found


def write(
    path: Path, layout: Layout, secrets: FilmSecrets, cid: str = "bafy", facts: FilmFacts = FACTS
) -> None:
    with PrivateBlockWriter(path, layout, secrets, UUID) as writer:
        for i, data in held_segments(layout, secrets).items():
            writer.write_held(i, data)
        writer.finish(cid, digests(layout), layout.public_size, facts)


def unlock(path: Path, uuid: str = UUID) -> UnlockedBlock:
    return PrivateBlock.read(path, geometry=TINY).unlock(uuid)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    layout, secrets = made()
    path = tmp_path / "a.rkkey"
    write(path, layout, secrets)
    block = PrivateBlock.read(path, geometry=TINY)
    assert block.fid == layout.fid
    assert block.matches(UUID)
    assert not block.matches(OTHER_UUID)
    with pytest.raises(WrongUuid):
        block.unlock(OTHER_UUID)
    unlocked = block.unlock(UUID)
    assert (unlocked.cid, unlocked.public_size, unlocked.facts) == ("bafy", layout.public_size, FACTS)
    assert (unlocked.layout, unlocked.secrets, unlocked.footer) == (layout, secrets, layout.footer())
    assert list(unlocked.part_digests) == digests(layout)
    opener = FilmOpener(unlocked)
    assert {i: opener.held_segment(i) for i in layout.held_segments()} == held_segments_of(path, layout)
    opener.verify_held()
    assert is_private_block(path)


def held_segments_of(path: Path, layout: Layout) -> dict[int, bytes]:
    data = path.read_bytes()[4096:]
    return {i: data[layout.held_offset(i) :][: layout.sealed_length(i)] for i in layout.held_segments()}


def test_nothing_of_it_is_shown(tmp_path: Path) -> None:
    layout, secrets = made()
    write(tmp_path / "a", layout, secrets)
    unlocked = unlock(tmp_path / "a")
    block = PrivateBlock.read(tmp_path / "a", geometry=TINY)
    payload = Payload(layout, secrets, (), "", FACTS)
    shown = " ".join(map(repr, (unlocked, block, payload, unlocked.secrets)))
    for secret in (UUID, secrets.s_priv.hex(), repr(secrets.s_priv), secrets.s_priv.hex()[:16]):
        assert secret not in shown
    assert UUID.encode() not in (tmp_path / "a").read_bytes()
    assert bytes.fromhex(UUID.replace("-", "")) not in (tmp_path / "a").read_bytes()
    assert b"film.mov" not in (tmp_path / "a").read_bytes()


# --- crashes -----------------------------------------------------------------------------------------


def test_an_unfinished_block_is_taken_up_again(tmp_path: Path) -> None:
    layout, secrets = made()
    path = tmp_path / "a.part"
    segments = held_segments(layout, secrets)
    with PrivateBlockWriter(path, layout, secrets, UUID) as writer:
        assert not writer.resumed
        writer.write_held(0, segments[0])
        writer.write_held(31, segments[31])
        writer.sync()
    with pytest.raises(Damaged):
        PrivateBlock.read(path, geometry=TINY)
    with PrivateBlockWriter(path, layout, secrets, UUID) as writer:
        assert writer.resumed
        writer.write_held(16, segments[16])
        writer.finish("", digests(layout), layout.public_size, FACTS)
    FilmOpener(unlock(path)).verify_held()


def test_finishing_again_makes_a_fresh_payload_key(tmp_path: Path) -> None:
    layout, secrets = made()
    path = tmp_path / "a.part"
    write(path, layout, secrets)
    first = path.read_bytes()
    with PrivateBlockWriter(path, layout, secrets, UUID) as writer:
        assert writer.resumed
        with pytest.raises(Damaged):  # no reader may take it for finished meanwhile
            PrivateBlock.read(path, geometry=TINY)
        writer.finish("other", digests(layout), layout.public_size, FACTS)
    second = path.read_bytes()
    assert unlock(path).cid == "other"
    FilmOpener(unlock(path)).verify_held()
    held_end = 4096 + layout.held_size
    assert first[4096:held_end] == second[4096:held_end]
    assert first[96:250] != second[96:250]
    assert first[held_end:][:200] != second[held_end:][:200]


@pytest.mark.parametrize("left", ["empty", "sized"])
def test_one_whose_making_was_cut_off_is_begun_anew(tmp_path: Path, left: str) -> None:
    layout, secrets = made()
    path = tmp_path / "a.part"
    path.write_bytes(bytes(0 if left == "empty" else 4096 + layout.held_size))
    with PrivateBlockWriter(path, layout, secrets, UUID) as writer:
        assert not writer.resumed


def test_another_file_is_never_written_into(tmp_path: Path) -> None:
    layout, secrets = made()
    other_layout, other_secrets = made()
    foreign = tmp_path / "foreign"
    foreign.write_bytes(b"somebody's notes" * 999)
    zeros = tmp_path / "zeros"
    zeros.write_bytes(bytes(77))
    strange = tmp_path / "strange"
    write(strange, other_layout, other_secrets)
    cut = tmp_path / "cut"
    write(cut, layout, secrets)
    os.truncate(cut, 4096 + layout.held_size - 1)
    for path in (foreign, zeros, strange, cut):
        before = path.read_bytes()
        with pytest.raises(BlockError):
            PrivateBlockWriter(path, layout, secrets, UUID)
        assert path.read_bytes() == before


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    layout, secrets = made()
    with PrivateBlockWriter(tmp_path / "a", layout, secrets, UUID) as writer:
        with pytest.raises(ValueError, match="not held back"):
            writer.write_held(1, bytes(64))
        with pytest.raises(ValueError, match="length"):
            writer.write_held(0, bytes(63))
        with pytest.raises(ValueError, match="size"):
            writer.finish("", digests(layout), layout.public_size + 1, FACTS)
        with pytest.raises(ValueError, match="digest"):
            writer.finish("", digests(layout)[:-1], layout.public_size, FACTS)
    with pytest.raises(TargetUnwritable):
        PrivateBlockWriter(tmp_path / "no folder" / "a", layout, secrets, UUID)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    layout, secrets = made()
    (tmp_path / "target").write_bytes(b"")
    (tmp_path / "a.part").symlink_to(tmp_path / "target")
    with pytest.raises(TargetUnwritable):
        PrivateBlockWriter(tmp_path / "a.part", layout, secrets, UUID)
    assert (tmp_path / "target").read_bytes() == b""


# --- hostile files -----------------------------------------------------------------------------------


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    layout, secrets = made()
    write(tmp_path / "sound.rkkey", layout, secrets)
    return tmp_path / "sound.rkkey"


def test_foreign_files_are_no_blocks(tmp_path: Path) -> None:
    for k, data in enumerate((b"", b"\x8fRKKE", b"\x8fRKPUB\r\n" + bytes(200), bytes(5000), b"\xff" * 99)):
        path = tmp_path / str(k)
        path.write_bytes(data)
        assert not is_private_block(path)
        with pytest.raises(NotABlock):
            PrivateBlock.read(path)
    assert not is_private_block(tmp_path / "none")
    assert not is_private_block(tmp_path)
    with pytest.raises(SourceGone):
        PrivateBlock.read(tmp_path / "none")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
def test_a_pipe_or_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.rkkey")
    for path in (tmp_path / "pipe.rkkey", tmp_path):
        assert not is_private_block(path)
        with pytest.raises(NotABlock):
            PrivateBlock.read(path)


@pytest.mark.parametrize(("offset", "what"), [(8, "format 7"), (10, "suite 7")])
def test_a_newer_block_is_named(sound: Path, offset: int, what: str) -> None:
    sound.write_bytes(with_crc(patched(sound.read_bytes(), offset, b"\0\7"), 92))
    with pytest.raises(NewerFormat) as caught:
        PrivateBlock.read(sound, geometry=TINY)
    assert caught.value.facts["what"] == what


HUGE = [0, 1, 4095, 4097, 2**31, 2**32 - 1]


@pytest.mark.parametrize(
    ("offset", "field", "values"),
    [
        (12, ">I", [*HUGE, 8192, CLEAR_LIMIT, CLEAR_LIMIT + 4096]),
        (64, ">Q", [*HUGE, 2**63, 2**64 - 1]),
        (72, ">Q", [*HUGE, 2**22 + 75, 2**63, 2**64 - 1]),
        (80, ">I", [0, 2, 2**32 - 1]),
        (84, ">I", [*HUGE, 145, 147, 4000, 4001]),
        (88, ">I", [1, 2**31]),
    ],
)
def test_lengths_are_checked_before_anything_is_allocated(
    sound: Path, offset: int, field: str, values: list[int]
) -> None:
    data = sound.read_bytes()
    for value in values:
        sound.write_bytes(with_crc(patched(data, offset, struct.pack(field, value)), 92))
        with pytest.raises(Damaged):
            PrivateBlock.read(sound, geometry=TINY).unlock(UUID)


def test_a_huge_sparse_file_costs_nothing(sound: Path) -> None:
    size = 1 << 40
    payload = PrivateBlock.read(sound, geometry=TINY).clear.payload_size
    data = with_crc(patched(sound.read_bytes(), 64, struct.pack(">Q", size - 4096 - payload)), 92)
    sound.write_bytes(data)
    os.truncate(sound, size)
    block = PrivateBlock.read(sound, geometry=TINY)
    with pytest.raises(Damaged):
        block.unlock(UUID)


def test_a_huge_payload_is_refused_before_it_is_read(sound: Path) -> None:
    clear = PrivateBlock.read(sound, geometry=TINY).clear
    size = 1 << 40
    value = struct.pack(">Q", size - clear.payload_offset)
    sound.write_bytes(with_crc(patched(sound.read_bytes(), 72, value), 92))
    os.truncate(sound, size)
    with pytest.raises(Damaged):
        PrivateBlock.read(sound, geometry=TINY)


def test_stanzas_of_unknown_types_are_skipped_by_the_clear_part() -> None:
    clear = ClearPart(bytes(16), bytes(32), 0, 500, (Stanza(1, bytes(138)), Stanza(2, b"x"), Stanza(9, b"")))
    assert parse_clear(clear.encode(), 4096 + 500) == clear


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(st.integers(96, 300), st.binary(min_size=1, max_size=12))
def test_stanzas_overwritten_with_anything(sound: Path, offset: int, junk: bytes) -> None:
    data = sound.read_bytes()
    changed = patched(data, offset, junk)
    if changed != data:
        broken = sound.with_name("broken")
        broken.write_bytes(changed)
        with pytest.raises(Damaged):
            unlock(broken)


# --- payloads that don't belong here ------------------------------------------------------------------


def test_a_kind_of_later_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout, secrets = made()
    with monkeypatch.context() as patch:
        patch.setattr(private_payload, "KIND_FILM", 2)
        write(tmp_path / "a", layout, secrets)
    with pytest.raises(NewerFormat) as caught:
        unlock(tmp_path / "a")
    assert caught.value.facts["what"] == "kind 2"


@pytest.mark.parametrize("size", [SIZE, SIZE + 640])
@pytest.mark.parametrize("same_fid", [True, False])
def test_a_payload_of_another_film_is_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, same_fid: bool
) -> None:
    """Sound in itself, sealed by someone who knows the uuid; only the clear part is of this film."""
    layout, secrets = made()
    fid = secrets.fid if same_fid else bytes(16)
    other_layout = Layout(size, fid, 16, TINY)
    key = film_key(fid, secrets.s_priv, UUID)
    header = floe.new_header(key, other_layout.aad, TINY.params)
    other = Payload(other_layout, FilmSecrets(fid, secrets.s_priv, header), (), "", FACTS)
    other = replace(other, part_digests=tuple(digests(other_layout)))
    with monkeypatch.context() as patch:
        patch.setattr(private_block, "encode_payload", lambda _payload: encode_payload(other))
        write(tmp_path / "a", layout, secrets)
    if (size, same_fid) == (SIZE, True):
        assert unlock(tmp_path / "a").facts == FACTS
    else:
        with pytest.raises(Damaged):
            unlock(tmp_path / "a")
