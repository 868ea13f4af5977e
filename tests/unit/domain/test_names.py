from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.errors import NameRefused
from app.domain.names import (
    BIDI_MARKS,
    MAX_NAME,
    Platform,
    columns,
    is_device_name,
    middle_elide,
    safe_name,
    safe_parts,
)

PLATFORMS: tuple[Platform, ...] = ("windows", "posix", "any")
# Any text, lone surrogates (names that were no UTF-8) included, with what hurts drawn more often.
HOSTILE = st.text(
    st.one_of(st.characters(), st.sampled_from('./\\: \x00\x1f\x85\u202e\u2066\udcff"*?|<>¹片e\u0301')),
    max_size=400,
)


@pytest.mark.parametrize(
    "name",
    [
        "仙剑奇侠传-第21集.mov",
        "a.mov",
        "e\u0301tude.mov",  # decomposed stays decomposed: the name is part of what was sent
        "\u00e9tude.mov",
        "👨\u200d👩\u200d👧.mov",
        "می\u200cخواهم.mov",  # a joiner mark is spelling, no direction
        ".reel",
        "x" * 251 + ".mov",
        "片" * 83 + ".mov",
    ],
)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_name_that_all_can_hold_is_kept_to_the_byte(name: str, platform: Platform) -> None:
    assert safe_name(name, platform=platform) == (name, False)


@pytest.mark.parametrize(
    ("name", "windows", "posix"),
    [
        ("a:b.mov", "a_b.mov", "a:b.mov"),
        ('<>:"|?*.mov', "_______.mov", '<>:"|?*.mov'),
        ("film. . ", "film", "film. . "),
        ("CON", "_CON", "CON"),
        ("con.mov", "_con.mov", "con.mov"),
        ("COM¹.mov", "_COM¹.mov", "COM¹.mov"),
        ("LPT³", "_LPT³", "LPT³"),
        ("aux .txt", "_aux .txt", "aux .txt"),
        ("conin$", "_conin$", "conin$"),
        ("COM10.mov", "COM10.mov", "COM10.mov"),
        ("a/b\\c", "a_b_c", "a_b_c"),
        ("a\x00b\x1fc\x7fd\x85e", "a_b_c_d_e", "a_b_c_d_e"),
        ("film\u202evom.exe", "filmvom.exe", "filmvom.exe"),
        ("a\u2028b\ufeff", "ab", "ab"),
        ("\udcff\udcfe.mov", "__.mov", "__.mov"),
        ("..", "_", "__"),
        (".", "_", "_"),
        ("", "_", "_"),
        ("\u202e..", "_", "__"),
        ("CO\u202eN", "_CON", "CON"),
    ],
)
def test_what_a_system_cannot_hold_is_made_safe_there_only(name: str, windows: str, posix: str) -> None:
    assert safe_name(name, platform="windows") == (windows, windows != name)
    assert safe_name(name, platform="posix") == (posix, posix != name)


@pytest.mark.parametrize(
    ("name", "platform", "expected"),
    [
        ("x" * 300 + ".mov", "posix", "x" * 251 + ".mov"),
        ("片" * 300 + ".mov", "posix", "片" * 83 + ".mov"),
        ("片" * 251 + ".mov", "windows", "片" * 251 + ".mov"),  # 757 bytes, 255 units: NTFS holds it
        ("片" * 252 + ".mov", "windows", "片" * 251 + ".mov"),
        ("😀" * 200 + ".mov", "windows", "😀" * 125 + ".mov"),  # two units each, never cut in half
        ("片" * 251 + ".mov", "any", "片" * 83 + ".mov"),
        ("x" * 300, "posix", "x" * 255),
        ("x." + "y" * 300, "posix", "x." + "y" * 253),  # no ending, a long tail
        ("." + "y" * 300, "posix", "." + "y" * 254),
        ("x" * 250 + "e\u0301" * 9 + ".mov", "posix", "x" * 250 + ".mov"),  # no letter without its accent
    ],
)
def test_long_names_keep_their_ending(name: str, platform: Platform, expected: str) -> None:
    assert safe_name(name, platform=platform) == (expected, expected != name)


def test_the_margin_leaves_room_for_what_comes_behind() -> None:
    name, changed = safe_name("片" * 83 + ".mov", platform="posix", margin=12)
    assert changed
    assert len((name + " (2).part").encode()) <= MAX_NAME
    assert name.endswith("片.mov")


def test_a_cut_does_not_lay_a_device_name_bare() -> None:
    name, _ = safe_name("con" + " " * 300 + "x.mov", platform="windows")
    assert not is_device_name(name)


@given(HOSTILE, st.sampled_from(PLATFORMS), st.integers(0, 40))
@example("con" + " " * 300 + "x.mov", "windows", 0)
@example("\u202e..", "posix", 0)
def test_every_name_becomes_one_component_that_the_system_holds(
    name: str, platform: Platform, margin: int
) -> None:
    safe, changed = safe_name(name, platform=platform, margin=margin)
    assert safe
    assert changed is (safe != name)
    assert safe not in (".", "..")
    assert not re.search(r"[\x00-\x1f\x7f-\x9f/\\\ud800-\udfff]", safe)
    assert not BIDI_MARKS & set(safe)
    encoded = safe.encode("utf-8")
    if platform != "windows":
        assert len(encoded) <= MAX_NAME - margin
    if platform != "posix":
        assert len(safe.encode("utf-16-le")) // 2 <= MAX_NAME - margin
        assert not re.search(r'[<>:"|?*]|[. ]$', safe)
        assert not is_device_name(safe)
    assert safe_name(safe, platform=platform, margin=margin) == (safe, False)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/b/c.mov", ["a", "b", "c.mov"]),
        ("/etc/passwd", ["etc", "passwd"]),
        ("../../a/./..//b.mov", ["a", "b.mov"]),
        ("..\\..\\b.mov", ["_._.._b.mov"]),
        (".ssh/authorized_keys", ["_ssh", "authorized_keys"]),
        ("\u202e.ssh/x", ["_ssh", "x"]),
        ("a:b.mov", ["a:b.mov"]),
        ("", []),
        ("/", []),
    ],
)
def test_a_relative_path_stays_below_where_it_is_put(path: str, expected: list[str]) -> None:
    parts = safe_parts(path, platform="posix")
    assert [part.name for part in parts] == expected


def test_changed_parts_say_so() -> None:
    assert [part.changed for part in safe_parts("a/.b/c\x00/d", platform="posix")] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("path", ["C:", "C:/x", "c:\\x", "a/D:/x", "a/D:"])
def test_drive_letters_are_refused(path: str) -> None:
    with pytest.raises(NameRefused):
        safe_parts(path, platform="posix")


@given(HOSTILE, st.sampled_from(PLATFORMS))
def test_paths_never_lead_upwards_or_into_hidden_folders(path: str, platform: Platform) -> None:
    try:
        parts = safe_parts(path, platform=platform)
    except NameRefused:
        return
    for part in parts:
        assert not part.name.startswith(".")
        assert safe_name(part.name, platform=platform) == (part.name, False)


@pytest.mark.parametrize(
    "name", ["nul", "NUL.tar.gz", "COM0", "lpt9.x", "COM².mov", "PRN:x", " con ", "CLOCK$"]
)
def test_device_names(name: str) -> None:
    assert is_device_name(name)


@pytest.mark.parametrize("name", ["console", "com", "COMA", "null.mov", "x.con", "LPT10", ""])
def test_no_device_names(name: str) -> None:
    assert not is_device_name(name)


@given(st.text(max_size=60), st.integers(0, 40))
def test_elided_text_fits_and_keeps_both_ends(text: str, width: int) -> None:
    shown = middle_elide(text, width)
    assert columns(shown) <= width or columns(text) <= width
    if columns(text) <= width:
        assert shown == text
    elif width >= 3:
        head, tail = shown.split("…")[0], shown.split("…")[-1]
        assert text.startswith(head)
        assert text.endswith(tail)


def test_wide_characters_count_twice() -> None:
    assert middle_elide("仙剑奇侠传-第21集.mov", 14) == "仙剑奇…集.mov"
    assert columns("仙a") == 3
