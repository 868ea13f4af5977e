"""The stand-ins themselves: a page's question goes through them as through the real crossing."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from app.domain.errors import NotNow
from app.ui.context import Context
from tests.ui.fakes import engine_of, shell_of


def test_an_answer_comes_back_and_an_error_goes_to_the_shell(qtbot: QtBot, context: Context) -> None:
    got: list[object] = []
    engine_of(context).answers["free"] = 7
    context.run(lambda engine: engine.free([1, 2]), got.append)
    qtbot.waitUntil(lambda: got == [7])
    assert engine_of(context).called("free") == [([1, 2],)]

    engine_of(context).answers["pause"] = NotNow(source_name="film", reason="")
    context.run(lambda engine: engine.pause(1))
    qtbot.waitUntil(lambda: [type(one) for one in shell_of(context).errors] == [NotNow])
