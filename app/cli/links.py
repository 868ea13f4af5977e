"""`reelkey open URL`: what the browser's link does, in the terminal. Nothing is done before a yes."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import click

from app.bootstrap import Workplace
from app.cli.context import Command
from app.cli.films import receive_films, release_blocks, send_films
from app.cli.stdin import interruptible
from app.domain.errors import EXIT_OK, EXIT_USAGE, KeyringLocked, LinkRefused, PathMissing, UsageError
from app.domain.words import N_, tr
from app.jobs.scan import find_films
from app.launch.link import LinkRequest, parse_link
from app.settings.servers import resolve_server

Work = Callable[[Command], Awaitable[int]]
_LONGEST_LINE = 65_536


@click.command(name="open")
@click.argument("url")
@click.option("--check", is_flag=True, help="only show what the link asks for; - for URL reads a link a line")
def open_link(url: str, check: bool) -> Work:
    """Do what a link from the browser asks for, after a yes."""
    if url == "-" and not check:
        raise click.UsageError("open --check -")

    async def work(command: Command) -> int:
        if url == "-":
            with interruptible():
                return _check_each(command, _lines())
        request = parse_link(url, list(command.settings().servers()))
        _show(command, request)
        command.printer.also["request"] = request.public()
        if check:
            command.printer.result(True, {}, "")
            return EXIT_OK
        async with command.workplace() as place:
            return await _act(command, place, request)

    return work


def _check_each(command: Command, links: Iterator[bytes]) -> int:
    """One `request` or `error` for each link, in order, then the result."""
    names = list(command.settings().servers())
    code = EXIT_OK
    for link in links:
        try:
            _show(command, parse_link(link, names))
        except LinkRefused as error:
            command.printer.error(error)
            code = EXIT_USAGE
    command.printer.result(code == EXIT_OK, {}, "")
    return code


def _lines() -> Iterator[bytes]:
    """Lines of stdin without their end; one that is far too long is cut, and refused for its length."""
    stream = sys.stdin.buffer
    while line := stream.readline(_LONGEST_LINE):
        whole = line
        while not whole.endswith(b"\n") and (more := stream.readline(_LONGEST_LINE)):
            whole = more
        yield line.rstrip(b"\r\n")


def _show(command: Command, request: LinkRequest) -> None:
    fields = request.public()
    text = "  ".join(f"{name}: {value}" for name, value in fields.items())
    command.printer.line("request", {"request": fields}, text)


async def _act(command: Command, place: Workplace, request: LinkRequest) -> int:
    server = resolve_server(request.server or command.options.server, place.settings)
    command.need_encryption(server)
    place.use_token(server, request.token)
    user = await place.who_am_i(server)
    lines = [f"{tr(N_('Library'))}: {server}", f"{tr(N_('Account'))}: {user}"]
    if request.action == "upload":
        folder = Path(request.folder or "").expanduser()
        if not folder.is_absolute():  # another system's
            raise PathMissing(path=str(folder))
        private_dir = place.folder("private_dir")
        scan = find_films([folder], place.desk.preferences.films)
        lines += [f"{tr(N_('Folder'))}: {folder}", f"{tr(N_('Private blocks'))}: {private_dir}"]
        lines += [f"  {film.name}  {film.size}" for film in scan.films]
        _confirm(command, place, server, request, lines, tr(N_("Send these films?")))
        return await send_films(command, place, server, [folder], request.series_id or 0, private_dir)
    if request.action == "download":
        output = place.folder("output_dir")
        lines.append(f"{tr(N_('Folder'))}: {output}")
        _confirm(command, place, server, request, lines, tr(N_("Receive this film?")))
        return await receive_films(command, place, server, [request.source_id or 0], output)
    folders = place.private_folders()
    lines += [f"{tr(N_('Private blocks'))}: {folder}" for folder in folders]
    _confirm(command, place, server, request, lines, tr(N_("Release what buyers wait for?")))
    return await release_blocks(command, place, server, folders)


def _confirm(
    command: Command, place: Workplace, server: str, request: LinkRequest, lines: list[str], question: str
) -> None:
    """A yes, or nothing happens: not even the token is kept. Raises UsageError."""
    if place.replaces_token(server, request.token):
        lines.append(tr(N_("Your sign-in at this library will be replaced")))
    for line in lines:
        command.printer.line("question", {"text": line}, line)
    if not command.ask(question):
        raise UsageError(reason=N_("Nothing was done; --yes says yes"))
    try:
        place.keep_token(server, request.token)
    except KeyringLocked as error:  # the sign-in lasts for this command; the films go on
        command.printer.error(error)


COMMANDS = [open_link]
