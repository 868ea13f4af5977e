"""A form that builds itself from a cloud's options: what is asked, what it means, what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.cloud.options import Form, Option
from app.domain.errors import OptionRefused
from app.domain.words import N_, tr
from app.ui.widgets import ChoiceBox, label

_SHORT = 160
_LONGEST = 4096
_K, _M = 1_000, 1_000_000


class Field(QWidget):
    """One option: its title, the control its form wants, its help, and the error beside it."""

    changed = Signal()

    def __init__(self, option: Option) -> None:
        super().__init__()
        self.option = option
        self._title: QLabel = label("medium")
        self._help: QLabel = label("second", wrap=True)
        self.error: QLabel = label("error-small", wrap=True, selectable=True)
        self.error.hide()
        self.control: QLineEdit | QComboBox | QCheckBox = self._made()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(4)
        column.addWidget(self._title)
        row = QHBoxLayout()
        row.addWidget(self.control)
        if option.form in (Form.NUMBER, Form.RATE, Form.CHOICE, Form.FLAG):
            row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.error)
        column.addWidget(self._help)

    def _made(self) -> QLineEdit | QComboBox | QCheckBox:
        option = self.option
        if option.form is Form.FLAG:
            box = QCheckBox()
            box.toggled.connect(lambda _: self._touched())
            return box
        if option.form is Form.CHOICE:
            choice = ChoiceBox()
            choice.setMinimumWidth(240)
            for one in option.choices:
                choice.addItem("", one)
            choice.activated.connect(lambda _: self._touched())
            return choice
        edit = QLineEdit()
        edit.setMaxLength(_LONGEST)
        if option.secret:
            edit.setEchoMode(QLineEdit.EchoMode.Password)
        if option.form in (Form.NUMBER, Form.RATE):
            edit.setFixedWidth(_SHORT)
        edit.textChanged.connect(lambda _: self._touched())
        return edit

    def _touched(self) -> None:
        self.show_error("")
        self.changed.emit()

    @property
    def text(self) -> str:
        """What stands there, as `Option.check` takes it."""
        control = self.control
        if isinstance(control, QCheckBox):
            return "on" if control.isChecked() else "off"
        if isinstance(control, QComboBox):
            return str(control.currentData() or "")
        return control.text()

    def show_text(self, text: str) -> None:
        """Show a value as the account keeps it; secrets are never shown."""
        control = self.control
        if isinstance(control, QCheckBox):
            control.setChecked((text or self.option.default) == "on")
        elif isinstance(control, QComboBox):
            control.setCurrentIndex(max(0, control.findData(text or self.option.default)))
        elif not self.option.secret:
            control.setText(rate_text(text) if self.option.form is Form.RATE else text)

    def clear_secret(self) -> None:
        """A secret stays nowhere longer than it is needed."""
        if self.option.secret and isinstance(self.control, QLineEdit):
            self.control.clear()

    def check(self) -> str | None:
        """The value as it is kept; None, and the error is shown, where it can't be."""
        try:
            value = self.option.check(self.text)
        except OptionRefused as error:
            self.show_error(error.reason or error.title)
            return None
        self.show_error("")
        return value

    def show_error(self, text: str) -> None:
        self.error.setText(text)
        self.error.setVisible(bool(text))
        self.control.setAccessibleDescription(text or tr(self.option.help))

    def retranslate(self) -> None:
        option = self.option
        title = tr(option.title)
        needed = option.required or option.form in (Form.FLAG, Form.CHOICE, Form.NUMBER, Form.RATE)
        self._title.setText(title if needed else tr(N_("{option} (optional)"), option=title))
        self._help.setText(tr(option.help))
        self._help.setVisible(bool(option.help))
        self.control.setAccessibleName(title)
        if not self.error.text():
            self.control.setAccessibleDescription(tr(option.help))
        if isinstance(self.control, QCheckBox):
            self.control.setText(tr(N_("On")))
        elif isinstance(self.control, QComboBox):
            for place in range(self.control.count()):
                self.control.setItemText(place, tr(str(self.control.itemData(place))))
        elif option.form is Form.RATE:
            self.control.setPlaceholderText(tr(N_("No limit")))
        else:
            self.control.setPlaceholderText(option.default)


class OptionForm(QWidget):
    """The fields of these options, one below the other."""

    changed = Signal()

    def __init__(self, options: Sequence[Option], values: Mapping[str, str] | None = None) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self.fields: dict[str, Field] = {}
        for option in options:
            field = Field(option)
            field.show_text((values or {}).get(option.name, ""))
            field.changed.connect(self.changed.emit)
            self.fields[option.name] = field
            column.addWidget(field)
        self.retranslate()

    def check(self) -> dict[str, str] | None:
        """Every option as it was typed, once all of them are good; None where one is not: its field says why
        and has the focus."""
        wrong: Field | None = None
        for field in self.fields.values():
            if field.check() is None and wrong is None:
                wrong = field
        if wrong is not None:
            wrong.control.setFocus()
            return None
        return {name: field.text for name, field in self.fields.items()}

    @property
    def complete(self) -> bool:
        """Whether nothing that is needed is empty."""
        return all(field.text.strip() or not field.option.required for field in self.fields.values())

    def refuse(self, error: OptionRefused) -> bool:
        """Show the error at its field; whether it is one of these."""
        field = self.fields.get(str(error.facts.get("option")))
        if field is None:
            return False
        field.show_error(error.reason or error.title)
        field.control.setFocus()
        return True

    def clear_secrets(self) -> None:
        for field in self.fields.values():
            field.clear_secret()

    def focus_first(self) -> None:
        """The cursor into the first field that is empty."""
        for field in self.fields.values():
            if isinstance(field.control, QLineEdit) and not field.text:
                field.control.setFocus()
                return

    def retranslate(self) -> None:
        for field in self.fields.values():
            field.retranslate()


def rate_text(value: str) -> str:
    """``20000000`` as a person writes it, ``20M``; "" for no limit."""
    if not value.isdigit() or int(value) == 0:
        return ""
    rate = int(value)
    for unit, letter in ((_M, "M"), (_K, "k")):
        if rate >= unit and rate % (unit // _K) == 0:
            return f"{rate / unit:g}{letter}"
    return str(rate)
