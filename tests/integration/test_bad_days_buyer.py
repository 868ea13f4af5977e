"""Buyers who are lied to: names that lead elsewhere, blocks of other films; and a disk that is full."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.clients import ROOT, Client, Finished
from tests.integration.bad_days import Stage, content, files_below, is_event, make_film
from tests.integration.forging import Forged, forge, node_of, pins_of

pytestmark = pytest.mark.kubo
LONG = 9_000_001


def offer(stage: Stage, forged: Forged, source_name: str, file: str) -> int:
    """Put a forged film on the server; its source id."""
    task = stage.control.add_source(
        source_name=source_name,
        uuid=forged.uuid,
        hash=forged.cid,
        size=forged.size,
        file=file,
        ip=forged.address,
        owner="seller",
    )
    return int(task["source_id"])


def hand_out(stage: Stage, source_id: int, private_cid: str, size: int = 0) -> None:
    """Release whatever private block for all downloads of a source, past all rules."""
    for task in stage.control.tasks("release"):
        if task["source_id"] == source_id and task["status"] != 8:
            stage.control.change_task(task["id"], status=8, hash=private_cid, size=size)


# (series folder as the server says it, folders and name as the private block says them) → where it may lie
HOSTILE: dict[str, tuple[str, tuple[str, ...], str, str]] = {
    "up": ("../../up", ("..", "x", ".."), "../../evil.mov", "_._.._up/x/.._.._evil.mov"),
    "absolute": ("/etc", ("/abs",), "/etc/passwd.mov", "_etc/abs/_etc_passwd.mov"),
    "device": ("CON", ("a/../../b",), "NUL\x00.mov", "CON/a/b/NUL_.mov"),
    "dots": ("..", (".",), "..", "__/__"),
    "turned": ("rtl", (), "film\u202evom.mov", "rtl/filmvom.mov"),
    "steering": ("nl\n", (".ssh",), "a\x1b[2J\n.mov", "nl_/_ssh/a_[2J_.mov"),
    "half": ("half", ("\ud800",), "\udfff.mov", "half/_/_.mov"),
    "long": ("", ("p" * 300,), "n" * 300 + ".mov", "_/" + "p" * 255 + "/" + "n" * 227 + ".mov"),
}


def test_no_name_leads_out_of_the_folder(stage: Stage) -> None:
    out, node = stage.place / "hostile" / "deep" / "out", node_of(stage.seller)
    forged: dict[str, Forged] = {}
    sources: dict[str, int] = {}
    for case, (file, path, name, _) in (HOSTILE | {"drive": ("d", ("C:",), "x.mov", "")}).items():
        below = stage.place / "forged" / case
        forged[case] = forge(node, below, content(case, 5000), name=name, path=path)
        sources[case] = offer(stage, forged[case], case, file)
    coming = stage.buyer.start("download", *sources.values(), "--output", out)
    for case, source_id in sources.items():
        coming.until(is_event("state", status=5, source_name=case))
        hand_out(stage, source_id, forged[case].private_cid)
    done = coming.wait()
    errors = {film["source_id"]: film["error"]["code"] for film in done.result["films"] if "error" in film}
    assert (done.code, errors) == (1, {sources["drive"]: "name_refused"}), done
    expected = {f"deep/out/{where}": content(case, 5000) for case, (*_, where) in HOSTILE.items()}
    assert set(files_below(stage.place / "hostile")) == expected.keys()
    for where, data in expected.items():
        assert (stage.place / "hostile" / where).read_bytes() == data
    changed = {film["task_id"] for film in done.result["films"] if "error" not in film}
    assert {line["task_id"] for line in done.of("warning")} == changed, "each change is shown"


def test_a_wrong_private_block_opens_nothing_and_the_right_one_ends_it(stage: Stage) -> None:
    """One of another film; one that the same permission opens, made for another public block."""
    (film,) = stage.sent(make_film(stage.place / "pairs" / "pair.mov", LONG))
    upload = stage.control.task(film["task_id"])
    node, forged = node_of(stage.seller), stage.place / "forged"
    other = forge(node, forged / "other", b"other", name="other.mov")
    twin = forge(node, forged / "twin", b"twin", name="pair.mov", uuid=upload["uuid"])
    stage.control.change_task(film["task_id"], size=1)  # nobody needs to believe it
    out = stage.place / "pairs out"
    coming = stage.buyer.start("download", film["source_id"], "--output", out)
    coming.state(5)
    hand_out(stage, film["source_id"], other.private_cid)
    first = coming.wait()
    assert (first.code, codes(first)) == (1, ["wrong_uuid"]), first
    row = first.result["films"][0]
    assert stage.buyer.run("resume").result["films"] == [], "no retry by itself can help"

    hand_out_again(stage, film["source_id"], twin.private_cid)
    second = stage.buyer.run("retry", row["id"])
    assert (second.code, codes(second)) == (1, ["wrong_pair"]), second
    assert files_below(out) == []
    for task in stage.control.tasks("release"):
        if task["source_id"] == film["source_id"]:
            stage.control.change_task(task["id"], status=9, hash="", size=0)
    assert stage.statuses(row["task_id"])[-1] == 9
    stage.released()
    home = stage.buyer.run("retry", row["id"])
    assert home.code == 0, home
    assert files_below(out) == ["pairs/pair.mov"]
    assert Path(home.result["films"][0]["path"]).read_bytes() == content("pair.mov", LONG)
    assert stage.control.reported(row["task_id"])[-1] == 8


def hand_out_again(stage: Stage, source_id: int, private_cid: str) -> None:
    for task in stage.control.tasks("release"):
        if task["source_id"] == source_id:
            stage.control.change_task(task["id"], hash=private_cid)


def codes(done: Finished) -> list[str]:
    return [film["error"]["code"] for film in done.result["films"] if "error" in film]


@pytest.mark.slow
def test_what_stands_there_is_kept_and_a_hash_that_is_none_is_believed_once_it_is_mended(
    stage: Stage,
) -> None:
    (film,) = stage.sent(make_film(stage.place / "taken" / "taken.mov"))
    cid = film["hash"]
    stage.control.change_task(film["task_id"], hash="not a cid")
    out = stage.place / "taken out"
    (out / "taken").mkdir(parents=True)
    (out / "taken" / "taken.mov").write_bytes(b"mine")
    refused = stage.buyer.run("download", film["source_id"], "--output", out)
    assert (refused.code, codes(refused)) == (1, ["not_offered"]), refused
    assert stage.statuses(refused.result["films"][0]["task_id"]) == [9]
    stage.control.change_task(film["task_id"], hash=cid)
    coming = stage.buyer.start("resume")
    coming.state(5)
    stage.released()
    home = coming.wait()
    assert home.code == 0, home
    assert files_below(out) == ["taken/taken (2).mov", "taken/taken.mov"]
    assert (out / "taken" / "taken.mov").read_bytes() == b"mine"

    coming = stage.buyer.start("download", film["source_id"], "--output", out, "--overwrite")
    coming.state(5)
    stage.released()
    over = coming.wait()
    assert over.code == 0, over
    assert (out / "taken" / "taken.mov").read_bytes() == content("taken.mov")
    assert files_below(out) == ["taken/taken (2).mov", "taken/taken.mov"]


@dataclass
class SmallDisk:
    """A folder whose disk can be filled: a real small one where we may mount it, else one that says so."""

    folder: Path
    buyer: Client
    filler: Path
    real: bool

    def fill(self) -> None:
        if not self.real:
            self.filler.touch()
            return
        with self.filler.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(2**20)):
                    pass
            except OSError:
                return


@pytest.fixture
def small_disk(stage: Stage, tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=90m", "tmpfs", str(folder)]
    real = sys.platform == "linux" and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    if real:
        yield SmallDisk(folder, stage.buyer, folder / "filler", real)
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        return
    filler = tmp_path / "full"
    extra = {"FULL_BELOW": str(folder), "FULL_WHILE": str(filler)}
    program = (str(ROOT / "tests" / "integration" / "full_disk.py"),)
    yield SmallDisk(folder, replace(stage.buyer, extra=extra, program=program), filler, real)


def test_a_full_disk_stops_one_film_and_room_lets_it_end(stage: Stage, small_disk: SmallDisk) -> None:
    (film,) = stage.sent(make_film(stage.place / "full" / "full.mov", LONG))
    buyer, out = small_disk.buyer, small_disk.folder / "out"
    coming = buyer.start("download", film["source_id"], "--output", out)
    coming.state(5)
    small_disk.fill()
    stage.released()
    full = coming.wait()
    assert (full.code, codes(full)) == (1, ["no_space"]), full
    assert "full.mov" not in [Path(name).name for name in files_below(out)]
    row = full.result["films"][0]
    assert stage.statuses(row["task_id"])[-1] == 9
    small_disk.filler.unlink()
    home = buyer.run("resume")
    assert home.code == 0, home
    assert files_below(out) == ["full/full.mov"]
    assert Path(home.result["films"][0]["path"]).read_bytes() == content("full.mov", LONG)


def leaves_of(client: Client) -> set[Path]:
    below = client.profile / "node" / "blocks"
    return {path for path in below.rglob("*.data") if path.stat().st_size == 2**20}


def flip(leaf: Path) -> None:
    data = bytearray(leaf.read_bytes())
    data[1000] ^= 1
    leaf.write_bytes(data)


def empty(leaf: Path) -> None:
    leaf.write_bytes(b"")


def comes_whole(stage: Stage, name: str, *harms: Callable[[Path], None]) -> None:
    """A film whose leaves on the buyer's node come to harm while it waits for its release."""
    (film,) = stage.sent(make_film(stage.place / name / f"{name}.mov", LONG))
    out, before = stage.place / f"{name} out", leaves_of(stage.buyer)
    waits = stage.buyer.run("download", film["source_id"], "--output", out, "--wait", 0)
    assert waits.result["films"][0]["status"] == 5, waits
    for change, leaf in zip(harms, sorted(leaves_of(stage.buyer) - before), strict=False):
        change(leaf)
    stage.released()
    home = stage.buyer.run("resume")
    assert home.code == 0, home
    assert ["lost or damaged" in said["text"] for said in home.of("warning")] == [True], home
    (row,) = home.result["films"]
    assert Path(row["path"]).read_bytes() == content(f"{name}.mov", LONG)
    assert row["hash"] in pins_of(node_of(stage.buyer))


def test_blocks_that_a_disk_changed_are_fetched_again(stage: Stage) -> None:
    comes_whole(stage, "flipped", flip)


@pytest.mark.slow
def test_blocks_that_a_disk_lost_are_fetched_again(stage: Stage) -> None:
    comes_whole(stage, "lost", empty, Path.unlink)
