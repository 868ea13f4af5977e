"""Qt's own texts: those of its file dialogs and of the menus of its fields."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from app.domain.words import language

_NAME = "qtsWords"


def translate_qt(app: QApplication) -> None:
    """Say Qt's own texts in the language of the window; what it said before is taken back."""
    for before in app.findChildren(QTranslator, _NAME):
        app.removeTranslator(before)
        before.deleteLater()
    translator = QTranslator(app)
    translator.setObjectName(_NAME)
    locale = QLocale("zh_CN" if language() == "zh" else "en")
    if translator.load(locale, "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(translator)
