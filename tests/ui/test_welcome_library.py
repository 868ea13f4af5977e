"""The step that asks for a library."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from app.ui.context import Context
from app.ui.welcome.library import LibraryStep


def test_a_known_library_is_shown_instead_of_empty_fields(context: Context, qtbot: QtBot) -> None:
    step = LibraryStep(context)
    qtbot.addWidget(step)
    step.retranslate()
    assert step.address.isVisibleTo(step)
    assert not step._known.isVisibleTo(step)
    context.settings.set("server.Huaying", "https://films.huaying.example")
    step.retranslate()
    assert not step.address.isVisibleTo(step)
    assert step._known.isVisibleTo(step)
    assert "Huaying" in step._known.text()
