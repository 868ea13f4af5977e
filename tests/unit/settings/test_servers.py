from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.errors import NoServer, ServerNotAllowed
from app.net.hosts import is_plain_http_beyond_loopback
from app.settings.servers import normalise_origin, resolve_server
from app.settings.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "settings.json")


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://library.example", "https://library.example"),
        (" HTTPS://Library.EXAMPLE/ ", "https://library.example"),
        ("https://library.example:443", "https://library.example"),
        ("http://library.example:80", "http://library.example"),
        ("http://library.example:443", "http://library.example:443"),
        ("http://127.0.0.1:08000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://[0:0::0001]", "http://[::1]"),
        ("https://库.example", "https://xn--dxt.example"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://раypal.example", "https://xn--ypal-43d9g.example"),  # Cyrillic look-alike shows itself
        ("https://library.example.", "https://library.example"),
        ("https://库。example", "https://xn--dxt.example"),
        ("https://my_host-1", "https://my_host-1"),
    ],
)
def test_one_spelling_for_one_origin(text: str, origin: str) -> None:
    assert normalise_origin(text) == origin
    assert normalise_origin(origin) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "library.example",
        "library.example:8000",
        "//library.example",
        "ftp://library.example",
        "file:///etc/passwd",
        "javascript://x",
        "https://",
        "https:///x",
        "https://:443",
        "https://library.example/api/v1",
        "https://library.example//",
        "https://library.example/?",
        "https://library.example?x=1",
        "https://library.example#",
        "https://user@library.example",
        "https://user:pw@library.example",
        "https://library.example\\@evil.example",
        "https://library.example:",
        "https://library.example:0",
        "https://library.example:65536",
        "https://library.example:8a",
        "https://library.example:٨",
        "https://library.example:80:80",
        "https://library .example",
        "https://library.example\n",
        "https://lib\x00rary.example",
        "https://lib%2erary.example",
        "https://-library.example",
        "https://library..example",
        "https://.example",
        "https://" + "a" * 64 + ".example",
        "https://" + ".".join(["a" * 60] * 5),
        "https://127.1",
        "https://0x7f.1",
        "https://2130706433",
        "https://0x7f000001",
        "https://127.0.0.256",
        "https://127.0.0.01",
        "https://[::1",
        "https://::1",
        "https://[fe80::1%25eth0]",
        "https://[127.0.0.1]",
        "https://evil.example／x",
        "https://℀.example",
        "https://\u202elibrary.example",
        "https://xn--\udcff.example",
    ],
)
def test_what_is_no_origin(text: str, settings: Settings) -> None:
    if text.endswith("\n"):
        assert normalise_origin(text) == "https://library.example"  # a pasted line's end is no harm
        return
    with pytest.raises(ValueError, match=r"."):
        normalise_origin(text)
    if text:
        with pytest.raises(ServerNotAllowed):
            resolve_server(text, settings)


@given(
    st.text(max_size=40), st.sampled_from(["", "http://", "https://", "https://a@", "https://[", "HTTP://x:"])
)
@example("ß.example", "https://")
def test_an_origin_holds_scheme_host_and_port_and_nothing_else(rest: str, start: str) -> None:
    try:
        origin = normalise_origin(start + rest)
    except ValueError:
        return
    assert origin.isascii()
    scheme, _, authority = origin.partition("://")
    assert scheme in ("http", "https")
    assert not set(authority) & set("/?#@\\%, \t")
    assert normalise_origin(origin) == origin


def test_a_password_in_a_refused_address_is_not_shown(settings: Settings) -> None:
    with pytest.raises(ServerNotAllowed) as caught:
        resolve_server("https://user:canary-pw@library.example", settings)
    assert "canary-pw" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_names_and_defaults(settings: Settings) -> None:
    with pytest.raises(NoServer):
        resolve_server(None, settings)
    settings.set("server.main", "https://Main.example/")
    assert resolve_server(None, settings) == "https://main.example"  # the only one
    settings.set("server.test", "http://127.0.0.1:8000")
    with pytest.raises(NoServer):
        resolve_server(None, settings)  # two, and none of them chosen
    assert resolve_server("test", settings) == "http://127.0.0.1:8000"
    settings.set("server", "main")
    assert resolve_server(None, settings) == "https://main.example"
    assert resolve_server("", settings) == "https://main.example"
    assert resolve_server("https://other.example:8443", settings) == "https://other.example:8443"
    settings.set("server", "https://other.example")
    assert resolve_server(None, settings) == "https://other.example"


def test_a_name_that_is_not_set(settings: Settings) -> None:
    settings.set("server.main", "https://main.example")
    with pytest.raises(ServerNotAllowed):
        resolve_server("mian", settings)
    settings.set("server", "main")
    settings.set("server.main", "")
    with pytest.raises(ServerNotAllowed):
        resolve_server(None, settings)


@pytest.mark.parametrize(
    ("origin", "plain"),
    [
        ("https://library.example", False),
        ("http://library.example", True),
        ("http://192.168.1.5:8000", True),
        ("http://[2001:db8::1]", True),
        ("http://localhost.evil.example", True),
        ("http://127.0.0.1.evil.example", True),
        ("http://0.0.0.0", True),
        ("http://127.0.0.1:8000", False),
        ("http://127.8.9.1", False),
        ("http://[::1]:8000", False),
        ("http://[::ffff:127.0.0.1]", False),
        ("http://[::ffff:192.0.2.1]", True),
        ("http://localhost:8000", False),
        ("http://a.localhost", False),
    ],
)
def test_plain_http_is_for_this_computer_only(origin: str, plain: bool) -> None:
    assert is_plain_http_beyond_loopback(origin) is plain
