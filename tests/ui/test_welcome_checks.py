"""What was found out about the computer is said in the language of now."""

from __future__ import annotations

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.domain.words import language, set_language
from app.jobs.doctor import Check
from app.ui.context import Context
from app.ui.messages import NodeSeen
from app.ui.welcome.checks import Checks
from tests.ui.fakes import engine_of


def test_findings_of_the_engine_follow_the_language(context: Context, qtbot: QtBot) -> None:
    engine = engine_of(context)
    engine.answers["care.check"] = lambda name: Check(name, False, f"said in {language()}")
    owner = QObject()
    checks = Checks(context, owner)
    for name in ("keyring", "clock"):
        checks._look_at(name)
    qtbot.waitUntil(lambda: checks.finding("clock").more == "said in en")
    set_language("zh")
    checks.retranslate()
    qtbot.waitUntil(lambda: checks.finding("keyring").more == "said in zh")
    qtbot.waitUntil(lambda: checks.finding("clock").more == "said in zh")


def test_what_cannot_be_looked_at_yet_is_no_finding_and_no_fault(context: Context) -> None:
    checks = Checks(context, QObject(context.store))
    checks._take("clock", Check("clock", None, ""))
    context.store.take([NodeSeen("stopped")])
    assert [checks.finding(name).state for name in ("clock", "reach")] == ["later", "later"]
