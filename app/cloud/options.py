"""Options as data: a destination names what it wants to know, and the tab's form, the command's flags and
their checks build themselves from it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import OptionRefused
from app.domain.words import N_

_LONGEST = 4096


class Form(StrEnum):
    """How a value is written and asked for. ``SECRET`` is never an argument, shown or logged; ``RATE`` is
    bytes per second with a unit (``20M``; 0: no limit); ``FLAG`` is on or off."""

    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - the name of a form
    CHOICE = "choice"
    FLAG = "flag"
    NUMBER = "number"
    RATE = "rate"


class When(StrEnum):
    """When an option is asked: at sign-in, or as a property of the account that can be changed later."""

    SIGN_IN = "sign-in"
    ACCOUNT = "account"


class Effect(StrEnum):
    """What it means for exports that go on when an account's option changes. ``AT_ONCE``: the engine keeps to
    it from then on. ``CONNECTION``: the account is connected anew. ``PLACE``: files go to another place, so
    that neither its folders nor what was begun to be sent are those of before."""

    AT_ONCE = "at-once"
    CONNECTION = "connection"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Option:
    """One option. `title` and `help` are catalogue keys. `required`: no default will do. `least`/`most`
    bound a number. The flag is ``--name`` with dashes; a FLAG is written on or off. `effect` is for those
    that can be changed later."""

    name: str
    form: Form
    title: str
    help: str
    default: str = ""
    when: When = When.ACCOUNT
    required: bool = False
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 1_000_000
    effect: Effect = Effect.PLACE

    @property
    def secret(self) -> bool:
        return self.form is Form.SECRET

    def check(self, text: str) -> str:
        """`text` as it is kept; the default where it is empty. Raises OptionRefused."""
        value = text if self.secret else text.strip()
        if not value:
            if self.required:
                raise OptionRefused(option=self.name, reason=N_("it is needed"))
            return self.default
        if len(value) > _LONGEST:
            raise OptionRefused(option=self.name, reason=N_("it is too long"))
        if self.form is Form.CHOICE and value not in self.choices:
            raise OptionRefused(option=self.name, reason=" | ".join(self.choices))
        if self.form is Form.FLAG:
            return self._flag(value)
        if self.form is Form.NUMBER:
            return self._number(value)
        if self.form is Form.RATE:
            return str(bytes_per_second(value, self.name))
        return value

    def _flag(self, value: str) -> str:
        if value.lower() in ("on", "yes", "true", "1"):
            return "on"
        if value.lower() in ("off", "no", "false", "0"):
            return "off"
        raise OptionRefused(option=self.name, reason="on | off")

    def _number(self, value: str) -> str:
        if re.fullmatch(r"[0-9]{1,9}", value) is None or not self.least <= int(value) <= self.most:
            raise OptionRefused(option=self.name, reason=f"{self.least} – {self.most}")
        return str(int(value))


#: An account's bandwidth, shared by all that a process sends to it. The engine keeps to it, whatever the
#: destination.
BANDWIDTH = Option(
    "rate",
    Form.RATE,
    N_("Bandwidth"),
    N_("At most so many bytes a second by each running Reelkey, 20M for example; 0: no limit"),
    default="0",
    effect=Effect.AT_ONCE,
)


def files_at_once(default: int) -> Option:
    """How many files of an account are sent side by side. The engine keeps to it."""
    return Option(
        "files-at-once",
        Form.NUMBER,
        N_("Files at once"),
        N_("How many are sent side by side by each running Reelkey"),
        default=str(default),
        least=1,
        most=16,
        effect=Effect.AT_ONCE,
    )


def bytes_per_second(text: str, name: str) -> int:
    """``20M``, ``1.5 MB``, ``800k``, ``0`` as bytes per second (units of 1000). Raises OptionRefused."""
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*([kKmMgG]?)(?:[bB](?:/s)?)?", text.strip())
    if found is None:
        raise OptionRefused(option=name, reason=N_("a rate looks like 20M or 800k"))
    return int(float(found[1]) * {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}[found[2].lower()])


def check_all(options: Sequence[Option], given: Mapping[str, str]) -> dict[str, str]:
    """Every option's value: what was given, checked, else its default. Raises OptionRefused, for unknown
    names too."""
    known = {option.name for option in options}
    for name in given:
        if name not in known:
            raise OptionRefused(option=name, reason=N_("there is no such option"))
    return {option.name: option.check(given.get(option.name, "")) for option in options}


def effects_of(options: Sequence[Option], before: Mapping[str, str], after: Mapping[str, str]) -> set[Effect]:
    """What it means that an account's options were changed so."""
    return {
        option.effect
        for option in options
        if option.when is When.ACCOUNT and _value(option, before) != _value(option, after)
    }


def place_of(options: Sequence[Option], values: Mapping[str, str]) -> str:
    """Where an account's files go by its options; "" the usual place."""
    named = [
        f"{option.name}={_value(option, values)}"
        for option in options
        if option.when is When.ACCOUNT and option.effect is Effect.PLACE
        if _value(option, values) != option.default
    ]
    return "\n".join(named)


def _value(option: Option, values: Mapping[str, str]) -> str:
    return values.get(option.name, option.default)
