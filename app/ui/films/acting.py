"""Acting on a row, of films or of exports: which act is meant, and the row's menu."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.domain.words import tr
from app.ui import theme
from app.ui.films.values import ACTS, Act, Card


def act_of(card: Card, asked: Act | str, meant: Callable[[Act, Card], Act]) -> Act | None:
    """What `asked` ("main": the main button) comes to on a row that says `card`; None where it can't be done
    now. `meant`: which of its neighbours an act stands for there."""
    main = card.way.main.act if card.way.main is not None else None
    wanted = meant(asked, card) if isinstance(asked, Act) else main if asked == "main" else None
    return wanted if wanted is not None and (wanted is main or wanted in card.menu) else None


def open_menu(card: Card, where: QPoint, parent: QWidget, do: Callable[[Act], None]) -> QMenu:
    """The row's menu, shown at `where` (global); `do` gets what is chosen."""
    menu = QMenu(parent)
    for act in card.menu:
        if act is None:
            menu.addSeparator()
        else:
            menu.addAction(_entry(menu, act, do))
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(where)
    return menu


def _entry(menu: QMenu, act: Act, do: Callable[[Act], None]) -> QAction:
    words, icon = ACTS[act]
    entry = QAction(theme.icon(icon, theme.current().text2), tr(words).replace("&", "&&"), menu)
    entry.triggered.connect(lambda: do(act))
    return entry
