"""The documents point at what is there, and the two languages say the same commands."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from scripts.catalogue import read
from scripts.guide_pictures import LOOKS, PICTURES

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8"))
    here = [link.partition("#")[0] for link in links if not re.match(r"[a-z]+:", link)]
    assert not [link for link in here if link and not (document.parent / link).exists()]


def test_each_picture_is_shown() -> None:
    shown = {
        Path(link).name
        for document in DOCUMENTS
        for link in re.findall(r"\]\(([^)\s]+\.png)\)", document.read_text("utf-8"))
    }
    taken = {f"{name}-{look}.png" for name in PICTURES for look in LOOKS}
    assert {path.name for path in (ROOT / "docs" / "images").rglob("*.png")} == shown == taken


def test_each_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    reasons = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    rows = " ".join(line.split("|")[1] for line in reasons.splitlines() if line.startswith("| "))
    named = set(re.findall(r"[A-Za-z0-9.-]+", rows))
    assert not {re.split(r"[>=<~! \[]", one)[0] for one in wanted} - named


def _commands(document: str) -> list[str]:
    """The lines of code, without what is said about them."""
    lines = (ROOT / document).read_text("utf-8").splitlines()
    code = [line.partition(" # ")[0].strip() for line in lines if line.startswith("    ")]
    return [line.replace("第一季", "Season 1") for line in code]


@pytest.mark.parametrize("pair", [("README.md", "README.zh.md"), ("docs/guide.en.md", "docs/guide.zh.md")])
def test_both_languages_have_the_same_commands(pair: tuple[str, str]) -> None:
    assert _commands(pair[0]) == _commands(pair[1])
    assert _commands(pair[0])


# What others than this program call so: Google's console, the library's site.
_OTHERS = {
    *("Google Drive API", "Credentials", "OAuth client ID", "Desktop app", "Testing"),
    *("Receive", "下载图库", "⋯", "name (2)"),
}
# The first column of these tables is what the program shows.
_SHOWN = {"it says", "result", "显示", "结果"}


def _quoted(guide: str) -> set[str]:
    """What a guide says that the program says: buttons, fields, pages (``A › B``), and rows of tables."""
    marks = r"“([^”\n]+)”" if guide.endswith("zh.md") else r"(?<![*\w])\*([^*\n]+)\*(?!\*)"
    text = (ROOT / "docs" / guide).read_text("utf-8")
    words = {word for quote in re.findall(marks, text) for word in quote.split("›")}
    shown = False
    for line, above in zip(lines := text.splitlines(), ["", *lines], strict=False):
        cell = line.split("|")[1].strip() if line.startswith("|") else ""
        if not above.startswith("|"):
            shown = cell in _SHOWN
        elif shown and cell.strip("- "):
            words |= set(cell.split(" · "))
    return {word.strip() for word in words} - _OTHERS


@pytest.mark.parametrize(("guide", "language"), [("guide.en.md", "en"), ("guide.zh.md", "zh")])
def test_the_guide_calls_things_as_the_program_does(guide: str, language: str) -> None:
    texts = [str(message.string) for message in read(language) if message.id]
    # "…" stands at the end of buttons that ask first, and for what a text's placeholder holds.
    said = [re.sub(r"\\\{[^}]*\\\}", ".+", re.escape(text.rstrip("…"))) for text in texts]
    says = re.compile("|".join(f"(?:{text})" for text in said if re.sub(r"\.\+|\W", "", text)))
    quoted = _quoted(guide)
    assert len(quoted) > 50
    assert not {word for word in quoted if not says.fullmatch(word) and not says.fullmatch(word.rstrip("…"))}
