"""``make demo``: two studios on one computer hand over films, from sealing to a byte-by-byte comparison.

Makes films, starts the sandbox task server, and lets two clients, each with a profile and an IPFS node of its
own, do what studios do, through the command line: upload, download up to the wait for the private block,
release, open. Leaves nothing running and, without ``--keep``, nothing on the disk.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import shutil
import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from app.domain.names import middle_elide
from sandbox.films import SMALLEST_MB, make_films
from scripts.demo_client import Client, Event, StepFailed, end_process, task_server
from scripts.demo_place import choose_place, find_kubo, forget, one_at_a_time, remember, tidy_up_after_killed
from scripts.demo_screen import NAME, Screen
from scripts.demo_watch import Watch, compare

SERIES_ID = "233"


@dataclass(frozen=True)
class Film:
    """One film's way: where it began and ended, how fast, and whether it is the same."""

    original: Path
    size: int
    cid: str
    up: float
    down: float
    same: bool


@dataclass(frozen=True)
class Studios:
    """The two sides, and the folders they work in."""

    seller: Client
    buyer: Client
    films: Path
    private: Path
    output: Path


# --- the story ---------------------------------------------------------------------------------------


async def story(screen: Screen, work: Path, size: int, kubo: Path) -> bool:
    """The whole way of the films; whether all of them arrived as they were. Raises StepFailed."""
    films = await make(screen, work / "films", size)
    tokens = {"seller": secrets.token_hex(16), "buyer": secrets.token_hex(16)}
    async with task_server(work / "server", tokens) as (origin, pid):
        remember(work, pid)
        studios = Studios(
            Client("seller", work / "seller", origin, tokens["seller"], kubo),
            Client("buyer", work / "buyer", origin, tokens["buyer"], kubo),
            films[0].parent,
            work / "private blocks",
            work / "received",
        )
        async with nodes(screen, studios):
            sent, up = await send(screen, studios, sum(path.stat().st_size for path in films))
            received, down = await receive(screen, studios, sent)
            result = await check(screen, films, sent, received, up, down)
    screen.show()
    screen.show(closing_table(result))
    same = sum(film.same for film in result)
    screen.show()
    verdict = f"{same} of {len(result)} films arrived byte-identical."
    screen.show(Text(verdict, "bold green" if same == len(result) else "bold red"))
    return same == len(result)


async def make(screen: Screen, folder: Path, size: int) -> list[Path]:
    screen.heading("films", f"Making {size} MB of films: ProRes, DNxHR, H.264")
    stop = threading.Event()
    with screen.bars() as bars:

        def progress(done: int, total: int) -> None:
            if stop.is_set():
                raise InterruptedError
            bars.update("making", "all films", done, total)

        try:
            return await asyncio.to_thread(make_films, folder, size, progress)
        finally:
            stop.set()


@asynccontextmanager
async def nodes(screen: Screen, studios: Studios) -> AsyncIterator[None]:
    """Both studios' nodes while the block runs; stopped after it, whatever happened."""
    both = (studios.seller, studios.buyer)
    screen.heading("both", "Starting the library's server and one IPFS node each")
    pids: list[int] = []
    try:
        infos = await together(*(client.run("node", "start") for client in both))
        pids = [int(info["pid"]) for info in infos]
        for client, info in zip(both, infos, strict=True):
            screen.note(
                f"{client.name}: Kubo {info.get('version')}, peer {middle_elide(str(info['peer_id']), 24)}"
            )
        yield
    finally:
        await asyncio.gather(*(client.stop_node() for client in both), return_exceptions=True)
        for pid in pids:
            end_process(pid, "daemon")


async def send(screen: Screen, studios: Studios, size: int) -> tuple[list[Event], Watch]:
    screen.heading("seller", "Sealing the films and storing their public blocks on IPFS")
    watch = Watch(screen.note)
    with watch.shown(screen):
        result = await studios.seller.run(
            "upload",
            studios.films,
            "--series-id",
            SERIES_ID,
            "--private-dir",
            studios.private,
            on_event=watch,
        )
    sent: list[Event] = result["films"]
    kept = sum(Path(film["private_block"]).stat().st_size for film in sent)
    screen.note(
        f"{len(sent)} films sent in {watch.seconds:.1f} s ({decimal(round(size / watch.seconds))}/s); "
        f"their private blocks ({decimal(kept)}) stay with the seller"
    )
    return sent, watch


async def receive(screen: Screen, studios: Studios, sent: list[Event]) -> tuple[list[Event], Watch]:
    """The buyer fetches and waits; the seller releases; the buyer opens."""
    screen.heading("buyer", "Fetching the public blocks from the seller's node")
    watch = Watch(screen.note, awaited=len(sent))
    ids = [str(film["source_id"]) for film in sent]
    download = asyncio.create_task(
        studios.buyer.run("download", *ids, "--output", studios.output, on_event=watch)
    )
    try:
        with watch.shown(screen):
            await first_of(download, watch.all_wait)
        opened = [path for path in studios.output.rglob("*") if path.is_file()]
        screen.note(f"all here, {len(opened)} of {len(sent)} open: waiting for the seller's release")
        screen.heading("seller", "Delivery day: releasing the private blocks, so that the buyer's films open")
        with watch.shown(screen):
            released = await studios.seller.run("release", studios.private)
            screen.note(f"{len(released['blocks'])} private blocks handed over")
            result = await download
    finally:
        download.cancel()
        await asyncio.gather(download, return_exceptions=True)
    received: list[Event] = result["films"]
    return received, watch


async def check(
    screen: Screen, films: list[Path], sent: list[Event], received: list[Event], up: Watch, down: Watch
) -> list[Film]:
    screen.heading("check", "Comparing every byte of every film with its original")
    originals = {path.name: path for path in films}
    arrived = {film["source_id"]: film for film in received}
    result = []
    for film in sent:
        original, other = originals[film["source_name"]], arrived[film["source_id"]]
        same, digest = await asyncio.to_thread(compare, original, Path(other["path"]))
        size = original.stat().st_size
        screen.note(f"blake3 {digest[:32]}…  {original.name}")
        result.append(
            Film(
                original,
                size,
                film["hash"],
                size / up.seconds_of(film["id"]),
                size / down.seconds_of(other["id"]),
                same and digest == other["blake3"],
            )
        )
    return result if len(result) == len(films) else [*result, *missing(films, result)]


def missing(films: list[Path], found: list[Film]) -> Iterator[Film]:
    """Films that the upload said nothing of."""
    there = {film.original for film in found}
    return (Film(path, path.stat().st_size, "", 0, 0, False) for path in films if path not in there)


def closing_table(films: list[Film]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("film", "size", "up", "down", "CID", "verdict"):
        table.add_column(name, justify="right" if name in ("size", "up", "down") else "left", no_wrap=True)
    for film in films:
        verdict = Text("byte-identical", "green") if film.same else Text("DIFFERS", "bold red")
        rates = (f"{decimal(round(film.up))}/s", f"{decimal(round(film.down))}/s")
        table.add_row(
            middle_elide(film.original.name, NAME),
            decimal(film.size),
            *rates,
            middle_elide(film.cid, 15),
            verdict,
        )
    return table


# --- around it ---------------------------------------------------------------------------------------


async def together(*works: object) -> list[Event]:
    """Run all; the first failure ends the others and is raised as it is."""
    tasks = [asyncio.ensure_future(work) for work in works]  # type: ignore[call-overload]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def first_of(running: asyncio.Task[Event], event: asyncio.Event) -> None:
    """Wait for `event`; what ended `running` before it is raised."""
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if running.done():
        running.result()


async def run(screen: Screen, size: int, keep: bool) -> int:
    """The demo with its surroundings; its exit code."""
    started = time.monotonic()
    loop, me = asyncio.get_running_loop(), asyncio.current_task()
    assert me is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Once: whoever presses it again should not interrupt the cleaning up.
        loop.add_signal_handler(number, lambda: None if me.cancelling() else me.cancel())
    with one_at_a_time():
        kubo = find_kubo()
        await tidy_up_after_killed(kubo)
        work = choose_place(size)
        remember(work)
        try:
            same = await story(screen, work, size, kubo)
        finally:
            if not keep:
                await asyncio.shield(asyncio.to_thread(shutil.rmtree, work, ignore_errors=True))
            forget()
    seconds = time.monotonic() - started
    left = f"kept: {work}" if keep else "work folder removed"
    screen.show(Text(f"Done in {seconds:.0f} s. Server and both nodes are stopped, {left}."))
    return 0 if same else 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--size", type=int, default=300, help="MB of films, default 300")
    parser.add_argument("--keep", action="store_true", default=os.environ.get("KEEP") == "1")
    parser.add_argument("--svg", type=Path, help="save what was shown as a picture")
    options = parser.parse_args()
    if options.size < SMALLEST_MB:
        parser.error(f"--size is {SMALLEST_MB} or more")
    screen = Screen()
    try:
        code = asyncio.run(run(screen, options.size, options.keep))
    except StepFailed as error:
        screen.trouble(f"The demo stopped: {error.step}", error.lines)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        screen.trouble("Interrupted", ["everything is stopped" + ("" if options.keep else " and removed")])
        return 130
    if options.svg is not None:
        screen.save(options.svg)
    return code


if __name__ == "__main__":
    raise SystemExit(main())
