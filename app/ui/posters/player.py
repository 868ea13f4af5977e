"""Pictures out of a film by Qt Multimedia. For the child process alone: it loads decoders and opens films."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEventLoop, QFile, QIODevice, QTimer, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtMultimedia import QMediaPlayer, QVideoFrame, QVideoSink

from app.media.limited import limit

_LOADED_WITHIN_MS = 15_000
_PICTURE_WITHIN_MS = 8_000
# A frame counts as the one asked for when it begins at most so far before it: one picture, at 10 a second.
_NEAR_US = 100_000
_OPEN_FILES = 64
_LARGEST = 16_384  # pixels, either way


def take_pictures(path: str, looks: Sequence[float]) -> Iterator[QImage]:
    """The pictures at `looks` (parts of the film's length), as far as there are any."""
    application = QGuiApplication.instance() or QGuiApplication(["poster"])
    film = QFile(path)
    if film.isSequential() or not film.open(QIODevice.OpenModeFlag.ReadOnly):
        return
    player = _Player(film)
    if not player.load():
        return
    for look in looks:
        image = player.picture_at(look)
        if image is not None:
            yield image
    player.close()
    del application


class _Player:
    def __init__(self, film: QFile) -> None:
        self._film = film
        self._sink = QVideoSink()
        self._player = QMediaPlayer()
        self._player.setVideoOutput(self._sink)
        self._latest: QVideoFrame | None = None
        self._wanted_us = 0
        self._loop = QEventLoop()
        self._well: bool | None = None
        self._loaded = False
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(lambda: self._end(well=False))
        self._sink.videoFrameChanged.connect(self._on_frame)
        self._player.mediaStatusChanged.connect(self._on_status)
        self._player.errorOccurred.connect(lambda *_: self._end(well=False))

    def load(self) -> bool:
        """Whether it is a film with a picture."""
        # From here on few files can be opened: a film has no use for more, and Qt's threads need some.
        limit("RLIMIT_NOFILE", _OPEN_FILES)
        # No ending and no place: what it is is told from its content, and names beside it mean nothing.
        self._begin()
        self._player.setSourceDevice(self._film, QUrl())
        return self._wait(_LOADED_WITHIN_MS) and self._player.hasVideo()

    def picture_at(self, look: float) -> QImage | None:
        """The picture at a part of the film's length, None where there is none in time."""
        position = int(self._player.duration() * look)
        self._begin()
        self._wanted_us = position * 1000
        self._player.setPosition(position)
        self._player.pause()
        self._wait(_PICTURE_WITHIN_MS)
        frame = self._latest
        if frame is None or not (0 < frame.width() <= _LARGEST and 0 < frame.height() <= _LARGEST):
            return None
        image = frame.toImage()
        return None if image.isNull() else image

    def close(self) -> None:
        self._player.stop()
        self._player.setSource(QUrl())

    def _begin(self) -> None:
        self._latest = None
        self._well = None

    def _wait(self, most_ms: int) -> bool:
        """Until `_end` is called, which may have happened already; whether it went well."""
        if self._well is None:
            self._timer.start(most_ms)
            self._loop.exec()
            self._timer.stop()
        return bool(self._well)

    def _end(self, *, well: bool) -> None:
        if self._well is None:
            self._well = well
        self._loop.quit()

    def _on_status(self, status: QMediaPlayer.MediaStatus) -> None:
        # Each seek passes through this status again.
        if status is QMediaPlayer.MediaStatus.LoadedMedia and not self._loaded:
            self._loaded = True
            self._end(well=True)
        elif status is QMediaPlayer.MediaStatus.InvalidMedia:
            self._end(well=False)

    def _on_frame(self, frame: QVideoFrame) -> None:
        if not frame.isValid():
            return
        self._latest = QVideoFrame(frame)
        if frame.startTime() < 0 or frame.startTime() >= self._wanted_us - _NEAR_US:
            self._end(well=True)
