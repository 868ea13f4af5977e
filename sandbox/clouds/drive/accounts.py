"""Who may ask: OAuth clients, accounts, consents, codes and tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from sandbox.clouds.drive.answers import Refused
from sandbox.clouds.drive.clock import Clock

CLIENT_ID = "stand-in.apps.googleusercontent.com"
CLIENT_SECRET = "GOCSPX-stand-in"  # noqa: S105 – the client "secret" of a desktop program is none
ACCOUNT = "films@example.com"

_PREFIX = "https://www.googleapis.com/auth/"
FILE_SCOPE = _PREFIX + "drive.file"
FULL_SCOPE = _PREFIX + "drive"
READ_SCOPE = _PREFIX + "drive.readonly"
SCOPES = frozenset({FILE_SCOPE, FULL_SCOPE, READ_SCOPE, "openid", "email", "profile"})
_CODE_SECONDS = 600


@dataclass(frozen=True)
class Grant:
    """What a person allowed a client."""

    account: str
    client: str
    scopes: tuple[str, ...]

    @property
    def sees_all(self) -> bool:
        """Whether files that the client didn't make are seen too."""
        return FULL_SCOPE in self.scopes or READ_SCOPE in self.scopes

    @property
    def may_write(self) -> bool:
        return FULL_SCOPE in self.scopes or FILE_SCOPE in self.scopes


@dataclass(frozen=True)
class Code:
    """An authorisation code, good for one exchange."""

    grant: Grant
    redirect_uri: str
    challenge: str
    method: str  # S256, plain or ""
    offline: bool
    until: float


class TokenRefused(Exception):
    """An answer of the token or revoke endpoint: HTTP status, OAuth error and its description."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(error)
        self.status, self.error, self.description = status, error, description


@dataclass
class Accounts:
    """Clients, consents and tokens in memory."""

    clock: Clock
    clients: dict[str, str] = field(default_factory=lambda: {CLIENT_ID: CLIENT_SECRET})
    token_seconds: int = 3599
    _codes: dict[str, Code] = field(default_factory=dict)
    _access: dict[str, tuple[Grant, float, str]] = field(default_factory=dict)  # until, refresh token
    _refresh: dict[str, Grant] = field(default_factory=dict)
    _consented: set[tuple[str, str]] = field(default_factory=set)

    def issue_code(self, code: Code, *, prompt: bool) -> str:
        """A new code. A refresh token comes with the first consent alone, or with `prompt`: asked again."""
        known = (code.grant.account, code.grant.client)
        offline = code.offline and (prompt or known not in self._consented)
        self._consented.add(known)
        text = "4/0A" + secrets.token_urlsafe(32)
        self._codes[text] = Code(
            **{**code.__dict__, "offline": offline, "until": self.clock.now() + _CODE_SECONDS}
        )
        return text

    def check_client(self, client: str, secret: str) -> None:
        """Raises TokenRefused for a client that isn't known or has another secret."""
        known = self.clients.get(client)
        if known is None:
            raise TokenRefused(401, "invalid_client", "The OAuth client was not found.")
        if not hmac.compare_digest(known.encode(), secret.encode()):
            raise TokenRefused(401, "invalid_client", "Unauthorized")

    def exchange(self, text: str, client: str, redirect_uri: str, verifier: str) -> tuple[Grant, str, str]:
        """Grant, access token and refresh token ("": none) for a code, used up by it. Raises TokenRefused."""
        code = self._codes.pop(text, None)
        if code is None or code.grant.client != client or code.until < self.clock.now():
            raise TokenRefused(400, "invalid_grant", "Malformed auth code.")
        if code.redirect_uri != redirect_uri:
            raise TokenRefused(400, "redirect_uri_mismatch", "Bad Request")
        if code.challenge and not _proves(code, verifier):
            raise TokenRefused(400, "invalid_grant", "Invalid code verifier.")
        refresh = ""
        if code.offline:
            refresh = "1//0" + secrets.token_urlsafe(48)
            self._refresh[refresh] = code.grant
        return code.grant, self.issue(code.grant, refresh), refresh

    def refresh(self, token: str, client: str) -> tuple[Grant, str]:
        """The grant and a new access token. Raises TokenRefused."""
        grant = self._refresh.get(token)
        if grant is None or grant.client != client:
            raise TokenRefused(400, "invalid_grant", "Token has been expired or revoked.")
        return grant, self.issue(grant, token)

    def issue(self, grant: Grant, refresh: str = "", seconds: float | None = None) -> str:
        """A new access token; with its refresh token it is revoked too."""
        token = "ya29.a0" + secrets.token_urlsafe(48)
        until = self.clock.now() + (self.token_seconds if seconds is None else seconds)
        self._access[token] = (grant, until, refresh)
        return token

    def issue_refresh(self, grant: Grant) -> str:
        """A refresh token, past the sign-in."""
        refresh = "1//0" + secrets.token_urlsafe(48)
        self._refresh[refresh] = grant
        self._consented.add((grant.account, grant.client))
        return refresh

    def revoke(self, token: str) -> None:
        """End a token and all that hang on it. Raises TokenRefused."""
        refresh = token
        if token in self._access:
            _, _, refresh = self._access.pop(token)
        elif token not in self._refresh:
            raise TokenRefused(400, "invalid_token", "Token expired or revoked")
        grant = self._refresh.pop(refresh, None)
        self._access = {one: held for one, held in self._access.items() if not refresh or held[2] != refresh}
        if grant is not None:
            self._consented.discard((grant.account, grant.client))

    def expire_access(self) -> None:
        """Every access token is over; refresh tokens stay."""
        self._access.clear()

    def revoke_all(self) -> None:
        """As if the person had withdrawn every consent."""
        self._access.clear()
        self._refresh.clear()
        self._consented.clear()

    def of_header(self, header: str | None) -> Grant:
        """The grant of an Authorization header. Raises Refused."""
        if not header:
            message = "Request is missing required authentication credential."
            raise Refused(401, "required", message, "Authorization", "header")
        kind, _, token = header.partition(" ")
        grant, until, _ = self._access.get(token, (None, 0.0, ""))
        if kind != "Bearer" or grant is None or until <= self.clock.now():
            raise Refused(401, "authError", "Invalid Credentials", "Authorization", "header")
        return grant

    def counts(self) -> dict[str, int]:
        """How many of each there are; never the tokens themselves."""
        return {
            "access_tokens": len(self._access),
            "refresh_tokens": len(self._refresh),
            "codes": len(self._codes),
        }


def _proves(code: Code, verifier: str) -> bool:
    proof = verifier
    if code.method == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(proof.encode(), code.challenge.encode())
