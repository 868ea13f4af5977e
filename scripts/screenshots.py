"""Drives the real window through a hand-over and takes a picture at each stage.

    xvfb-run -a -s "-screen 0 2880x1800x24" python -m scripts.screenshots --kubo PATH --folder DIR [--scale 2]

A seller's and a buyer's window in one process, each with an engine, a profile and a Kubo node of its own, and
the sandbox's task server: first start, an empty list, links, sealing, waiting, release, opening, details, the
other pages, errors, long names, 10,000 films. In Chinese and English, light and dark (`--looks` chooses).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import qasync
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from app.domain.errors import NoSpace, SourceChanged, TokenRefused
from app.domain.status import TaskKind, TaskStatus
from app.domain.words import set_language
from app.journal import Journal, Run, TaskRow
from app.settings.paths import ProfilePaths
from app.settings.settings import Settings
from app.ui import theme
from app.ui.application import Application
from app.ui.collector import Collector
from app.ui.main import make_app
from app.ui.messages import RowsChanged, ServerSeen
from sandbox.clouds.drive.testing import running_drive
from sandbox.clouds.gallery.testing import running_gallery
from sandbox.clouds.mega.testing import running_mega
from sandbox.films import make_films
from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN, RunningServer
from scripts import cloud_pictures, mega_pictures, showcase
from tests.ui.fakes import make_row

LOOKS = ("zh-light", "en-light", "zh-dark", "en-dark")
# What takes long to look at beside these, asked for by name.
MORE_LOOKS = (*LOOKS, "zh-contrast", "en-contrast")
_WAIT = 120.0


@dataclass(slots=True)
class Studio:
    """Where pictures go, and in which looks they are taken."""

    app: QApplication
    folder: Path
    looks: tuple[str, ...]
    suffix: str
    count: int = 0

    async def take(self, window: QWidget, name: str, restyle: Callable[[str], None]) -> None:
        """A picture of `window` in each look."""
        self.count += 1
        for look in self.looks:
            restyle(look)
            await settle()
            path = self.folder / f"{self.count:02}-{name}-{look}{self.suffix}.png"
            window.grab().save(str(path))
            print(path.name, flush=True)
        restyle(self.looks[0])


class Actor:
    """One person's program: a window with everything behind it."""

    def __init__(self, studio: Studio, profile: Path, server: str, kubo: Path, **settings: str) -> None:
        profile.mkdir(parents=True)
        self._studio = studio
        self._app = studio.app
        self.profile = profile
        self.settings = Settings(profile / "settings.json")
        wanted = {
            "server.华映国际片库": server,
            "poll.first": "0.2",
            "poll.max": "1",
            "node.mdns": "off",
            "keyring": "none",
            **settings,
        }
        for key, value in wanted.items():
            self.settings.set(key, value)
        env = {
            **os.environ,
            "REELKEY_KUBO": str(kubo),
            "REELKEY_LISTEN": "/ip4/127.0.0.1/tcp/0",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        self.paths = ProfilePaths.of(profile, env).ensure()
        self.running = Application(self._app, profile, self.paths, self.settings, env)
        self.running.start()

    @property
    def window(self) -> Any:  # pages and sheets as they are, whatever their class
        return self.running.window

    def look(self, name: str) -> None:
        """Language and theme, as the settings page would switch them."""
        language, colours = name.split("-")
        self.settings.set("language", language)
        self.settings.set("theme", colours)
        self.running.store.settings_changed.emit(("language", "theme"))

    async def take(self, name: str, window: QWidget | None = None) -> None:
        await self._studio.take(window or self.window, name, self.look)

    async def until(self, found: Callable[[], object], what: str) -> None:
        try:
            async with asyncio.timeout(_WAIT):
                while not found():  # noqa: ASYNC110 - Qt tells of nothing else
                    await asyncio.sleep(0.05)
        except TimeoutError:
            rows = [
                (row.id, row.run.value, int(row.status), row.error)
                for row in self.running.store.rows.values()
            ]
            raise SystemExit(f"{what}: {rows}, sheets {self.window.scrim.sheets}") from None

    async def sheet(self) -> QWidget:
        await self.until(lambda: self.window.scrim.current is not None, "no sheet came")
        sheet: QWidget = self.window.scrim.current
        await settle(0.8)
        return sheet

    async def accept(self) -> None:
        """Press the sheet's main button."""
        sheet = self.window.scrim.current
        await self.until(
            lambda: sheet.accept_button is not None and sheet.accept_button.isEnabled(), "no button"
        )
        button: QPushButton = sheet.accept_button
        button.click()
        await self.until(lambda: self.window.scrim.current is not sheet, "the sheet stayed")

    def row(self, kind: TaskKind) -> TaskRow:
        return next(row for row in self.running.store.rows.values() if row.kind is kind)


async def settle(seconds: float = 0.15) -> None:
    """Let the window paint what it knows: Qt handles its events while we sleep."""
    await asyncio.sleep(seconds)


async def journey(studio: Studio, place: Path, kubo: Path, server: RunningServer, megabytes: int) -> None:
    """First start to the film at the buyer's."""
    series = place / "母版" / "长河落日"
    make_films(place / "母版", megabytes)
    (place / "母版" / "仙剑奇侠传").rename(series)
    (series / "场记.txt").write_text("no film")
    seller = Actor(studio, place / "seller", server.url, kubo)
    await seller.until(lambda: seller.running.store.node.online, "the seller's node")
    await first_start(seller, place)
    await seller.take("films-empty")
    link = f"reelkey://upload?v=1&series_id=233&folder={quote(str(series))}&token={SELLER_TOKEN}"
    seller.running.take_link(link)
    await seller.sheet()
    await settle(2.0)
    await seller.take("confirm-upload")
    await seller.accept()
    await seller.until(
        lambda: any(live.progress for live in seller.running.store.live.values()), "nothing is sealed"
    )
    await seller.take("films-sealing")
    await seller.until(lambda: all_done(seller, TaskKind.UPLOAD, 3), "not sent")
    await settle(1.0)
    await seller.take("films-sent")
    buyer = Actor(
        studio, place / "buyer", server.url, kubo, first_start="on", output_dir=str(place / "收到的影片")
    )
    source = seller.row(TaskKind.UPLOAD).source_id
    await buyer.until(lambda: buyer.running.store.node.online, "the buyer's node")
    buyer.running.take_link(f"reelkey://download?v=1&source_id={source}&token={BUYER_TOKEN}")
    await buyer.sheet()
    await settle(1.0)
    await buyer.take("confirm-download")
    await buyer.accept()
    await buyer.until(
        lambda: any(row.status is TaskStatus.AWAITING_PRIVATE for row in buyer.running.store.rows.values()),
        "not fetched",
    )
    await settle(1.0)
    await buyer.take("films-waiting-for-release")
    await release(seller, place)
    await buyer.until(lambda: all_done(buyer, TaskKind.DOWNLOAD, 1), "not opened")
    await settle(1.5)
    await buyer.take("films-ready")
    await details(buyer)
    await other_pages(seller, buyer)
    await busy_day(studio, place, kubo, server.url, sorted(series.rglob("*.m[oxp][vf4]")))
    await clouds(studio, place, kubo, server.url, series)
    await sizes_and_numbers(seller)
    for actor in (seller, buyer):
        actor.running.quit_now()


async def first_start(seller: Actor, place: Path) -> None:
    """The three steps; places are proposed, and here are taken as they are, below the pictures' folder."""
    cover = seller.window._cover
    if cover is None:
        raise SystemExit("no first start")
    for step in (1, 2, 3):
        cover._show_step(step - 1)
        await settle(1.0)
        await seller.take(f"first-start-{step}")
    for key, folder in (("output_dir", "收到的影片"), ("private_dir", "私有块"), ("first_start", "")):
        seller.settings.set(key, str(place / folder) if folder else "on")
    cover.finished.emit()


def all_done(actor: Actor, kind: TaskKind, count: int) -> bool:
    rows = [row for row in actor.running.store.rows.values() if row.kind is kind]
    return len(rows) >= count and all(row.run is Run.DONE for row in rows)


async def release(seller: Actor, place: Path) -> None:
    """A buyer waits: seen in the films, matched on the page, released."""
    origin = next(iter(seller.running.store.servers))
    seller.window.context.run(lambda engine: engine.looks.due_once(origin))
    await seller.until(seller.running.store.all_due, "nothing is due")
    await settle(1.0)
    await seller.take("films-needs-you")
    seller.window.show_page("blocks")
    seller.window.release_folders([place / "私有块"])
    await settle(3.0)
    await seller.take("private-blocks")
    await press_gold(seller, seller.window.page)
    await seller.sheet()
    await seller.take("release-question")
    await press_gold(seller, seller.window.scrim.current)
    await seller.until(lambda: all_done(seller, TaskKind.RELEASE, 1), "not released")
    await settle(1.5)
    await seller.take("private-blocks-released")


async def press_gold(actor: Actor, parent: QWidget) -> None:
    """Press the gold button, once it can be pressed."""

    def gold() -> QPushButton | None:
        found = [
            one
            for one in parent.findChildren(QPushButton)
            if one.property("look") == "key" and one.isVisible()
        ]
        return found[0] if found and found[0].isEnabled() else None

    await actor.until(gold, "no gold button")
    pressed = gold()
    if pressed is not None:
        pressed.click()


async def details(buyer: Actor) -> None:
    number = buyer.row(TaskKind.DOWNLOAD).number
    buyer.window.show_film(number)
    buyer.window.page.panes.open(number)
    await settle(1.0)
    await buyer.take("details")
    buyer.window.page.panes.close_pane()


async def other_pages(seller: Actor, buyer: Actor) -> None:
    """Node, history, settings, log, closing."""
    for actor, page in (
        (seller, "node"),
        (buyer, "node"),
        (buyer, "history"),
        (seller, "history"),
        (seller, "settings"),
    ):
        actor.window.show_page(page)
        await settle(2.5)
        await actor.take(f"{page}-{'seller' if actor is seller else 'buyer'}")
    seller.window.show_log()
    await settle(0.5)
    await seller.take("log", seller.window._log)
    seller.window._log.close()
    seller.window.show_page("films")
    seller.running.ask_to_close()
    await seller.sheet()
    await seller.take("closing")
    seller.window.scrim.current.reject()
    seller.running.take_link("reelkey://upload?v=1&series_id=233&folder=..%2Fx&token=t")
    await seller.sheet()
    await seller.take("link-refused")
    seller.window.scrim.current.reject()


async def busy_day(studio: Studio, place: Path, kubo: Path, server: str, films: list[Path]) -> None:
    """A studio on a busy day: the list that the guide begins with, and the details of a film that stopped."""
    actor = Actor(studio, place / "studio", server, kubo, first_start="on")
    await actor.until(lambda: actor.running.store.node.online, "the studio's node")
    actor.running.store.take([ServerSeen(server, "华映国际片库", "林晓岚", signed_in=True)])
    async with Journal(actor.paths.journal_file) as journal:
        rows = await showcase.journalled(journal, server, films)
    await actor.until(lambda: len(actor.running.store.rows) == len(rows), "no rows")
    for _ in range(8):  # a rate and a time left are shown after some seconds of work
        actor.running.store.take(showcase.messages(rows, server))
        await settle(1.0)
    await actor.take("films")
    failed = next(row.number for row in rows if row.run is Run.FAILED)
    actor.window.show_film(failed)
    actor.window.page.panes.open(failed)
    await settle(1.0)
    actor.running.store.take(showcase.messages(rows, server))
    await actor.take("details-of-a-film-that-stopped")
    actor.running.quit_now()


async def clouds(studio: Studio, place: Path, kubo: Path, server: str, films: Path) -> None:
    """Accounts at clouds, with the stand-ins of Google Drive, of the gallery's service and of MEGA."""
    with running_drive() as drive, running_gallery() as gallery, running_mega() as mega:
        os.environ["REELKEY_GOOGLE_ORIGIN"] = drive.origin
        os.environ["REELKEY_GALLERY_ORIGIN"] = gallery.origin
        os.environ["REELKEY_MEGA_ORIGIN"] = mega.origin
        actor = Actor(studio, place / "clouds", server, kubo, first_start="on")
        await cloud_pictures.take_all(actor, drive, gallery, films)
        await mega_pictures.take_all(actor, mega, films)
        actor.running.quit_now()


async def clouds_alone(studio: Studio, place: Path, kubo: Path, server: RunningServer, size: int) -> None:
    make_films(place / "母版", size)
    await clouds(studio, place, kubo, server.url, place / "母版" / "仙剑奇侠传")


async def sizes_and_numbers(seller: Actor) -> None:
    """Errors, hostile names, small windows, 10,000 films: rows put into the store as the engine would."""
    store = seller.running.store
    server = next(iter(store.servers.values())).origin
    long_name = "一部名字特别特别长的影片_" * 6 + "国际版_HDR_母版_v12_最终_真的最终.mov"
    films: list[tuple[TaskKind, dict[str, object], dict[str, object]]] = [
        (TaskKind.UPLOAD, {"source_name": long_name, "size": 142_800_000_000}, {"status": 2, "percent": 62}),
        (TaskKind.UPLOAD, {"source_name": "evil\u202egnp.mov\n<b>x</b>", "size": 1}, {"run": Run.PAUSED}),
        (
            TaskKind.DOWNLOAD,
            {"source_name": "雾港_终混版_5.1.mxf", "size": 311_000_000_000, "public_size": 311_000_000_000},
            {
                "run": Run.FAILED,
                "status": TaskStatus.ERROR,
                "error": NoSpace(place="E:", need=38_400_000_000, free=113_100_000_000).record(),
            },
        ),
        (
            TaskKind.UPLOAD,
            {"source_name": "白鸟.mov", "size": 96_200_000_000},
            {
                "run": Run.FAILED,
                "status": TaskStatus.ERROR,
                "error": SourceChanged(path="D:\\白鸟.mov").record(),
            },
        ),
        (
            TaskKind.UPLOAD,
            {"source_name": "春江_国际预告片_2分钟.mov", "size": 8_600_000_000, "public_size": 8_600_000_000},
            {"run": Run.PAUSED, "status": TaskStatus.ENCRYPTING, "percent": 36, "step": "keyed"},
        ),
    ]

    async with Journal(seller.paths.journal_file) as journal:
        for kind, film, changes in films:
            (row,) = await journal.add(kind, server, [film])  # type: ignore[list-item]
            await journal.update(row.number, **changes)  # type: ignore[arg-type]
    await settle(2.0)
    await seller.take("films-errors-and-names")
    failed = next(row.number for row in store.rows.values() if row.run is Run.FAILED)
    seller.window.show_film(failed)
    seller.window.page.panes.open(failed)
    await settle(0.5)
    await seller.take("details-error")
    seller.window.page.panes.close_pane()
    for width, height in ((1280, 720), (960, 600)):
        seller.window.resize(width, height)
        await settle(0.3)
        await seller.take(f"films-{width}x{height}")
    seller.window.resize(1440, 900)
    store.take([ServerSeen(server, "华映国际片库", "seller", TokenRefused(text=""))])
    await settle(0.5)
    await seller.take("films-sign-in-expired")
    many = tuple(
        replace(make_row(n, server=server), source_name=f"长河落日_第{n:05}集.mov")
        for n in range(1000, 11_000)
    )
    store.take([RowsChanged(many)])
    await settle(1.0)
    await seller.take("films-10000")


def home(folder: Path) -> None:
    """What the program puts into a person's home (the link's registration) goes into `folder`."""
    for variable, below in (("HOME", ""), ("XDG_DATA_HOME", "data"), ("XDG_CONFIG_HOME", "config")):
        (folder / below).mkdir(parents=True, exist_ok=True)
        os.environ[variable] = str(folder / below)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubo", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--looks", nargs="+", default=list(LOOKS), choices=MORE_LOOKS)
    parser.add_argument("--scale", type=int, default=1, choices=(1, 2))
    parser.add_argument("--place", type=Path, default=Path(tempfile.gettempdir()) / "reelkey-pictures")
    parser.add_argument("--size", type=int, default=120, help="MB of films")
    parser.add_argument("--clouds", action="store_true", help="the pictures of clouds alone")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.scale != 1:
        os.environ["QT_SCALE_FACTOR"] = str(options.scale)
    app = make_app()
    set_language(options.looks[0][:2])
    theme.use_theme(app, options.looks[0][3:])
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    Collector(app)
    suffix = "" if options.scale == 1 else f"-{options.scale}x"
    studio = Studio(app, options.folder, tuple(options.looks), suffix)
    # What people see of the place is in the pictures: --place gives it a telling name.
    options.place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="2026-", dir=options.place) as name:
        home(Path(name) / "home")
        with RunningServer(Path(name) / "server") as server:
            wanted = clouds_alone if options.clouds else journey
            loop.run_until_complete(wanted(studio, Path(name), options.kubo.absolute(), server, options.size))
    os._exit(0)


if __name__ == "__main__":
    main()
