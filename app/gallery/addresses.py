"""Which addresses may be asked for a gallery: by the name that stands in them, and by the computer that the
name leads to.

An address from a list is fetched by this computer, which may reach what its author can't: a router's page, a
server in the house, a program on this very computer. So neither a name nor an address that leads there is
asked. Sources: IANA's special-purpose address registries; RFC 4291, 6052, 3056 and 4380 for IPv4 within IPv6.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

import httpx2

LONGEST_ADDRESS = 4096

# The last part of a name begins with a letter: whatever a resolver would take for a number (2130706433,
# 0x7f.1, 127.1) is none, nor is an address in brackets or a bare `localhost`.
_NAME = re.compile(
    r"(?=.{4,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
)
_UNFIT = re.compile(r"[\\\x00-\x1f\x7f]")
_LOCAL_ENDINGS = (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".onion")
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_OLD_FORMS = (ipaddress.IPv6Network("::/96"), ipaddress.IPv6Network("::ffff:0:0:0/96"))
_SITE_LOCAL = ipaddress.IPv6Network("fec0::/10")
# Set aside for measuring networks (RFC 2544) and in use nowhere, but for VPN programs on this computer that
# stand in for every name with an address of it; they are common where galleries are exported from.
_STAND_INS = ipaddress.IPv4Network("198.18.0.0/15")

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


def url_of(text: str) -> httpx2.URL:
    """`text` as an address in its one written form. ValueError where it is none that can be asked: another
    scheme than http and https, a user name in it, marks that other readers take for the end of the host."""
    if len(text) > LONGEST_ADDRESS or _UNFIT.search(text) is not None:
        raise ValueError("address")
    try:
        url = httpx2.URL(text)
        host = url.raw_host.decode("ascii")
    except (httpx2.InvalidURL, UnicodeError, TypeError) as error:
        raise ValueError("address") from error
    if url.scheme not in ("http", "https") or not host or url.userinfo or not 0 < (url.port or 443) < 65536:
        raise ValueError("address")
    return url.copy_with(fragment=None) if url.fragment else url


def origin_of(url: httpx2.URL) -> str:
    """Scheme, host and port: ``https://app.litegallery.io``, the port only where it is not the usual one."""
    port = "" if url.port is None else f":{url.port}"
    host = url.raw_host.decode("ascii").lower()
    return f"{url.scheme}://[{host}]{port}" if ":" in host else f"{url.scheme}://{host}{port}"


def is_public_name(host: str) -> bool:
    """Whether `host` is the name of a computer out in the world, as far as a name can say."""
    name = host.lower()
    return _NAME.fullmatch(name) is not None and not name.endswith(_LOCAL_ENDINGS)


def may_hold_photos(url: httpx2.URL, stand_in: str = "") -> bool:
    """Whether an address of a list can be one of its photos: https, a public name, the usual port. `stand_in`
    is the one origin that may be another."""
    if stand_in and origin_of(url) == stand_in:
        return True
    return url.scheme == "https" and url.port is None and is_public_name(url.raw_host.decode("ascii"))


def is_public(address: str) -> bool:
    """Whether `address`, in the form in which a resolver gives it, is a computer out in the world. An IPv4
    address within an IPv6 one counts as itself."""
    try:
        ip: Ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return all(_is_public(one) for one in (ip, *_within(ip)))


def _is_public(ip: Ip) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        if any(ip in net for net in (*_OLD_FORMS, _NAT64[1], _SITE_LOCAL)) or ip.scope_id is not None:
            return False
        if ip in _NAT64[0]:
            return True  # the way of networks without IPv4: what counts is the address within
    elif ip in _STAND_INS:
        return True
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)


def _within(ip: Ip) -> Iterable[Ip]:
    if isinstance(ip, ipaddress.IPv4Address):
        return ()
    found: list[Ip] = [one for one in (ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())) if one is not None]
    if ip in _NAT64[0]:
        found.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return found
