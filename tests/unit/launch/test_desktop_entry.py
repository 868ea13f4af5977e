"""Desktop entries and mimeapps.list as texts: quoting there and back, and nothing else changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.launch import desktop_entry as entries

MIME = "x-scheme-handler/reelkey"
LIST = """# mine
[Default Applications]
text/html=firefox.desktop
x-scheme-handler/reelkey=other.desktop;third.desktop

[Added Associations]
x-scheme-handler/reelkey=reelkey.desktop;
image/png=gimp.desktop;
[Removed Associations]
x-scheme-handler/reelkey=reelkey.desktop;x.desktop;
"""


@pytest.mark.parametrize(
    ("command", "value"),
    [
        (["/opt/reelkey"], "/opt/reelkey %u"),
        (["/opt/a b/reelkey"], '"/opt/a b/reelkey" %u'),
        (["/opt/50%/reelkey"], "/opt/50%%/reelkey %u"),
        (["/opt/$HOME/r"], r'"/opt/\\$HOME/r" %u'),
        (["/opt/`id`/r"], r'"/opt/\\`id\\`/r" %u'),
        (['/opt/"/r'], r'"/opt/\\"/r" %u'),
        (["/opt/\\/r"], r'"/opt/\\\\/r" %u'),
        (["/opt/片/r", "-P", "-m", "app"], "/opt/片/r -P -m app %u"),
        (["/opt/(a)/r"], '"/opt/(a)/r" %u'),
    ],
)
def test_exec_is_quoted_by_the_specification(command: list[str], value: str) -> None:
    assert entries.exec_value(command, "%u") == value
    assert entries.exec_arguments(value) == command


@given(st.lists(st.text(min_size=1).filter(entries.can_stand), min_size=1, max_size=4))
def test_any_command_comes_back_as_it_was(command: list[str]) -> None:
    value = entries.exec_value(command, "%u")
    assert "\n" not in value
    assert entries.exec_arguments(value) == command


@pytest.mark.parametrize("argument", ["", "a\nb", "a\x00", "\x7f", "\udcff"])
def test_what_no_entry_can_hold(argument: str) -> None:
    assert not entries.can_stand(argument)


@pytest.mark.parametrize("value", ['"/opt/a', '"/opt/a"b %u', '"'])
def test_an_exec_that_is_not_well_formed(value: str) -> None:
    assert entries.exec_arguments(value) is None


def test_the_first_choice_is_ours_and_earlier_ones_come_behind() -> None:
    changed = entries.with_default(LIST, MIME, "reelkey.desktop")
    assert changed == LIST.replace(
        "reelkey=other.desktop;third.desktop", "reelkey=reelkey.desktop;other.desktop;third.desktop;"
    ).replace("reelkey=reelkey.desktop;x.desktop;", "reelkey=x.desktop;")
    assert entries.with_default(changed, MIME, "reelkey.desktop") == changed


def test_taken_away_again_the_earlier_choice_holds() -> None:
    changed = entries.without(entries.with_default(LIST, MIME, "reelkey.desktop"), MIME, "reelkey.desktop")
    assert entries.items(entries.group(changed, entries.DEFAULTS)[MIME]) == ["other.desktop", "third.desktop"]
    assert MIME not in entries.group(changed, entries.ADDED)
    assert "image/png=gimp.desktop;" in changed and changed.startswith("# mine\n")


@pytest.mark.parametrize("text", ["", "[Default Applications]\n", "[Added Associations]\na=b;\n", "\n\n# x"])
def test_a_list_without_us_gets_a_line(text: str) -> None:
    changed = entries.with_default(text, MIME, "reelkey.desktop")
    assert entries.group(changed, entries.DEFAULTS)[MIME] == "reelkey.desktop;"
    assert entries.without(changed, MIME, "reelkey.desktop").replace(
        "[Default Applications]", ""
    ).strip() == (text.replace("[Default Applications]", "").strip())


LINES = st.sampled_from(
    [
        *("[Default Applications]", "[Added Associations]", "[X]", "", "# c", "odd", "=", "\udcff=x"),
        *(f"{MIME}=a.desktop;reelkey.desktop;", f"{MIME}=", f" {MIME} = b.desktop ", "text/html=f.desktop"),
    ]
)


@given(st.lists(LINES, max_size=12))
def test_other_lines_stay_whatever_the_list_holds(lines: list[str]) -> None:
    text = "\n".join(lines)
    changed = entries.with_default(text, MIME, "reelkey.desktop")
    assert entries.items(entries.group(changed, entries.DEFAULTS)[MIME])[0] == "reelkey.desktop"
    assert entries.with_default(changed, MIME, "reelkey.desktop") == changed
    gone = entries.without(changed, MIME, "reelkey.desktop")
    for name in (entries.DEFAULTS, entries.ADDED):
        assert "reelkey.desktop" not in entries.group(gone, name).get(MIME, "")
    for line in ("# c", "text/html=f.desktop", "odd", "\udcff=x"):
        assert gone.split("\n").count(line) == lines.count(line)
