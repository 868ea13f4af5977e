"""rclone, a client of many clouds that is not ours, run against stand-ins.

rclone = Rclone(folder, {"drive": {"type": "drive", "scope": "drive.file", "token": …}}, front=front)
rclone.run("copy", str(films), "drive:masters")
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.clouds.front import Front

PROGRAM = Path(sys.executable).parent / ("rclone.exe" if os.name == "nt" else "rclone")
_TIME = 90
# Nothing of the caller's settings or proxies may reach it; the rest (paths, the system's own) it needs.
_DROPPED = ("RCLONE_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "X_MEGA_")


@dataclass(frozen=True)
class Ran:
    """How a run ended: exit code, and what it wrote."""

    code: int
    out: str
    err: str


class Rclone:
    """rclone with remotes of its own in `folder`. `remotes` by name, with the fields of rclone's
    configuration; `front` where the cloud's hosts are fixed; `environment` goes to the program."""

    def __init__(
        self,
        folder: Path,
        remotes: Mapping[str, Mapping[str, str]],
        *,
        front: Front | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "rclone.conf"
        sections = [
            f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in remote.items())
            for name, remote in remotes.items()
        ]
        self._config.write_text("\n".join(sections), "utf-8")
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(_DROPPED)}
        self.environment = kept | {"RCLONE_CACHE_DIR": str(folder / "cache")} | dict(environment or {})
        self._front: list[str] = []
        if front is not None:
            self.environment["HTTPS_PROXY"] = front.proxy
            self._front = ["--ca-cert", str(front.certificate)]

    def command(self, *arguments: str) -> list[str]:
        """The whole command line of a run with these arguments; it wants `environment`."""
        return [str(PROGRAM), "--config", str(self._config), "--retries", "1", *self._front, *arguments]

    def try_run(self, *arguments: str, seconds: float = _TIME) -> Ran:
        """Run it once: no retries of its own but for what `arguments` ask. Whatever it exits with."""
        done = subprocess.run(
            self.command(*arguments),
            check=False,
            env=self.environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=seconds,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def run(self, *arguments: str, seconds: float = _TIME) -> str:
        """Run it and return what it wrote on stdout. Raises AssertionError where it doesn't exit with 0."""
        ran = self.try_run(*arguments, seconds=seconds)
        assert ran.code == 0, f"rclone {arguments[0]}: {ran.code}\n{ran.err}"
        return ran.out

    def listing(self, remote: str, *arguments: str) -> list[dict[str, Any]]:
        """`lsjson` of a remote folder and all below it."""
        found: list[dict[str, Any]] = json.loads(self.run("lsjson", "-R", *arguments, remote))
        return found
