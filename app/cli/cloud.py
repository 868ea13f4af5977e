"""`reelkey cloud …`: destinations, accounts, and exports of films and galleries to them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import click

from app.bootstrap import Workplace
from app.cli.cloud_sign_in import LoginGroup
from app.cli.context import Command
from app.cli.exits import exit_code
from app.cli.export_lines import (
    account_fields,
    account_line,
    export_fields,
    export_line,
    kind_fields,
    kind_text,
)
from app.cli.printers import table
from app.cli.stdin import read_line
from app.cloud.destination import Entry
from app.cloud.kinds import kinds
from app.domain.errors import ReelkeyError, size_words
from app.domain.events import warned
from app.domain.words import N_, tr
from app.gallery.request import GalleryRequest, mismatch
from app.jobs.exports.desk import Which
from app.journal.exports import ExportRow, Tally

Work = Callable[[Command], Awaitable[int]]
_IDS = click.argument("ids", metavar="ID...", nargs=-1, required=True)


@click.group()
def cloud() -> None:
    """Export films, blocks and galleries to clouds."""


@cloud.command()
def destinations() -> Work:
    """The clouds there are, with their options."""

    async def work(command: Command) -> int:
        found = list(kinds().values())
        fields = {"destinations": [kind_fields(kind) for kind in found]}
        command.printer.result(True, fields, kind_text(found))
        return 0

    return work


@cloud.group(cls=LoginGroup)
def login() -> None:
    """Sign in to an account: reelkey cloud login KIND. Secrets are asked for, never arguments."""


@cloud.command()
@click.argument("account")
def logout(account: str) -> Work:
    """Forget a sign-in, here and at the cloud."""

    async def work(command: Command) -> int:
        async with command.workplace() as place:
            row = await place.exports.account(account)
            left = await place.exports.sign_out(row.number)
        fields = {"account": account_fields(left, kinds())} if left is not None else {"account": None}
        command.printer.result(True, fields, tr(N_("Signed out")))
        return 0

    return work


@cloud.command(name="set")
@click.argument("account")
@click.argument("option")
@click.argument("value")
def set_option(account: str, option: str, value: str) -> Work:
    """Change an option of an account, as shown by destinations: its rate, files at once."""

    async def work(command: Command) -> int:
        async with command.workplace() as place:
            row = await place.exports.account(account)
            row = await place.exports.set_options(row.number, {option: value})
        command.printer.result(
            True, {"account": account_fields(row, kinds())}, f"{option}: {row.options.get(option, '')}"
        )
        return 0

    return work


@cloud.command(name="ls")
@click.argument("account")
@click.argument("folder", default="")
def list_folder(account: str, folder: str) -> Work:
    """What lies in a folder of an account."""

    async def work(command: Command) -> int:
        async with command.workplace() as place:
            row = await place.exports.account(account)
            entries = await place.exports.browse(row.number, folder)
        lines = [
            (entry.name + ("/" if entry.is_folder else ""), size_words(entry.size) if entry.size else "")
            for entry in entries
        ]
        command.printer.result(True, {"entries": [_entry_fields(one) for one in entries]}, table(lines))
        return 0

    return work


def _entry_fields(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "name": entry.name,
        "folder": entry.is_folder,
        "size": entry.size,
        "hashes": dict(entry.hashes),
        "link": entry.link,
    }


# --- exporting ---------------------------------------------------------------------------------------


@cloud.command()
@click.argument("account")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--to", "folder", default="", help="the folder there, A/B; without: the account's top")
@click.option("--film", "films", multiple=True, metavar="ID", help="a film of the journal, opened or its own")
@click.option("--public", multiple=True, metavar="ID", help="a film's public block")
@click.option("--private", multiple=True, metavar="ID", help="a film's private block")
@click.option("--gallery", metavar="URL", help="a gallery's archive address; - reads it from standard input")
@click.option("--gallery-name", default="", help="the folder that the gallery gets")
@click.option(
    "--gallery-type",
    type=click.Choice(["webs", "originals"]),
    help="what the gallery's service is told; which photos come is decided by the address",
)
@click.option("--gallery-host", default="", help="the gallery service's main host, where it is another")
@click.option("--title", default="", help="what the export is called here")
def export(
    account: str,
    paths: Sequence[Path],
    folder: str,
    films: Sequence[str],
    public: Sequence[str],
    private: Sequence[str],
    gallery: str | None,
    gallery_name: str,
    gallery_type: str | None,
    gallery_host: str,
    title: str,
) -> Work:
    """Send files, folders, films, blocks or a gallery to an account."""
    wanted: list[tuple[str, Which]] = [(one, "film") for one in films]
    wanted += [(one, "public") for one in public]
    wanted += [(one, "private") for one in private]
    if bool(gallery) == bool(paths or wanted):
        raise click.UsageError("reelkey cloud export ACCOUNT PATH...  |  --film ID  |  --gallery URL")

    async def work(command: Command) -> int:
        async with command.workplace() as place:
            number = (await place.exports.account(account)).number
            if gallery is not None:
                address = _address(gallery)
                request = GalleryRequest.parse(address, gallery_name, gallery_type or "", gallery_host)
                if others := mismatch(address, request.archive_type):
                    command.printer.event(warned(others))
                row = await place.exports.order_gallery(number, folder, request.to_fields(), title=title)
            else:
                row = await _order(place, number, folder, paths, wanted, title)
            return await _run(command, place, [row])

    return work


def _address(given: str) -> str:
    return read_line() if given == "-" else given


async def _order(
    place: Workplace,
    account: int,
    folder: str,
    paths: Sequence[Path],
    wanted: Sequence[tuple[str, Which]],
    title: str,
) -> ExportRow:
    films = [((await place.desk.journal.find(one)).number, which) for one, which in wanted]
    absolute = [path.expanduser().absolute() for path in paths]
    return await place.exports.order_films(account, folder, paths=absolute, films=films, title=title)


async def _run(command: Command, place: Workplace, rows: Sequence[ExportRow]) -> int:
    outcomes = await place.exports.run([row.number for row in rows]) if rows else []
    code = exit_code([outcome.error for outcome in outcomes])
    fields = [export_fields(one.export, one.tally, one.error) for one in outcomes]
    lines = [export_line(one.export, one.tally) for one in outcomes]
    command.printer.result(code == 0, {"exports": fields}, table(lines))
    return code


# --- what goes on ------------------------------------------------------------------------------------


@cloud.command()
@click.argument("ids", metavar="[ID...]", nargs=-1)
def status(ids: Sequence[str]) -> Work:
    """Accounts, and how exports stand."""

    async def work(command: Command) -> int:
        async with command.workplace() as place:
            accounts = await place.exports.accounts()
            rows = [await place.exports.export(one) for one in ids] or await place.exports.exports()
            tallies = await place.exports.tallies([row.number for row in rows])
        fields = {
            "accounts": [account_fields(row, kinds()) for row in accounts],
            "exports": [export_fields(row, tallies.get(row.number, Tally())) for row in rows],
        }
        parts = [
            table([account_line(row, kinds()) for row in accounts]),
            table([export_line(row, tallies.get(row.number, Tally())) for row in rows]),
        ]
        nothing = tr(N_("No account yet; reelkey cloud login adds one"))
        command.printer.result(True, fields, "\n\n".join(part for part in parts if part) or nothing)
        return 0

    return work


@cloud.command()
@click.argument("ids", metavar="[ID...]", nargs=-1)
def resume(ids: Sequence[str]) -> Work:
    """Go on with exports that are unfinished, or that left something to be done when they ended."""

    async def work(command: Command) -> int:
        async with command.workplace() as place:
            if ids:
                rows = [await place.exports.export(one) for one in ids]
            else:
                rows = await place.exports.unfinished()
            return await _run(command, place, rows)

    return work


@cloud.command()
@_IDS
def retry(ids: Sequence[str]) -> Work:
    """Send the files of exports that failed once more."""

    async def work(command: Command) -> int:
        async with command.workplace() as place:
            rows = [await place.exports.export(one) for one in ids]
            again = [await place.exports.retry(row.number) for row in rows]
            return await _run(command, place, again)

    return work


def _each(ids: Sequence[str], act: Callable[[Workplace, ExportRow], Awaitable[ExportRow]]) -> Work:
    """Do `act` with each export; one that can't does not keep the others from it."""

    async def work(command: Command) -> int:
        errors: list[ReelkeyError] = []
        rows: list[ExportRow] = []
        async with command.workplace() as place:
            for one in ids:
                try:
                    rows.append(await act(place, await place.exports.export(one)))
                except ReelkeyError as error:
                    errors.append(error)
                    command.printer.error(error)
            tallies = await place.exports.tallies([row.number for row in rows])
        code = exit_code(errors)
        fields = [export_fields(row, tallies.get(row.number, Tally())) for row in rows]
        lines = [export_line(row, tallies.get(row.number, Tally())) for row in rows]
        command.printer.result(code == 0, {"exports": fields}, table(lines))
        return code

    return work


@cloud.command()
@_IDS
def pause(ids: Sequence[str]) -> Work:
    """Stop exports and keep all that was sent."""
    return _each(ids, lambda place, row: place.exports.pause(row.number))


@cloud.command()
@_IDS
def cancel(ids: Sequence[str]) -> Work:
    """Give exports up: unfinished files are removed at the cloud, whole ones stay."""
    return _each(ids, lambda place, row: place.exports.cancel(row.number))


@cloud.command()
@_IDS
def forget(ids: Sequence[str]) -> Work:
    """Take finished exports off the list. What was sent stays."""

    async def act(place: Workplace, row: ExportRow) -> ExportRow:
        await place.exports.forget(row.number)
        return row

    return _each(ids, act)


@cloud.command()
@click.argument("id_", metavar="ID")
@click.option("--csv", "target", type=click.Path(path_type=Path), help="write it as a table to this file")
def report(id_: str, target: Path | None) -> Work:
    """What was sent, what was there already, what failed and why."""

    async def work(command: Command) -> int:
        async with command.workplace() as place:
            row = await place.exports.export(id_)
            found = await place.exports.report(row.number)
        if target is not None:
            await asyncio.to_thread(found.save_csv, target, replace=False)
        fields = found.as_dict()
        lines = [
            (one["name"], one["outcome"], (one["error"] or {}).get("message", "")) for one in fields["files"]
        ]
        command.printer.result(True, {"report": fields}, table(lines))
        return 0

    return work


COMMANDS = [cloud]
