"""F1: the guide, in the language of the window, as it is shipped beside the program."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from app.domain.words import language

_ONLINE = "https://github.com/reelkey/reelkey/blob/main/docs/guide.{language}.md"


def guide_url() -> QUrl:
    """The guide's file beside the program; the published one where it was installed without."""
    beside = Path(__file__).parent.parent.parent / "docs" / f"guide.{language()}.md"
    if beside.is_file():
        return QUrl.fromLocalFile(str(beside))
    return QUrl(_ONLINE.format(language=language()))


def open_guide() -> None:
    QDesktopServices.openUrl(guide_url())
