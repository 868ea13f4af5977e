"""``python -m sandbox.clouds.drive``: start the stand-in and say on stdout when it listens, and where."""

from __future__ import annotations

import click
from pydantic import ValidationError

from sandbox.clouds.drive.app import build
from sandbox.clouds.drive.settings import Settings
from sandbox.serving import StandIn, announce


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0: the system chooses one.")
@click.option("--settings", "given", default="{}", metavar="JSON", help='Like {"consent": "allow"}.')
def main(port: int, given: str) -> None:
    """Play Google Drive and its sign-in on 127.0.0.1, for tests, benchmarks and the window's pictures."""
    try:
        settings = Settings.model_validate_json(given)
    except ValidationError as error:
        raise click.UsageError(str(error)) from error
    try:
        server = StandIn(
            lambda abort, origin: build(abort, origin, settings), port=port, on_listening=announce
        )
    except OSError as error:
        raise click.ClickException(f"can't start: {error}") from error
    server.serve_until_stopped()


if __name__ == "__main__":
    main()
