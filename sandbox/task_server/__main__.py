"""``python -m sandbox.task_server``: start the stand-in and say on stdout when it listens."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from sandbox.serving import announce
from sandbox.task_server.accounts import Seed, parse_seed
from sandbox.task_server.serve import TaskServer

TOKENS_VARIABLE = "SANDBOX_TOKENS"


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0: the system chooses one.")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where the state is kept."
)
@click.option(
    "--token",
    "tokens",
    multiple=True,
    metavar="ROLE[=NAME]:TOKEN",
    help=f"A token to begin with; ROLE is seller, buyer, seller+buyer or none. Also in {TOKENS_VARIABLE}, "
    "separated by spaces.",
)
@click.option(
    "--port-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the port there once listening.",
)
def main(port: int, data: Path, tokens: tuple[str, ...], port_file: Path | None) -> None:
    """Play the studio's task server on 127.0.0.1, for tests and the demo."""
    seeds = _seeds([*os.environ.get(TOKENS_VARIABLE, "").split(), *tokens])

    def listening(url: str) -> None:
        if port_file is not None:
            _write_whole(port_file, url.rpartition(":")[2])
        announce(url)

    try:
        server = TaskServer(data, port=port, on_listening=listening)
    except OSError as error:
        raise click.ClickException(f"can't start: {error}") from error
    try:
        server.seed(seeds)
    except ValueError as error:
        server.close()
        raise click.ClickException(str(error)) from error
    server.serve_until_stopped()


def _seeds(texts: list[str]) -> list[Seed]:
    try:
        return [parse_seed(text) for text in texts]
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _write_whole(path: Path, text: str) -> None:
    """Who waits for the file must never read half of it."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(text)
    Path(file.name).replace(path)


if __name__ == "__main__":
    main()
