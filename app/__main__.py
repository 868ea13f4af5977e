"""Where every run of Reelkey begins: the window, or the command line. Also `python -m app`.

Which of the two is settled here, and Qt is loaded only for the window.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

from app import CHILD_FLAG
from app.cli.arguments import take_apart
from app.domain.errors import EXIT_FAILED, NoScreen, ReelkeyError
from app.domain.words import set_language
from app.launch.link import is_link

# The children of a frozen program: what runs, by the module's name.
_CHILDREN = {
    "app.media": "app.media.__main__",
    "app.ui.posters": "app.ui.posters.__main__",
    "app.ui.engine_process": "app.ui.engine_process",
}


def run() -> None:
    """The console script."""
    try:
        code = main(sys.argv[1:])
        if sys.stdout is not None:  # a window without a console has none
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`): nothing more can be said, and nothing is wrong here.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = EXIT_FAILED
    sys.exit(code)


def main(argv: Sequence[str]) -> int:
    """Run what `argv` (without the program) asks for; the exit code."""
    if len(argv) > 1 and argv[0] == CHILD_FLAG and argv[1] in _CHILDREN:
        return int(import_module(_CHILDREN[argv[1]]).main(argv[2:]))
    wanted = window_arguments(argv)
    if wanted is None:
        # What is imported stays: to look through it for garbage took a quarter of the start, and of the end.
        collecting = gc.isenabled()
        gc.disable()
        from app.cli.main import main as command_line  # noqa: PLC0415 - the window needs none of it

        gc.freeze()
        if collecting:
            gc.enable()
        return command_line(argv)
    try:
        if not has_screen(os.environ, sys.platform):
            raise NoScreen
        from app.ui.main import run_window  # noqa: PLC0415 - Qt, and only for the window

        return run_window(wanted)
    except ReelkeyError as error:
        return _fail(argv, error)


def window_arguments(argv: Sequence[str]) -> list[str] | None:
    """What the window is given; None where the command line is meant.

    The window is meant by no command, by the command `window`, and by one argument that is a link. That one
    is told by its scheme before anything is read as an option: a browser hands over whatever a page wrote.
    """
    if len(argv) == 1 and is_link(argv[0]):
        return list(argv)
    options, rest, lacking = take_apart(argv)
    terminal = options.json or options.yes or options.token_stdin
    if lacking is not None or terminal or rest not in ([], ["window"]):
        return None
    given = {"--profile": options.profile, "--server": options.server, "--lang": options.lang}
    return [part for name, value in given.items() if value is not None for part in (name, value)]


def has_screen(env: Mapping[str, str], platform: str) -> bool:
    """Whether a window can be seen; only on X11 and Wayland may there be none."""
    if not platform.startswith(("linux", "freebsd")):
        return True
    return any(env.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _fail(argv: Sequence[str], error: ReelkeyError) -> int:
    """Say on stderr why there is no window."""
    from app.cli.printers import printer_for  # noqa: PLC0415 - only here

    set_language(take_apart(argv)[0].lang)
    printer_for(as_json=False).error(error)
    return error.exit_code


if __name__ == "__main__":
    run()
