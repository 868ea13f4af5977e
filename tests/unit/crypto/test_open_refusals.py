"""Whatever is done to a pair of blocks is refused with its own error and leaves no output.

The second decoder is asked too: both have to give the same answer.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.crypto.edge import part_name
from app.crypto.layout import FOOTER_SIZE, Layout
from app.crypto.open import FilmOpener, PartOpener
from app.crypto.private_block import PrivateBlock
from app.domain.errors import BlockError, Damaged, NewerFormat, NotABlock, UuidRefused, WrongPair, WrongUuid
from tests.unit.crypto import independent_decoder as other
from tests.unit.crypto.block_tools import (
    OTHER_UUID,
    TINY,
    UUID,
    Pair,
    flipped,
    names,
    patched,
    seal_pair,
    with_crc,
)

shared = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150
)


def refused(pair: Pair, public: bytes, private: bytes, uuid: str = UUID) -> BlockError:
    """Put these bytes in place and open: the error, after a look that nothing was left."""
    folder = pair.film.parent / "refused"
    folder.mkdir(exist_ok=True)
    broken = Pair(pair.film, folder / "a.rkpub", folder / "a.rkkey", pair.plain, uuid)
    broken.public.write_bytes(public)
    broken.private.write_bytes(private)
    with pytest.raises(BlockError) as caught:
        broken.open(folder / "out.mov")
    assert names(folder) == {"a.rkpub", "a.rkkey"}
    with pytest.raises(other.Refused) as second:
        other.open_blocks(public, private, uuid, TINY.segment, TINY.part)
    assert second.value.code == caught.value.code
    assert UUID not in f"{caught.value} {caught.value.facts} {caught.value!r}"
    return caught.value


def test_the_sound_pair_opens(pair: Pair, tmp_path: Path) -> None:
    opened = pair.open(tmp_path / "out.mov")
    assert (tmp_path / "out.mov").read_bytes() == pair.plain
    assert (opened.size, opened.blake3) == (5100, blake3(pair.plain).hexdigest())
    assert (opened.facts.name, opened.facts.path) == ("影片.mov", ("Reel 1",))
    again = other.open_blocks(
        pair.public.read_bytes(), pair.private.read_bytes(), UUID, TINY.segment, TINY.part
    )
    assert again.film == pair.plain
    assert again.facts["name"] == "影片.mov"


@shared
@given(st.data())
def test_every_flipped_bit_of_the_private_block(pair: Pair, data: st.DataObject) -> None:
    private = pair.private.read_bytes()
    bit = data.draw(st.integers(0, len(private) * 8 - 1))
    error = refused(pair, pair.public.read_bytes(), flipped(private, bit))
    assert type(error) is (NotABlock if bit < 64 else Damaged)


@shared
@given(st.data())
def test_every_flipped_bit_of_the_public_block(pair: Pair, data: st.DataObject) -> None:
    public = pair.public.read_bytes()
    bit = data.draw(st.integers(0, len(public) * 8 - 1))
    assert type(refused(pair, flipped(public, bit), pair.private.read_bytes())) is Damaged


def _edges(size: int, marks: set[int]) -> st.SearchStrategy[int]:
    near = sorted({place + by for place in marks for by in (-1, 0, 1) if 0 <= place + by < size})
    return st.sampled_from(near) | st.integers(0, size - 1)


@shared
@given(st.data())
def test_cut_anywhere(pair: Pair, data: st.DataObject) -> None:
    public, private = pair.public.read_bytes(), pair.private.read_bytes()
    if data.draw(st.booleans()):
        cut = data.draw(_edges(len(public), {0, 64, 1024, 5 * 64, len(public) - FOOTER_SIZE, len(public)}))
        assert type(refused(pair, public[:cut], private)) is Damaged
    else:
        marks = {0, 8, 96, 242, 4096, 4160, len(private) - 100, len(private)}
        cut = data.draw(_edges(len(private), marks))
        error = refused(pair, public, private[:cut])
        assert type(error) is (NotABlock if cut < 8 else Damaged)


@shared
@given(st.booleans(), st.binary(min_size=1, max_size=100), st.booleans())
def test_longer_by_anything(pair: Pair, in_public: bool, more: bytes, before: bool) -> None:
    public, private = pair.public.read_bytes(), pair.private.read_bytes()
    grown = (more + public if before else public + more) if in_public else private + more
    error = refused(pair, grown if in_public else public, private if in_public else grown)
    assert type(error) is Damaged


@settings(shared, max_examples=50)  # both decoders come far before they refuse
@given(st.data())
def test_segments_swapped_doubled_or_dropped(pair: Pair, data: st.DataObject) -> None:
    public = pair.public.read_bytes()
    body, footer = public[:-FOOTER_SIZE], public[-FOOTER_SIZE:]
    pieces = [body[at : at + 64] for at in range(0, len(body), 64)]
    places = st.integers(0, len(pieces) - 1)
    one, two = data.draw(st.lists(places, min_size=2, max_size=2, unique=True))
    kind = data.draw(st.sampled_from(["swap", "double", "drop"]))
    if kind == "swap":
        pieces[one], pieces[two] = pieces[two], pieces[one]
    elif kind == "double":
        pieces[one] = pieces[two]
    else:
        del pieces[one]
    assert type(refused(pair, b"".join(pieces) + footer, pair.private.read_bytes())) is Damaged


def test_segments_of_another_sealing_of_the_same_film(make_pair: Callable[..., Pair]) -> None:
    one, two = make_pair(5100), make_pair(5100)
    first, second = one.public.read_bytes(), two.public.read_bytes()
    for start, end in ((0, 64), (64, 128), (0, len(first) - FOOTER_SIZE)):
        spliced = first[:start] + second[start:end] + first[end:]
        assert type(refused(one, spliced, one.private.read_bytes())) is Damaged
    private, strange = one.private.read_bytes(), two.private.read_bytes()
    assert len(private) == len(strange)
    for start, end in (
        (4096, 4160),
        (96, 242),
        (64, 4096),
        (4096, len(private)),
        (len(private) - 400, len(private)),
    ):
        spliced = private[:start] + strange[start:end] + private[end:]
        if spliced != private:
            assert type(refused(one, first, spliced)) is Damaged


def test_held_back_segments_exchanged(pair: Pair) -> None:
    private = pair.private.read_bytes()
    one, two = private[4096:4160], private[4160:4224]
    swapped = patched(patched(private, 4096, two), 4160, one)
    assert type(refused(pair, pair.public.read_bytes(), swapped)) is Damaged


def test_a_wrong_uuid(pair: Pair) -> None:
    for uuid in (OTHER_UUID, "x", UUID[:-1]):
        assert type(refused(pair, pair.public.read_bytes(), pair.private.read_bytes(), uuid)) is WrongUuid
    assert type(refused(pair, pair.public.read_bytes(), pair.private.read_bytes(), "")) is UuidRefused


def test_another_films_private_block(make_pair: Callable[..., Pair]) -> None:
    pairs = [make_pair(5100), make_pair(5100), make_pair(99), make_pair(0), make_pair(2000, 0)]
    for one in pairs:
        for two in pairs:
            if one is not two:
                error = refused(one, one.public.read_bytes(), two.private.read_bytes())
                assert type(error) is WrongPair


def test_a_clear_part_claiming_another_film(make_pair: Callable[..., Pair]) -> None:
    """fid and locator of another film, with a right CRC: the seal of the payload covers the clear part."""
    one, two = make_pair(5100), make_pair(5100)
    private = with_crc(patched(one.private.read_bytes(), 16, two.private.read_bytes()[16:64]), 92)
    assert type(refused(one, one.public.read_bytes(), private)) is Damaged
    assert type(refused(one, two.public.read_bytes(), private)) is Damaged
    foreign = with_crc(patched(one.private.read_bytes(), 16, two.private.read_bytes()[16:32]), 92)
    assert type(refused(one, one.public.read_bytes(), foreign)) is WrongUuid


@pytest.mark.parametrize("offset", [8, 10])
def test_a_newer_one_is_named(pair: Pair, offset: int) -> None:
    public, private = pair.public.read_bytes(), pair.private.read_bytes()
    newer = with_crc(patched(private, offset, b"\0\2"), 92)
    assert type(refused(pair, public, newer)) is NewerFormat
    footer = with_crc(patched(public[-FOOTER_SIZE:], offset, b"\0\2"), 76)
    assert type(refused(pair, public[:-FOOTER_SIZE] + footer, private)) is NewerFormat


def test_a_footer_with_other_numbers_and_a_right_crc(pair: Pair) -> None:
    public, private = pair.public.read_bytes(), pair.private.read_bytes()
    for offset, value in ((40, b"\0" * 7 + b"\1"), (36, b"\0\0\0\x20"), (12, b"\0\0\0\1"), (72, b"\0\0\0\1")):
        footer = with_crc(patched(public[-FOOTER_SIZE:], offset, value), 76)
        assert type(refused(pair, public[:-FOOTER_SIZE] + footer, private)) is Damaged


@pytest.mark.parametrize(("size", "rule"), [(5101, 16), (5099, 16), (5100, 17), (5100, 0), (0, 16)])
def test_a_sound_footer_of_the_same_film_with_other_numbers(pair: Pair, size: int, rule: int) -> None:
    body = pair.public.read_bytes()[:-FOOTER_SIZE]
    footer = Layout(size, opener_of(pair).layout.fid, rule, TINY).footer()
    assert type(refused(pair, body + footer, pair.private.read_bytes())) is Damaged


def test_the_blocks_the_wrong_way_round(pair: Pair) -> None:
    error = refused(pair, pair.private.read_bytes(), pair.public.read_bytes())
    assert type(error) is NotABlock


def test_a_digest_that_is_not_the_films(pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sealer that lies about a part: all segments are authentic, the part is still refused by name."""
    digests = list(opener_of(pair).unlocked.part_digests)
    digests[3] = bytes(32)
    monkeypatch.setattr("app.crypto.files.PartSealer.digest", property(lambda self: digests[self.plan.index]))
    lying = seal_pair(tmp_path, 5100)
    error = refused(lying, lying.public.read_bytes(), lying.private.read_bytes())
    assert error.facts["what"] == part_name(3)


# --- parts, one by one -------------------------------------------------------------------------------


def opener_of(pair: Pair) -> FilmOpener:
    return FilmOpener(PrivateBlock.read(pair.private, geometry=TINY).unlock(pair.uuid))


def test_a_part_is_fed_in_order_and_checked(pair: Pair) -> None:
    opener = opener_of(pair)
    layout, public = opener.layout, pair.public.read_bytes()
    found = bytearray(layout.size)
    for k in reversed(range(layout.part_count)):
        with PartOpener(opener, k) as part:
            assert dict(part.body_segments) == {
                i: layout.sealed_length(i) for i in part.segments if not layout.held(i)
            }
            for i in part.segments:
                at = None if layout.held(i) else layout.body_offset(i)
                sealed = None if at is None else public[at : at + layout.sealed_length(i)]
                offset, plain = part.feed(i, sealed)
                found[offset : offset + len(plain)] = plain
            part.finish()
    assert bytes(found) == pair.plain


def test_a_part_out_of_order_or_not_whole_is_refused(pair: Pair) -> None:
    with PartOpener(opener_of(pair), 0) as part:
        with pytest.raises(ValueError, match="order"):
            part.feed(1, bytes(64))
        part.feed(0)
        with pytest.raises(ValueError, match="order"):
            part.feed(0)
        with pytest.raises(ValueError, match="whole"):
            part.finish()


def test_a_view_stays_valid_until_two_more_segments_were_fed(pair: Pair) -> None:
    opener = opener_of(pair)
    public = pair.public.read_bytes()
    with PartOpener(opener, 0) as part:
        body = iter([public[at : at + 64] for at in range(0, 1024, 64)])
        views = [view for _, view in part.plaintexts(lambda _length: next(body))][-3:]
        end = part.segments.stop * 32
        assert b"".join(views) == pair.plain[end - 96 : end]


def test_an_output_of_an_earlier_run_is_checked_part_by_part(pair: Pair, tmp_path: Path) -> None:
    opener = opener_of(pair)
    output = tmp_path / "out.part"
    output.write_bytes(pair.plain)
    parts = range(opener.layout.part_count)
    assert all(opener.verify_part(output, k) for k in parts)
    start, end = opener.layout.part_plain(4)
    for at in (start, end - 1):
        output.write_bytes(flipped(pair.plain, at * 8))
        assert [opener.verify_part(output, k) for k in parts] == [k != 4 for k in parts]
    output.write_bytes(pair.plain[: end - 1])
    with output.open("rb") as file:
        assert [opener.verify_part(file.fileno(), k) for k in parts] == [k < 4 for k in parts]


def test_the_footer_is_checked_alone(make_pair: Callable[..., Pair]) -> None:
    one, two = make_pair(5100), make_pair(5100)
    opener = opener_of(one)
    footer = one.public.read_bytes()[-FOOTER_SIZE:]
    opener.check_footer(footer)
    opener.check_footer(footer, one.public.stat().st_size)
    with pytest.raises(Damaged):
        opener.check_footer(footer, one.public.stat().st_size + 1)
    with pytest.raises(WrongPair):
        opener.check_footer(two.public.read_bytes()[-FOOTER_SIZE:])
    for broken in (b"", footer[:-1], footer + b"\0", bytes(80), flipped(footer, 200)):
        with pytest.raises(Damaged):
            opener.check_footer(broken)


def test_held_back_segments_are_checked_alone(pair: Pair) -> None:
    opener = opener_of(pair)
    opener.verify_held()
    private = pair.private.read_bytes()
    last = 4096 + opener.layout.held_size - 1
    for at in (4096, 4100, 4130, last):
        pair.private.write_bytes(flipped(private, at * 8))
        with pytest.raises(Damaged):
            opener.verify_held()
    pair.private.write_bytes(private[: last - 5])
    with pytest.raises(Damaged):
        opener.verify_held()
