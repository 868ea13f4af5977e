"""Requests that wait for a person's yes: links from the browser, and what a person begins in the window.

A link's token stays here. The window gets a request's number and what may be shown; nothing is done, and
the token is not even kept, before `accept_…` is called for that number.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from app.api_client import Task
from app.domain.errors import (
    NoFilms,
    NotEncrypted,
    NoToken,
    PathMissing,
    QuestionOver,
    ReelkeyError,
    SourceGone,
    TooManyLinks,
    UsageError,
)
from app.domain.status import TaskKind
from app.jobs import choose
from app.jobs.preflight import check_folder, check_room_for_films, warn_of
from app.jobs.release import Matches, journal_releases, match_blocks
from app.journal import Run, TaskRow
from app.launch.link import LinkRequest, parse_link
from app.media.child import probe
from app.media.facts import MediaFacts
from app.net.hosts import is_plain_http_beyond_loopback
from app.settings.servers import resolve_server
from app.ui.disks import Disks
from app.ui.finds import in_home, kept_places, room_at, shown_matches
from app.ui.messages import (
    Account,
    Begun,
    BlocksFound,
    FilmFound,
    FilmsFound,
    Request,
    Room,
)
from app.ui.pace import pace_of

if TYPE_CHECKING:
    from app.ui.engine import Engine

log = logging.getLogger(__name__)
# Any page can open links: no more wait for an answer.
_MOST_LINKS = 20
# So much is named of what a folder holds besides films.
_NAMED = 500


@dataclass(slots=True)
class _Waiting:
    """A request with its token, which never leaves this place in clear. Setting `look` ends the last look for
    its films."""

    shown: Request
    token: SecretStr | None = None
    look: threading.Event = field(default_factory=threading.Event)

    def is_for(self, request: Request, token: str) -> bool:
        """Whether this one came by a link that asks for the same, in the same name."""
        mine, same = self.shown, self.token is not None and self.token.get_secret_value() == token
        asked = (mine.action, mine.server, mine.series_id, mine.source_id, mine.folders)
        return same and asked == (
            request.action, request.server, request.series_id, request.source_id, request.folders
        )  # fmt: skip


class Requests:
    """The engine's requests, by number."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # Not those of an engine's process before this one: a question that it asked may be open still.
        self._numbers = itertools.count(secrets.randbelow(1 << 30))
        self._waiting: dict[int, _Waiting] = {}
        self._matches: dict[str, dict[int, tuple[Task, Path]]] = {}
        self._disks = Disks()
        # One yes after the other: what was chosen by the first is seen by the second.
        self._answering = asyncio.Lock()

    # --- how a request comes -------------------------------------------------------------------------

    async def of_link(self, text: str) -> Request:
        """Take a link apart. Touches neither disk nor network. One that asks for the very same as another
        that waits for its answer is that request, its number too. Raises LinkRefused, NoServer,
        TooManyLinks."""
        settings = self._engine.place.settings
        link = parse_link(text, list(settings.servers()))
        origin = resolve_server(link.server or self._engine.server, settings)
        request = self._of_link(link, origin)
        for waiting in self._waiting.values():
            if waiting.is_for(request, link.token):
                return waiting.shown  # the button was pressed twice: one question
        if sum(waiting.shown.from_link for waiting in self._waiting.values()) >= _MOST_LINKS:
            raise TooManyLinks(most=_MOST_LINKS)
        log.info("a link asks for %s", link.action)
        return self._keep(request, link.token)

    def _of_link(self, link: LinkRequest, origin: str) -> Request:
        folders = (in_home(link.folder),) if link.folder else ()
        return Request(
            0,
            link.action,
            origin,
            series_id=link.series_id,
            source_id=link.source_id,
            folders=folders,
        )

    async def of_person(self, action: str, folders: Sequence[Path] = ()) -> Request:
        """A request that a person begins here, at the library that is set. Raises NoServer."""
        origin = resolve_server(self._engine.server, self._engine.place.settings)
        series = None
        if action == "upload":
            rows = await self._engine.place.desk.journal.all()
            series = next((row.series_id for row in reversed(rows) if row.series_id is not None), None)
        request = Request(0, action, origin, series_id=series, folders=tuple(folders), from_link=False)
        return self._keep(request, None)

    def _keep(self, request: Request, token: str | None) -> Request:
        name = self._engine.name_of(request.server)
        shown = replace(
            request,
            number=next(self._numbers),
            server_name=name,
            known=bool(name) or request.server == self._default(),
            encrypted=not is_plain_http_beyond_loopback(request.server),
        )
        self._waiting[shown.number] = _Waiting(shown, None if token is None else SecretStr(token))
        return shown

    def _default(self) -> str:
        with suppress(ReelkeyError):
            return resolve_server(self._engine.server, self._engine.place.settings)
        return ""

    def close(self) -> None:
        """The profile is closed: nobody looks for films any more."""
        for waiting in self._waiting.values():
            waiting.look.set()
        self._disks.close()

    async def drop(self, number: int) -> None:
        """A person said no: the request and its token are forgotten, and nobody looks for its films."""
        self._done(number)

    def _of(self, number: int) -> _Waiting:
        """The request of that number. Raises QuestionOver where it was answered already."""
        if number not in self._waiting:
            raise QuestionOver
        return self._waiting[number]

    # --- what is shown before the yes ----------------------------------------------------------------

    async def account(self, number: int) -> Account:
        """Whom the request's sign-in names, beside the one kept so far. Where the way there is not encrypted
        nobody is asked before the yes. Raises QuestionOver where it was answered already."""
        waiting = self._of(number)
        token = None if waiting.token is None else waiting.token.get_secret_value()
        return await self._engine.accounts.behind(waiting.shown.server, token)

    async def films(self, number: int, folders: Sequence[Path]) -> FilmsFound:
        """The films in `folders`, and which of them were sent before. The look ends with the question, or
        where another begins for it. Raises QuestionOver where the request was answered already."""
        waiting, desk = self._of(number), self._engine.place.desk
        origin = waiting.shown.server
        waiting.look.set()
        waiting.look = threading.Event()
        try:
            scan = await self._disks.find_films(folders, desk.preferences.films, waiting.look)
        except ReelkeyError as error:
            return FilmsFound(error=error)
        found = []
        for film in scan.films:
            rows = await desk.journal.of_source(TaskKind.UPLOAD, origin, source_path=str(film.path))
            sent = [
                row.updated
                for row in rows
                if row.run is Run.DONE and (row.size, row.mtime_ns) == (film.size, film.mtime_ns)
            ]
            found.append(FilmFound(film.path, film.size, film.folder, max(sent, default=None)))
        return FilmsFound(
            tuple(found),
            tuple(scan.skipped[:_NAMED]),
            tuple(scan.refused[:_NAMED]),
            more_skipped=max(0, len(scan.skipped) - _NAMED),
            more_refused=max(0, len(scan.refused) - _NAMED),
        )

    async def facts(self, film: Path) -> MediaFacts:
        """Codec, resolution and the like of a film, as far as they can be read."""
        return await probe(film)

    async def room(self, path: Path | None, beside: Path | None = None) -> Room:
        """Room at `path` (None: where the node keeps its blocks); whether `beside` is on the same disk."""
        folder = path or self._engine.place.desk.repo_dir
        return await self._disks.ask(room_at, folder, beside)

    async def pace(self) -> float | None:
        """How fast films were sealed and stored here lately, in bytes per second; None before the first."""
        return await pace_of(self._engine.place.desk.journal)

    # --- the yes -------------------------------------------------------------------------------------

    async def accept_upload(
        self,
        number: int,
        folders: Sequence[Path],
        films: Sequence[Path],
        private_dir: Path,
        series_id: int,
    ) -> Begun:
        """Send `films`, which `films()` found in `folders`; those that were sent before once more.

        Raises what stands in the way: then nothing has begun and the request waits on.
        """
        self._of(number)
        desk = self._engine.place.desk
        scan = await self._disks.find_films(folders, desk.preferences.films, threading.Event())
        async with self._answering:
            request = self._of(number).shown
            wanted = set(films)
            chosen = [film for film in scan.films if film.path in wanted]
            if not chosen:
                raise NoFilms(path=", ".join(str(folder) for folder in folders))
            gone = wanted - {film.path for film in chosen}
            if gone:
                raise PathMissing(path=str(min(gone)))
            await asyncio.to_thread(check_folder, private_dir)
            await asyncio.to_thread(check_room_for_films, desk, [film.size for film in chosen], private_dir)
            not_kept = await self._sign_in(number)
            rows = (
                await choose.choose_uploads(desk, request.server, series_id, chosen, private_dir, again=True)
            ).rows
            for row in rows:
                warn_of(desk, row)
            self._begun(number, rows)
        return Begun(tuple(rows), not_kept)

    async def accept_download(self, number: int, output: Path, *, overwrite: bool = False) -> Begun:
        """Receive the film. Raises TargetUnwritable, KeyringLocked and the like."""
        async with self._answering:
            request = self._of(number).shown
            if request.source_id is None:
                raise UsageError(reason="source_id")
            await asyncio.to_thread(check_folder, output)
            not_kept = await self._sign_in(number)
            desk = self._engine.place.desk
            chosen = await choose.choose_downloads(
                desk, request.server, [request.source_id], output, overwrite=overwrite
            )
            self._begun(number, chosen.rows)
        return Begun(tuple(chosen.rows or chosen.done), not_kept)

    def _begun(self, number: int, rows: Sequence[TaskRow]) -> None:
        self._done(number)
        self._engine.start(rows)
        self._engine.looks.look_now()

    async def accept_sign_in(self, number: int) -> Begun:
        """Keep the sign-in of the request and nothing else: for private links, which release nothing yet."""
        async with self._answering:
            not_kept = await self._sign_in(number)
            self._done(number)
        return Begun(not_kept=not_kept)

    async def _sign_in(self, number: int) -> ReelkeyError | None:
        """Use the request's sign-in from now on; why it lasts only until this process ends, if it does."""
        waiting = self._of(number)
        accounts, origin = self._engine.accounts, waiting.shown.server
        accounts.agree(origin)
        not_kept = None
        if waiting.token is not None:
            not_kept = await accounts.keep(origin, waiting.token.get_secret_value())
        elif not await accounts.token(origin):
            raise NoToken(server=origin)
        if waiting.token is not None or not waiting.shown.encrypted:
            self._engine.spawn(accounts.signed_in(origin))
        return not_kept

    async def keep_sign_in(self, origin: str) -> ReelkeyError | None:
        """Keep the sign-in that lasts until this process ends. Why that can't be; None where it is kept."""
        return await self._engine.accounts.keep_again(origin)

    def _done(self, number: int) -> None:
        waiting = self._waiting.pop(number, None)
        if waiting is not None:
            waiting.look.set()

    # --- private blocks ------------------------------------------------------------------------------

    async def find_blocks(self, origin: str, folders: Sequence[Path]) -> BlocksFound:
        """Look through `folders` for the blocks that are due at `origin`. Raises NotEncrypted where a yes to
        the way there is lacking, and what the look itself meets."""
        begun = time.monotonic()
        engine = self._engine
        if not engine.accounts.may_ask(origin):
            raise NotEncrypted(server=origin)
        tasks = {task.id: task for task in await engine.looks.due_once(origin)}
        matches = await self._disks.ask(match_blocks, engine.looks.listed(origin), list(folders))
        # Two looks may go on at once, and a person releases what either of them found.
        self._matches.setdefault(origin, {}).update({task.id: (task, path) for task, path in matches.pairs})
        kept = kept_places(await engine.place.desk.journal.all(), origin)
        found = await self._disks.ask(shown_matches, tasks, matches, kept)
        return BlocksFound(
            tuple(folders),
            tuple(found),
            len(matches.unmatched) + len({path for _, path in matches.pairs}),
            tuple(matches.unmatched),
            tuple(matches.broken),
            time.monotonic() - begun,
        )

    async def release(self, origin: str, task_ids: Sequence[int]) -> list[TaskRow]:
        """Hand over the private blocks that `find_blocks` matched to these tasks. Raises SourceGone where one
        is not there any more: then none of them is."""
        found = self._matches.get(origin, {})
        pairs = [found[one] for one in dict.fromkeys(task_ids) if one in found]
        desk = self._engine.place.desk
        async with self._answering:
            for _, path in pairs:
                if not await asyncio.to_thread(path.is_file):
                    raise SourceGone(path=str(path))
            rows = await journal_releases(desk, origin, Matches(pairs=pairs))
        self._engine.start(rows)
        self._engine.looks.look_now()
        return rows
