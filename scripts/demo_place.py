"""Where the demo works: room, the node program, one demo at a time, and what a killed one left behind."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock
from rich.filesize import decimal

from scripts.demo_client import ROOT, Client, StepFailed, end_process

PLACE = ROOT / ".cache" / "demo"
LAST = PLACE / "last.json"
# Originals, the seller's node, the buyer's node, the opened films, and some air.
_ROOM_NEEDED = 4.3


def find_kubo() -> Path:
    """The node program, made where there is none. Raises StepFailed."""
    found = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "get_kubo.py")],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    lines = found.stdout.split("\n") if found.returncode == 0 else []
    path = Path(next((line for line in reversed(lines) if line.strip()), "").strip())
    if not path.is_file():
        raise StepFailed("There is no IPFS node program", ["make kubo says why"])
    return path


def choose_place(size: int) -> Path:
    """A new folder with room for everything: in the checkout, else where the system keeps such things."""
    need = int(size * 1_000_000 * _ROOM_NEEDED)
    for place in (PLACE, Path(tempfile.gettempdir())):
        if shutil.disk_usage(place).free > need:
            return Path(tempfile.mkdtemp(prefix="reelkey-demo-", dir=place))
    raise StepFailed(
        "Not enough room", [f"{decimal(need)} are needed in {PLACE}", "  → make demo SIZE=50 needs less"]
    )


def remember(work: Path, server: int | None = None) -> None:
    """Note what runs and where, for the next demo, should this one be killed."""
    LAST.write_text(json.dumps({"work": str(work), "server": server}), "utf-8")


def forget() -> None:
    """Nothing of ours runs any more."""
    LAST.unlink(missing_ok=True)


async def tidy_up_after_killed(kubo: Path) -> None:
    """End and remove what a killed demo left behind."""
    try:
        left = json.loads(LAST.read_text("utf-8"))
    except (OSError, ValueError):
        return
    work = Path(left["work"])
    if left["server"]:
        end_process(left["server"], str(work))
    for name in ("seller", "buyer"):
        if (work / name).is_dir():
            with contextlib.suppress(StepFailed):
                await Client(name, work / name, "http://127.0.0.1:9", "-", kubo).stop_node()
    shutil.rmtree(work, ignore_errors=True)
    forget()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Raises StepFailed where another demo runs in this checkout."""
    PLACE.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(PLACE / "lock", timeout=0):
            yield
    except filelock.Timeout:
        raise StepFailed("Another demo runs in this folder", ["Let it finish first"]) from None
