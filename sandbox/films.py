"""Films to try things with: a ProRes .mov, a DNxHR .mxf, an H.264 .mp4, Chinese names, a series folder.

``python -m sandbox.films DIR --size 300`` writes about 300 MB (decimal) below DIR. Each picture has grain, so
that the bits are real, and the running time drawn into it. Up to `_UNIQUE` pictures of a film are encoded; a
longer film repeats those packets with later times, so that gigabytes are written as fast as the disk takes
them. The same size gives the same bytes. PyAV's wheel carries GPL parts, hence: for development only.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import click
from av.video.stream import VideoStream
from PIL import Image, ImageDraw, ImageFont, ImageOps

MB = 1_000_000
RATE = 25  # pictures a second
SMALLEST_MB = 5
SERIES = "仙剑奇侠传"

_UNIQUE = 75
_GRAIN = 0.22
_TIME_BASE = Fraction(1, RATE)
_MOTIF = ((18, 22, 48), (232, 168, 92))  # night to dusk

Progress = Callable[[int, int], None]  # bytes written, bytes in all


@dataclass(frozen=True)
class _Recipe:
    """One film: its path below the target, its share of the bytes, how it is encoded."""

    path: str
    share: float
    container: str
    codec: str
    pixels: str
    options: tuple[tuple[str, str], ...] = ()


_RECIPES = (
    _Recipe(f"{SERIES}/{SERIES}-第21集.mov", 0.45, "mov", "prores", "yuv422p10le"),
    _Recipe(f"{SERIES}/{SERIES}-第22集.mxf", 0.30, "mxf", "dnxhd", "yuv422p", (("profile", "dnxhr_sq"),)),
    _Recipe(
        f"{SERIES}/花絮/{SERIES} 幕后（上）.mp4",
        0.25,
        "mp4",
        "libx264",
        "yuv420p",
        # No B pictures: packets can then end anywhere and begin again at the first.
        (("preset", "ultrafast"), ("crf", "20"), ("g", "25"), ("bf", "0")),
    ),
)


def make_films(target: Path, total_mb: int, progress: Progress | None = None) -> list[Path]:
    """Write the films below `target`; their paths.

    `total_mb` is their size together in 10⁶ bytes, kept within 15 % from 20 on; ValueError below
    `SMALLEST_MB`. Files of those names are replaced, each only once its successor is whole.
    """
    if total_mb < SMALLEST_MB:
        raise ValueError(f"films need at least {SMALLEST_MB} MB together")
    total = total_mb * MB
    picture = _picture_size(total_mb)
    paths: list[Path] = []
    written = 0
    for number, recipe in enumerate(_RECIPES):
        last = recipe is _RECIPES[-1]
        # A film ends with a whole picture; what that was too much or too little, the last one makes up for.
        size = total - written if last else round(total * recipe.share)
        path = target / recipe.path
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.partial")
        try:
            with closing(_write_film(partial, recipe, picture, size, seed=number)) as lengths:
                for length in lengths:
                    if progress is not None:
                        progress(min(written + length, total), total)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        written += path.stat().st_size
        paths.append(path)
    return paths


def _picture_size(total_mb: int) -> tuple[int, int]:
    """Small films have small pictures, so that they still have enough of them."""
    if total_mb < 60:
        return 640, 360
    return (1280, 720) if total_mb < 200 else (1920, 1080)


def _write_film(
    path: Path, recipe: _Recipe, picture: tuple[int, int], size: int, seed: int
) -> Generator[int]:
    """Write one film of about `size` bytes; the bytes so far, picture by picture."""
    written = 0
    with av.open(path, "w", format=recipe.container, options={"fflags": "+bitexact"}) as film:
        stream = film.add_stream(recipe.codec, rate=RATE, options=dict(recipe.options))
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = picture
        stream.pix_fmt = recipe.pixels
        stream.metadata["timecode"] = "01:00:00:00"
        # A fixed number: x264's output depends on it.
        stream.codec_context.thread_count = 2
        packets: list[av.Packet[VideoStream]] = []
        for packet in _encode(stream, picture, seed):
            packets.append(packet)
            written += _mux(film, stream, packet, len(packets) - 1)
            yield written
            if written >= size:
                return
        number = len(packets)
        while written < size:
            written += _mux(film, stream, packets[number % len(packets)], number)
            number += 1
            yield written


def _mux(
    film: av.container.OutputContainer, stream: VideoStream, packet: av.Packet[VideoStream], number: int
) -> int:
    """Write a packet as picture `number`; its size in bytes. The muxer changes a packet's times in place."""
    packet.stream = stream
    packet.time_base = _TIME_BASE
    packet.pts = packet.dts = number
    packet.duration = 1
    film.mux(packet)
    return packet.size


def _encode(stream: VideoStream, picture: tuple[int, int], seed: int) -> Iterator[av.Packet[VideoStream]]:
    grain = random.Random(seed)  # noqa: S311 - grain, and the same every time
    background = _background(picture)
    for number in range(_UNIQUE):
        image = av.VideoFrame.from_image(_draw(background, number, grain))  # type: ignore[no-untyped-call]
        frame = image.reformat(format=stream.pix_fmt)
        frame.pts = number
        frame.time_base = _TIME_BASE
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _background(picture: tuple[int, int]) -> Image.Image:
    return ImageOps.colorize(Image.linear_gradient("L").resize(picture), *_MOTIF)


def _draw(background: Image.Image, number: int, grain: random.Random) -> Image.Image:
    """The picture: a sun that sets, grain over it, the time on top."""
    width, height = background.size
    image = background.copy()
    pen = ImageDraw.Draw(image)
    radius = height // 6
    x, y = width * 2 // 3, height // 3 + number * height // (3 * _UNIQUE)
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(246, 206, 120))
    noise = Image.frombytes("L", (width, height), grain.randbytes(width * height))
    image = Image.blend(image, Image.merge("RGB", (noise, noise, noise)), _GRAIN)
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=height // 10)
    box = pen.textbbox((width // 20, height - height // 5), timecode(number), font=font)
    pad = height // 60
    pen.rectangle((box[0] - pad, box[1] - pad, box[2] + pad, box[3] + pad), fill=(0, 0, 0))
    pen.text((width // 20, height - height // 5), timecode(number), font=font, fill=(255, 255, 255))
    return image


def timecode(number: int) -> str:
    """Picture `number` of a film that begins at 01:00:00:00."""
    seconds, picture = divmod(number, RATE)
    return f"{seconds // 3600 + 1:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{picture:02}"


@click.command()
@click.argument("target", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option("--size", type=click.IntRange(min=SMALLEST_MB), default=300, help="MB (10⁶ bytes) in all.")
def main(target: Path, size: int) -> None:
    """Make films to try things with, below DIR."""
    bar: Any
    with click.progressbar(length=size * MB, label="Making films", file=sys.stderr) as bar:

        def progress(done: int, _total: int) -> None:
            bar.update(done - bar.pos)

        paths = make_films(target, size, progress)
    for path in paths:
        click.echo(f"{path.stat().st_size / MB:10.1f} MB  {path}")


if __name__ == "__main__":
    main()
