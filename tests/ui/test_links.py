"""Links on their way to a question."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.domain.errors import EngineEnded, KeyringLocked, LinkFieldRefused, TooManyLinks
from app.ui.context import Context
from app.ui.links import Links
from app.ui.messages import EngineOpens, EngineStopped, Request, RowsChanged
from tests.ui.fakes import engine_of, shell_of


class Way:
    """Links, the engine that takes them apart, and the requests that come out."""

    def __init__(self, context: Context, qtbot: QtBot) -> None:
        self.context, self.engine, self.qtbot = context, engine_of(context), qtbot
        self.requests: list[Request] = []
        self._owner = QObject()
        self.links = Links(context, self.requests.append, self._owner)
        self.engine.answers["requests.of_link"] = lambda text: Request(int(text), "private", "https://x")

    @property
    def asked(self) -> list[str]:
        return [text for (text,) in self.engine.called("requests.of_link")]

    def came(self, *numbers: int) -> None:
        self.qtbot.waitUntil(lambda: [one.number for one in self.requests] == list(numbers))


@pytest.fixture
def way(context: Context, qtbot: QtBot) -> Way:
    return Way(context, qtbot)


@pytest.fixture
def open_way(way: Way) -> Way:
    way.context.store.take([RowsChanged()])
    way.links.set_ready(True)
    return way


def test_they_wait_for_the_window_and_the_profile_and_come_in_order(way: Way, qtbot: QtBot) -> None:
    for text in ("1", "2", "1"):
        way.links.take(text)
    way.links.set_ready(True)
    qtbot.wait(20)
    assert way.asked == []
    way.context.store.take([RowsChanged()])
    way.came(1, 2)
    way.links.take("3")
    way.came(1, 2, 3)


def test_only_so_many_wait(way: Way) -> None:
    for number in range(30):
        way.links.take(str(number))
    errors = shell_of(way.context).errors
    assert {type(error) for error in errors} == {TooManyLinks}
    assert errors[0].facts == {"most": 20}
    way.links.set_ready(True)
    way.context.store.take([RowsChanged()])
    way.came(*range(20))


def test_one_that_comes_as_the_engine_ends_is_asked_about_by_the_next(open_way: Way) -> None:
    ends = iter([EngineEnded(), EngineEnded()])
    taken = open_way.engine.answers["requests.of_link"]

    def of_link(text: str) -> Request:
        for error in ends:
            raise error
        request: Request = taken(text)
        return request

    open_way.engine.answers["requests.of_link"] = of_link
    open_way.links.take("1")
    open_way.came(1)
    assert open_way.asked == ["1"] * 3
    assert shell_of(open_way.context).errors == []


def test_an_engine_that_stays_away_is_waited_for(open_way: Way, qtbot: QtBot) -> None:
    store, answers = open_way.context.store, open_way.engine.answers
    taken = answers["requests.of_link"]

    def of_link(text: str) -> Request:
        store.take([EngineStopped(KeyringLocked(reason="it is locked"))])
        raise KeyringLocked(reason="it is locked")

    answers["requests.of_link"] = of_link
    open_way.links.take("1")
    qtbot.waitUntil(lambda: store.fault is not None)
    open_way.links.take("2")
    answers["requests.of_link"] = taken
    store.take([EngineOpens()])
    qtbot.wait(20)
    assert open_way.asked == ["1"], "what still opens may be the process that ends"
    store.take([RowsChanged()])
    open_way.came(1, 2)
    assert shell_of(open_way.context).errors == []


def test_what_is_wrong_with_a_link_is_said(open_way: Way, qtbot: QtBot) -> None:
    refused = LinkFieldRefused(which="v", reason="it is missing")
    open_way.engine.answers["requests.of_link"] = refused
    open_way.links.take("1")
    qtbot.waitUntil(lambda: shell_of(open_way.context).errors == [refused])
    assert open_way.asked == ["1"]
