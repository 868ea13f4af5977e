"""Choose the versions of all packages anew: pyproject.toml → requirements.lock and requirements-dev.lock.

Both hold hashes for every system and Python that pyproject.toml allows. The development lock holds the build
backend too, since the editable install of a fresh clone runs without build isolation. Versions that are
locked already stay unless ``--upgrade`` is given.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".cache" / "uv"
UV_VERSION = "uv>=0.9"
OPTIONS = ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--quiet"]


def uv() -> Path:
    """The resolver, in a folder of its own: the environment holds only what the lock lists."""
    if not (UV / "bin").is_dir():
        print("lock: fetching uv")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--target", str(UV), UV_VERSION], check=True)
    return next(path for path in (UV / "bin").iterdir() if path.stem == "uv")


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    python = project["project"]["requires-python"].removeprefix(">=")
    backend = "\n".join(project["build-system"]["requires"])
    compile_ = [str(uv()), "pip", "compile", *OPTIONS, "--python-version", python, *sys.argv[1:]]
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
