"""What errors of clouds say, now and when the journal gives them back in another language."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from app.domain import words
from app.domain.errors import (
    AllowanceUsed,
    ChangedWhileSent,
    CloudAnswerUnclear,
    CloudRefused,
    CloudUnreachable,
    PhotoNotWhole,
    ReelkeyError,
    SourceChanged,
    revive,
)
from app.domain.words import N_, set_language

NOT_GIVEN = N_("An answer that Google Drive does not give ({status})")
SILENCE = N_("no answer in time")


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    before = words.language()
    set_language("en")
    yield
    set_language(before)


@pytest.mark.parametrize(
    ("error", "english", "chinese"),
    [
        (
            PhotoNotWhole(name="a.jpg", reason=N_("its server answers {status}"), status=503),
            "its server answers 503",
            "服务器返回 503",
        ),
        (
            CloudAnswerUnclear(cloud="C", reason=NOT_GIVEN, status=302),
            "An answer that Google Drive does not give (302)",
            "302",
        ),
        (
            CloudUnreachable(cloud="C", reason=N_("no answer in time")),
            "no answer in time",
            "没有在时限内回答",
        ),
    ],
)
def test_a_reason_from_the_journal_is_said_in_the_language_of_now(
    error: ReelkeyError, english: str, chinese: str
) -> None:
    kept = error.record()
    assert error.reason == english
    assert english in error.message
    set_language("zh")
    again = revive(kept)
    assert chinese in again.reason
    assert again.reason in again.message
    assert again.reason != english


@pytest.mark.parametrize("text", ["{", "{0.__class__}", "{cloud!r}", "100 %", "{}", "{missing}"])
def test_words_from_outside_are_no_form_to_be_filled(text: str) -> None:
    assert text in CloudRefused(cloud="Cloud", text=text, status=400).message


def test_an_allowance_says_what_it_is_and_when_it_goes_on() -> None:
    day = AllowanceUsed(cloud="Google Drive", what="day", limit=750 * 10**9)
    assert day.title == "Today's allowance of Google Drive is used up"
    assert day.message.startswith("Google Drive takes 750.0 GB a day")
    assert day.hint == "It goes on by itself when there is a new allowance"
    moment = time.time() + 3600
    transfer = AllowanceUsed(cloud="MEGA", what="transfer", until=moment)
    assert transfer.title == "The transfer allowance of MEGA is used up"
    assert transfer.hint.endswith(time.strftime("%H:%M", time.localtime(moment)))
    assert AllowanceUsed(cloud="MEGA", until=time.time() - 1).hint == day.hint


def test_a_file_that_changes_is_said_to_change_while_it_is_sent() -> None:
    error = ChangedWhileSent(path="/films/a.mov")
    assert isinstance(error, SourceChanged)
    assert "sent" in error.title
    assert type(revive(error.record())) is ChangedWhileSent
