"""The search language of ``q``: its documented terms for names, kinds, times, folders, flags and properties.

Operators of one level are worked off from left to right, as Google says; ``not`` binds to what follows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.clouds.drive.answers import Refused, invalid
from sandbox.clouds.drive.clock import parse_stamp
from sandbox.clouds.drive.store import Item

Test = Callable[[Item], bool]
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\]|\\['\\])*')
    | (?P<operator><=|>=|!=|=|<|>|\(|\)|\{|\})
    | (?P<word>[A-Za-z]+)
    )""",
    re.VERBOSE,
)
_FLAGS: dict[str, Test] = {
    "trashed": lambda item: item.in_trash,
    "starred": lambda item: item.starred,
    "sharedWithMe": lambda _item: False,
}
_TIMES: dict[str, Callable[[Item], str]] = {
    "modifiedTime": lambda item: item.modified,
    "createdTime": lambda item: item.created,
}
_TEXTS: dict[str, Callable[[Item], str]] = {
    "name": lambda item: item.name,
    "mimeType": lambda item: item.mime,
}


@dataclass
class Search:
    """A query that was understood: its test, and the folders it names."""

    test: Test
    folders: list[str] = field(default_factory=list)
    narrow: bool = False  # whether only what lies in the first of them can meet it


def parse(text: str, root: str) -> Search:
    """The query as a test of items; 'root' in it is the id `root`. Raises Refused if not valid."""
    if not text.strip():
        return Search(lambda _item: True)
    tokens = _tokens(text)
    parser = _Parser(tokens, root)
    test = parser.either()
    if parser.peek():
        raise _bad()
    narrow = bool(parser.folders) and not any(token in (("word", "or"), ("word", "not")) for token in tokens)
    return Search(test, parser.folders, narrow)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position, end = [], 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise _bad()
        found.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], root: str) -> None:
        self._tokens = tokens
        self._root = root
        self._at = 0
        self.folders: list[str] = []

    def peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str:
        """The next token, which has to be one of `wanted` (none: any word or operator)."""
        if self._at >= len(self._tokens):
            raise _bad()
        kind, token = self._tokens[self._at]
        if kind == "string" or (wanted and token not in wanted):
            raise _bad()
        self._at += 1
        return token

    def _string(self) -> str:
        if self._at >= len(self._tokens) or self._tokens[self._at][0] != "string":
            raise _bad()
        self._at += 1
        return re.sub(r"\\(['\\])", r"\1", self._tokens[self._at - 1][1][1:-1])

    def either(self) -> Test:
        test = self._term()
        while self.peek() in ("and", "or"):
            both = self._take() == "and"
            test = _joined(both, test, self._term())
        return test

    def _term(self) -> Test:
        if self.peek() == "not":
            self._take()
            denied = self._term()
            return lambda item: not denied(item)
        if self.peek() == "(":
            self._take()
            test = self.either()
            self._take(")")
            return test
        if self.peek().startswith("'"):
            return self._in_folder()
        return self._comparison(self._take())

    def _in_folder(self) -> Test:
        folder = self._string()
        self._take("in")
        self._take("parents")
        self.folders.append(folder)
        wanted = self._root if folder == "root" else folder
        return lambda item: item.parent == wanted

    def _comparison(self, term: str) -> Test:
        if term in _FLAGS:
            flag, same = _FLAGS[term], self._take("=", "!=") == "="
            wanted = (self._take("true", "false") == "true") == same
            return lambda item: flag(item) == wanted
        if term in _TIMES:
            return self._time(_TIMES[term])
        if term in _TEXTS:
            return self._text(term, _TEXTS[term])
        if term == "fullText":
            self._take("contains")
            return _begins(self._string(), _TEXTS["name"])
        if term in ("appProperties", "properties"):
            return self._property(term)
        raise _bad()

    def _text(self, term: str, of: Callable[[Item], str]) -> Test:
        operator, wanted = self._take("=", "!=", "contains"), self._string()
        match operator:
            case "=":
                return lambda item: of(item) == wanted
            case "!=":
                return lambda item: of(item) != wanted
        if term == "name":
            return _begins(wanted, of)
        return lambda item: wanted in of(item)

    def _time(self, of: Callable[[Item], str]) -> Test:
        operator = self._take("<", "<=", "=", "!=", ">", ">=")
        try:
            wanted = parse_stamp(self._string())
        except ValueError as error:
            raise _bad() from error
        tests: dict[str, Callable[[float], bool]] = {
            "<": lambda at: at < wanted,
            "<=": lambda at: at <= wanted,
            "=": lambda at: at == wanted,
            "!=": lambda at: at != wanted,
            ">": lambda at: at > wanted,
            ">=": lambda at: at >= wanted,
        }
        test = tests[operator]
        return lambda item: test(parse_stamp(of(item)))

    def _property(self, term: str) -> Test:
        self._take("has")
        self._take("{")
        self._take("key")
        self._take("=")
        key = self._string()
        self._take("and")
        self._take("value")
        self._take("=")
        value = self._string()
        self._take("}")
        if term == "appProperties":
            return lambda item: item.app_properties.get(key) == value
        return lambda item: item.properties.get(key) == value


def _begins(wanted: str, of: Callable[[Item], str]) -> Test:
    """`contains` looks at the beginnings of words alone."""
    pattern = re.compile(rf"(?<!\w){re.escape(wanted)}", re.IGNORECASE)
    return lambda item: pattern.search(of(item)) is not None


def _joined(both: bool, one: Test, other: Test) -> Test:
    if both:
        return lambda item: one(item) and other(item)
    return lambda item: one(item) or other(item)


def _bad() -> Refused:
    return invalid("q")
