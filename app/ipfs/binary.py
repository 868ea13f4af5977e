"""Finding a Kubo: the one that is set, one that is installed, our own copy; else fetched, else built.

Every candidate is run once and must say its version. See docs/decisions/get-kubo.md.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from filelock import FileLock

from app.domain.errors import NodeError, NoKubo
from app.domain.words import N_, tr
from app.ipfs.process import clean_env

OLDEST = (0, 35)
PROGRAM = "ipfs.exe" if sys.platform == "win32" else "ipfs"

_ANSWER_SECONDS = 30
_VERSION = re.compile(r"Kubo version: (\d+\.\d+\.\d+)(-\S+)?\s+Repo version: (\d+)", re.ASCII)

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Kubo:
    """A Kubo program: where it is, its version, and the newest repo layout it knows."""

    path: Path
    version: str
    repo: int


async def find_kubo(
    setting: str,
    env: Mapping[str, str],
    cache_dir: Path,
    *,
    obtain: bool = True,
    progress: Progress | None = None,
) -> Kubo:
    """A Kubo to run; with `obtain` one is fetched or built into `cache_dir` where none is found.

    Order: `setting`, REELKEY_KUBO, ``ipfs`` on PATH (0.35 or newer), the copy of IPFS Desktop, `cache_dir`,
    the official archive, a build from source. What is set but can't be used is an error, and nothing else is
    taken in its place. `progress` gets lines to show. Raises NoKubo, KuboUntrusted.
    """
    return await asyncio.to_thread(find_kubo_now, setting, env, cache_dir, obtain, progress or _silent)


def find_kubo_now(
    setting: str, env: Mapping[str, str], cache_dir: Path, obtain: bool, progress: Progress
) -> Kubo:
    """`find_kubo` for callers without a loop. Blocks, for minutes where it builds."""
    for given in (setting, env.get("REELKEY_KUBO", "")):
        if given.strip():
            return _given(Path(given.strip()).expanduser())
    looked: list[str] = []
    for place in _places(env, cache_dir):
        looked.append(str(place))
        kubo = look_at(place)
        if kubo is not None and _numbers(kubo.version) >= OLDEST:
            return kubo
    if obtain:
        return _obtain(cache_dir, looked, progress)
    raise NoKubo(places=", ".join(looked))


def default_cache_dir(env: Mapping[str, str]) -> Path:
    """Where Kubo is kept, once for all profiles: REELKEY_CACHE, else where the system keeps caches."""
    moved = env.get("REELKEY_CACHE")
    if moved:
        return Path(moved).expanduser().absolute()
    return Path(platformdirs.user_cache_dir("reelkey", appauthor=False))


def look_at(path: Path) -> Kubo | None:
    """The Kubo at `path`, None where there is none that runs."""
    if not path.is_file():
        return None
    # An empty repo path: a node that runs elsewhere must not be asked in its place.
    with tempfile.TemporaryDirectory() as nowhere:
        env = clean_env(os.environ, {"IPFS_PATH": nowhere, "IPFS_TELEMETRY": "off"})
        try:
            asked = subprocess.run(
                [str(path), "version", "--all"],
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_ANSWER_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return None
    match = _VERSION.search(asked.stdout[:4096].decode("utf-8", "replace"))
    return Kubo(path, match[1], int(match[3])) if match else None


def kubo_dir(cache_dir: Path, version: str) -> Path:
    """Where our own copy of a version lies."""
    return cache_dir / "kubo" / version


def install(program: Path, cache_dir: Path, version: str) -> Kubo:
    """Move a program that was fetched or built to its place in the cache, if it runs and says `version`.

    Raises NoKubo where it does not. The place is filled in one step: nobody finds half a program there.
    """
    program.chmod(0o755)
    found = look_at(program)
    if found is None or found.version != version:
        raise NoKubo(places=str(program))
    target = kubo_dir(cache_dir, version) / PROGRAM
    target.parent.mkdir(parents=True, exist_ok=True)
    program.replace(target)
    return Kubo(target, found.version, found.repo)


def _given(path: Path) -> Kubo:
    kubo = look_at(path.absolute())
    if kubo is None or _numbers(kubo.version) < OLDEST:
        raise NoKubo(places=str(path))
    return kubo


def _places(env: Mapping[str, str], cache_dir: Path) -> Iterator[Path]:
    on_path = shutil.which(PROGRAM, path=env.get("PATH", ""))
    if on_path:
        yield Path(on_path)
    inside = Path("resources/app.asar.unpacked/node_modules/kubo/kubo") / PROGRAM
    if sys.platform == "darwin":
        for apps in (Path("/Applications"), Path(env.get("HOME", "/")) / "Applications"):
            yield apps / "IPFS Desktop.app/Contents" / Path("Resources", *inside.parts[1:])
    elif sys.platform == "win32":
        for name in ("LOCALAPPDATA", "PROGRAMFILES"):
            if env.get(name):
                middle = "Programs" if name == "LOCALAPPDATA" else ""
                yield Path(env[name]) / middle / "IPFS Desktop" / inside
    else:
        yield Path("/opt/IPFS Desktop") / inside
    yield from sorted((cache_dir / "kubo").glob(f"*/{PROGRAM}"), key=_version_of_folder, reverse=True)


def _obtain(cache_dir: Path, looked: list[str], progress: Progress) -> Kubo:
    # Imported here: both ways need `install` and `Kubo` of this module.
    from app.ipfs.build import build_kubo  # noqa: PLC0415
    from app.ipfs.official import NotReached, fetch_official  # noqa: PLC0415

    (cache_dir / "kubo").mkdir(parents=True, exist_ok=True)
    # Two at once, such as two `make`s: the second finds what the first has brought.
    with FileLock(cache_dir / "kubo" / ".lock"):
        for place in sorted((cache_dir / "kubo").glob(f"*/{PROGRAM}"), key=_version_of_folder, reverse=True):
            kubo = look_at(place)
            if kubo is not None:
                return kubo
        try:
            return fetch_official(cache_dir, progress=progress)
        except NotReached as error:
            looked.append(str(error))
            progress(tr(N_("No ready-made Kubo can be fetched here ({reason})"), reason=str(error)))
        try:
            return build_kubo(cache_dir, progress=progress)
        except NodeError as error:
            looked.append(error.message)
            raise NoKubo(places=", ".join(looked)) from error


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _version_of_folder(program: Path) -> tuple[int, ...]:
    name = program.parent.name
    return _numbers(name) if re.fullmatch(r"\d+\.\d+\.\d+", name, re.ASCII) else ()


def _silent(_line: str) -> None:
    pass
