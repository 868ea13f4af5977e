"""Signing in with the browser: what comes back to the port, and from whom."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from app.cloud.oauth import Code, authorize, challenge
from app.domain.errors import SignInRefused
from app.domain.words import set_language

PAGE = "https://accounts.example/auth"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


async def get(address: str, path: str, *, host: str = "", method: str = "GET") -> str:
    """One request to the port of `address`, by hand; the whole answer, "" where the line is cut."""
    port = urlsplit(address).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: {host or f'127.0.0.1:{port}'}\r\n\r\n".encode())
    try:
        return (await reader.read()).decode()
    except ConnectionError:
        return ""
    finally:
        writer.close()


class Browser:
    """Whom the sign-in asks to open a page; `does` what its person then does, given the page's query."""

    def __init__(self, does: Callable[[dict[str, str]], Awaitable[None]]) -> None:
        self._does = does
        self.query: dict[str, str] = {}
        self.address = ""

    async def open_page(self, address: str) -> None:
        self.address = address
        self.query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        await self._does(self.query)

    async def second_factor(self) -> str:
        raise AssertionError


async def sign_in(
    does: Callable[[dict[str, str]], Awaitable[None]], seconds: float = 20
) -> tuple[Code, Browser]:
    browser = Browser(does)
    query = {"client_id": "c", "scope": "s t"}
    return await authorize("Some <Cloud>", PAGE, query, browser, seconds=seconds), browser


def landing(query: dict[str, str], **said: str) -> str:
    return "/?" + urlencode({"state": query["state"], **said})


async def is_closed(address: str) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(address).port)
    except OSError:
        return True
    writer.close()
    return False


def test_the_challenge_is_that_of_rfc_7636() -> None:
    # Appendix B of the RFC.
    assert (
        challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


async def test_the_code_comes_back() -> None:
    pages = []

    async def yes(query: dict[str, str]) -> None:
        pages.append(await get(query["redirect_uri"], landing(query, code="c&1", scope="s t")))

    code, browser = await sign_in(yes)
    query = browser.query
    assert browser.address.startswith(PAGE + "?")
    assert code.code == "c&1"
    assert code.redirect == query["redirect_uri"]
    assert urlsplit(code.redirect).hostname == "127.0.0.1"
    digest = hashlib.sha256(code.verifier.encode()).digest()
    assert query["code_challenge"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert 43 <= len(code.verifier) <= 128
    assert (query["code_challenge_method"], query["response_type"]) == ("S256", "code")
    assert (query["client_id"], query["scope"]) == ("c", "s t")
    assert len(query["state"]) >= 32
    head, _, body = pages[0].partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 ")
    assert "default-src 'none'" in head
    assert "Referrer-Policy: no-referrer" in head
    assert "Some &lt;Cloud&gt; has answered. Go back to Reelkey." in body
    assert "<script" not in body
    assert 'lang="en"' in body
    assert code.code not in repr(code)
    assert code.verifier not in repr(code)
    assert await is_closed(code.redirect)


async def test_two_sign_ins_share_nothing() -> None:
    async def yes(query: dict[str, str]) -> None:
        await get(query["redirect_uri"], landing(query, code="c"))

    (first, one), (second, two) = await asyncio.gather(sign_in(yes), sign_in(yes))
    assert first.verifier != second.verifier
    assert one.query["state"] != two.query["state"]
    assert first.redirect != second.redirect


async def test_strangers_are_told_nothing_and_end_nothing() -> None:
    answers: list[str] = []

    async def noise(query: dict[str, str]) -> None:
        where = query["redirect_uri"]
        right = landing(query, code="c")
        answers.append(await get(where, "/favicon.ico"))
        answers.append(await get(where, "/"))
        answers.append(await get(where, "/other" + right[1:]))
        answers.append(await get(where, right, method="POST"))
        answers.append(await get(where, right, method="HEAD"))
        answers.append(await get(where, right, host="evil.example"))
        answers.append(await get(where, "/?" + "&".join(f"a{n}=1" for n in range(60))))
        answers.append(await get(where, "/?x=" + "a" * 40_000))
        answers.append(await get(where, "http://[/?code=1"))
        answers.append(await get(where, "nonsense \x00 here"))
        _, silent = await asyncio.open_connection("127.0.0.1", urlsplit(where).port)
        answers.append(await get(where, right))
        silent.close()

    code, _ = await sign_in(noise)
    assert code.code == "c"
    told = ["404", "404", "404", "400", "400", "400", "400", "", "400", "400", "200"]
    assert [answer.partition(" ")[2][:3] for answer in answers] == told
    assert all("Reelkey." not in answer for answer in answers[:-1])


async def test_a_second_answer_changes_nothing() -> None:
    pages: list[str] = []

    async def twice(query: dict[str, str]) -> None:
        await get(query["redirect_uri"], landing(query, code="first"))
        pages.append(await get(query["redirect_uri"], landing(query, code="second")))
        pages.append(await get(query["redirect_uri"], landing(query | {"state": "x"}, error="access_denied")))

    code, _ = await sign_in(twice)
    assert code.code == "first"
    assert all("has been answered" in page for page in pages)


@pytest.mark.parametrize(
    "said",
    [
        {"error": "access_denied"},
        {"error": "server_error"},
        {"error": "access_denied", "code": "c"},
        {"code": ""},
    ],
)
async def test_a_no_ends_the_sign_in(said: dict[str, str]) -> None:
    pages: list[str] = []

    async def no(query: dict[str, str]) -> None:
        pages.append(await get(query["redirect_uri"], landing(query, **said)))

    with pytest.raises(SignInRefused) as caught:
        await sign_in(no)
    assert caught.value.facts["cloud"] == "Some <Cloud>"
    assert ("not allowed" in caught.value.message) == ("access_denied" in said.values())
    assert "You are not signed in" in pages[0]


@pytest.mark.parametrize("change", ["?state=other&code=c", "?code=c", "?state=&code=c", "{right}&state=x"])
async def test_another_state_ends_the_sign_in(change: str) -> None:
    redirects: list[str] = []

    async def other(query: dict[str, str]) -> None:
        redirects.append(query["redirect_uri"])
        right = landing(query, code="c")[1:]
        page = await get(query["redirect_uri"], "/" + change.replace("{right}", right))
        assert page.startswith("HTTP/1.1 400 ")

    with pytest.raises(SignInRefused) as caught:
        await sign_in(other)
    assert "another sign-in" in caught.value.message
    assert await is_closed(redirects[0])


async def test_nobody_comes_in_time() -> None:
    redirects: list[str] = []

    async def nothing(query: dict[str, str]) -> None:
        redirects.append(query["redirect_uri"])

    with pytest.raises(SignInRefused):
        await sign_in(nothing, seconds=0.05)
    assert await is_closed(redirects[0])


async def test_cancelling_closes_the_port() -> None:
    opened: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def opens(query: dict[str, str]) -> None:
        opened.set_result(query["redirect_uri"])

    task = asyncio.create_task(sign_in(opens))
    redirect = await opened
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await is_closed(redirect)


async def test_the_page_speaks_the_persons_language(monkeypatch: pytest.MonkeyPatch) -> None:
    set_language("zh")
    pages: list[str] = []

    async def yes(query: dict[str, str]) -> None:
        pages.append(await get(query["redirect_uri"], landing(query, code="c")))

    await sign_in(yes)
    assert 'lang="zh"' in pages[0]
