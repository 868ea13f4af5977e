"""``python -m sandbox.clouds.mega``: start the stand-in and say on stdout where it listens."""

from __future__ import annotations

import click

from sandbox.clouds.mega.app import build
from sandbox.serving import StandIn, announce


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0: the system chooses one.")
def main(port: int) -> None:
    """Play MEGA on 127.0.0.1, for tests and the demo. Accounts are made by POST /_control/accounts."""
    try:
        server = StandIn(build, port=port, on_listening=announce)
    except OSError as error:
        raise click.ClickException(f"can't start: {error}") from error
    server.serve_until_stopped()


if __name__ == "__main__":
    main()
