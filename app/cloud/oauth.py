"""Signing in with the system's browser: OAuth 2.0 for native apps (RFC 8252) with PKCE (RFC 7636).

The browser comes back to a port of this computer that listens for this one sign-in. Whatever else finds the
port (another page, a scanner) sees a page that says nothing; a state that is not ours ends the sign-in.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import html
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from app.cloud.kind import Asking
from app.domain.errors import SignInRefused
from app.domain.words import N_, language, tr

#: A person reads, signs in and finds the telephone in this time.
TIME_LIMIT = 300.0
_REQUEST_LIMIT = 16 * 1024
_REQUEST_TIME = 10.0
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Code:
    """What the browser brought back, for the token endpoint: `redirect` has to be said there again."""

    code: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect: str


async def authorize(
    cloud: str, page: str, query: Mapping[str, str], asking: Asking, *, seconds: float = TIME_LIMIT
) -> Code:
    """Open the cloud's own `page` in the system's browser and wait for its answer. `query`: client_id, scope
    and what else that cloud wants; redirect, state and challenge are put beside it. Raises SignInRefused: the
    person said no, the answer is another's, or none came within `seconds`. The port is closed in the end."""
    verifier = secrets.token_urlsafe(64)
    landing = _Landing(cloud)
    try:
        async with asyncio.timeout(seconds):
            redirect = await landing.listen()
            asked = {
                **query,
                "response_type": "code",
                "redirect_uri": redirect,
                "state": landing.state,
                "code_challenge": challenge(verifier),
                "code_challenge_method": "S256",
            }
            await asking.open_page(f"{page}?{urlencode(asked)}")
            return Code(await landing.answer, verifier, redirect)
    except TimeoutError:
        reason = tr(N_("no answer came from the browser in time"))
        raise SignInRefused(cloud=cloud, reason=reason) from None
    finally:
        await landing.close()


def challenge(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier. RFC 7636, section 4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()


class _Landing:
    """A port of this computer to which the browser comes back once."""

    def __init__(self, cloud: str) -> None:
        self.state = secrets.token_urlsafe(32)
        self.answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._cloud = cloud
        self._host = ""
        self._server: asyncio.Server | None = None
        self._visits: set[asyncio.Task[None]] = set()

    async def listen(self) -> str:
        """Begin to listen. The redirect address: a port that the system chose, of this computer alone."""
        self._server = await asyncio.start_server(self._visit, "127.0.0.1", 0, limit=_REQUEST_LIMIT)
        self._host = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return f"http://{self._host}/"

    async def close(self) -> None:
        """Close the port; a page that is being written is written to its end."""
        if self._server is not None:
            self._server.close()
        current = asyncio.current_task()
        visits = {visit for visit in self._visits if visit is not current}
        if visits:
            _, slow = await asyncio.wait(visits, timeout=1.0)
            for visit in slow:
                visit.cancel()
            await asyncio.gather(*slow, return_exceptions=True)
        if self.answer.done() and not self.answer.cancelled():
            self.answer.exception()  # looked at: nobody may be waiting any more
        self.answer.cancel()

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = asyncio.current_task()
        assert visit is not None  # noqa: S101 - asyncio runs this as a task
        self._visits.add(visit)
        try:
            if len(self._visits) <= _AT_ONCE:
                async with asyncio.timeout(_REQUEST_TIME):
                    head = await reader.readuntil(b"\r\n\r\n")
                    writer.write(self._page(head))
                    await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever it was, nothing was said
        finally:
            self._visits.discard(visit)
            writer.close()

    def _page(self, head: bytes) -> bytes:
        """The answer to a request; the sign-in's answer is set on the way."""
        lines = head.decode("latin-1").split("\r\n")
        words = lines[0].split(" ")
        fields = [line.partition(":") for line in lines[1:] if line]
        hosts = [value.strip() for name, _, value in fields if name.strip().lower() == "host"]
        if len(words) != 3 or words[0] != "GET" or hosts != [self._host]:
            return _response(400, "")
        try:
            where = urlsplit(words[1])
            said = parse_qs(where.query, keep_blank_values=True, max_num_fields=50)
        except ValueError:
            return _response(400, "")
        if where.path != "/" or not ("code" in said or "error" in said):
            return _response(404, "")  # a favicon, a stranger
        if self.answer.done():
            return _response(200, tr(N_("This sign-in has been answered. Go back to Reelkey.")))
        return self._decide(said)

    def _decide(self, said: Mapping[str, list[str]]) -> bytes:
        state, code, error = (said.get(name, []) for name in ("state", "code", "error"))
        if len(state) != 1 or not hmac.compare_digest(state[0].encode(), self.state.encode()):
            self._refuse(tr(N_("the browser's answer belongs to another sign-in")))
            return _response(400, tr(N_("This answer belongs to another sign-in. Go back to Reelkey.")))
        if error or len(code) != 1 or not code[0]:
            said_no = error == ["access_denied"]
            reason = N_("access was not allowed in the browser") if said_no else N_("it gave no access")
            self._refuse(tr(reason))
            return _response(200, tr(N_("You are not signed in. Go back to Reelkey.")))
        self.answer.set_result(code[0])
        return _response(200, tr(N_("{cloud} has answered. Go back to Reelkey."), cloud=self._cloud))

    def _refuse(self, reason: str) -> None:
        self.answer.set_exception(SignInRefused(cloud=self._cloud, reason=reason))


_STATUS = {200: "OK", 400: "Bad Request", 404: "Not Found"}


def _response(status: int, text: str) -> bytes:
    """A page of one sentence: no script, nothing fetched, nothing kept, no referrer (the address holds the
    code)."""
    tongue = "zh" if language() == "zh" else "en"
    body = (
        f'<!DOCTYPE html><html lang="{tongue}"><head><meta charset="utf-8"><title>Reelkey</title>'
        '<link rel="icon" href="data:,"><style>body{font:1.2em system-ui,sans-serif;margin:20vh 2em;'
        "text-align:center;color-scheme:light dark}</style></head>"
        f"<body><p>{html.escape(text)}</p></body></html>"
    ).encode()
    head = (
        f"HTTP/1.1 {status} {_STATUS[status]}\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\nCache-Control: no-store\r\n"
        "Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; img-src data:\r\n\r\n"
    )
    return head.encode("ascii") + body
