"""The root of the tree, its texts and facts, and how an error is kept and said again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from app.domain.words import N_, tr

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_UNREACHABLE = 3
EXIT_TOKEN = 4
EXIT_INTERRUPTED = 130
# Facts that a catalogue key may stand in.
_WORDED = ("reason", "text")
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


class ReelkeyError(Exception):
    """The root: what happened, what is safe, what to do."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = EXIT_FAILED
    retry: ClassVar[bool] = False
    title_key: ClassVar[str] = N_("Something went wrong")
    message_key: ClassVar[str] = N_("{reason}")
    hint_key: ClassVar[str] = N_("Send us the diagnostics")

    def __init__(self, **facts: object) -> None:
        self.facts = {name: _short(value) for name, value in facts.items()}
        super().__init__(self.code)

    def __reduce__(self) -> tuple[object, ...]:
        return _made_again, (type(self), self.facts)

    @property
    def title(self) -> str:
        return tr(self.title_key, **self.facts)

    @property
    def reason(self) -> str:
        """The fact of that name, worded; "" where there is none."""
        return self._worded("reason")

    @property
    def message(self) -> str:
        words = {name: self._worded(name) for name in _WORDED if isinstance(self.facts.get(name), str)}
        return tr(self.message_key, **{**self.facts, **words})

    @property
    def hint(self) -> str:
        return tr(self.hint_key, **self.facts)

    def __str__(self) -> str:
        return f"{self.title}: {self.message}"

    def _worded(self, name: str) -> str:
        """A fact that may be a catalogue key with placeholders for the other facts: said in the language of
        now. What comes from outside is no key, and stays as it is."""
        words = str(self.facts.get(name, ""))
        said = tr(words)
        if "{" in said:
            for placeholder, value in self.facts.items():
                said = said.replace(f"{{{placeholder}}}", str(value))
        return said

    def as_dict(self) -> dict[str, object]:
        """The shape of ``--json`` and of the journal: code, title, message, hint, retry."""
        return {
            "code": self.code,
            "title": self.title,
            "message": self.message,
            "hint": self.hint,
            "retry": self.retry,
        }

    def record(self) -> dict[str, object]:
        """What the journal keeps: enough to say it again later, in whatever language is chosen then."""
        facts = {k: v if isinstance(v, int | float | str) else str(v) for k, v in self.facts.items()}
        return {"code": self.code, "facts": facts, "retry": self.retry}


def _made_again(kind: type[ReelkeyError], facts: dict[str, object]) -> ReelkeyError:
    """The error in another process: errors are made of facts alone."""
    return kind(**facts)


def revive(record: dict[str, object]) -> ReelkeyError:
    """The error that `record` was made of; one that this version does not know becomes the root."""
    facts = record.get("facts")
    known = {str(name): value for name, value in facts.items()} if isinstance(facts, dict) else {}
    for kind in _all_kinds(ReelkeyError):
        if kind.code == record.get("code"):
            return kind(**known)
    return ReelkeyError(
        reason=str(record.get("code", "")), **{k: v for k, v in known.items() if k != "reason"}
    )


def _all_kinds(root: type[ReelkeyError]) -> Iterator[type[ReelkeyError]]:
    yield root
    for kind in root.__subclasses__():
        yield from _all_kinds(kind)


def _short(value: object) -> object:
    """Facts come from outside too: cut what is long, and keep control and bidi marks from the terminal."""
    if not isinstance(value, str):
        return value
    clean = "".join("␣" if is_control(char) else char for char in value)
    return clean if len(clean) <= 500 else clean[:240] + " … " + clean[-240:]


def is_control(char: str) -> bool:
    """C0, C1, bidi and zero-width marks: characters that change how text around them is shown."""
    point = ord(char)
    return (
        point < 0x20
        or 0x7F <= point <= 0x9F
        or 0x200B <= point <= 0x200F
        or 0x2028 <= point <= 0x202E
        or 0x2066 <= point <= 0x2069
        or point in (0x061C, 0xFEFF)
    )


def size_words(count: object) -> str:
    """Bytes as on disks' labels, ``151.5 GB``; what is no number is said as it is."""
    if not isinstance(count, int) or isinstance(count, bool):
        return str(count or "")
    number, unit = float(count), 0
    while number >= 999.95 and unit < len(_UNITS) - 1:
        number /= 1000
        unit += 1
    return f"{number:.1f} {_UNITS[unit]}" if unit else f"{count} B"
