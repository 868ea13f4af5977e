"""The table of pages. A page is added here and nowhere else; accounts at clouds have one each, by a rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from app.domain.words import N_, tr
from app.ui import amounts, counts
from app.ui.cloud_messages import AccountSeen
from app.ui.clouds.card import exports_by_need
from app.ui.context import Context, Page
from app.ui.store import Store
from app.ui.widgets.elided import one_line


@dataclass(frozen=True, slots=True)
class Badge:
    """What stands behind a page's name: a text, gold where a person's decision is wanted, or a dot of a tone
    (``done``, ``key``, ``error``, ``track``) with a word, a catalogue key. `meaning` says what is counted,
    for the tooltip and for ears."""

    text: str = ""
    key: bool = False
    dot: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page: its id, catalogue key, Lucide icon, section of the side bar (``top``, ``clouds``, ``foot``),
    what builds it, and what its badge says of the store. `named`: its title is a name, no catalogue key."""

    id: str
    title: str
    icon: str
    section: str
    factory: Callable[[Context], Page]
    badge: Callable[[Store], Badge] = lambda _: Badge()
    named: bool = False

    @property
    def words(self) -> str:
        """Its title in the language of now."""
        return self.title if self.named else tr(self.title)


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
    count = len(store.open_films())
    if not count:
        return Badge()
    return Badge(amounts.count(count), meaning=tr(N_("{films} not finished"), films=counts.films(count)))


def _due(store: Store) -> Badge:
    count = len(store.all_due())
    if not count:
        return Badge()
    words = N_("1 to release") if count == 1 else N_("{n} to release")
    return Badge(amounts.count(count), key=True, meaning=tr(words, n=amounts.count(count)))


def _node_state(store: Store) -> Badge:
    from app.ui.node.standing import reach_of  # noqa: PLC0415
    from app.ui.words import REACH_BADGES  # noqa: PLC0415

    word, tone = REACH_BADGES[reach_of(store.node)]
    return Badge(word, dot=tone)


# --- pages of clouds: an account each, which come and go -------------------------------------------------

_CLOUD = "cloud:"


def cloud_page(account: int) -> str:
    """The id of an account's page (its journal number)."""
    return f"{_CLOUD}{account}"


def cloud_entries(store: Store) -> list[PageEntry]:
    """An entry for each account; where a cloud has several, its name says which one."""
    accounts = list(store.clouds.accounts.values())
    kinds = [one.row.kind for one in accounts]
    return [_cloud_entry(one, alone=kinds.count(one.row.kind) == 1) for one in accounts]


def entry_of(page: str, store: Store) -> PageEntry | None:
    """The entry of that id; None where there is no such page (any more)."""
    return next((entry for entry in [*PAGES, *cloud_entries(store)] if entry.id == page), None)


def _cloud_entry(account: AccountSeen, *, alone: bool) -> PageEntry:
    number = account.row.number

    def build(context: Context) -> Page:
        from app.ui.clouds.page import AccountPage  # noqa: PLC0415

        return AccountPage(context, number)

    title = account.kind.title if alone else f"{account.kind.title} · {account.row.name}"
    name = one_line(account.row.label or title)
    badge = partial(_exports, number)
    return PageEntry(cloud_page(number), name, account.kind.icon, "clouds", build, badge, named=True)


def _exports(account: int, store: Store) -> Badge:
    """Exports that need a person, in gold, or the sign-in alone; else exports that move."""
    seen = store.clouds.accounts.get(account)
    if seen is None:
        return Badge()
    needs, moving = exports_by_need(store.clouds, account)
    if seen.row.expired and not needs:
        meaning = tr(N_("Sign-in to {cloud} has expired"), cloud=seen.kind.title)
        return Badge(amounts.count(1), key=True, meaning=meaning)
    if not needs and not moving:
        return Badge()
    words = N_("{exports} waiting for you") if needs else N_("{exports} under way")
    meaning = tr(words, exports=counts.exports(needs or moving))
    return Badge(amounts.count(needs or moving), key=bool(needs), meaning=meaning)


PAGES: list[PageEntry] = [
    PageEntry("films", N_("Films"), "film", "top", _films, _open_films),
    PageEntry("blocks", N_("Private blocks"), "key-round", "top", _blocks, _due),
    PageEntry("history", N_("History"), "rotate-ccw-clock", "top", _history),
    PageEntry("node", N_("Node"), "server", "foot", _node, _node_state),
    PageEntry("settings", N_("Settings"), "settings", "foot", _settings),
]
