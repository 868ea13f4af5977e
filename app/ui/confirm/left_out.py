"""What lies in the folder and is not sent: refused with its reason, or simply no film."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit

from app.domain.words import N_, tr
from app.ui import amounts
from app.ui.messages import FilmsFound
from app.ui.widgets.elided import one_line


class LeftOut(QPlainTextEdit):
    """A text to read and to copy from; what is refused comes first."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFixedHeight(120)
        self._found = FilmsFound()

    def set_found(self, found: FilmsFound) -> None:
        self._found = found
        self.retranslate()

    def retranslate(self) -> None:
        found = self._found
        lines = [f"{one_line(str(path))}\n    {error.title}: {error.hint}" for path, error in found.refused]
        lines += [one_line(str(path)) for path in found.skipped]
        more = found.more_refused + found.more_skipped
        if more:
            lines.append(tr(N_("and {n} more"), n=amounts.count(more)))
        text = "\n".join(lines)
        if text != self.toPlainText():
            self.setPlainText(text)
        self.setAccessibleName(tr(N_("What is not sent")))
