from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.domain import words
from app.domain.errors import NoSpace, ServerRefused, SourceGone, revive
from app.domain.words import N_, set_language, system_language, tr

_PLACES = ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE")


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    before = words.language()
    yield
    set_language(before)


def _speak(monkeypatch: pytest.MonkeyPatch, **environment: str) -> None:
    for name in _PLACES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def test_a_marked_text_stays_as_it_is() -> None:
    assert N_("The film is gone") == "The film is gone"


def test_texts_are_shown_in_the_language_that_is_chosen_now() -> None:
    assert set_language("zh") == "zh"
    assert tr("The film is gone") == "找不到原片"
    assert set_language("en") == "en"
    assert tr("The film is gone") == "The film is gone"


def test_an_error_follows_the_language_also_after_it_was_raised_and_kept() -> None:
    error = SourceGone(path="/Volumes/片盘/a.mov")
    set_language("en")
    assert error.message == "/Volumes/片盘/a.mov is missing, perhaps a drive is unplugged"
    set_language("zh")
    assert error.message == "/Volumes/片盘/a.mov 不在了，可能移动盘没接上"
    assert revive(error.record()).title == "找不到原片"


def test_facts_fill_the_placeholders_in_both_languages() -> None:
    error = ServerRefused(text="no", status=422)
    set_language("en")
    assert str(error) == "The library refused this step: It says: “no” (422)"
    set_language("zh")
    assert str(error) == "片库拒绝了这一步: 它说：“no”（422）"


def test_sizes_are_said_as_on_disks_labels() -> None:
    set_language("en")
    error = NoSpace(place="E:", need=151_500_000_000, free=113_100_000_000)
    assert error.message == "Needs 151.5 GB, 113.1 GB free; nothing is lost"
    assert error.hint == "Free 38.4 GB or choose another place"
    unknown = NoSpace(place="E:", need="more", free=999_960_000)
    assert unknown.message == "Needs more, 1.0 GB free; nothing is lost"
    assert unknown.hint == "Free some room or choose another place"
    again = NoSpace(place="E:", need=38_400_000_000, free=113_100_000_000)
    assert again.message == "The disk was full; 113.1 GB are free now; nothing is lost"
    assert again.hint == "Free some room or choose another place"


def test_a_missing_fact_shows_as_nothing_and_braces_in_facts_stay() -> None:
    set_language("en")
    assert tr("{a} and {b}", a="{b}{0}{a.__class__}") == "{b}{0}{a.__class__} and "


def test_a_text_without_translation_and_an_empty_one() -> None:
    set_language("zh")
    assert tr("No catalogue holds this") == "No catalogue holds this"
    assert tr("") == "", "the empty key is the catalogue's own header"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "zh_TW", "LANG": "de_DE"}, "zh"),
        ({"LANG": "", "LANGUAGE": "zh:en"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_system_says_which_language(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _speak(monkeypatch, **environment)
    assert system_language() == expected
    assert set_language(None) == expected


def test_an_unknown_language_is_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    _speak(monkeypatch, LANG="zh_CN.UTF-8")
    assert set_language("tlh") == "zh"


@pytest.mark.parametrize(("locale", "expected"), [("Chinese (Simplified)_China", "zh"), (None, "en")])
def test_without_variables_the_locale_is_asked(
    locale: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _speak(monkeypatch)
    monkeypatch.setattr("locale.getlocale", lambda: (locale, "UTF-8"))
    assert system_language() == expected
