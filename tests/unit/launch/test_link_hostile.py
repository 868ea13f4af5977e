"""Hostile links by the thousand: each is a request or refused, and none touches disk, network or processes.

An audit hook sees what Python opens, sends or starts; asking whether something exists is no event to it, so
the calls that ask are wrapped. Both listen only while a link is parsed.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.domain.errors import LinkRefused
from app.launch.link import MAX_BYTES, parse_link

SERVERS = ("main", "片库")
CANARY = "canary3f9a"
MANY = 100_000
SOME = 400
_EVENTS = ("open", "os.", "socket.", "subprocess.", "shutil.", "ctypes.", "import", "tempfile.", "urllib.")
_ASKING = ("stat", "lstat", "access", "readlink", "statvfs", "getcwd")
_touched: list[str] = []
_watching: list[int] = []


def _note(what: str) -> None:
    if _watching and _watching[0] == threading.get_ident():
        _touched.append(what)


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    # Every event of the process comes by here, also when it ends and names are gone.
    if _watching and event.startswith(_EVENTS):
        _note(f"{event} {arguments!r}")


def _noted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(*arguments: Any, **more: Any) -> Any:
        _note(f"{name} {arguments!r}")
        return call(*arguments, **more)

    return wrapped


@pytest.fixture(scope="module", autouse=True)
def _listening() -> Iterator[None]:
    with pytest.raises(LinkRefused) as first:  # the words of a refusal are a file of ours, read once
        parse_link("", SERVERS)
    assert str(first.value)
    sys.addaudithook(_audit)  # stays for the process, and is deaf but for a parse
    with pytest.MonkeyPatch.context() as patch:
        for name in _ASKING:
            if hasattr(os, name):
                patch.setattr(os, name, _noted(name, getattr(os, name)))
        yield


# --- what people with bad intent would write ---------------------------------------------------------------

SCHEMES = ("reelkey://", "REELKEY://", "reelkey:", "reelkey:/", "reelkey:///", " reelkey://", "http://", "")
ACTIONS = (
    "upload",
    "download",
    "private",
    "Upload",
    "",
    "evil.example",
    "u:p@upload",
    "upload:80",
    "private/x",
)
NAMES = ("v", "series_id", "source_id", "folder", "token", "server", "V", "", "--profile", "kubo", "to%6ben")
FOLDERS = (
    *(r"\\evil.example\share", "//evil.example/share", r"\\?\UNC\evil\x", r"\\.\PIPE\x", r"\??\C:\x"),
    *("smb://evil/x", "../../etc", "/films/..%2f..%2fetc", r"C:\films\..\x", "C:..", "%2e%2e/x", "~root"),
    *("NUL", "COM¹.mov", "x:NUL", "aux .txt", "CON", "$(reboot)", "`id`", "a\x00b", "a\nb", "\u202egpj.exe"),
    *("/films/a", r"D:\影片", "片" * 700),
)
VALUES = (
    *("1", "0", "2", "01", "-1", "1e9", "9" * 16, "9" * 17, "١", "²", "main", "片库", "https://evil.example"),
    *(CANARY, "x" * 1900, "a&token=b", "a=b", "a#b", "a?b", "a%", "a%4", "%c0%ae", "%ed%a0%80", "\udcff"),
    *("\x85", "", " "),
)

plain = st.one_of(st.sampled_from(VALUES + FOLDERS), st.text(max_size=30), st.integers().map(str))
escaped = plain.map(lambda text: quote(text.encode("utf-8", "surrogatepass"), safe=""))
twice = escaped.map(lambda text: quote(text, safe=""))
value = st.one_of(escaped, plain, twice)
pair = st.tuples(st.sampled_from(NAMES), value).map("=".join)
built = st.builds(
    lambda scheme, action, pairs, mark, end: scheme + action + mark + "&".join(pairs) + end,
    st.sampled_from(SCHEMES),
    st.sampled_from(ACTIONS),
    st.lists(pair, max_size=6),
    st.sampled_from(("?", "", "??", "%3f", "/?")),
    st.sampled_from(("", "", "", "#x", "&", "\n", "\x00", "/", " --profile=/evil", "%")),
)
# Nearly right ones get the furthest into the parser: one field is hostile, the rest is as it should be.
nearly = st.one_of(
    st.builds(
        lambda folder, number, token: (
            f"reelkey://upload?v=1&series_id={number}&folder={folder}&token={token}"
        ),
        st.one_of(st.sampled_from(FOLDERS).map(lambda text: quote(text, safe="")), value),
        st.one_of(st.just("233"), value),
        st.one_of(st.just(CANARY), value),
    ),
    st.builds(
        lambda number, server: f"reelkey://download?v=1&source_id={number}&token={CANARY}&server={server}",
        st.one_of(st.just("7"), value),
        st.one_of(st.just("main"), value),
    ),
)
GOOD = f"reelkey://upload?v=1&series_id=233&folder=%2Ffilms%2Fa&token={CANARY}&server=main"


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A good link with bytes changed, cut out, doubled or put in."""
    data = bytearray(GOOD.encode())
    for _ in range(draw(st.integers(1, 4))):
        at, length = draw(st.integers(0, len(data))), draw(st.integers(0, 12))
        piece = draw(st.one_of(st.binary(max_size=6), st.just(bytes(data[at : at + length])), st.just(b"")))
        data[at : at + draw(st.integers(0, 6))] = piece
    return bytes(data)


hostile = st.one_of(built, nearly, mutated(), st.binary(max_size=MAX_BYTES + 50), st.text(max_size=400))


def is_request_or_refused(link: str | bytes) -> bool:
    """Parse under watch; True where it was taken. Whatever else is raised is raised on."""
    _touched.clear()
    _watching[:] = [threading.get_ident()]
    try:
        request = parse_link(link, SERVERS)
    except LinkRefused as error:
        del _watching[:]
        assert CANARY not in f"{error} {error!r} {error.facts}"
        assert error.__context__ is None
        return False
    finally:
        del _watching[:]
        assert _touched == []
    assert CANARY not in f"{request!r} {request.public()}" or CANARY in str(request.folder)
    assert request.server in (None, *SERVERS)
    for number in (request.series_id, request.source_id):
        assert number is None or 0 <= number < 10**16
    folder = request.folder or "x"
    assert not folder.startswith(("\\\\", "//", "\\/", "/\\"))
    assert ".." not in folder.replace("\\", "/").split("/")
    assert folder.isprintable() or not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in folder)
    return True


def campaign(count: int) -> tuple[int, int]:
    """(taken, refused) of `count` hostile links."""
    seen = [0, 0]

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(hostile)
    def run(link: str | bytes) -> None:
        seen[not is_request_or_refused(link)] += 1

    run()
    return seen[0], seen[1]


@pytest.mark.parametrize(
    "touch",
    [
        lambda: Path("/nowhere/x").exists(),
        lambda: Path("/nowhere/x").is_dir(),
        lambda: os.path.exists(r"\\evil.example\share"),  # noqa: PTH110 - what must be seen too
        lambda: Path("x").absolute(),
        lambda: list(Path("/").iterdir()),
        lambda: socket.getaddrinfo("127.0.0.1", 1),
        lambda: os.system("true"),
    ],
)
def test_the_watch_sees_what_it_should(touch: Callable[[], object]) -> None:
    _touched.clear()
    _watching[:] = [threading.get_ident()]
    try:
        touch()
    finally:
        del _watching[:]
    assert _touched


def test_some_hundred_hostile_links() -> None:
    taken, refused = campaign(SOME)
    assert taken + refused >= SOME
    assert taken  # some are nearly right, so the whole parser is met


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_hundred_thousand_hostile_links() -> None:
    taken, refused = campaign(MANY)
    assert taken + refused >= MANY
    assert taken > MANY // 1000
