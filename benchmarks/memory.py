"""The client's memory, Kubo not counted: peak of the whole process for films of two sizes.

    python -m benchmarks.memory --kubo PATH --sizes 1024 10240

Films are sparse files: what is read is zeros, what is sealed and stored is not.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from benchmarks.pairs import machine
from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN, RunningServer
from tests.clients import Client, Running


def peak(running: Running) -> float:
    """Wait for a command; its peak resident memory in MB (10⁶ bytes)."""
    while True:  # the one thing that tells the peak of this child and no other is the wait that reaps it
        pid, status, usage = os.wait4(running.process.pid, 0)
        if pid == running.process.pid:
            break
    running.process.returncode = os.waitstatus_to_exitcode(status)
    assert running.process.returncode == 0, running.wait()
    return usage.ru_maxrss * 1024 / 1e6


def measure(folder: Path, kubo: Path, size: int) -> tuple[float, float]:
    """Peaks of an upload and of a download with opening, for a film of `size` MiB."""
    with RunningServer(folder / "server", process=True) as server:
        seller = Client(folder / "seller", kubo, server.url, SELLER_TOKEN)
        buyer = Client(folder / "buyer", kubo, server.url, BUYER_TOKEN)
        film = folder / "series" / "film.mov"
        film.parent.mkdir()
        with film.open("wb") as file:
            file.truncate(size << 20)
        try:
            running = seller.start("upload", film, "--series-id", 1, "--private-dir", folder / "blocks")
            up = peak(running)
            source = running.wait().result["films"][0]["source_id"]
            wait = ("--output", folder / "got", "--wait", 0)
            assert buyer.run("download", source, *wait, timeout=3600).code == 1
            assert seller.run("release", folder / "blocks", timeout=600).code == 0
            server.control.set(release_once=True)
            down = peak(buyer.start("resume"))
        finally:
            seller.stop_node()
            buyer.stop_node()
    return up, down


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1024, 10240], help="MiB")
    parser.add_argument("--kubo", type=Path, required=True)
    parser.add_argument("--folder", type=Path, help="where there is room for three times the largest size")
    options = parser.parse_args()
    print(f"{machine()}\n\n| film | upload, peak MB | download and opening, peak MB |\n|---|---|---|")
    for size in options.sizes:
        folder = Path(tempfile.mkdtemp(prefix="reelkey-memory-", dir=options.folder))
        try:
            up, down = measure(folder, options.kubo.absolute(), size)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        print(f"| {size} MiB | {up:.0f} | {down:.0f} |", flush=True)


if __name__ == "__main__":
    main()
