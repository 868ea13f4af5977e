"""Choose the versions of all packages anew: pyproject.toml → requirements.lock and requirements-dev.lock.

Both hold hashes for every system and Python that pyproject.toml allows. The development lock holds the build
backend too, since the editable install of a fresh clone runs without build isolation. Versions that are
locked already stay unless ``--upgrade`` is given.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The environment's own: `scripts/env.sh` installs with it.
UV = Path(sys.executable).parent / ("uv.exe" if os.name == "nt" else "uv")
OPTIONS = ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--quiet"]


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    python = project["project"]["requires-python"].removeprefix(">=")
    backend = "\n".join(project["build-system"]["requires"])
    compile_ = [str(UV), "pip", "compile", *OPTIONS, "--python-version", python, *sys.argv[1:]]
    for extras, more, lock in (
        ([], "", "requirements.lock"),
        (["--extra", "dev"], backend, "requirements-dev.lock"),
    ):
        print(f"lock: {lock}")
        command = [*compile_, "pyproject.toml", "-", *extras, "--output-file", lock]
        subprocess.run(command, input=more, text=True, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
