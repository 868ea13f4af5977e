"""Signing in to Google Drive and out, and tokens that are renewed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from app.cloud import web
from app.cloud.destinations.google_drive import kind as google_kind
from app.cloud.destinations.google_drive.hosts import hosts_of
from app.cloud.destinations.google_drive.kind import KIND, SCOPE
from app.cloud.kind import Credentials, Surroundings
from app.cloud.options import Form, When, check_all
from app.cloud.tokens import Tokens
from app.domain.errors import (
    CloudAnswerUnclear,
    CloudBusy,
    CloudError,
    CloudUnreachable,
    OptionRefused,
    SignInExpired,
    SignInRefused,
    UsageError,
)
from tests.unit.cloud.google_fake import Google, Reply
from tests.unit.cloud.items import item, send_all

OPTIONS = {"client-id": "client", "client-secret": "secret"}


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Google:
    """A Google that stands behind the kind's own functions, too."""
    google = Google()
    network = httpx2.MockTransport(google.answer)
    monkeypatch.setattr(google_kind, "Web", partial(web.Web, transport=network))
    return google


class Yes:
    """A person who says yes on Google's page."""

    def __init__(self, **said: str) -> None:
        self.query: dict[str, str] = {}
        self.address = ""
        self._said = said or {"code": "code-1"}

    async def open_page(self, address: str) -> None:
        self.address = address
        self.query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        where = self.query["redirect_uri"]
        said = urlencode({"state": self.query["state"], **self._said})
        async with httpx2.AsyncClient(trust_env=False) as browser:
            assert (await browser.get(f"{where}?{said}")).status_code == 200

    async def second_factor(self) -> str:
        raise AssertionError


async def test_signing_in(google: Google) -> None:
    person = Yes()
    signed_in = await KIND.sign_in(check_all(KIND.options, OPTIONS), {}, person)
    assert person.address.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert person.query["client_id"] == "client"
    assert person.query["scope"] == "https://www.googleapis.com/auth/drive.file"
    assert (person.query["access_type"], person.query["prompt"]) == ("offline", "consent")
    assert "client_secret" not in person.query
    assert signed_in.account == "mo@example.org"
    credentials = signed_in.credentials
    assert credentials["refresh"] == "refresh-1"
    assert (credentials["client-id"], credentials["client-secret"]) == ("client", "secret")
    assert time.time() + 3500 < int(credentials["expires"]) < time.time() + 3700
    assert all(isinstance(value, str) for value in credentials.values())
    assert "refresh-1" not in repr(signed_in)
    # What was kept is what a later start signs in with.
    drive = KIND.connect({}, credentials, Surroundings({}, _keep_in([])))
    await send_all(await drive.open(item(b"x"), None))
    await drive.aclose()
    assert google.calls.count("POST /token") == 1


def _keep_in(saved: list[Credentials]) -> Any:
    async def save(credentials: Credentials) -> None:
        saved.append(dict(credentials))

    return save


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"refresh_token": None}, SignInRefused),
        ({"scope": "openid https://www.googleapis.com/auth/userinfo.email"}, SignInRefused),
        ({"access_token": "two\r\nlines"}, CloudAnswerUnclear),
        ({"access_token": None}, CloudAnswerUnclear),
        ({"access_token": 5}, CloudAnswerUnclear),
        ({"refresh_token": "ö"}, CloudAnswerUnclear),
        ({"token_type": "mac"}, CloudAnswerUnclear),
    ],
)
async def test_a_sign_in_that_lacks_something(
    google: Google, changes: Mapping[str, Any], kind: type[CloudError]
) -> None:
    given = {**google.new_tokens(refresh=True), **changes}
    google.before = lambda request: Reply(200, json=given) if request.url.path == "/token" else None
    with pytest.raises(kind):
        await KIND.sign_in(OPTIONS, {}, Yes())


@pytest.mark.parametrize("expires", [None, 0, -5, "3600", 1e300, True])
async def test_a_life_that_is_odd_is_an_hour(google: Google, expires: object) -> None:
    given = {**google.new_tokens(refresh=True), "expires_in": expires}
    google.before = lambda request: Reply(200, json=given) if request.url.path == "/token" else None
    signed_in = await KIND.sign_in(OPTIONS, {}, Yes())
    assert int(signed_in.credentials["expires"]) <= time.time() + 3600


async def test_a_wrong_client_is_told(google: Google) -> None:
    with pytest.raises(SignInRefused) as caught:
        await KIND.sign_in({**OPTIONS, "client-secret": "other-secret"}, {}, Yes())
    assert caught.value.facts["error"] == "invalid_client"
    assert "other-secret" not in str(caught.value) + repr(caught.value.record())


async def test_a_no_on_the_page(google: Google) -> None:
    with pytest.raises(SignInRefused):
        await KIND.sign_in(OPTIONS, {}, Yes(error="access_denied"))
    assert google.calls == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Reply(503), CloudUnreachable),
        (Reply(429), CloudBusy),
        (Reply(200, text="<html>"), CloudAnswerUnclear),
        (Reply(404, text="<html>"), CloudAnswerUnclear),
        (Reply(302, headers={"Location": "https://wifi.example"}), CloudAnswerUnclear),
    ],
)
async def test_a_token_endpoint_that_is_ill(google: Google, answer: Reply, kind: type[CloudError]) -> None:
    google.before = lambda request: answer if request.url.path == "/token" else None
    with pytest.raises(kind):
        await KIND.sign_in(OPTIONS, {}, Yes())
    with pytest.raises(kind):  # the same when a token is renewed: the sign-in itself may be good
        await google.drive(expires=0).account()


async def test_a_long_token_is_not_kept(google: Google) -> None:
    token = "a" * 2048
    google.tokens.add(token)
    given = {**google.new_tokens(refresh=True), "access_token": token}
    google.before = lambda request: Reply(200, json=given) if request.url.path == "/token" else None
    signed_in = await KIND.sign_in(OPTIONS, {}, Yes())
    assert "access" not in signed_in.credentials
    assert sum(len(name) + len(value) for name, value in signed_in.credentials.items()) < 1200
    drive = KIND.connect({}, signed_in.credentials, Surroundings({}, _keep_in([])))
    assert (await drive.account()).name == "mo@example.org"


async def test_signing_out(google: Google) -> None:
    await KIND.sign_out({}, {"refresh": "refresh-1"}, {})
    assert google.revoked == ["refresh-1"]
    await KIND.sign_out({}, {"refresh": "refresh-1"}, {})  # forgotten already
    google.before = lambda _: Reply(503)
    with pytest.raises(CloudUnreachable):
        await KIND.sign_out({}, {"refresh": "refresh-1"}, {})


# --- renewing


async def test_a_token_near_its_end_is_renewed_and_kept_before_it_is_used(google: Google) -> None:
    saved: list[Tokens] = []
    drive = google.drive(expires=time.time() + 299, saved=saved)
    await drive.account()
    assert google.calls == ["POST /token", "GET /drive/v3/about"]
    assert [tokens.refresh for tokens in saved] == ["refresh-1"]
    await drive.account()
    assert google.calls.count("POST /token") == 1
    assert saved[0].access not in repr(saved)


async def test_a_token_that_can_not_be_kept_is_not_used(google: Google) -> None:
    async def full(credentials: Credentials) -> None:
        raise OSError("disk")

    drive = KIND.connect({}, {**_kept(), "expires": "5"}, Surroundings({}, full))
    with pytest.raises(OSError, match="disk"):
        await drive.account()
    assert google.calls == ["POST /token"]
    with pytest.raises(OSError, match="disk"):
        await drive.account()
    assert google.calls == ["POST /token"] * 2


def _kept() -> dict[str, str]:
    tokens = {"refresh": "refresh-1", "access": "access-1", "expires": str(int(time.time()) + 3000)}
    return {**OPTIONS, **tokens}


async def test_renewed_credentials_are_saved_whole(google: Google) -> None:
    saved: list[Credentials] = []
    google.tokens.clear()
    drive = KIND.connect({}, _kept(), Surroundings({}, _keep_in(saved)))
    await drive.account()
    assert set(saved[0]) == {"client-id", "client-secret", "refresh", "access", "expires"}
    assert saved[0]["access"] in google.tokens


async def test_many_at_once_renew_once(google: Google) -> None:
    drive = google.drive(expires=0)
    await asyncio.gather(*(drive.account() for _ in range(8)))
    google.tokens.clear()
    await asyncio.gather(*(drive.account() for _ in range(8)))
    assert google.calls.count("POST /token") == 2


async def test_a_clock_that_was_set_back_does_not_keep_a_token_for_ever(google: Google) -> None:
    await google.drive(expires=time.time() + 10 * 365 * 86400).account()
    assert google.calls[0] == "POST /token"


async def test_a_sign_in_that_was_ended_there(google: Google) -> None:
    google.tokens.clear()
    google.refresh_tokens.clear()
    with pytest.raises(SignInExpired):
        await google.drive().account()
    assert google.calls == ["GET /drive/v3/about", "POST /token"]


# --- the row


def test_options_say_what_they_are() -> None:
    options = {option.name: option for option in KIND.options}
    assert list(options) == ["client-id", "client-secret", "shared-drive", "rate", "files-at-once"]
    assert options["client-secret"].form is Form.SECRET
    assert {name for name, option in options.items() if option.when is When.SIGN_IN} == set(OPTIONS)
    checked = check_all(KIND.options, OPTIONS)
    assert checked == {**OPTIONS, "shared-drive": "", "rate": "0", "files-at-once": "4"}
    for wrong in ({"client-id": ""}, {"client-secret": ""}, {"files-at-once": "17"}, {"files-at-once": "0"}):
        with pytest.raises(OptionRefused):
            check_all(KIND.options, {**OPTIONS, **wrong})
    assert list(KIND.abilities.hashers) == ["sha256", "md5"]


async def test_a_shared_drives_address_will_do(google: Google) -> None:
    for given in ("https://drive.google.com/drive/folders/0AbC-d_E?usp=sharing", " 0AbC-d_E "):
        around = Surroundings({}, _keep_in([]))
        await KIND.connect({"shared-drive": given}, _kept(), around).folder("", "F", "k")
    assert {query["driveId"] for query in google.queries if "q" in query} == {"0AbC-d_E"}


def test_a_stand_in_takes_the_place_of_all_hosts() -> None:
    hosts = hosts_of({"REELKEY_GOOGLE_ORIGIN": "http://127.0.0.1:8123/"})
    assert hosts.consent == "http://127.0.0.1:8123/o/oauth2/v2/auth"
    assert hosts.token == "http://127.0.0.1:8123/token"
    assert hosts.revoke == "http://127.0.0.1:8123/revoke"
    assert hosts.is_session("http://127.0.0.1:8123/upload/drive/v3/files?upload_id=1")
    assert not hosts.is_session("https://www.googleapis.com/upload/drive/v3/files?upload_id=1")
    with pytest.raises(UsageError):
        hosts_of({"REELKEY_GOOGLE_ORIGIN": "http://stand-in.example"})
    assert SCOPE.endswith("/drive.file")
