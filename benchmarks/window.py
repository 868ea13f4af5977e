"""The window's own figures: how soon it is seen, how long its loop ever stalls, how 10,000 films scroll.

    python -m benchmarks.window --kubo PATH [--runs 7] [--size 2048]

Needs a display (Xvfb will do: `xvfb-run -a`). The rival of the first is the bare Qt program of the same
toolkit: an empty QMainWindow in a fresh interpreter.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.pairs import machine
from sandbox.task_server.testing import SELLER_TOKEN, RunningServer

_BARE = """
import sys, time
from PySide6.QtWidgets import QApplication, QMainWindow
from PySide6.QtCore import QTimer
app = QApplication([]); window = QMainWindow(); window.show()
QTimer.singleShot(0, lambda: (print(time.time(), flush=True), app.quit()))
app.exec()
"""


def seconds_until_seen(command: list[str], env: dict[str, str]) -> float:
    """From the start of the process until it says that its window was painted (a time on stdout)."""
    begun = time.time()
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=120)
    return float(done.stdout.split()[-1]) - begun


def start_up(folder: Path, runs: int) -> None:
    env = {
        # An installed program has its bytecode.
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "REELKEY_PROFILE": str(folder / "profile"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    ours, bare = [], []
    command = [sys.executable, "-m", "benchmarks.window_probe", "start"]
    seconds_until_seen(command, env)
    for _ in range(runs):
        ours.append(seconds_until_seen(command, env))
        bare.append(seconds_until_seen([sys.executable, "-c", _BARE], env))
    print("| what | seconds |\n|---|---|")
    for name, found in (("Reelkey's window painted", ours), ("an empty QMainWindow painted", bare)):
        print(f"| {name} | **{statistics.median(found):.2f}** ({min(found):.2f}–{max(found):.2f}) |")


def probe(what: str, folder: Path, env: dict[str, str], **more: object) -> dict[str, float]:
    """Run a probe in a process of its own; what it measured."""
    given = json.dumps({"folder": str(folder), **{name: str(value) for name, value in more.items()}})
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.window_probe", what, given],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=True,
        timeout=900,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubo", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--size", type=int, default=2048, help="MiB of each of the two films that are sealed")
    options = parser.parse_args()
    print(f"\n{machine()}\n")
    with tempfile.TemporaryDirectory(prefix="reelkey-bench-") as name:
        folder = Path(name)
        start_up(folder, options.runs)
        print("\n10,000 films:", json.dumps(probe("scroll", folder / "scroll", {})))
        with RunningServer(folder / "server", process=True) as server:
            env = {"REELKEY_KUBO": str(options.kubo.absolute()), "REELKEY_LISTEN": "/ip4/127.0.0.1/tcp/0"}
            found = probe(
                "stall", folder / "stall", env, server=server.url, token=SELLER_TOKEN, size=options.size
            )
            print("\ntwo films sealed:", json.dumps(found))


if __name__ == "__main__":
    main()
