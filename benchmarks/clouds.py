"""Exports against rclone to the same stand-in: one large file, and many photos. Whole processes, in turn.

    python -m benchmarks.clouds [--clouds google_drive mega] [--size 2048] [--photos 2000] [--pairs 5]
    [--equal] [--without-pacer]

The stand-in runs in a process of its own and keeps hashes instead of bytes. Both programs reach it in the
same way: for Google Drive through the same TLS front as the hosts are fixed in rclone, for MEGA directly.
Ours journals, compares hashes after sending, and looks for what is there already; rclone is told to
compare too, which is its default. Without `--equal` both have their own defaults, with it four files at
once and one piece of a file at a time. rclone's pacer lets ten requests a second through to Drive, so a
thousand photos take it three minutes: many photos are timed in two pairs then, without a warm-up. With
`--without-pacer` both are as fast as they can. All of it stays on loopback."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from benchmarks.pairs import HEADER, machine, time_pairs
from sandbox.clouds.drive.accounts import CLIENT_ID, CLIENT_SECRET
from sandbox.clouds.drive.testing import DriveControl, running_drive
from sandbox.clouds.front import running_front
from sandbox.clouds.mega.testing import running_mega
from tests.contract.clouds.rclone import PROGRAM, Rclone

_PASSWORD = "correct horse"
Call = tuple[Sequence[str | Path], Mapping[str, str]]
_PHOTO = 400_000
# rclone's pacer takes a minute and more beyond so many.
_FEW, _SLOW_PAIRS = 300, 2


@dataclass
class Measured:
    """Peaks of resident memory, MB, and processor seconds of one program's runs."""

    peaks: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def run(self, command: Sequence[str | Path], env: Mapping[str, str]) -> None:
        """Run a program to its end and note what it took. Raises where it fails."""
        with tempfile.TemporaryDirectory() as folder:
            noted = Path(folder) / "took.json"
            measured = [sys.executable, "-I", "-S", Path(__file__).with_name("peak.py"), noted, *command]
            done = subprocess.run(
                measured, env=dict(env), capture_output=True, stdin=subprocess.DEVNULL, check=False
            )
            if done.returncode:
                raise SystemExit((done.stdout + done.stderr).decode("utf-8", "replace")[-2000:])
            peak, seconds = json.loads(noted.read_text(encoding="ascii"))
        self.peaks.append(peak)
        self.seconds.append(seconds)


@dataclass
class Rival:
    """How the two programs are told to send `path` to folder `n`, and how all folders of that name go."""

    ours: Callable[[Path, str], Call]
    theirs: Callable[[Path, str], Call]
    purge: Callable[[str], None]


def make_photos(folder: Path, count: int) -> None:
    """`count` files of 300 to 500 kB in sub-folders of 500."""
    block = os.urandom(_PHOTO + 200_000)
    for number in range(count):
        place = folder / f"Day {number // 500 + 1}"
        place.mkdir(parents=True, exist_ok=True)
        size = _PHOTO + (number * 7919) % 200_000 - 100_000
        start = (number * 104_729) % 100_000
        (place / f"IMG_{number:05}.jpg").write_bytes(block[start : start + size])


def make_film(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        for _ in range(size):
            file.write(os.urandom(1 << 20))


@contextmanager
def mega(folder: Path, equal: bool, _paced: bool) -> Iterator[Rival]:
    """A MEGA account, known to both."""
    with running_mega(process=True, keep_bytes=False) as running:
        running.account("bench@example.com", _PASSWORD, quota=1 << 50)
        remote = {"type": "mega", "user": "bench@example.com", "pass": obscured(_PASSWORD)}
        rclone = Rclone(folder / "rclone", {"bench": remote}, environment={"X_MEGA_API_URL": running.origin})
        env = ours_env(folder, {"REELKEY_MEGA_ORIGIN": running.origin, "REELKEY_CLOUD_PASSWORD": _PASSWORD})
        command = [*reelkey(folder), "login", "mega", "--email", "bench@example.com"]
        subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
        yield rival(folder, rclone, env, equal, [])


@contextmanager
def google_drive(folder: Path, equal: bool, paced: bool) -> Iterator[Rival]:
    """A Drive account; both programs reach it through the front."""
    with running_drive(process=True, limit=None, digests=["md5", "sha256"]) as drive:
        hosts = dict.fromkeys(
            ("www.googleapis.com", "accounts.google.com", "oauth2.googleapis.com"), drive.origin
        )
        with running_front(hosts, folder / "front") as front:
            token = drive.control.token(client=CLIENT_ID, seconds=86_400)
            kept = json.dumps({**token, "token_type": "Bearer", "expiry": "2099-01-01T00:00:00Z"})
            remote = {"type": "drive", "scope": "drive.file", "client_id": CLIENT_ID, "token": kept}
            rclone = Rclone(folder / "rclone", {"bench": remote}, front=front)
            env = ours_env(
                folder,
                {
                    "HTTPS_PROXY": front.proxy,
                    "SSL_CERT_FILE": str(front.certificate),
                    "REELKEY_CLOUD_CLIENT_SECRET": CLIENT_SECRET,
                },
            )
            sign_in_to_drive(folder, env, drive.control)
            free = [] if paced else ["--drive-pacer-min-sleep=1ms", "--drive-pacer-burst=1000"]
            yield rival(folder, rclone, env, equal, free)


def sign_in_to_drive(folder: Path, env: Mapping[str, str], control: DriveControl) -> None:
    """Our program's sign-in, with the person's yes from the stand-in's control call."""
    command = [*reelkey(folder), "login", "google-drive", "--client-id", CLIENT_ID, "--no-browser"]
    with subprocess.Popen(command, env=dict(env), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "error":
                raise SystemExit(line)
            if event["event"] == "open_page":
                httpx2.get(control.consent(event["address"]), trust_env=False)
    assert process.returncode == 0


def reelkey(folder: Path) -> list[str | Path]:
    """Our command line for clouds, in a profile below `folder`."""
    return [sys.executable, "-m", "app", "--profile", folder / "profile", "--json", "cloud"]


def ours_env(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    """The environment of an installed program: compiled beforehand (the first run, which doesn't count, does
    that here), and without trio, which only the tests' tools bring along; httpcore2 loads it where it is."""
    hidden = folder / "hidden"
    hidden.mkdir()
    (hidden / "trio.py").write_text("raise ImportError\n")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("REELKEY_") and name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    }
    own = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", "PYTHONPATH": str(hidden)}
    return kept | own | dict(more)


def rival(folder: Path, rclone: Rclone, env: Mapping[str, str], equal: bool, more: Sequence[str]) -> Rival:
    """How each is called, both signed in; `more` options for rclone."""
    if equal:
        for option, value in (("files-at-once", "4"), ("pieces-at-once", "1")):
            command = [*reelkey(folder), "set", "a1", option, value]
            subprocess.run(command, env=dict(env), check=False, stdout=subprocess.DEVNULL)
        more = ["--transfers=4", *more]

    def purge(to: str) -> None:
        for whose in ("ours", "theirs"):
            command = rclone.command("purge", "--mega-hard-delete", f"bench:{whose}/{to}")
            # One of the two isn't there.
            subprocess.run(command, env=rclone.environment, check=False, stderr=subprocess.DEVNULL)

    return Rival(
        lambda path, to: ([*reelkey(folder), "export", "a1", path, "--to", f"ours/{to}"], env),
        lambda path, to: (rclone.command("copy", *more, str(path), f"bench:theirs/{to}"), rclone.environment),
        purge,
    )


def obscured(password: str) -> str:
    """A password as rclone's configuration wants it."""
    done = subprocess.run([PROGRAM, "obscure", password], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def compare(
    cloud: str, what: str, path: Path, size: int, found: Rival, pairs: int, *, warm_up: bool = True
) -> list[str]:
    """Rows of the results page: rates, memory and processor time; each run is printed as it ends."""
    ours, theirs = Measured(), Measured()
    last: list[str] = []

    def run(measured: Measured, call: Callable[[Path, str], Call]) -> None:
        last.append(f"{time.time_ns()}")
        measured.run(*call(path, last[-1]))

    def empty() -> None:
        # Both read the whole tree of a MEGA account first: each run finds the same.
        while last:
            found.purge(last.pop())

    timed = time_pairs(
        f"{cloud}: {what}",
        size,
        ("reelkey", lambda: run(ours, found.ours)),
        ("rclone", lambda: run(theirs, found.theirs)),
        pairs=pairs,
        before_each=empty,
        warm_up=warm_up,
    )
    empty()
    peaks = [f"**{statistics.median(one.peaks):.0f}** ({max(one.peaks):.0f})" for one in (ours, theirs)]
    spent = [f"{statistics.median(one.seconds):.1f}" for one in (ours, theirs)]
    return [
        timed.report(),
        f"| {cloud}: {what}, memory MB, median (most) | reelkey | {peaks[0]} | rclone | {peaks[1]} | | |",
        f"| {cloud}: {what}, processor s, median | reelkey | {spent[0]} | rclone | {spent[1]} | | |",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clouds", nargs="+", default=["google_drive", "mega"])
    parser.add_argument("--size", type=int, default=2048, help="MiB of the large file")
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--equal", action="store_true", help="both with the same concurrency")
    parser.add_argument("--without-pacer", action="store_true", help="rclone as fast as it can, to Drive")
    given = parser.parse_args()
    ways = {"google_drive": google_drive, "mega": mega}
    rows: list[str] = []
    with tempfile.TemporaryDirectory(prefix="reelkey-bench-") as made:
        folder = Path(made)
        film, photos = folder / "film" / "film.mov", folder / "photos"
        make_film(film, given.size)
        make_photos(photos, given.photos)
        bytes_of_photos = sum(one.stat().st_size for one in photos.rglob("*.jpg"))
        for cloud in given.clouds:
            place = folder / cloud
            place.mkdir()
            paced = cloud == "google_drive" and not given.without_pacer
            with ways[cloud](place, given.equal, paced) as found:
                rows += compare(cloud, f"{given.size} MiB", film.parent, given.size << 20, found, given.pairs)
                name = f"{given.photos} photos"
                slow = paced and given.photos > _FEW
                pairs = min(given.pairs, _SLOW_PAIRS) if slow else given.pairs
                rows += compare(cloud, name, photos, bytes_of_photos, found, pairs, warm_up=not slow)
    how = "equal concurrency" if given.equal else "defaults"
    how += ", rclone's pacer off" if given.without_pacer else ""
    print(f"\n{machine()}, {how}\n\n{HEADER}\n" + "\n".join(rows))


if __name__ == "__main__":
    main()
