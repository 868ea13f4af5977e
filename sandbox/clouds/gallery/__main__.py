"""``python -m sandbox.clouds.gallery``: start the stand-in and say on stdout when it listens."""

from __future__ import annotations

from functools import partial

import click

from sandbox.clouds.gallery.app import build
from sandbox.serving import StandIn, announce


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0: the system chooses one.")
@click.option("--photos", type=click.IntRange(0, 100_000), default=12, help="How many its gallery has.")
@click.option("--albums", type=click.IntRange(0, 100), default=2, help="In how many folders.")
@click.option("--size", type=click.IntRange(0), default=0, help="Bytes of each photo; 0: various.")
def main(port: int, photos: int, albums: int, size: int) -> None:
    """Play a gallery service on 127.0.0.1, for tests and the demo."""
    made = partial(build, photos=photos, albums=albums, size=size)
    try:
        server = StandIn(made, port=port, on_listening=announce)
    except OSError as error:
        raise click.ClickException(f"can't start: {error}") from error
    server.serve_until_stopped()


if __name__ == "__main__":
    main()
