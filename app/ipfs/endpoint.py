"""Where a node's RPC listens, from the text of a setting or of the repo's ``api`` file."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from app.domain.errors import SettingRefused
from app.domain.words import N_, tr

_FORMS = N_("it is /ip4/127.0.0.1/tcp/5001 or http://127.0.0.1:5001")
_HOST_PROTOCOLS = frozenset({"ip4", "ip6", "dns", "dns4", "dns6"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Host (without brackets) and TCP port of an RPC that speaks plain HTTP."""

    host: str
    port: int

    @property
    def authority(self) -> str:
        """``host:port`` as a URL and the Host header have it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.authority}"


def parse_endpoint(text: str) -> Endpoint:
    """An RPC address: a multiaddr or an http URL. Raises SettingRefused for anything else.

    https is refused: the bulk goes through a socket of our own (`wire`), which speaks plain HTTP.
    """
    text = text.strip()
    try:
        endpoint = _from_multiaddr(text) if text.startswith("/") else _from_url(text)
    except ValueError as error:
        raise SettingRefused(key="node.api", reason=tr(_FORMS)) from error
    plain_host = endpoint.host and all(char.isalnum() or char in ".:-" for char in endpoint.host)
    if not (plain_host and endpoint.host.isascii() and 0 < endpoint.port < 65536):
        raise SettingRefused(key="node.api", reason=tr(_FORMS))
    return endpoint


def _from_multiaddr(text: str) -> Endpoint:
    _, protocol, host, tcp, port, *rest = [*text.split("/"), "", "", "", ""]
    if protocol not in _HOST_PROTOCOLS or tcp != "tcp" or [part for part in rest if part not in ("", "http")]:
        raise ValueError(text)
    return Endpoint(host, int(port))


def _from_url(text: str) -> Endpoint:
    url = urlsplit(text if "://" in text else f"http://{text}")
    if url.scheme != "http" or url.username or url.query or url.path not in ("", "/", "/api/v0", "/api/v0/"):
        raise ValueError(text)
    return Endpoint(url.hostname or "", url.port or 5001)
