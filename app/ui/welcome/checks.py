"""Step 2: this computer, looked at while the person reads step 1. What is green needs no look."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.domain.errors import ReelkeyError
from app.domain.words import N_, tr
from app.jobs.doctor import Check
from app.launch.scheme import SchemeState, Standing
from app.ui.context import Context
from app.ui.node.standing import WORDS, Reach, reach_of
from app.ui.widgets import IconLabel, label


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing stands: ``good``, ``note`` (works, worth knowing), ``bad``, ``running``, ``later`` (can't
    be looked at yet, which is nothing bad)."""

    state: str
    text: str
    more: str = ""


NAMES = ("link", "keyring", "node", "reach", "clock")
# What the engine is asked for; the rest is seen from the store.
_ASKED = ("keyring", "clock")
# What was looked at, not a claim: how it stands is said beside it.
_TITLES = {
    "link": N_("Buttons on the site"),
    "keyring": N_("Keyring for your sign-in"),
    "node": N_("Node"),
    "reach": N_("How buyers reach you"),
    "clock": N_("Clock"),
}
_ICONS = {
    "good": ("circle-check", "done"),
    "note": ("info", "text2"),
    "bad": ("circle-alert", "error"),
    "running": ("hourglass", "key"),
    "later": ("hourglass", "text2"),
}


class Checks(QObject):
    """Looks by itself and remembers what it found."""

    #: Something was found.
    changed = Signal()

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._link: SchemeState | ReelkeyError | None = None
        self._found: dict[str, Check] = {}
        context.store.node_changed.connect(self._tell)

    def start(self) -> None:
        """Look at everything. The link is registered on the way where nobody has it yet."""
        self._context.run(lambda engine: engine.care.link_state(), self._take_link, self._link_failed)
        for name in _ASKED:
            self._look_at(name)

    def retranslate(self) -> None:
        """What the engine said is in the language of when it was asked: ask again. The old answer stays
        until the new one is there."""
        for name in _ASKED:
            if name in self._found:
                self._look_at(name)

    def _look_at(self, name: str) -> None:
        self._context.run(
            lambda engine: engine.care.check(name),
            lambda check: self._take(name, check),
            lambda error: self._take(name, Check.of(name, error)),
        )

    def again(self) -> None:
        """Look once more, at the node too."""
        self._found.clear()
        self.start()
        self._context.run(lambda engine: engine.care.look_at_node(), None, lambda _error: None)

    def _take(self, name: str, check: Check) -> None:
        self._found[name] = check
        self._tell()

    def _take_link(self, state: SchemeState) -> None:
        self._link = state
        self._tell()
        if state.standing is Standing.MISSING:
            self.register()

    def register(self) -> None:
        """Have links of the browser open this program."""
        self._context.run(lambda engine: engine.care.register_link(), self._registered, self._link_failed)

    def _registered(self, state: SchemeState) -> None:
        self._link = state
        self._tell()

    def _link_failed(self, error: ReelkeyError) -> None:
        self._link = error
        self._tell()

    def _tell(self) -> None:
        # A keyring may take its time: the first start may be over when it answers.
        if isValid(self):
            self.changed.emit()

    # --- what was found ------------------------------------------------------------------------------

    @property
    def other_program(self) -> bool:
        """Whether another program opens the links now."""
        return isinstance(self._link, SchemeState) and self._link.standing is Standing.OTHER

    @property
    def all_good(self) -> bool:
        """Nothing here needs a person: what can be looked at was, and nothing is wrong."""
        return all(self.finding(name).state in ("good", "note", "later") for name in NAMES)

    def finding(self, name: str) -> Finding:
        match name:
            case "link":
                return self._link_finding()
            case "node":
                return self._node_finding()
            case "reach":
                return self._reach_finding()
            case _:
                return self._check_finding(name)

    def _link_finding(self) -> Finding:
        link = self._link
        if link is None:
            return Finding("running", tr(N_("Looking…")))
        if isinstance(link, ReelkeyError):
            return Finding("note", link.title, link.hint)
        if link.standing is Standing.OTHER:
            return Finding("bad", tr(N_("Another program opens them")), link.text())
        if link.standing is Standing.MISSING:
            return Finding("running", tr(N_("Registering…")))
        return Finding("good", tr(N_("reelkey links are registered")))

    def _node_finding(self) -> Finding:
        node = self._context.store.node
        if node.online:
            return Finding("good", tr(N_("Kubo {version}"), version=node.version) if node.version else "")
        if node.state == "starting":
            return Finding("running", tr(N_("usually under 10 seconds")))
        error = node.error
        if error is None:
            return Finding("bad", tr(N_("Stopped")))
        return Finding("bad", error.title, f"{error.message} → {error.hint}")

    def _reach_finding(self) -> Finding:
        reach = reach_of(self._context.store.node)
        if reach is Reach.STARTING:
            return Finding("running", tr(N_("after the node")))
        if reach is Reach.STOPPED:
            return Finding("later", tr(N_("checked once the node runs")))
        words = WORDS[reach]
        state = "good" if reach in (Reach.DIRECT, Reach.RELAY) else "note"
        return Finding(state, tr(words.sentence), tr(words.meaning))

    def _check_finding(self, name: str) -> Finding:
        check = self._found.get(name)
        if check is None:
            return Finding("running", tr(N_("Looking…")))
        if check.ok:
            return Finding("good", tr(N_("Good")))
        if name == "clock" and check.ok is None:
            return Finding("later", tr(N_("checked once a library answers")))
        short = tr(N_("None found")) if check.ok is None else tr(N_("Needs attention"))
        return Finding("note" if check.ok is None else "bad", short, check.text)


class FindingRow(QWidget):
    """An icon, what was looked at, and what was found; what to do beneath where there is something to do."""

    def __init__(self, checks: Checks, name: str, *, with_more: bool) -> None:
        super().__init__()
        self._checks, self._check, self._with_more = checks, name, with_more
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._icon = IconLabel("hourglass", "key", 14)
        self._title, self._text = label(wrap=True), label("second")
        self._more = label("second", wrap=True, selectable=True)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self._title)
        column.addWidget(self._more)
        row.addWidget(self._icon)
        row.addLayout(column, 1)
        row.addWidget(self._text)

    def refresh(self) -> None:
        found = self._checks.finding(self._check)
        self._icon.set_icon(*_ICONS[found.state])
        self._title.setText(tr(_TITLES[self._check]))
        self._text.setText(found.text)
        self._more.setText(found.more)
        self._more.setVisible(self._with_more and bool(found.more))
        self.setAccessibleName(f"{self._title.text()}: {found.text}. {found.more}")


class FindingsCard(QFrame):
    """Findings one below the other."""

    def __init__(self, checks: Checks, names: tuple[str, ...], *, with_more: bool) -> None:
        super().__init__()
        self.setProperty("look", "raised")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(10 if with_more else 6)
        self.title = label("second")
        column.addWidget(self.title)
        self._rows = [FindingRow(checks, name, with_more=with_more) for name in names]
        for row in self._rows:
            column.addWidget(row)
        checks.changed.connect(self.refresh)

    def refresh(self) -> None:
        for row in self._rows:
            row.refresh()
