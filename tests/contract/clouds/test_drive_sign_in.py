"""The sign-in of the Drive stand-in: consent, codes with their proof, tokens that end."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from sandbox.clouds.drive.accounts import CLIENT_ID, CLIENT_SECRET, FILE_SCOPE
from sandbox.clouds.drive.testing import RunningDrive, running_drive
from tests.contract.clouds.drive_calls import Plain, reason

REDIRECT = "http://127.0.0.1:8123/"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def running() -> Iterator[RunningDrive]:
    with running_drive() as drive:
        yield drive


@pytest.fixture
def drive(running: RunningDrive) -> RunningDrive:
    running.control.reset()
    return running


@pytest.fixture
def plain(drive: RunningDrive) -> Iterator[Plain]:
    with Plain(drive) as calls:
        yield calls


def address(drive: RunningDrive, **changes: str | None) -> str:
    query = {
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": FILE_SCOPE,
        "state": "s1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "access_type": "offline",
        "prompt": "consent",
    } | changes
    kept = {name: value for name, value in query.items() if value is not None}
    return f"{drive.origin}/o/oauth2/v2/auth?{urlencode(kept)}"


def code_of(drive: RunningDrive, **changes: str | None) -> str:
    redirect = drive.control.consent(address(drive, **changes))
    return parse_qs(urlsplit(redirect).query)["code"][0]


def exchange(plain: Plain, **changes: str) -> httpx2.Response:
    form = {
        "grant_type": "authorization_code",
        "redirect_uri": REDIRECT,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "code_verifier": VERIFIER,
    } | changes
    return plain.http.post("/token", data=form)


def test_from_consent_to_revocation(drive: RunningDrive, plain: Plain) -> None:
    given = exchange(plain, code=code_of(drive)).json()
    assert (given["token_type"], given["scope"], given["expires_in"]) == ("Bearer", FILE_SCOPE, 3599)
    fields = {"fields": "user"}
    plain.http.headers["Authorization"] = f"Bearer {given['access_token']}"
    assert plain.call("GET", "/about", **fields).status_code == 200
    drive.control.advance(3600)
    assert reason(plain.call("GET", "/about", **fields)) == (401, "authError")
    refresh = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    renewed = exchange(plain, **refresh).json()
    assert "refresh_token" not in renewed
    plain.http.headers["Authorization"] = f"Bearer {renewed['access_token']}"
    assert plain.call("GET", "/about", **fields).status_code == 200
    assert plain.http.post("/revoke", data={"token": given["refresh_token"]}).status_code == 200
    assert plain.call("GET", "/about", **fields).status_code == 401
    assert exchange(plain, **refresh).json()["error"] == "invalid_grant"
    assert plain.http.post("/revoke", data={"token": given["refresh_token"]}).status_code == 400


def test_a_code_is_for_one_exchange_of_the_one_who_asked(drive: RunningDrive, plain: Plain) -> None:
    wrong = {"code_verifier": "w" * 43}, {"redirect_uri": REDIRECT + "x"}, {"client_secret": "other"}
    for change in wrong:
        answer = exchange(plain, code=code_of(drive), **change)
        assert answer.status_code in (400, 401)
        assert answer.json()["error"] in ("invalid_grant", "redirect_uri_mismatch", "invalid_client")
    code = code_of(drive)
    assert exchange(plain, code=code).status_code == 200
    assert exchange(plain, code=code).json()["error"] == "invalid_grant"
    late = code_of(drive)
    drive.control.advance(601)
    assert exchange(plain, code=late).json()["error"] == "invalid_grant"


def test_a_refresh_token_comes_once_unless_asked_for_again(drive: RunningDrive, plain: Plain) -> None:
    assert "refresh_token" in exchange(plain, code=code_of(drive)).json()
    assert "refresh_token" not in exchange(plain, code=code_of(drive, prompt=None)).json()
    assert "refresh_token" in exchange(plain, code=code_of(drive)).json()
    assert "refresh_token" not in exchange(plain, code=code_of(drive, access_type=None)).json()


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "other"},
        {"redirect_uri": "https://example.com/"},
        {"redirect_uri": "urn:ietf:wg:oauth:2.0:oob"},
        {"response_type": "token"},
        {"scope": "everything"},
        {"code_challenge": None},
        {"code_challenge": "short"},
        {"invented": "1"},
    ],
)
def test_the_page_refuses_what_google_would(
    drive: RunningDrive, plain: Plain, change: dict[str, Any]
) -> None:
    answer = plain.http.get(address(drive, **change))
    assert answer.status_code in (400, 401) and "blocked" in answer.text


def test_the_buttons_of_the_page(drive: RunningDrive, plain: Plain) -> None:
    for decision, expected in (("allow", "code"), ("deny", "error")):
        page = plain.http.get(address(drive)).text
        ticket = page.partition('name="ticket" value="')[2].partition('"')[0]
        path = page.partition('action="')[2].partition('"')[0]
        answer = plain.http.post(path, data={"ticket": ticket, "decision": decision})
        given = parse_qs(urlsplit(answer.headers["location"]).query)
        assert answer.status_code == 303 and expected in given and given["state"] == ["s1"]
        assert plain.http.post(path, data={"ticket": ticket, "decision": decision}).status_code == 400
