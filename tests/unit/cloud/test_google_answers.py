"""What Google's errors mean, told apart by status and reason."""

from __future__ import annotations

import functools

import httpx2
import pytest

from app.domain.errors import (
    AllowanceUsed,
    CloudAnswerUnclear,
    CloudBusy,
    CloudError,
    CloudFull,
    CloudRefused,
    CloudUnreachable,
    SignInExpired,
)
from tests.unit.cloud.google_fake import Google, Reply, error


@pytest.fixture
def google() -> Google:
    return Google()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error(403, "userRateLimitExceeded"), CloudBusy),
        (error(403, "rateLimitExceeded"), CloudBusy),
        (error(403, "sharingRateLimitExceeded"), CloudBusy),
        (error(403, "userRateLimitExceeded", "User rate limit exceeded."), CloudBusy),
        (error(429, "rateLimitExceeded"), CloudBusy),
        (Reply(429, text="slow down"), CloudBusy),
        (error(403, "dailyLimitExceeded"), AllowanceUsed),
        (error(403, "quotaExceeded"), AllowanceUsed),
        (error(403, "storageQuotaExceeded"), CloudFull),
        (error(403, "insufficientPermissions"), CloudRefused),
        (error(403, "insufficientFilePermissions"), CloudRefused),
        (error(403, "appNotAuthorizedToFile"), CloudRefused),
        (error(403, "teamDriveFileLimitExceeded"), CloudRefused),
        (error(404, "notFound"), CloudRefused),
        (error(400, "badRequest"), CloudRefused),
        (error(403, "backendError"), CloudUnreachable),
        (error(500, "internalError"), CloudUnreachable),
        (error(503, "backendError"), CloudUnreachable),
        (Reply(502, text="<html>Bad gateway</html>"), CloudUnreachable),
        (Reply(408), CloudUnreachable),
        (error(401, "authError"), SignInExpired),
        (error(403, "accountDisabled"), SignInExpired),
        (Reply(403, text="<html>This proxy says no</html>"), CloudAnswerUnclear),
        (Reply(302, headers={"Location": "https://wifi.example/"}), CloudAnswerUnclear),
        (Reply(200, text="<html>Sign in to this network</html>"), CloudAnswerUnclear),
        (Reply(200, text="[]"), CloudAnswerUnclear),
        (Reply(200, text='{"user": NaN}'), CloudAnswerUnclear),
        (Reply(200, content=b"\xff\xfe"), CloudAnswerUnclear),
        (Reply(200, text='{"user": "' + "x" * 2**20 + '"}'), CloudAnswerUnclear),
        (Reply(200, text="[" * 100_000), CloudAnswerUnclear),
        (Reply(403, json={"error": {"errors": "x", "message": None}}), CloudAnswerUnclear),
        (Reply(403, json={"error": {"errors": [5], "message": "A text"}}), CloudRefused),
    ],
)
async def test_each_answer_is_the_error_that_it_means(
    google: Google, answer: Reply, kind: type[CloudError]
) -> None:
    google.before = lambda request: answer if "about" in request.url.path else None
    with pytest.raises(CloudError) as caught:
        await google.drive().account()
    assert type(caught.value) is kind
    assert caught.value.facts["cloud"] == "Google Drive"


@pytest.mark.parametrize(
    "status_and_reason",
    [(403, "userRateLimitExceeded"), (429, "x"), (503, "backendError"), (403, "dailyLimitExceeded")],
)
async def test_when_to_come_back_is_handed_on(google: Google, status_and_reason: tuple[int, str]) -> None:
    answer = error(*status_and_reason, retry_after=42)
    google.before = lambda _: answer
    with pytest.raises(CloudError) as caught:
        await google.drive().account()
    assert caught.value.facts["retry_after"] == 42


async def test_googles_own_text_is_shown_clean_and_short(google: Google) -> None:
    text = "No\n  room \x1b[31m\u202efor\x00 you " + "x" * 10_000
    google.before = lambda _: error(403, "some\x07Reason" + "y" * 500, text)
    with pytest.raises(CloudRefused) as caught:
        await google.drive().account()
    shown = str(caught.value.facts["text"])
    assert shown.startswith("No room ␣[31m␣for␣ you xxx")
    assert len(shown) == 300
    assert len(str(caught.value.facts["reason"])) <= 60
    assert "403" in caught.value.message


def _always(answer: Reply, request: httpx2.Request) -> Reply:
    return answer


async def test_no_token_is_in_an_error(google: Google) -> None:
    for answer in (error(403, "x"), Reply(503), Reply(200, text="")):
        google.before = functools.partial(_always, answer)
        with pytest.raises(CloudError) as caught:
            await google.drive().account()
        everything = repr(caught.value) + str(caught.value) + repr(caught.value.record())
        assert "access-1" not in everything
        assert "refresh-1" not in everything
        assert caught.value.__cause__ is None
