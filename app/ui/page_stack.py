"""The pages of the window, one of them in front. A page is built when it is first wanted."""

from __future__ import annotations

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QStackedWidget

from app.ui.context import Context, Page
from app.ui.pages import PAGES, entry_of


class PageStack(QStackedWidget):
    """Builds, keeps and drops the pages of the table (`app.ui.pages`), each under its id."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("pages")
        self._context = context
        self._pages: dict[str, Page] = {}

    @property
    def page(self) -> Page:
        """The page in front."""
        shown = self.currentWidget()
        assert isinstance(shown, Page)  # noqa: S101 - the stack holds nothing else
        return shown

    def page_of(self, name: str) -> Page:
        """The page `name`, built now if it never was; the first page where there is none of that name."""
        if name not in self._pages:
            entry = entry_of(name, self._context.store)
            if entry is None:  # an account that is gone
                return self.page_of(PAGES[0].id)
            page = entry.factory(self._context)
            page.retranslate()
            self._pages[name] = page
            self.addWidget(page)
        return self._pages[name]

    def drop_gone(self) -> bool:
        """Take away the pages that the table no longer has, the first page to the front where one of them was
        there; whether it was."""
        gone = [name for name in self._pages if entry_of(name, self._context.store) is None]
        in_front = any(self._pages[name] is self.currentWidget() for name in gone)
        if in_front:
            self.setCurrentWidget(self.page_of(PAGES[0].id))
        for name in gone:
            page = self._pages.pop(name)
            self.removeWidget(page)
            page.deleteLater()
        return in_front

    def retranslate(self) -> None:
        for page in self._pages.values():
            page.retranslate()

    def restyle(self) -> None:
        for page in self._pages.values():
            page.restyle()

    def remember(self, kept: QSettings) -> None:
        """Put what pages keep for the next start into `kept`."""
        for page in self._pages.values():
            page.remember(kept)

    def recall(self, kept: QSettings) -> None:
        """Give the pages what an earlier window kept."""
        for page in self._pages.values():
            page.recall(kept)
