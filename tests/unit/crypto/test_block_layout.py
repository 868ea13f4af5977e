"""Places of segments and parts: the product's formulas against a plain walk over all segments."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crypto.layout import FOOTER_SIZE, MAX_SIZE, PART, PLAIN_SEGMENT, SEGMENT, Layout, parse_footer
from app.domain.errors import BlockError, Damaged, NewerFormat, NotABlock
from tests.unit.crypto.block_tools import TINY, flipped, patched, with_crc
from tests.unit.crypto.independent_decoder import Plan

FID = bytes(range(16))
sizes = st.integers(0, 32 * 300)
rules = st.sampled_from([0, 16, 17, 31, 64, 1024])


@given(sizes, rules)
def test_agrees_with_a_walk_over_all_segments(size: int, rule: int) -> None:
    layout = Layout(size, FID, rule, TINY)
    plan = Plan(FID, size, rule, TINY.segment, TINY.part)
    assert layout.segments == plan.n
    assert list(layout.held_segments()) == plan.held
    assert [i for i in range(plan.n) if layout.held(i)] == plan.held
    assert (layout.held_count, layout.held_size) == (len(plan.held), plan.held_length)
    assert [layout.body_segment(k) for k in range(layout.body_count)] == plan.body
    assert layout.body_size == plan.body_length
    for indices, place_of in ((plan.held, layout.held_offset), (plan.body, layout.body_offset)):
        place = 0
        for i in indices:
            assert place_of(i) == place
            place += layout.sealed_length(i)
    assert [list(layout.part(k).segments) for k in range(layout.part_count)] == plan.parts
    assert layout.footer() == plan.footer()


@given(sizes, rules)
def test_parts_cover_film_and_body_once(size: int, rule: int) -> None:
    layout = Layout(size, FID, rule, TINY)
    film = body = 0
    for k in range(layout.part_count):
        start, end = layout.part_plain(k)
        plan = layout.part(k)
        assert (start, plan.body_start) == (film, body)
        in_body = sum(layout.sealed_length(i) for i in plan.segments if not layout.held(i))
        assert in_body == plan.body_end - plan.body_start <= TINY.part
        film, body = end, plan.body_end
    assert (film, body) == (size, layout.body_size)


@given(sizes, rules)
def test_stream_parts_are_the_public_block_cut_at_whole_parts(size: int, rule: int) -> None:
    layout = Layout(size, FID, rule, TINY)
    footer = b""
    digested = []
    place = 0
    for k, part in enumerate(layout.stream_parts):
        assert (part.index, part.start) == (k, place)
        length = part.end - part.start
        assert length == TINY.part or part.end == layout.public_size
        if part.digest_part is not None:
            digested.append(part.digest_part)
            plan = layout.part(part.digest_part)
            assert plan.body_start == part.start
            length -= plan.body_end - plan.body_start
        if part.footer_slice is not None:
            piece = layout.footer()[slice(*part.footer_slice)]
            footer += piece
            length -= len(piece)
        assert length == 0
        place = part.end
    assert place == layout.public_size
    assert footer == layout.footer()
    assert digested == list(range(layout.part_count))


def test_a_footer_may_have_a_part_of_its_own_or_lie_across_two() -> None:
    full = 16 * 32  # plaintext of one whole part
    own = Layout(full, FID, 0, TINY).stream_parts
    assert [(p.digest_part, p.footer_slice) for p in own] == [(0, None), (None, (0, 80))]
    across = Layout(full - 8, FID, 0, TINY).stream_parts
    assert [(p.digest_part, p.footer_slice) for p in across] == [(0, (0, 8)), (None, (8, 80))]


def test_the_product_geometry() -> None:
    assert (SEGMENT, PLAIN_SEGMENT, PART, FOOTER_SIZE) == (4194304, 4194272, 1073741824, 80)
    hundred_gb = Layout(100 * 10**9, FID)
    assert hundred_gb.segments == 23843
    assert hundred_gb.held_count == 25
    assert hundred_gb.part_count == 94
    assert hundred_gb.body_size == (23843 - 25) * SEGMENT
    assert hundred_gb.part(0).segments == range(257)
    assert hundred_gb.part(3).segments == range(769, 1026)  # 1024 is held back
    assert hundred_gb.part(4).segments == range(1026, 1282)
    assert hundred_gb.private_size_estimate > hundred_gb.held_size


def test_one_segment_more_or_less_at_the_boundary() -> None:
    for count in (1, 2, 1024, 1025):
        assert Layout(count * PLAIN_SEGMENT, FID).segments == count
        assert Layout(count * PLAIN_SEGMENT + 1, FID).segments == count + 1
    assert Layout(0, FID).segments == 1
    assert Layout(0, FID).sealed_length(0) == 32


def test_the_largest_film_is_laid_out_without_walking_it() -> None:
    layout = Layout(MAX_SIZE, FID, 16)
    last = layout.part(layout.part_count - 1)
    assert last.segments.stop == layout.segments == -(-MAX_SIZE // PLAIN_SEGMENT)
    assert last.body_end == layout.body_size


@pytest.mark.parametrize(
    ("size", "fid", "rule"),
    [
        (-1, FID, 0),
        (MAX_SIZE + 1, FID, 0),
        (1, b"", 0),
        (1, FID, 1),
        (1, FID, 15),
        (1, FID, -1),
        (1, FID, 1 << 32),
    ],
)
def test_impossible_layouts_are_refused(size: int, fid: bytes, rule: int) -> None:
    with pytest.raises(ValueError, match=r"has|is"):
        Layout(size, fid, rule)


def test_places_beyond_the_film_are_refused() -> None:
    layout = Layout(100, FID, 16, TINY)
    for call in (layout.held, layout.plain_length, layout.sealed_length, layout.body_offset, layout.part):
        for index in (-1, 4):
            with pytest.raises(ValueError, match="no such"):
                call(index)
    with pytest.raises(ValueError, match="held back"):
        layout.body_offset(0)
    with pytest.raises(ValueError, match="not held back"):
        layout.held_offset(1)


# --- the footer --------------------------------------------------------------------------------------


@given(st.integers(0, MAX_SIZE), rules)
def test_footers_read_back(size: int, rule: int) -> None:
    footer = parse_footer(Layout(size, FID, rule).footer())
    assert footer.layout == Layout(size, FID, rule)
    assert (footer.fid, footer.version, footer.suite) == (FID, 1, 1)


@given(st.integers(0, FOOTER_SIZE * 8 - 1))
def test_every_flipped_bit_of_a_footer_is_refused(bit: int) -> None:
    error = NotABlock if bit < 64 else Damaged
    with pytest.raises(error):
        parse_footer(flipped(Layout(12345, FID).footer(), bit))


@given(st.integers(12 * 8, 76 * 8 - 1))
def test_every_flipped_bit_with_a_right_crc_is_refused_or_another_sound_footer(bit: int) -> None:
    data = with_crc(flipped(Layout(12345, FID).footer(), bit), 76)
    try:
        found = parse_footer(data)
    except Damaged:
        return
    assert found.layout.footer() == data
    assert found.layout.fid != FID or found.layout.aad != Layout(12345, FID).aad


@given(st.binary(max_size=120))
def test_any_bytes_give_a_typed_error(data: bytes) -> None:
    for tried in (data, Layout(0, FID).footer()[:8] + data):
        with pytest.raises(BlockError):
            parse_footer(tried)


@pytest.mark.parametrize(("offset", "what"), [(8, "format 7"), (10, "suite 7")])
def test_a_newer_footer_is_named(offset: int, what: str) -> None:
    data = with_crc(patched(Layout(9, FID).footer(), offset, b"\0\7"), 76)
    with pytest.raises(NewerFormat) as caught:
        parse_footer(data)
    assert caught.value.facts["what"] == what


def test_other_geometries_are_not_read_by_the_product() -> None:
    tiny = Layout(9, FID, 0, TINY).footer()
    assert zlib.crc32(tiny[:76]) == int.from_bytes(tiny[76:], "big")
    with pytest.raises(Damaged):
        parse_footer(tiny)
