"""Google's sign-in: the page that asks, the codes it sends back to the program, tokens, and their end."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sandbox.clouds.drive.accounts import ACCOUNT, SCOPES, Accounts, Code, Grant, TokenRefused

AUTH_PATH, DECISION_PATH = "/o/oauth2/v2/auth", "/o/oauth2/v2/auth/decision"
_KNOWN = frozenset(
    {
        "client_id",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
        "code_challenge",
        "code_challenge_method",
    }
    | {"access_type", "prompt", "login_hint", "include_granted_scopes", "hl"}
)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_FORM_LIMIT = 16_384
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class PageRefused(Exception):
    """What the page refuses in the browser, without telling the program. `error` is OAuth's word."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error, self.status = error, status


@dataclass(frozen=True)
class Asked:
    """A well-formed request for consent."""

    code: Code
    state: str
    prompt: bool


class SignIn:
    """The endpoints. `consent` says what happens with a request: ask (a page with buttons), allow, deny."""

    def __init__(self, accounts: Accounts, consent: Callable[[], str]) -> None:
        self._accounts = accounts
        self._consent = consent
        self._tickets: dict[str, Asked] = {}

    async def auth(self, request: Request) -> Response:
        """The address that the program opens in the browser."""
        try:
            asked = self.read(request.url.query)
        except PageRefused as refused:
            page = _page("Access blocked", f"<p>Error {refused.status}: {html.escape(refused.error)}</p>")
            return HTMLResponse(page, refused.status)
        consent = self._consent()
        if consent != "ask":
            return RedirectResponse(self.decide(asked, allow=consent == "allow"), 302)
        ticket = secrets.token_urlsafe(16)
        self._tickets[ticket] = asked
        return HTMLResponse(_asking(asked, ticket), headers={"Cache-Control": "no-store"})

    async def decision(self, request: Request) -> Response:
        """A button of the page."""
        form = dict(parse_qsl((await request.body())[:_FORM_LIMIT].decode("ascii", "replace")))
        asked = self._tickets.pop(form.get("ticket", ""), None)
        if asked is None:
            return HTMLResponse(_page("Access blocked", "<p>This page is over.</p>"), 400)
        return RedirectResponse(self.decide(asked, allow=form.get("decision") == "allow"), 303)

    def decide(self, asked: Asked, *, allow: bool) -> str:
        """The address that the browser is sent to once the person has answered."""
        given = {"state": asked.state} if asked.state else {}
        if allow:
            given |= {"code": self._accounts.issue_code(asked.code, prompt=asked.prompt)}
            given |= {"scope": " ".join(asked.code.grant.scopes)}
        else:
            given |= {"error": "access_denied"}
        return f"{asked.code.redirect_uri}?{urlencode(given)}"

    def read(self, query: str) -> Asked:
        """The request behind a query. Raises PageRefused."""
        pairs = parse_qsl(query, keep_blank_values=True)
        given = dict(pairs)
        if len(given) != len(pairs) or not given.keys() <= _KNOWN:
            raise PageRefused("invalid_request")
        if given.get("client_id", "") not in self._accounts.clients:
            raise PageRefused("invalid_client", 401)
        if not _is_loopback(given.get("redirect_uri", "")):
            raise PageRefused("redirect_uri_mismatch")
        if given.get("response_type") != "code":
            raise PageRefused("unsupported_response_type")
        scopes = tuple(given.get("scope", "").split())
        if not scopes or not SCOPES.issuperset(scopes):
            raise PageRefused("invalid_scope")
        if given.get("access_type", "online") not in ("online", "offline"):
            raise PageRefused("invalid_request")
        challenge, method = given.get("code_challenge", ""), given.get("code_challenge_method", "plain")
        if not _VERIFIER.fullmatch(challenge) or method not in ("S256", "plain"):
            raise PageRefused("invalid_request")  # PKCE is optional at Google's, not here
        grant = Grant(given.get("login_hint") or ACCOUNT, given["client_id"], scopes)
        offline = given.get("access_type") == "offline"
        code = Code(grant, given["redirect_uri"], challenge, method, offline, 0.0)
        return Asked(code, given.get("state", ""), "consent" in given.get("prompt", "").split())

    async def token(self, request: Request) -> Response:
        """Codes and refresh tokens for access tokens."""
        try:
            form = await _form(request)
            self._accounts.check_client(form.get("client_id", ""), form.get("client_secret", ""))
            given = self._tokens(form)
        except TokenRefused as refused:
            return _refused(refused)
        return JSONResponse(given, headers=_NO_STORE)

    def _tokens(self, form: dict[str, str]) -> dict[str, object]:
        match form.get("grant_type"):
            case "authorization_code":
                verifier = form.get("code_verifier", "")
                if not _VERIFIER.fullmatch(verifier):
                    raise TokenRefused(400, "invalid_grant", "Missing code verifier.")
                grant, access, refresh = self._accounts.exchange(
                    form.get("code", ""), form["client_id"], form.get("redirect_uri", ""), verifier
                )
            case "refresh_token":
                grant, access = self._accounts.refresh(form.get("refresh_token", ""), form["client_id"])
                refresh = ""
            case _:
                raise TokenRefused(400, "unsupported_grant_type", "Invalid grant_type")
        given: dict[str, object] = {"access_token": access, "expires_in": self._accounts.token_seconds}
        given |= {"scope": " ".join(grant.scopes), "token_type": "Bearer"}
        return given | ({"refresh_token": refresh} if refresh else {})

    async def revoke(self, request: Request) -> Response:
        """The end of a token, in the form or in the query."""
        try:
            form = await _form(request) if int(request.headers.get("content-length", "0")) else {}
            self._accounts.revoke(form.get("token") or request.query_params.get("token", ""))
        except TokenRefused as refused:
            return _refused(refused)
        return JSONResponse({})


async def _form(request: Request) -> dict[str, str]:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _FORM_LIMIT:
            raise TokenRefused(400, "invalid_request", "Too long")
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/x-www-form-urlencoded":
        raise TokenRefused(400, "invalid_request", "Bad Request")
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    if len(dict(pairs)) != len(pairs):
        raise TokenRefused(400, "invalid_request", "Parameter given twice")
    return dict(pairs)


def _refused(refused: TokenRefused) -> Response:
    body = {"error": refused.error, "error_description": refused.description}
    return JSONResponse(body, refused.status, _NO_STORE)


def _is_loopback(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme == "http"
        and parts.hostname in ("127.0.0.1", "::1", "localhost")
        and port != 0
        and not (parts.query or parts.fragment or parts.username)
    )


def _page(title: str, body: str) -> str:
    head = f'<head><meta charset="utf-8"><title>{title}</title></head>'
    return f'<!doctype html><html lang="en">{head}<body><h1>{title}</h1>{body}</body></html>'


def _asking(asked: Asked, ticket: str) -> str:
    scopes = "".join(f"<li>{html.escape(scope)}</li>" for scope in asked.code.grant.scopes)
    form = (
        f'<form method="post" action="{DECISION_PATH}"><input type="hidden" name="ticket" value="{ticket}">'
        '<button id="allow" name="decision" value="allow">Allow</button> '
        '<button id="deny" name="decision" value="deny">Deny</button></form>'
    )
    who = f"<p>{html.escape(asked.code.grant.client)} – {html.escape(asked.code.grant.account)}</p>"
    return _page("Sign in with Google (stand-in)", f"{who}<ul>{scopes}</ul>{form}")
