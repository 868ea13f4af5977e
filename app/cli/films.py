"""The commands that move films: upload, download, release, resume, and what people do with what goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from app.bootstrap import Workplace
from app.cli.context import Command
from app.cli.exits import exit_code
from app.cli.fields import (
    download_fields,
    fields_of,
    film_table,
    nothing_yet,
    release_fields,
    task_fields,
    upload_fields,
)
from app.cli.printers import table
from app.domain.errors import Busy, ReelkeyError
from app.domain.words import N_, tr
from app.jobs import admin, choose
from app.jobs.download import download as download_story
from app.jobs.preflight import check_folder, check_room_for_uploads, check_server, warn_of
from app.jobs.release import due_tasks, journal_releases, match_blocks
from app.jobs.release import release as release_story
from app.jobs.runner import Outcome, Story
from app.jobs.scan import Scan, find_films
from app.jobs.stories import STORIES
from app.jobs.upload import upload as upload_story
from app.journal import TaskRow

Work = Callable[[Command], Awaitable[int]]
_ID = click.argument("ids", metavar="ID...", nargs=-1, required=True)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--series-id", required=True, type=click.IntRange(0, 10**16 - 1), help="the library's series")
@click.option(
    "--private-dir", required=True, type=click.Path(path_type=Path), help="keeps the private blocks"
)
@click.option("--again", is_flag=True, help="send films that were sent before once more")
def upload(paths: Sequence[Path], series_id: int, private_dir: Path, again: bool) -> Work:
    """Seal and send every film in each folder, or single files."""

    async def work(command: Command) -> int:
        async with command.workplace() as place:
            server = command.server(place)
            return await send_films(command, place, server, paths, series_id, private_dir, again=again)

    return work


async def send_films(
    command: Command,
    place: Workplace,
    server: str,
    paths: Sequence[Path],
    series_id: int,
    private_dir: Path,
    *,
    again: bool = False,
) -> int:
    """Everything that `upload` does; its exit code."""
    scan = find_films(paths, place.desk.preferences.films)
    folder = private_dir.expanduser().absolute()
    chosen = await choose.choose_uploads(place.desk, server, series_id, scan.films, folder, again=again)
    _tell_refused(command, scan)
    outcomes: list[Outcome] = []
    if chosen.rows:
        for row in chosen.rows:
            warn_of(place.desk, row)

        async def look_first() -> None:
            check_folder(folder)
            check_room_for_uploads(place.desk, chosen.rows, folder)
            await _preflight(command, place, server)

        work = [(row, upload_story) for row in chosen.rows]
        outcomes = await _looked_and_run(command, place, work, look_first)
        await place.announce_anew(server)
    return _end_of_upload(command, scan, chosen.done, outcomes)


def _tell_refused(command: Command, scan: Scan) -> None:
    for _, error in scan.refused:
        command.printer.error(error)


def _end_of_upload(command: Command, scan: Scan, done: list[TaskRow], outcomes: list[Outcome]) -> int:
    films = [upload_fields(outcome.task, outcome.error) for outcome in outcomes]
    films += [{**upload_fields(row), "skipped": True} for row in done]
    films += [
        {**nothing_yet(path, ("source_id", "hash", "size", "ip", "private_block")), "error": error.as_dict()}
        for path, error in scan.refused
    ]
    code = exit_code([*(o.error for o in outcomes), *(error for _, error in scan.refused)])
    fields = {"films": films, "skipped": [str(path) for path in scan.skipped]}
    command.printer.result(code == 0, fields, film_table(films))
    return code


@click.command()
@click.argument("source_ids", nargs=-1, required=True, type=click.IntRange(0, 10**16 - 1))
@click.option("--output", required=True, type=click.Path(path_type=Path), help="where the films go")
@click.option(
    "--wait", type=click.FloatRange(min=0), help="seconds to wait for the release; default: for ever"
)
@click.option("--overwrite", is_flag=True, help="replace files of the same name")
def download(source_ids: Sequence[int], output: Path, wait: float | None, overwrite: bool) -> Work:
    """Fetch films, wait for their release, open them into DIR/<folder>/<film>."""

    async def work(command: Command) -> int:
        async with command.workplace() as place:
            server = command.server(place)
            return await receive_films(command, place, server, source_ids, output, wait, overwrite=overwrite)

    return work


async def receive_films(
    command: Command,
    place: Workplace,
    server: str,
    source_ids: Sequence[int],
    output: Path,
    wait: float | None = None,
    *,
    overwrite: bool = False,
) -> int:
    """Everything that `download` does; its exit code."""
    folder = output.expanduser().absolute()
    chosen = await choose.choose_downloads(place.desk, server, source_ids, folder, overwrite=overwrite)
    outcomes: list[Outcome] = []
    if chosen.rows:

        async def look_first() -> None:
            check_folder(folder)
            await _preflight(command, place, server)

        story = partial(download_story, wait=wait)
        outcomes = await _looked_and_run(command, place, [(row, story) for row in chosen.rows], look_first)
    films = [download_fields(outcome.task, outcome.error) for outcome in outcomes]
    films += [{**download_fields(row), "skipped": True} for row in chosen.done]
    return _end(command, outcomes, {"films": films}, film_table(films))


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--list", "only_list", is_flag=True, help="show what is due, release nothing")
def release(folders: Sequence[Path], only_list: bool) -> Work:
    """Find the private blocks that buyers wait for in DIR, and hand them over."""
    if bool(folders) == only_list:
        raise click.UsageError("reelkey release DIR...  |  reelkey release --list")

    async def work(command: Command) -> int:
        async with command.workplace() as place:
            server = command.server(place)
            command.need_token(place, server)
            if only_list:
                await check_server(place.desk, server)
                return _list_due(command, await due_tasks(place.desk, server))
            return await release_blocks(command, place, server, folders)

    return work


async def release_blocks(command: Command, place: Workplace, server: str, folders: Sequence[Path]) -> int:
    """Everything that `release DIR...` does; its exit code."""
    await check_server(place.desk, server)
    due = await due_tasks(place.desk, server)
    looked_in = [folder.expanduser().absolute() for folder in folders]
    matches = await asyncio.to_thread(match_blocks, due, looked_in)
    rows = await journal_releases(place.desk, server, matches)
    for _, error in matches.broken:
        command.printer.error(error)
    outcomes: list[Outcome] = []
    if rows:
        await place.desk.rpc()
        outcomes = await place.runner.run([(row, release_story) for row in rows])
    blocks = [release_fields(outcome.task, outcome.error) for outcome in outcomes]
    text = film_table(blocks)
    blocks += [
        {
            **nothing_yet(path, ("source_id", "hash", "size")),
            "private_block": str(path),
            "error": error.as_dict(),
        }
        for path, error in matches.broken
    ]
    fields = {
        "blocks": blocks,
        "unmatched": [str(path) for path in matches.unmatched],
        "waiting": [task.id for task in matches.waiting],
    }
    return _end(command, outcomes, fields, text, [error for _, error in matches.broken])


def _list_due(command: Command, due: list[Any]) -> int:
    groups: dict[str, list[dict[str, object]]] = {}
    for task in due:
        groups.setdefault(task.file, []).append(
            {
                "task_id": task.id,
                "source_id": task.source_id,
                "series_id": task.series_id,
                "source_name": task.source_name,
                "status": int(task.status),
                "hash": task.hash,
                "created_at": task.created_at,
            }
        )
    fields = {"groups": [{"file": file, "tasks": tasks} for file, tasks in groups.items()]}
    lines = [
        line
        for file, tasks in groups.items()
        for line in [
            file,
            *(f"  {task['task_id']}  {task['source_name']}  {task['created_at']}" for task in tasks),
        ]
    ]
    text = "\n".join(lines) or tr(N_("Nothing to release"))
    command.printer.result(True, fields, text)
    return 0


@click.command()
def tasks() -> Work:
    """What this profile holds."""

    async def work(command: Command) -> int:
        async with command.workplace() as place:
            unsent = {report.task for report in await place.desk.journal.unsent() if report.error is None}
            rows = await place.desk.journal.all()
            fields = [task_fields(row, row.number in unsent) for row in rows]
            lines = [
                (
                    row.id,
                    str(row.remote_id or "–"),
                    row.run.value,
                    str(int(row.status)),
                    f"{row.percent} %",
                    row.source_name,
                )
                for row in rows
            ]
            command.printer.result(True, {"tasks": fields}, table(lines))
            return 0

    return work


def _going_on(ids: Sequence[str], *, failed_too: bool) -> Work:
    async def go_on(command: Command) -> int:
        async with command.workplace() as place:
            found = await choose.choose_unfinished(place.desk, ids, failed_too=failed_too)
            work: list[tuple[TaskRow, Story | None]] = [(row, STORIES[row.kind]) for row in found.rows]
            work += [(row, None) for row in found.owing]
            # What another window or terminal works on needs no resuming; asked for by name, it is an error.
            work = [one for one in work if ids or not place.leases.held_elsewhere(one[0].id)]
            command.choose_token(place, [row for row, _ in work])
            outcomes: list[Outcome] = []
            for server in dict.fromkeys(row.server for row, _ in work):
                mine = [one for one in work if one[0].server == server]
                outcomes += await _looked_and_run(
                    command, place, mine, partial(_preflight, command, place, server)
                )
                await place.announce_anew(server)
            await place.collect_owed()
            if not ids:  # somebody else took it up while we looked: that is not ours to complain of
                outcomes = [outcome for outcome in outcomes if not isinstance(outcome.error, Busy)]
            for error in found.refused:
                command.printer.error(error)
            films = [fields_of(outcome.task, outcome.error) for outcome in outcomes]
            return _end(command, outcomes, {"films": films}, film_table(films), found.refused)

    return go_on


@click.command()
@click.argument("ids", metavar="[ID...]", nargs=-1)
def resume(ids: Sequence[str]) -> Work:
    """Go on with what is unfinished, and with what failed where a retry can help."""
    return _going_on(ids, failed_too=False)


@click.command()
@_ID
def retry(ids: Sequence[str]) -> Work:
    """Try failed films again."""
    return _going_on(ids, failed_too=True)


def _each(
    ids: Sequence[str], act: Callable[[Command, Workplace, TaskRow], Awaitable[dict[str, object]]]
) -> Work:
    """Do `act` with each film; one that can't does not keep the others from it."""

    async def work(command: Command) -> int:
        errors: list[ReelkeyError] = []
        rows: list[TaskRow] = []
        films: list[dict[str, object]] = []

        def fail(error: ReelkeyError) -> None:
            errors.append(error)
            command.printer.error(error)

        async with command.workplace() as place:
            for one in ids:
                try:
                    rows.append(await place.desk.journal.find(one))
                except ReelkeyError as error:
                    fail(error)
            command.choose_token(place, rows)
            for row in rows:
                try:
                    films.append(await act(command, place, row))
                except ReelkeyError as error:
                    fail(error)
            await place.collect_owed()
        code = exit_code(errors)
        command.printer.result(code == 0, {"films": films}, film_table(films))
        return code

    return work


@click.command()
@_ID
def pause(ids: Sequence[str]) -> Work:
    """Stop work on films and keep all of it."""

    async def act(_: Command, place: Workplace, row: TaskRow) -> dict[str, object]:
        return fields_of(await admin.pause(place.desk, place.leases, row))

    return _each(ids, act)


@click.command()
@_ID
def cancel(ids: Sequence[str]) -> Work:
    """Give films up: reported as stopped, unfinished files removed."""

    async def act(command: Command, place: Workplace, row: TaskRow) -> dict[str, object]:
        if row.remote_id is not None:  # the library is told
            command.need_encryption(row.server)
        return fields_of(await admin.cancel(place.desk, place.leases, place.outbox, row))

    return _each(ids, act)


@click.command()
@_ID
def forget(ids: Sequence[str]) -> Work:
    """Take finished films off the list and let go of their sealed copies. Films and private blocks stay."""

    async def act(_: Command, place: Workplace, row: TaskRow) -> dict[str, object]:
        await admin.forget(place.desk, place.leases, row)
        return fields_of(row)

    return _each(ids, act)


@click.command()
@_ID
def free(ids: Sequence[str]) -> Work:
    """Unpin finished films' blocks and free their room on this computer."""

    async def act(_: Command, place: Workplace, row: TaskRow) -> dict[str, object]:
        freed = await admin.free(place.desk, place.leases, row)
        return {**fields_of(row), "freed": freed}

    return _each(ids, act)


# --- shared ------------------------------------------------------------------------------------------


async def _preflight(command: Command, place: Workplace, server: str) -> None:
    command.need_encryption(server)
    command.need_token(place, server)
    await check_server(place.desk, server)
    await place.desk.rpc()


async def _looked_and_run(
    command: Command,
    place: Workplace,
    work: Sequence[tuple[TaskRow, Story | None]],
    look_first: Callable[[], Awaitable[None]],
) -> list[Outcome]:
    """Run films after their pre-flight. What that finds stops all of them, journalled as they are."""
    try:
        await look_first()
    except ReelkeyError as error:
        command.printer.error(error)
        return [Outcome(row, error) for row, _ in work]
    outcomes = await place.runner.run(work)
    await place.collect_owed()
    return outcomes


def _end(
    command: Command,
    outcomes: Sequence[Outcome],
    fields: dict[str, object],
    text: str,
    more: Sequence[ReelkeyError] = (),
) -> int:
    code = exit_code([*(outcome.error for outcome in outcomes), *more])
    command.printer.result(code == 0, fields, text)
    return code


COMMANDS = [upload, download, release, tasks, resume, pause, retry, cancel, forget, free]
