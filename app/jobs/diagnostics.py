"""The bundle for support: what one needs to find a fault from far away, and nothing that opens a film.

In it: versions and system, settings, what the checks found, the journal's films with their history, the last
lines of Reelkey's log and of the node's, the node's configuration, room on the disks. File names, folders
and the libraries' addresses are among it, for faults are about them. Left out: sign-ins, uuids, keys, the
sealed columns of the journal, the content of reports, the node's identity key. Every text goes through the
scrubber. People see each text before they give the bundle away: it is made of texts and nothing else.
"""

from __future__ import annotations

import asyncio
import json
import locale
import os
import platform
import shutil
import sys
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app import __version__
from app.domain.errors import Internal, ReelkeyError, TargetUnwritable
from app.domain.words import N_, language, tr
from app.jobs.desk import Desk
from app.jobs.doctor import Check
from app.jobs.scrub import REMOVED, Scrubber
from app.journal import Journal, TaskRow
from app.settings.paths import ProfilePaths
from app.settings.settings import Settings

_FILMS = 200
_LOG_BYTES = 2**20
_NODE_LOG_BYTES = 2**18
_TEXT_BYTES = 2**22
# Columns that nobody needs to find a fault, or that are sealed.
_LEFT_OUT = frozenset({"uuid_sealed", "secrets_sealed"})
# Parts of Kubo's configuration that are, or may hold, keys.
_NODE_SECRETS = ("key", "secret", "auth", "token", "passw", "credential")


@dataclass(frozen=True, slots=True)
class BundleFile:
    """A text of the bundle: its name there, what it is (in the language of now), and all of it."""

    name: str
    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """The bundle as it will be written: to be shown first, then to be given away."""

    files: tuple[BundleFile, ...]
    made_at: float

    @property
    def file_name(self) -> str:
        """A name for it: ``reelkey-diagnostics-20261121-1420.zip``, the time in UTC."""
        return f"reelkey-diagnostics-{datetime.fromtimestamp(self.made_at, UTC):%Y%m%d-%H%M}.zip"

    def write(self, target: Path) -> None:
        """Write it as a zip, replacing `target` once it is whole. Blocks. Raises TargetUnwritable."""
        staged = target.with_name(target.name + ".part")
        day = datetime.fromtimestamp(self.made_at, UTC).timetuple()[:6]
        try:
            with zipfile.ZipFile(staged, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in self.files:
                    entry = zipfile.ZipInfo(file.name, day)
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    archive.writestr(entry, file.text.encode("utf-8", "replace"))
            staged.replace(target)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise TargetUnwritable(path=str(target), reason=reason) from None
        finally:
            with suppress(OSError):
                staged.unlink(missing_ok=True)


async def collect(
    desk: Desk,
    paths: ProfilePaths,
    settings: Settings,
    *,
    checks: Sequence[Check] = (),
    secrets: Sequence[str | bytes] = (),
    versions: Mapping[str, str] | None = None,
    env: Mapping[str, str] = os.environ,
) -> Bundle:
    """Gather the bundle of a profile. What can't be read says so in its place; this never fails for it.

    `secrets` are what must not be in it: the sign-ins and the profile's key. `versions` are those of programs
    that only the caller knows (Qt, Kubo). Of the variables in `env` it has the names of ours. Raises Internal
    where a secret would be in it all the same.
    """
    rows = await desk.journal.all()
    known = [*secrets, *_odd_uuids(desk, rows)]
    journal = await _journal(desk.journal, rows)
    places = _places(paths, desk, rows)

    def assemble() -> Bundle:
        scrubber = Scrubber(known, Path.home())
        texts = _texts(paths, settings, checks, versions or {}, journal, places, env)
        files = [
            BundleFile(name, tr(about), scrubber.clean(_safely(make))[:_TEXT_BYTES])
            for name, about, make in texts
        ]
        listed = "\n".join(f"{file.name}: {file.about}" for file in files)
        readme = f"Reelkey {__version__}\n\n{tr(_WHAT_IT_IS)}\n\n{listed}\n"
        files.insert(0, BundleFile("README.txt", tr(N_("What is in this bundle")), scrubber.clean(readme)))
        if any(scrubber.finds(file.text) for file in files):
            raise Internal(kind="scrubber")
        return Bundle(tuple(files), time.time())

    return await asyncio.to_thread(assemble)


_WHAT_IT_IS = N_(
    "For support. It holds names of films, folders and libraries. It holds no sign-in, no permission and no"
    " key: those are left out or replaced by [removed], with all that looks like one."
)


def _texts(
    paths: ProfilePaths,
    settings: Settings,
    checks: Sequence[Check],
    versions: Mapping[str, str],
    journal: dict[str, Any],
    places: Mapping[str, Path],
    env: Mapping[str, str],
) -> list[tuple[str, str, Callable[[], str]]]:
    logs = [paths.logs_dir / name for name in ("reelkey.log.2", "reelkey.log.1", "reelkey.log")]
    return [
        ("system.json", N_("Versions, system, room on the disks"),
         lambda: _json(_system(versions, places, env))),
        ("checks.json", N_("What was looked at, and what was found"),
         lambda: _json([check.as_dict() for check in checks])),
        ("settings.json", N_("Settings"), lambda: _json(_settings(settings))),
        ("journal.json", N_("Films, their history, reports that wait"), lambda: _json(journal)),
        ("reelkey.log", N_("The last lines of Reelkey's log"), lambda: _tail(logs, _LOG_BYTES)),
        ("node.log", N_("The last lines of the node's log"),
         lambda: _tail([paths.data_dir / "node.log"], _NODE_LOG_BYTES)),
        ("node-config.json", N_("The node's configuration, without its keys"),
         lambda: _json(_node_config(paths.node_dir / "config"))),
    ]  # fmt: skip


def _safely(make: Callable[[], str]) -> str:
    try:
        return make()
    except ReelkeyError as error:
        return f"{error.title}: {error.message}\n"
    except (OSError, ValueError, TypeError, RecursionError) as error:
        return f"{type(error).__name__}\n"


# --- the journal -----------------------------------------------------------------------------------------


async def _journal(journal: Journal, rows: Sequence[TaskRow]) -> dict[str, Any]:
    newest = sorted(rows, key=lambda row: row.updated, reverse=True)[:_FILMS]
    films = []
    for row in newest:
        history = await journal.history(row.number)
        parts = await journal.parts(row.number)
        films.append(
            _columns(row)
            | {
                "history": [[_iso(at), event, detail] for at, event, detail in history],
                "parts": {
                    "known": len(parts),
                    "fetched": sum(part.fetched for part in parts.values()),
                    "opened": sum(part.opened for part in parts.values()),
                },
            }
        )
    waiting = [
        {"task": one.task, "status": int(one.status), "percent": one.percent, "refused": one.error}
        for one in await journal.unsent()
    ]
    return {"films in all": len(rows), "films": films, "reports": waiting}


def _columns(row: TaskRow) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in TaskRow.__dataclass_fields__ if name not in _LEFT_OUT}
    values |= {"created": _iso(row.created), "updated": _iso(row.updated), "status": int(row.status)}
    return {name: value for name, value in values.items() if value not in ("", None, {})}


def _odd_uuids(desk: Desk, rows: Sequence[TaskRow]) -> list[str]:
    """The uuids that don't look like one: the scrubber knows the others by their look."""
    found = []
    for row in rows:
        if row.uuid_sealed is not None:
            with suppress(ReelkeyError, UnicodeDecodeError):
                uuid = desk.uuid_of(row)
                if Scrubber().clean(uuid) != REMOVED:
                    found.append(uuid)
    return found


# --- this computer ---------------------------------------------------------------------------------------


def _system(
    versions: Mapping[str, str], places: Mapping[str, Path], env: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "reelkey": __version__,
        "language": language(),
        "time": _iso(time.time()),
        "zone": time.strftime("%z"),
        "system": platform.platform(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "frozen": bool(getattr(sys, "frozen", False)),
        "locale": list(locale.getlocale()),
        "file names": sys.getfilesystemencoding(),
        "variables": sorted(name for name in env if name.startswith("REELKEY_")),
        "versions": dict(versions),
        "room": {name: _room(place) for name, place in places.items()},
    }


def _places(paths: ProfilePaths, desk: Desk, rows: Sequence[TaskRow]) -> dict[str, Path]:
    places = {"profile": paths.data_dir, "logs": paths.logs_dir, "cache": paths.cache_dir}
    if desk.repo_dir is not None:
        places["node"] = desk.repo_dir
    for row in rows[-20:]:
        for column in ("private_dir", "output_dir"):
            text = getattr(row, column)
            if text:
                places[text] = Path(text)
    return places


def _room(place: Path) -> dict[str, Any]:
    found: dict[str, Any] = {"path": str(place), "exists": place.exists()}
    with suppress(OSError):
        usage = shutil.disk_usage(place)
        found |= {"total": usage.total, "free": usage.free}
    return found


def _settings(settings: Settings) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name in settings.names():
        try:
            shown[name] = settings.shown(name)
        except ReelkeyError as error:
            shown[name] = f"! {error.message}"
    return shown


def _node_config(file: Path) -> Any:
    return _without_keys(json.loads(file.read_text("utf-8")))


def _without_keys(value: Any) -> Any:
    """The configuration without any field whose name speaks of a key or a secret."""
    if isinstance(value, dict):
        return {
            name: REMOVED if any(word in name.lower() for word in _NODE_SECRETS) else _without_keys(inner)
            for name, inner in value.items()
        }
    return [_without_keys(inner) for inner in value] if isinstance(value, list) else value


def _tail(files: Sequence[Path], most: int) -> str:
    """The last `most` bytes of files that follow each other, from the beginning of a line."""
    content = b""
    for file in reversed(files):
        if len(content) >= most:
            break
        with suppress(FileNotFoundError), file.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(0, size - (most - len(content))))
            content = log.read() + content
    if len(content) >= most:
        content = content.partition(b"\n")[2]
    return content.decode("utf-8", "replace")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n"


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
