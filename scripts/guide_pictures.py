"""Put the pictures of README and guide in their place, out of a folder that `scripts.screenshots` filled."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

PLACE = Path(__file__).resolve().parent.parent / "docs" / "images" / "window"
LOOKS = ("en-light", "zh-light")
#: The picture's name in the documents, and the stage that it shows.
PICTURES = {
    "closing": "closing",
    "cloud-done": "cloud-done",
    "cloud-export": "cloud-export-gallery",
    "cloud-failed": "cloud-failed-photos",
    "cloud-running": "cloud-running",
    "cloud-sign-in": "cloud-sign-in",
    "confirm-upload": "confirm-upload",
    "details": "details",
    "details-error": "details-of-a-film-that-stopped",
    "films": "films",
    "films-empty": "films-empty",
    "first-start": "first-start-1",
    "history": "history-seller",
    "node": "node-seller",
    "private-blocks": "private-blocks",
    "release-question": "release-question",
    "settings": "settings-seller",
}


def main(folder: Path) -> None:
    """Copy them; a stage that was not taken ends it before any is copied."""
    taken = {re.sub(r"^[0-9]+-", "", path.stem): path for path in folder.glob("*.png")}
    wanted = {f"{name}-{look}": f"{stage}-{look}" for name, stage in PICTURES.items() for look in LOOKS}
    if missing := sorted(set(wanted.values()) - set(taken)):
        raise SystemExit(f"not taken: {', '.join(missing)}")
    for name, stage in wanted.items():
        shutil.copyfile(taken[stage], PLACE / f"{name}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
