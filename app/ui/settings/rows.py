"""One setting on the page: its name and meaning, the control, its default with the way back, its error."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.errors import ReelkeyError
from app.domain.words import N_, tr
from app.settings.table import find
from app.ui.context import Context
from app.ui.settings.controls import control_for
from app.ui.settings.words import CHOICES, choice_of, help_of, label_of
from app.ui.widgets import button, label
from app.ui.widgets.elided import one_line

_LABEL_WIDTH = 240
_LONGEST_DEFAULT = 60


class SettingRow(QWidget):
    """Saved at once: what the control wants goes to the engine; what it refuses stands beside the field."""

    def __init__(self, context: Context, key: str) -> None:
        super().__init__()
        self.key = key
        self._context = context
        setting = find(key)
        assert setting is not None  # noqa: S101 - keys are the table's
        self._setting = setting
        self._error: ReelkeyError | None = None
        self.control = control_for(setting)
        self.control.wanted.connect(self.want)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(20)
        left = QVBoxLayout()
        left.setSpacing(2)
        self._name, self._help = label("strong", wrap=True), label("second", wrap=True)
        for one in (self._name, self._help):
            one.setFixedWidth(_LABEL_WIDTH)
            left.addWidget(one)
        left.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(4)
        self.error = label("error", wrap=True, selectable=True)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self._default = label("third")
        self.reset = button("link", small=True)
        self.reset.clicked.connect(lambda: self.want(""))
        foot.addWidget(self._default)
        foot.addWidget(self.reset)
        foot.addStretch(1)
        right.addWidget(self.control)
        right.addWidget(self.error)
        right.addLayout(foot)
        right.addStretch(1)
        outer.addLayout(left)
        outer.addLayout(right, 1)

    def want(self, text: str) -> None:
        """Keep `text`; "" goes back to the default."""
        self._context.run(
            lambda engine: engine.set_setting(self.key, text), lambda _answer: self._kept(), self._refused
        )

    def _kept(self) -> None:
        self._error = None
        self.refresh()

    def _refused(self, error: ReelkeyError) -> None:
        self._error = error
        self._show_error()

    def _show_error(self) -> None:
        error = self._error
        self.error.setVisible(error is not None)
        reason = "" if error is None else error.reason
        self.error.setText("" if error is None else reason or f"{error.title}. {error.message}")

    def refresh(self) -> None:
        """Show the value that counts now."""
        settings = self._context.settings
        try:
            shown = settings.shown(self.key)
        except ReelkeyError as error:
            self._error = error
            shown = ""
        default = self._setting.to_text(self._setting.default)
        if self._error is None:
            self.control.show_text(shown)
        changed = shown != default
        self.reset.setVisible(changed or self._error is not None)
        self._default.setText(self._default_words(default) if changed else "")
        self._default.setVisible(changed)
        self._show_error()

    def _default_words(self, default: str) -> str:
        if isinstance(self._setting.default, bool):
            default = tr(N_("On")) if self._setting.default else tr(N_("Off"))
        elif (self.key, default) in CHOICES:
            default = choice_of(self.key, default)
        if not default:
            return tr(N_("Default: empty"))
        short = one_line(default)
        if len(short) > _LONGEST_DEFAULT:
            short = short[: _LONGEST_DEFAULT - 1] + "…"
        return tr(N_("Default: {value}"), value=short)

    def retranslate(self) -> None:
        name, meaning = label_of(self.key), help_of(self.key)
        self._name.setText(name)
        self._help.setText(meaning)
        self._help.setVisible(bool(meaning))
        self.control.set_name(name, meaning)
        self.control.retranslate()
        self.reset.setText(tr(N_("Back to default")))
        self.reset.setAccessibleName(tr(N_("Back to default: {name}"), name=name))
        self.refresh()
