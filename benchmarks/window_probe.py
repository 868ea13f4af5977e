"""Inside the measured window: says when it was painted, how long its loop stalls, how fast it scrolls."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import qasync
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QAbstractItemView

from app.settings.paths import ProfilePaths
from app.settings.settings import Settings
from app.ui import theme
from app.ui.application import Application
from app.ui.collector import Collector
from app.ui.main import make_app
from app.ui.messages import RowsChanged

_TICK = 0.005


class Painted(QObject):
    """Calls back when its widget was painted for the first time."""

    def __init__(self, then: Callable[[], None]) -> None:
        super().__init__()
        self._then = then
        self._done = False

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint and not self._done:
            self._done = True
            QTimer.singleShot(0, self._then)
        return False


def build(profile: Path) -> tuple[Any, Application]:
    """The program as `run_window` builds it, without the single instance."""
    app = make_app()
    paths = ProfilePaths.of(profile, os.environ).ensure()
    settings = Settings(paths.settings_file, os.environ)
    settings.set("first_start", "on")
    theme.use_theme(app, "light")
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    Collector(app)
    return loop, Application(app, profile, paths, settings, os.environ)


def start() -> None:
    """The time at which the window was painted."""
    loop, running = build(Path(os.environ["REELKEY_PROFILE"]))

    def seen() -> None:
        print(time.time(), flush=True)
        running.bridge.close(stop_node=True)  # nothing of it runs beside the next start
        os._exit(0)

    painted = Painted(seen)
    running.window.installEventFilter(painted)
    running.start()
    loop.run_forever()


class Stalls:
    """Ticks every 5 ms and notes how late each tick was."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self._timer = QTimer()
        self._timer.setInterval(int(_TICK * 1000))
        self._timer.timeout.connect(self._tick)
        self._last = time.perf_counter()
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.late.append(max(0.0, now - self._last - _TICK))
        self._last = now

    def clear(self) -> None:
        self.late.clear()
        self._last = time.perf_counter()

    def found(self) -> dict[str, float]:
        late = sorted(self.late)
        return {
            "ticks": len(late),
            "worst_ms": round(late[-1] * 1000, 1),
            "p99_ms": round(late[int(len(late) * 0.99)] * 1000, 1),
            "over_50_ms": sum(one > 0.05 for one in late),
        }


def stall(given: dict[str, str]) -> None:
    """Two films are sealed at full rate while the window is shown: how late its loop is."""
    folder = Path(given["folder"])
    series = folder / "series"
    series.mkdir(parents=True)
    for name in ("one.mov", "two.mov"):
        with (series / name).open("wb") as film:
            for _ in range(int(given["size"])):
                film.write(os.urandom(1 << 20))
    profile = folder / "profile"
    profile.mkdir()
    settings = Settings(profile / "settings.json")
    settings.set("server.bench", given["server"])
    loop, running = build(profile)
    stalls = Stalls()
    running.start()

    async def send() -> None:
        link = f"reelkey://upload?v=1&series_id=1&folder={series}&token={given['token']}"
        engine = running.bridge
        request = await engine.call(lambda e: e.requests.of_link(link))
        films = await engine.call(lambda e: e.requests.films(request.number, [series]))
        await asyncio.sleep(3)  # node and window are up: what is measured is the sealing
        paths = [film.path for film in films.films]
        stalls.clear()
        begun = time.monotonic()
        await engine.call(
            lambda e: e.requests.accept_upload(request.number, [series], paths, folder / "keys", 1)
        )
        while running.at_work() or len(running.store.rows) < 2:  # noqa: ASYNC110 - a benchmark may look
            await asyncio.sleep(0.1)
        seconds = time.monotonic() - begun
        rate = 2 * int(given["size"]) * (1 << 20) / seconds / 1e6
        found = {**stalls.found(), "MB_per_s": round(rate)}
        running.quit_now()
        print(json.dumps(found), flush=True)

    task = loop.create_task(send())
    loop.run_until_complete(running.finished)
    loop.run_until_complete(task)


def scroll(given: dict[str, str]) -> None:
    """10,000 films: until they are shown, and how long each step of scrolling through them takes to paint."""
    from tests.ui.fakes import make_row  # noqa: PLC0415

    loop, running = build(Path(given["folder"]) / "profile")
    window = running.window
    window.show()
    app = make_app()
    app.processEvents()
    rows = tuple(
        replace(make_row(n), source_name=f"长河落日_第{n:05}集_母版_v4.mov", folder=f"长河落日 {n % 40}")
        for n in range(1, 10_001)
    )
    begun = time.perf_counter()
    running.store.take([RowsChanged(rows)])
    app.processEvents()
    shown = time.perf_counter() - begun
    view = max(window.page.findChildren(QAbstractItemView), key=lambda one: one.height())
    bar = view.verticalScrollBar()
    steps: list[float] = []
    for step in range(300):
        bar.setValue(bar.maximum() * step // 300)
        begun = time.perf_counter()
        view.viewport().repaint()
        steps.append(time.perf_counter() - begun)
    begun = time.perf_counter()
    changed = tuple(replace(row, percent=50, updated=row.updated + 1) for row in rows[:200])
    running.store.take([RowsChanged(changed)])
    app.processEvents()
    update = time.perf_counter() - begun
    steps.sort()
    found = {
        "shown_ms": round(shown * 1000),
        "frame_median_ms": round(steps[150] * 1000, 1),
        "frame_worst_ms": round(steps[-1] * 1000, 1),
        "update_of_200_ms": round(update * 1000, 1),
    }
    print(json.dumps(found), flush=True)
    del loop
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1] == "start":
        start()
    else:
        {"stall": stall, "scroll": scroll}[sys.argv[1]](json.loads(sys.argv[2]))
