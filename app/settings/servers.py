"""Which server is meant: an address, or a name in the settings, becomes an origin and nothing but one."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from app.domain.errors import NoServer, ServerNotAllowed
from app.domain.words import N_, tr

if TYPE_CHECKING:
    from app.settings.settings import Settings

SERVER_NAME = re.compile(r"\w[\w-]{0,39}")
_PORTS = {"https": 443, "http": 80}
_URL = re.compile(r"(?P<scheme>[a-z]+)://(?P<host>\[[0-9a-f:.]*\]|[^:/?#@\[\]]*)(?::(?P<port>[0-9]{1,5}))?/?")
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")


def resolve_server(value: str | None, settings: Settings) -> str:
    """The origin that `value` (an address, the name of a library, or None for the default) stands for.

    Raises NoServer where none is given and none is set, ServerNotAllowed for what is no origin.
    """
    chosen = (value or "").strip() or settings.text("server")
    known = settings.servers()
    if not chosen:
        if len(known) == 1:  # the only one that is set needs no name
            return next(iter(known.values()))
        raise NoServer
    if chosen in known:
        return known[chosen]
    if "://" not in chosen:
        raise ServerNotAllowed(
            server=_shown(chosen), reason=N_("it is no address, and no library of that name is set")
        )
    reason = ""
    try:
        return normalise_origin(chosen)
    except ValueError as error:
        reason = str(error)
    raise ServerNotAllowed(server=_shown(chosen), reason=tr(reason))


def normalise_origin(text: str) -> str:
    """``https://host[:port]`` in the one spelling that is stored, compared and shown: host in lower case,
    names in other scripts as punycode (a look-alike shows itself), no default port, no slash at the end.

    Raises ValueError with a catalogue key.
    """
    address = text.strip()
    scheme, colon, rest = address.partition("://")
    scheme = scheme.lower()
    if not colon or scheme not in _PORTS:
        raise ValueError(N_("it does not begin with https:// or http://"))
    if any(char in rest for char in "@\\"):
        raise ValueError(N_("a name or password has no place in it"))
    found = _URL.fullmatch(f"{scheme}://{rest.lower()}")
    if found is None:
        raise ValueError(N_("leave out all that comes after host and port, such as /api/v1"))
    host = _host(found["host"])
    port = int(found["port"]) if found["port"] else _PORTS[scheme]
    if not 0 < port < 65536:
        raise ValueError(N_("its port is outside the range"))
    return f"{scheme}://{host}" + ("" if port == _PORTS[scheme] else f":{port}")


def _host(host: str) -> str:
    if host.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(host[1:-1]).compressed}]"
        except ValueError:
            raise ValueError(N_("its host is not valid")) from None
    name = host if host.isascii() else _punycode(host)
    name = name.removesuffix(".")
    if len(name) > 253 or _HOST.fullmatch(name) is None:
        raise ValueError(N_("its host is not valid"))
    last = name.rpartition(".")[2]
    if last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last):
        # A system's resolver takes 127.1, 0x7f.1 and 2130706433 for addresses: only the plain form is one.
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError:
            raise ValueError(N_("its host is not valid")) from None
    return name


def _punycode(host: str) -> str:
    """By the very library that will connect, so that what is shown is what is called."""
    import httpx2  # noqa: PLC0415 - takes a tenth of a second to load, for the few hosts in other scripts

    try:
        return httpx2.URL(f"https://{host}").raw_host.decode("ascii").lower()
    except (httpx2.InvalidURL, UnicodeError, ValueError):
        raise ValueError(N_("its host is not valid")) from None


def _shown(text: str) -> str:
    """An address without what may be a password in it."""
    return text if "@" not in text else text.partition("://")[0] + "://…@" + text.rpartition("@")[2]
