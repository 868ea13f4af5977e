"""`python -m scripts.icons`: the drawings that the window uses, from Lucide's package into one file of ours.

The package itself stays with developers: importing it (its search, and with it a web client) takes a
processor longer than drawing the whole window. A test says when the file is not what the package holds.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from lucide import get_icon_list, lucide_icon

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "app" / "resources" / "icons" / "lucide.json"


def drawings() -> dict[str, str]:
    """What is inside the SVG of each Lucide icon that is named in the program, by name."""
    known = set(get_icon_list())
    named = {text for path in sorted((ROOT / "app").rglob("*.py")) for text in _texts(path)}
    return {name: _inside(lucide_icon(name)) for name in sorted(named & known)}


def as_text() -> str:
    """The file as it must be."""
    return json.dumps(drawings(), indent=0) + "\n"


def _texts(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _inside(svg: str) -> str:
    inside = re.sub(r"^<svg[^>]*>|</svg>\s*$", "", svg.strip())
    return re.sub(r">\s+<", "><", inside).strip()


if __name__ == "__main__":
    TARGET.write_text(as_text(), "utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {len(drawings())} drawings")
