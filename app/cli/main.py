"""`reelkey …`: where a command begins and how it ends."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence

import click

from app import __version__
from app.cli import block, cloud, films, links, node, scheme, settings
from app.cli.arguments import take_apart
from app.cli.context import Command
from app.cli.exits import exit_code
from app.cli.printers import Printer, printer_for
from app.domain.errors import EXIT_OK, EXIT_USAGE, Internal, Interrupted, ReelkeyError, UsageError
from app.domain.words import set_language

log = logging.getLogger(__name__)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="reelkey")
@click.pass_context
def reelkey(context: click.Context) -> None:
    """Hand over film masters sealed: the bulk on IPFS, the key with the seller until the day of delivery.

    Without a command: the window.

    For every command: --profile DIR, --server URL|NAME, --lang zh|en, --json, --yes, --token-stdin.
    """
    if context.invoked_subcommand is None:
        raise click.UsageError(context.get_help())


for group in (films, node, block, cloud, settings, links, scheme):
    for command in group.COMMANDS:
        reelkey.add_command(command)


def main(argv: Sequence[str]) -> int:
    """Run one command; its exit code. Never raises, never prints a traceback."""
    options, rest, lacking = take_apart(argv)
    set_language(options.lang)
    printer = printer_for(as_json=options.json)
    try:
        if lacking is not None:
            raise UsageError(reason=lacking)
        if options.lang not in (None, "zh", "en"):
            raise UsageError(reason="--lang zh|en")
        work = _parse(rest)
        if work is None:
            return EXIT_OK
        return _execute(work, Command(options, printer))
    except ReelkeyError as error:
        return _fail(printer, error)
    except KeyboardInterrupt:
        return _fail(printer, Interrupted())
    except Exception as error:
        log.debug("a fault of ours", exc_info=True)
        return _fail(printer, Internal(kind=type(error).__name__))
    finally:
        printer.close()


def _parse(rest: Sequence[str]) -> Callable[[Command], Awaitable[int]] | None:
    """What click makes of the arguments: the command's work; None after ``--help``. Raises UsageError."""
    try:
        work = reelkey.main(args=list(rest), prog_name="reelkey", standalone_mode=False)
    except click.ClickException as error:
        raise UsageError(reason=error.format_message()) from error
    except click.Abort as error:
        raise Interrupted from error
    return work if callable(work) else None


def _execute(work: Callable[[Command], Awaitable[int]], command: Command) -> int:
    async def until_signalled() -> int:
        loop, current = asyncio.get_running_loop(), asyncio.current_task()
        assert current is not None  # noqa: S101 - inside a coroutine there is one
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, current.cancel)
            except NotImplementedError:  # Windows: Ctrl-C arrives as KeyboardInterrupt
                break
        return await work(command)

    try:
        return asyncio.run(until_signalled())
    except asyncio.CancelledError:
        raise Interrupted from None


def _fail(printer: Printer, error: ReelkeyError) -> int:
    printer.error(error)
    printer.result(False, {}, "")
    return exit_code([error]) or EXIT_USAGE
