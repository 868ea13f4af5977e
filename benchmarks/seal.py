"""Sealing alone, on one core, against OpenSSL's own AES-256-GCM, and how it grows with two threads.

    python -m benchmarks.seal --pairs 5

Each pair runs ``openssl speed`` and ours one after the other on the same core, so that what else the computer
does meets both; the table shows medians with the lowest and highest. One core is counted in CPU time (as
``openssl speed`` does), two threads by the clock. Nothing is read from a disk but what `film` rows say.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.crypto.keys import FilmSecrets
from app.crypto.layout import PLAIN_SEGMENT, SEGMENT, Layout
from app.crypto.seal import FilmSealer, PartSealer

GB = 1e9
FILM_SIZE = 512 * 1024 * 1024
UUID = "00000000-0000-4000-8000-000000000000"


@dataclass
class Row:
    """One line of the table: rates in bytes per second, and where it makes sense the ratio to `against`."""

    name: str
    rates: list[float] = field(default_factory=list)
    against: Row | None = None

    def text(self) -> str:
        rates = [rate / GB for rate in self.rates]
        line = f"{self.name:<46}{statistics.median(rates):6.2f}  {min(rates):5.2f}–{max(rates):<5.2f}"
        if self.against is None:
            return line
        ratios = [ours / theirs for ours, theirs in zip(self.rates, self.against.rates, strict=True)]
        return line + f"  {statistics.median(ratios):5.2f}  {min(ratios):4.2f}–{max(ratios):<4.2f}"


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Keep this process, and the children it starts, on one core where the OS allows it."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def openssl_rate(openssl: str, block: int, seconds: int) -> float:
    """What ``openssl speed`` says, in bytes per second of CPU time."""
    command = [openssl, "speed", "-evp", "aes-256-gcm", "-bytes", str(block), "-seconds", str(seconds)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"([\d.]+)k\s*$", out, re.MULTILINE)
    return float(found[-1]) * 1000


def new_sealer(size: int) -> FilmSealer:
    secrets = FilmSecrets.new(UUID, size)
    return FilmSealer(Layout(size, secrets.fid), secrets, UUID)


def segment_rate(sealer: FilmSealer, seconds: float, clock: Callable[[], float]) -> float:
    """Plaintext bytes per second that one thread seals from one buffer into another."""
    plain = memoryview(bytearray(os.urandom(PLAIN_SEGMENT)))
    out = memoryview(bytearray(SEGMENT))
    start, count = clock(), 0
    while clock() - start < seconds:
        sealer.seal_segment(count % 1000, plain, out)
        count += 1
    return count * PLAIN_SEGMENT / (clock() - start)


def threads_rate(sealer: FilmSealer, seconds: float, threads: int) -> tuple[float, float]:
    """What so many threads seal at once: bytes per second by the clock, and per second of CPU time.

    The first grows only while cores are idle; the second falls where threads wait for one another busily.
    """
    rates: list[float] = []
    workers = [
        threading.Thread(target=lambda: rates.append(segment_rate(sealer, seconds, time.perf_counter)))
        for _ in range(threads)
    ]
    start, cpu = time.perf_counter(), time.process_time()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    busy = (time.process_time() - cpu) / (time.perf_counter() - start)
    return sum(rates), sum(rates) / busy


def film_rate(film: Path, clock: Callable[[], float]) -> float:
    """Read, seal and hash one part of a film that the OS has in memory."""
    part = PartSealer(new_sealer(film.stat().st_size), 0, film, lambda _index, _data: None)
    start = clock()
    for _ in part.chunks():
        pass
    return film.stat().st_size / (clock() - start)


def measure(openssl: str, film: Path, pairs: int, seconds: int) -> list[Row]:
    big, classic = Row("openssl speed, 4 MiB blocks"), Row("openssl speed, 16 KiB blocks")
    ours = Row("seal_segment, against 4 MiB", against=big)
    ours_classic = Row("  the same, against 16 KiB", against=classic)
    part = Row("part of a film: read, seal, BLAKE3 (CPU time)", against=big)
    one = Row("one thread, by the clock")
    two = Row("two threads, by the clock", against=one)
    one_cpu = Row("one thread, per second of CPU time")
    two_cpu = Row("two threads, per second of CPU time", against=one_cpu)
    part_clock = Row("part of a film, by the clock, all cores")
    sealer = new_sealer(1000 * PLAIN_SEGMENT + 1)
    for _ in range(pairs):
        with one_core():
            big.rates.append(openssl_rate(openssl, SEGMENT, seconds))
            ours.rates.append(segment_rate(sealer, seconds, time.process_time))
            classic.rates.append(openssl_rate(openssl, 16384, seconds))
            part.rates.append(film_rate(film, time.process_time))
        for count, clock_row, cpu_row in ((1, one, one_cpu), (2, two, two_cpu)):
            by_clock, by_cpu = threads_rate(sealer, seconds, count)
            clock_row.rates.append(by_clock)
            cpu_row.rates.append(by_cpu)
        part_clock.rates.append(film_rate(film, time.perf_counter))
    ours_classic.rates = ours.rates
    return [big, classic, ours, ours_classic, part, one, two, one_cpu, two_cpu, part_clock]


def make_film(path: Path, size: int) -> None:
    block = os.urandom(SEGMENT)
    with path.open("wb") as file:
        for _ in range(size // SEGMENT):
            file.write(block)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seal", description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5, help="how often both are run in turn (5)")
    parser.add_argument("--seconds", type=int, default=1, help="how long each run takes (1)")
    options = parser.parse_args(arguments)
    openssl = shutil.which("openssl")
    if openssl is None:
        print("openssl is not installed: nothing to compare with", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder, "film")
        make_film(film, FILM_SIZE)
        rows = measure(openssl, film, max(1, options.pairs), max(1, options.seconds))
    print(f"{options.pairs} pairs, {os.cpu_count()} cores; GB/s: median, lowest–highest; ratio: the same")
    for row in rows:
        print(row.text())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
