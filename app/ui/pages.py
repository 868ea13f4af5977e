"""The table of pages. A page is added here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.words import N_
from app.journal import Run
from app.ui.context import Context, Page
from app.ui.store import Store


@dataclass(frozen=True, slots=True)
class Badge:
    """What stands behind a page's name: a text, gold where a person's decision is wanted, or a dot of a tone
    (``done``, ``key``, ``error``, ``track``) with a word, a catalogue key."""

    text: str = ""
    key: bool = False
    dot: str = ""


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page: its id, catalogue key, Lucide icon, section of the side bar (``top``, ``clouds``, ``foot``),
    what builds it, and what its badge says of the store."""

    id: str
    title: str
    icon: str
    section: str
    factory: Callable[[Context], Page]
    badge: Callable[[Store], Badge] = lambda _: Badge()


def _films(context: Context) -> Page:
    from app.ui.films.page import FilmsPage  # noqa: PLC0415 - pages are built when they are first shown

    return FilmsPage(context)


def _blocks(context: Context) -> Page:
    from app.ui.blocks.page import BlocksPage  # noqa: PLC0415

    return BlocksPage(context)


def _history(context: Context) -> Page:
    from app.ui.history.page import HistoryPage  # noqa: PLC0415

    return HistoryPage(context)


def _node(context: Context) -> Page:
    from app.ui.node.page import NodePage  # noqa: PLC0415

    return NodePage(context)


def _settings(context: Context) -> Page:
    from app.ui.settings.page import SettingsPage  # noqa: PLC0415

    return SettingsPage(context)


def _open_films(store: Store) -> Badge:
    open_rows = [row for row in store.rows.values() if row.run not in (Run.DONE, Run.CANCELLED)]
    count = sum(store.is_film(row) for row in open_rows)
    return Badge(str(count) if count else "")


def _due(store: Store) -> Badge:
    count = len(store.all_due())
    return Badge(str(count) if count else "", key=True)


def _node_state(store: Store) -> Badge:
    from app.ui.node.standing import reach_of  # noqa: PLC0415
    from app.ui.words import REACH_BADGES  # noqa: PLC0415

    word, tone = REACH_BADGES[reach_of(store.node)]
    return Badge(word, dot=tone)


PAGES: list[PageEntry] = [
    PageEntry("films", N_("Films"), "film", "top", _films, _open_films),
    PageEntry("blocks", N_("Private blocks"), "key-round", "top", _blocks, _due),
    PageEntry("history", N_("History"), "rotate-ccw-clock", "top", _history),
    PageEntry("node", N_("Node"), "server", "foot", _node, _node_state),
    PageEntry("settings", N_("Settings"), "settings", "foot", _settings),
]
