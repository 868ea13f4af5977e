"""The documents point at what is there, and the two languages say the same commands."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8"))
    here = [link.partition("#")[0] for link in links if not re.match(r"[a-z]+:", link)]
    assert not [link for link in here if link and not (document.parent / link).exists()]


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
