"""Posters for the list: asked for while it paints, loaded and taken beside it.

Two threads: one reads what the disk has, so that a list fills at once; one runs the children that take what
is missing, a single one at a time and with low priority, so that sealing keeps its rate.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap

from app.domain.status import TaskKind
from app.journal import Run, TaskRow
from app.media.limited import LimitedChild
from app.ui.posters.child import TIMEOUT, NoAnswer, child_for, picture_of
from app.ui.posters.shelf import Shelf

log = logging.getLogger(__name__)

ROW_SIZE = QSize(84, 48)
MOST_PIXMAPS = 400
_MOST_WANTED = 100
_LOOK_AGAIN_AFTER = 60.0
_ENDS_WITHIN = 5.0

#: What a poster is of: the film's place, its size and time as the journal has them.
_Film = tuple[str, int | None, int | None]


@dataclass(slots=True)
class _Wish:
    """A poster that is wanted, at one size in device pixels; for which rows."""

    film: _Film
    size: tuple[int, int]
    ratio: float
    numbers: set[int] = field(default_factory=set)

    @property
    def key(self) -> tuple[_Film, tuple[int, int]]:
        return self.film, self.size


_Step = Callable[[_Wish], None]


class Posters(QObject):
    """Poster frames of films, at most `MOST_PIXMAPS` of them in memory. Lives in the window's thread."""

    #: The journal's number of a film whose poster `get` has now.
    ready = Signal(int)
    #: The place of a film whose poster `get` or `of_file` has now.
    taken = Signal(str)
    #: A wish, its picture or None, and for how many seconds None holds.
    _made = Signal(object, object, float)

    def __init__(self, folder: Path, parent: QObject | None = None, *, timeout: float = TIMEOUT) -> None:
        """`folder` keeps them on the disk (`poster_folder`); `timeout` is a child's, in seconds."""
        super().__init__(parent)
        self._shelf = Shelf(folder)
        self._timeout = timeout
        self._pixmaps: OrderedDict[tuple[_Film, tuple[int, int]], QPixmap] = OrderedDict()
        self._none_until: OrderedDict[_Film, float] = OrderedDict()
        self._wishes: dict[tuple[_Film, tuple[int, int]], _Wish] = {}
        self._stopping = threading.Event()
        self._child_lock = threading.Lock()
        self._child: LimitedChild | None = None
        self._taker = _Worker("posters: take", self._take, self._dropped, self._failed)
        self._reader = _Worker("posters: read", self._read, self._dropped, self._failed)
        self._made.connect(self._on_made, Qt.ConnectionType.QueuedConnection)

    # --- the window's thread -------------------------------------------------------------------------

    def get(self, row: TaskRow, size: QSize = ROW_SIZE, ratio: float = 1.0) -> QPixmap | None:
        """The poster of a film, `size` logical pixels on a screen of `ratio` device pixels each, cut to fit.

        Never blocks. None where there is none yet: it is being loaded then if the film's file is there, and
        `ready` says when it is worth asking again.
        """
        film = _film_of(row)
        return None if film is None else self._find(film, size, ratio, row.number)

    def of_file(self, path: Path, count: int, size: QSize = ROW_SIZE, ratio: float = 1.0) -> QPixmap | None:
        """The same for a film that no row knows yet, by its place and its size in bytes; `taken` says when
        it is worth asking again."""
        return self._find((str(path), count, None), size, ratio)

    def _find(self, film: _Film, size: QSize, ratio: float, number: int | None = None) -> QPixmap | None:
        if self._stopping.is_set():
            return None
        pixels = (max(1, round(size.width() * ratio)), max(1, round(size.height() * ratio)))
        found = self._pixmaps.get((film, pixels))
        if found is not None:
            self._pixmaps.move_to_end((film, pixels))
            if found.devicePixelRatio() != ratio:
                found.setDevicePixelRatio(ratio)
            return found
        if self._none_until.get(film, 0.0) > time.monotonic():
            return None
        wish = self._wishes.get((film, pixels))
        if wish is None:
            wish = self._wishes[film, pixels] = _Wish(film, pixels, ratio)
            self._reader.want(wish)
        if number is not None:
            wish.numbers.add(number)
        return None

    def stop(self) -> None:
        """End the child and the threads; nothing is loaded any more. For the window's end."""
        self._stopping.set()
        with self._child_lock:
            if self._child is not None:
                self._child.end()
        for worker in (self._reader, self._taker):
            worker.stop()

    def _on_made(self, wish: _Wish, image: QImage | None, holds: float) -> None:
        asked = self._wishes.pop(wish.key, wish)
        if image is None:
            self._none_until[wish.film] = time.monotonic() + holds
            self._none_until.move_to_end(wish.film)
            while len(self._none_until) > 10 * MOST_PIXMAPS:
                self._none_until.popitem(last=False)
            return
        pixmap = QPixmap.fromImage(image)
        pixmap.setDevicePixelRatio(wish.ratio)
        self._pixmaps[wish.key] = pixmap
        self._pixmaps.move_to_end(wish.key)
        while len(self._pixmaps) > MOST_PIXMAPS:
            self._pixmaps.popitem(last=False)
        for number in sorted(asked.numbers):
            self.ready.emit(number)
        self.taken.emit(wish.film[0])

    # --- the workers' threads ------------------------------------------------------------------------

    def _dropped(self, wish: _Wish) -> None:
        """So many were asked for meanwhile that nobody looks at this one any more."""
        self._wishes.pop(wish.key, None)

    def _failed(self, wish: _Wish) -> None:
        self._tell(wish, None)

    def _read(self, wish: _Wish) -> None:
        name = self._shelf.name_of(Path(wish.film[0]))
        if name is None:
            self._made.emit(wish, None, _LOOK_AGAIN_AFTER)
        elif self._shelf.has(name):
            self._tell(wish, self._shelf.read(name))
        else:
            self._taker.want(wish)

    def _take(self, wish: _Wish) -> None:
        film = Path(wish.film[0])
        name = self._shelf.name_of(film)
        image: QImage | None = None
        if name is not None and self._shelf.has(name):
            image = self._shelf.read(name)
        elif name is not None:
            image = self._take_and_keep(film, name)
        self._tell(wish, image)

    def _tell(self, wish: _Wish, image: QImage | None) -> None:
        # A film that has no picture, or makes its decoder hang, is not tried again before the next start.
        self._made.emit(wish, None if image is None else _fit(image, wish.size), math.inf)

    def _take_and_keep(self, film: Path, name: str) -> QImage | None:
        child = child_for(film, self._timeout)
        with self._child_lock:
            self._child = child
        if self._stopping.is_set():
            return None
        try:
            image = picture_of(child)
        except NoAnswer:
            return None
        finally:
            with self._child_lock:
                self._child = None
        # A film that was written to meanwhile has another name now, and a child that we ended says nothing.
        if not self._stopping.is_set() and self._shelf.name_of(film) == name:
            self._shelf.keep(name, image)
        return image


class _Worker:
    """A thread that works off wishes, the newest first: that is what is on the screen now."""

    def __init__(self, name: str, work: _Step, dropped: _Step, failed: _Step) -> None:
        self._work = work
        self._dropped = dropped
        self._failed = failed
        self._wanted: list[_Wish] = []
        self._changed = threading.Condition()
        self._stopped = False
        # Now and not with the first wish: that comes while rows are painted for the first time, and the start
        # of a thread waits until it runs.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def want(self, wish: _Wish) -> None:
        """Have `wish` worked off soon. Beyond `_MOST_WANTED` the oldest are dropped."""
        with self._changed:
            if self._stopped:
                return
            self._wanted.append(wish)
            too_many = self._wanted[:-_MOST_WANTED]
            del self._wanted[:-_MOST_WANTED]
            self._changed.notify()
        for old in too_many:
            self._dropped(old)

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._wanted.clear()
            self._changed.notify()
        self._thread.join(_ENDS_WITHIN)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._wanted and not self._stopped:
                    self._changed.wait()
                if self._stopped:
                    return
                wish = self._wanted.pop()
            try:
                self._work(wish)
            except Exception:
                log.exception("a fault of ours with a poster")
                self._failed(wish)


def _film_of(row: TaskRow) -> _Film | None:
    """The file that the row's film is in on this computer, None where it is not (yet) whole."""
    if row.kind is TaskKind.UPLOAD and row.source_path:
        return row.source_path, row.size, row.mtime_ns
    # The name is taken long before the film stands under it.
    if row.kind is TaskKind.DOWNLOAD and row.final_path and row.run is Run.DONE:
        return row.final_path, row.size, None
    return None


def _fit(image: QImage, size: tuple[int, int]) -> QImage:
    """`image` scaled to fill `size` device pixels, what stands over cut off evenly."""
    width, height = size
    grown = image.scaled(
        width,
        height,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    return grown.copy((grown.width() - width) // 2, (grown.height() - height) // 2, width, height)
