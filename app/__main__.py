"""python -m app: the command line; hands a link to `open`."""

from app.cli.main import run

if __name__ == "__main__":
    run()
