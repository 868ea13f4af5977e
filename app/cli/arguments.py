"""The arguments before click sees them: what is a link, and options that may stand anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_FLAGS = {"--json": "json", "--yes": "yes", "--token-stdin": "token_stdin"}
_VALUES = {"--profile": "profile", "--server": "server", "--lang": "lang"}
_SCHEME = "reelkey:"


@dataclass(slots=True)
class Everywhere:
    """The options that every command has."""

    profile: str | None = None
    server: str | None = None
    lang: str | None = None
    json: bool = False
    yes: bool = False
    token_stdin: bool = False


def take_apart(argv: Sequence[str]) -> tuple[Everywhere, list[str], str | None]:
    """(options for every command, the rest, the option that lacks its value or None).

    An argument that is a link is matched by its scheme before anything is read as an option: the browser
    hands over one argument, and no option must be smuggled in with it.
    """
    options = Everywhere()
    if argv and argv[0].lower().startswith(_SCHEME):
        return options, ["open", "--", argv[0]], None if len(argv) == 1 else argv[1]
    rest: list[str] = []
    arguments = iter(argv)
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if argument == "--":
            rest += [argument, *arguments]
        elif argument in _FLAGS:
            setattr(options, _FLAGS[argument], True)
        elif name in _VALUES:
            given = value if equals else next(arguments, None)
            if not given:
                return options, rest, name
            setattr(options, _VALUES[name], given)
        else:
            rest.append(argument)
    return options, rest, None
