"""Every text that people can meet is there in Chinese, says the same facts, and is compiled."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest

from app.domain.words import LANGUAGES
from scripts.catalogue import marked_texts, placeholders, po_path, read, updated

# Nothing but placeholders and marks: the same in every language.
_WORDLESS = re.compile(r"(\{[a-z_]+\}|[\W\d_])*")


@pytest.fixture(scope="module")
def texts() -> dict[str, list[str]]:
    """All marked texts, with where they stand: read once, and only where these tests run."""
    return marked_texts()


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    return {str(message.id): str(message.string) for message in read("zh") if message.id}


def test_texts_are_found(texts: dict[str, list[str]]) -> None:
    assert len(texts) > 100
    assert texts["The film is gone"] == ["app/domain/errors/files.py"]


def test_marks_of_both_kinds_are_collected_and_others_are_not(tmp_path: Path) -> None:
    source = 'a = N_("one")\nb = tr("two {n}", n=1)\nc = _("three")\nd = tr(a)\ne = N_("f" "our")\n'
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "some.py").write_text(source, "utf-8")
    assert list(marked_texts(tmp_path)) == ["one", "two {n}", "four"]


def test_every_marked_text_is_translated(texts: dict[str, list[str]], chinese: dict[str, str]) -> None:
    missing = [text for text in texts if not chinese.get(text)]
    assert not missing, f"run make catalogue, then translate in {po_path('zh').name}: {missing}"


def test_no_translation_is_left_over(texts: dict[str, list[str]], chinese: dict[str, str]) -> None:
    assert not set(chinese) - set(texts)


def test_translations_have_the_placeholders_of_their_texts(chinese: dict[str, str]) -> None:
    different = {text: said for text, said in chinese.items() if placeholders(said) != placeholders(text)}
    assert not different


def test_translations_are_chinese(chinese: dict[str, str]) -> None:
    """None is a key that was copied instead of translated."""
    copied = [
        text
        for text, said in chinese.items()
        if not _WORDLESS.fullmatch(text) and not re.search(r"[\u4e00-\u9fff]", said)
    ]
    assert not copied


def test_the_tone_is_ours(texts: dict[str, list[str]], chinese: dict[str, str]) -> None:
    """Readers are addressed as 您, and nobody shouts at them."""
    assert not [text for text, said in chinese.items() if "你" in said or "!" in said or "！" in said]
    assert not [text for text in texts if "!" in text or "please try again" in text.lower()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_po_file(language: str) -> None:
    with po_path(language).with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in read(language):
        if message.id:
            assert compiled.gettext(str(message.id)) == message.string, "run make catalogue"


def test_an_update_keeps_translations_and_guesses_none() -> None:
    texts = {"The film is gone": ["a.py"], "The film is gone again": ["a.py"]}
    chinese = {message.id: message.string for message in updated("zh", texts) if message.id}
    assert chinese == {"The film is gone": "找不到原片", "The film is gone again": ""}
    english = {message.id: message.string for message in updated("en", texts) if message.id}
    assert english == {text: text for text in texts}


def test_placeholders_are_told_apart() -> None:
    assert placeholders("{a} of {b} – {a}") == ["a!:", "a!:", "b!:"]
    assert placeholders("no braces 100 %") == []
    with pytest.raises(ValueError, match="expected"):
        placeholders("{a")
