"""Films whose private block is wanted: the libraries' tasks, what was found for them, what was begun."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.domain.status import TaskKind
from app.journal import Run, TaskRow
from app.ui import amounts
from app.ui.messages import BlockMatch, BlocksFound, DueTask
from app.ui.store import Store

#: Library, source, public block: what makes several tasks one film.
Key = tuple[str, int | None, str, str]

_AT_WORK = (Run.QUEUED, Run.ACTIVE, Run.WAITING)
# Where the tasks of one film have different results, the one that says most.
_ORDER = ("matched", "damaged", "other", "missing")


def key_of(task: DueTask) -> Key:
    return task.server, task.source_id, task.hash, task.source_name


@dataclass(frozen=True, slots=True)
class DueFilm:
    """One film that buyers wait for. `matches` by task id, `releases` as far as they were begun here, `film`
    the sent film of this computer; `begun` are tasks just asked for whose release is not in the journal yet.
    """

    key: Key
    tasks: tuple[DueTask, ...]
    matches: Mapping[int, BlockMatch]
    releases: tuple[TaskRow, ...]
    film: TaskRow | None
    begun: bool = False

    @property
    def task(self) -> DueTask:
        return self.tasks[0]

    @property
    def name(self) -> str:
        return self.task.source_name

    @property
    def size(self) -> int | None:
        return self.film.size if self.film is not None and self.film.size else self.task.size

    @property
    def match(self) -> BlockMatch | None:
        """What was found, the best of its tasks; None before anybody looked."""
        found = sorted(self.matches.values(), key=lambda one: _ORDER.index(one.state))
        return found[0] if found else None

    @property
    def state(self) -> str:
        """``working``, ``done``, ``failed``, ``paused`` of the releases that were begun; else of the match:
        ``matched``, ``other``, ``damaged``, ``missing``; or ``unknown``."""
        runs = [row.run for row in self.releases]
        if self.begun or any(run in _AT_WORK for run in runs):
            return "working"
        if not self._undone():
            return "done"
        if Run.FAILED in runs:
            return "failed"
        if Run.PAUSED in runs:
            return "paused"
        return self.match.state if self.match is not None else "unknown"

    def _undone(self) -> list[DueTask]:
        done = {row.remote_id for row in self.releases if row.run is Run.DONE}
        return [task for task in self.tasks if task.id not in done]

    @property
    def waiting(self) -> list[DueTask]:
        """Those that still wait; once none does, all that did."""
        return self._undone() or list(self.tasks)

    @property
    def releasable(self) -> tuple[DueTask, ...]:
        """The tasks that a yes would release now."""
        if self.state == "working":
            return ()
        return tuple(
            task
            for task in self._undone()
            if task.id in self.matches and self.matches[task.id].state == "matched"
        )

    @property
    def renamed(self) -> bool:
        """Whether the block was found under another name than the film's."""
        match = self.match
        return match is not None and match.path is not None and not match.path.name.startswith(self.name)

    def since(self) -> float | None:
        """When the first of those who wait asked, seconds since 1970."""
        moments = [moment for task in self.waiting if (moment := moment_of(task.since)) is not None]
        return min(moments, default=None)


def moment_of(text: str) -> float | None:
    """A time as the library writes it, which names no zone: taken as this computer's."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def due_films(
    store: Store,
    found: Mapping[str, BlocksFound],
    asked: Mapping[tuple[str, int], DueTask],
    begun: Collection[tuple[str, int]],
) -> list[DueFilm]:
    """All films with something due, and those that were released since the page was opened (`asked`), by
    library, series folder and name."""
    tasks = {(task.server, task.id): task for task in [*asked.values(), *store.all_due()]}
    matches = {(origin, match.task.id): match for origin, result in found.items() for match in result.matches}
    releases = _releases(store)
    films = _sent(store)
    groups: dict[Key, list[DueTask]] = {}
    for task in tasks.values():
        groups.setdefault(key_of(task), []).append(task)
    made = []
    for key, group in groups.items():
        server = key[0]
        group.sort(key=lambda task: task.id)
        made.append(
            DueFilm(
                key,
                tuple(group),
                {task.id: matches[server, task.id] for task in group if (server, task.id) in matches},
                tuple(releases[server, task.id] for task in group if (server, task.id) in releases),
                films.get((server, key[1], key[2])) or films.get((server, key[1], "")),
                any((server, task.id) in begun and (server, task.id) not in releases for task in group),
            )
        )
    return sorted(made, key=lambda film: (film.key[0], film.task.folder, film.name, film.task.id))


def _releases(store: Store) -> dict[tuple[str, int], TaskRow]:
    """The latest release of each task that was begun here and not called off."""
    return {
        (row.server, row.remote_id): row
        for row in store.rows.values()
        if row.kind is TaskKind.RELEASE and row.remote_id is not None and row.run is not Run.CANCELLED
    }


def _sent(store: Store) -> dict[tuple[str, int | None, str], TaskRow]:
    """Sent films by library, source and CID, and by library and source alone."""
    films: dict[tuple[str, int | None, str], TaskRow] = {}
    for row in store.rows.values():
        if row.kind is TaskKind.UPLOAD and row.source_id is not None:
            films[row.server, row.source_id, row.cid] = row
            films[row.server, row.source_id, ""] = row
    return films


@dataclass(frozen=True, slots=True)
class Summary:
    """The line of result: how many blocks were found in how long, and how many films stand how."""

    blocks: int = 0
    seconds: float = 0.0
    matched: int = 0
    other: int = 0
    damaged: int = 0
    missing: int = 0
    unasked: int = 0
    absent: tuple[Path, ...] = ()
    unreadable: int = 0


def summary(films: Iterable[DueFilm], found: Mapping[str, BlocksFound]) -> Summary:
    """What one look through the folders brought, for all libraries together."""
    results = found.values()
    states = [film.match.state for film in films if film.match is not None and film.state != "done"]
    fitting = {m.path for one in results for m in one.matches if m.path is not None and m.state == "matched"}
    others = {m.path for one in results for m in one.matches if m.path is not None and m.state == "other"}
    unasked = {path for one in results for path in one.unasked} - fitting
    broken = {path: error for one in results for path, error in one.broken}
    looked = {folder for one in results for folder in one.folders}
    absent = tuple(path for path, error in broken.items() if path in looked and error.code == "path_missing")
    damaged = {m.path for one in results for m in one.matches if m.state == "damaged"}
    return Summary(
        blocks=len(fitting | unasked),
        seconds=sum(one.seconds for one in results),
        matched=states.count("matched"),
        other=states.count("other"),
        damaged=states.count("damaged"),
        missing=states.count("missing"),
        unasked=len(unasked - others),
        absent=absent,
        unreadable=len(set(broken) - set(absent) - damaged),
    )


def day(moment: float | None) -> str:
    """A moment in words, "" where it is not known."""
    return "" if moment is None else amounts.clock(moment)
