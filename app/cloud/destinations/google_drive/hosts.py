"""Where Google's calls go: four hosts, or one stand-in for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.cloud.web import stand_in

CLOUD = "Google Drive"
_STAND_IN = "REELKEY_GOOGLE_ORIGIN"


@dataclass(frozen=True, slots=True)
class Hosts:
    """Origins, without a slash at the end. `api` takes uploads too."""

    accounts: str = "https://accounts.google.com"
    tokens: str = "https://oauth2.googleapis.com"
    api: str = "https://www.googleapis.com"

    @property
    def consent(self) -> str:
        """The page on which a person says yes."""
        return f"{self.accounts}/o/oauth2/v2/auth"

    @property
    def token(self) -> str:
        return f"{self.tokens}/token"

    @property
    def revoke(self) -> str:
        return f"{self.tokens}/revoke"

    @property
    def drive(self) -> str:
        return f"{self.api}/drive/v3"

    @property
    def uploads(self) -> str:
        return f"{self.api}/upload/drive/v3/files"

    def is_session(self, address: str) -> bool:
        """Whether an upload's session address leads where uploads go. It comes from an answer, and our token
        and the film's bytes follow it: any other host is refused."""
        try:
            there, here = urlsplit(address), urlsplit(self.api)
            same = (there.scheme, there.hostname, there.port) == (here.scheme, here.hostname, here.port)
        except ValueError:
            return False
        plain = address.isascii() and address.isprintable()
        return same and plain and "@" not in there.netloc and there.path.startswith("/upload/")


def hosts_of(env: Mapping[str, str]) -> Hosts:
    """Google's hosts, or the stand-in that the environment names. Raises UsageError."""
    given = stand_in(env, _STAND_IN, "")
    return Hosts(given, given, given) if given else Hosts()
