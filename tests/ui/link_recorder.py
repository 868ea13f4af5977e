"""Stands for the window in test_browser: takes the link that a browser hands over, and writes what it holds.

    python link_recorder.py FILE LINK

The token itself is never written, only its SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from app.domain.errors import LinkRefused
from app.launch.link import parse_link


def main(file: Path, links: list[str]) -> None:
    try:
        (link,) = links
        request = parse_link(link, [])
        held = request.public() | {"token": hashlib.sha256(request.token.encode()).hexdigest()}
    except (LinkRefused, ValueError) as error:
        held = {"refused": str(error), "arguments": len(links)}
    staged = file.with_suffix(".new")
    staged.write_text(json.dumps(held, ensure_ascii=False), "utf-8")
    staged.rename(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
