"""``python -m app.ui.posters FILM``: the child that takes one picture out of a film.

Prints `WIDTH` × `HEIGHT` pixels, three bytes each (RGB), and nothing else: the window never decodes what a
decoder may have been talked into saying, it only counts it. The film is opened here, before Qt sees it; no
other file and no address that it may name is opened for it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from app.media.limited import be_gentle, limit

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

# Four times what a row shows (84 × 48): sharp at 200 %, and in the details pane.
WIDTH, HEIGHT = 336, 192
PICTURE_BYTES = WIDTH * HEIGHT * 3
#: The exit status where a film has no picture. An exception of Python's ends with 1, and says nothing of it.
NO_PICTURE = 3
#: Where in the film to look, as parts of its length: leaders, slates and fades are black.
LOOKS = (0.10, 0.25, 0.50)

_MEMORY = 6 * 1024**3  # address space: FFmpeg's threads reserve much more of it than they use
_CPU_SECONDS = 60
_ENDS_BY_ITSELF = 60  # seconds: also where the window that waits for us is gone
_BRIGHT = 28  # of 255: what grain in a black picture does not reach
_BRIGHT_SHARE = 0.02


def main(argv: Sequence[str]) -> int:
    """Print the poster of the film `argv[0]`. 0, or NO_PICTURE, or 2 for wrong usage."""
    if len(argv) != 1:
        sys.stderr.write("usage: python -m app.ui.posters FILM\n")
        return 2
    be_gentle()
    limit("RLIMIT_AS", _MEMORY)
    limit("RLIMIT_CPU", _CPU_SECONDS)
    limit("RLIMIT_CORE", 0)
    if hasattr(signal, "alarm"):
        signal.alarm(_ENDS_BY_ITSELF)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_FFMPEG_PROTOCOL_WHITELIST"] = "none"
    os.environ["QT_FFMPEG_DECODING_HW_DEVICE_TYPES"] = ","  # drivers of graphics cards stay out of it
    picture = _poster(argv[0])
    if picture is None:
        return NO_PICTURE
    with suppress(BrokenPipeError):
        sys.stdout.buffer.write(picture)
        sys.stdout.buffer.flush()
    return 0


def _poster(path: str) -> bytes | None:
    from app.ui.posters.player import take_pictures  # noqa: PLC0415 - loads Qt's decoders

    best: QImage | None = None
    for image in take_pictures(path, LOOKS):
        fitted = cover(image)
        if brightness(fitted) >= _BRIGHT_SHARE:
            return rgb_bytes(fitted)
        if best is None or brightness(fitted) > brightness(best):
            best = fitted
    return None if best is None else rgb_bytes(best)


def cover(image: QImage) -> QImage:
    """`image` scaled to fill `WIDTH` × `HEIGHT`, what stands over cut off evenly; nothing is stretched."""
    from PySide6.QtCore import Qt  # noqa: PLC0415
    from PySide6.QtGui import QImage  # noqa: PLC0415

    grown = image.scaled(
        WIDTH,
        HEIGHT,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    cut = grown.copy((grown.width() - WIDTH) // 2, (grown.height() - HEIGHT) // 2, WIDTH, HEIGHT)
    return cut.convertToFormat(QImage.Format.Format_RGB888)


def brightness(image: QImage) -> float:
    """The share of pixels, 0 to 1, that are more than black."""
    from PySide6.QtGui import QImage  # noqa: PLC0415

    grey = image.scaled(84, 48).convertToFormat(QImage.Format.Format_Grayscale8)
    # 84 is a whole number of 4-byte words: lines have no padding.
    values = bytes(grey.constBits())
    return sum(value > _BRIGHT for value in values) / max(1, len(values))


def rgb_bytes(image: QImage) -> bytes:
    """The pixels of an RGB888 image, line after line without padding."""
    line = image.width() * 3
    step = image.bytesPerLine()
    bits = bytes(image.constBits())
    return b"".join(bits[row * step : row * step + line] for row in range(image.height()))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
