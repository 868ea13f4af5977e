"""A private folder full of other things: blocks that are damaged, too new, of an earlier sending, and two
buyers of one film."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import httpx2
import pytest

from app.crypto.private_clear import PRIVATE_MAGIC
from tests.integration.bad_days import Stage, content
from tests.integration.forging import forge, node_of

pytestmark = pytest.mark.kubo


def flip(path: Path, at: int) -> None:
    """Change one bit; `at` from the end where negative."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def ask_for(stage: Stage, source_id: int, token: str) -> int:
    """A buyer who only asks; the task's id."""
    answer = httpx2.get(
        f"{stage.server.url}/api/v1/tasks/download/",
        params={"source_id": source_id},
        headers={"Token": token},
        trust_env=False,
    )
    return int(answer.json()["data"]["id"])


def test_the_right_blocks_are_found_among_everything_else(stage: Stage) -> None:
    names = ("two buyers.mov", "held damaged.mov", "payload damaged.mov", "too new.mov", "not here.mov")
    films = {film["source_name"]: film for film in stage.sent(stage.series("full folder", *names))}
    block = {name: Path(film["private_block"]) for name, film in films.items()}
    second = "buyer-token-second-0007"
    stage.control.add_token(second, "buyer", name="second buyer")
    for film in films.values():
        ask_for(stage, film["source_id"], stage.buyer.token)
    ask_for(stage, films["two buyers.mov"]["source_id"], second)

    # An earlier sending of the same film, with the same permission: another CID is sealed in it.
    twin = forge(
        node_of(stage.seller),
        stage.place / "forged",
        content("two buyers.mov"),
        name="two buyers.mov",
        uuid=stage.control.task(films["two buyers.mov"]["task_id"])["uuid"],
    )
    earlier = block["two buyers.mov"].with_name("a first sending.rkkey")  # comes first in the folder
    earlier.write_bytes(twin.private.read_bytes())
    renamed = block["two buyers.mov"].rename(stage.blocks / "full folder" / "z – any name at all")
    whole = {name: block[name].read_bytes() for name in names[1:4]}
    flip(block["held damaged.mov"], 4096 + 1000)
    flip(block["payload damaged.mov"], -20)
    newer = bytearray(whole["too new.mov"])
    newer[len(PRIVATE_MAGIC) : len(PRIVATE_MAGIC) + 2] = (2).to_bytes(2, "big")
    newer[92:96] = zlib.crc32(newer[:92]).to_bytes(4, "big")
    block["too new.mov"].write_bytes(newer)
    block["not here.mov"].unlink()
    (stage.blocks / "notes.txt").write_text("no block")
    (stage.blocks / "empty.rkkey").touch()
    (stage.blocks / "half.rkkey").write_bytes(whole["too new.mov"][:50])
    (stage.blocks / "other.mov").write_bytes(bytes(100_000))
    os.mkfifo(stage.blocks / "pipe.rkkey")
    (stage.blocks / "round").symlink_to(stage.blocks)

    done = stage.seller.run("release", stage.blocks)
    assert done.code == 1, done
    ok = [one for one in done.result["blocks"] if one.get("status") == 8]
    assert [one["source_name"] for one in ok] == ["two buyers.mov"] * 2, "one block serves both buyers"
    assert {one["hash"] for one in ok} == {ok[0]["hash"]} and {one["private_block"] for one in ok} == {
        str(renamed)
    }
    wrong = {
        Path(one["private_block"]).name: one["error"]["code"]
        for one in done.result["blocks"]
        if "error" in one
    }
    assert wrong == {
        "held damaged.mov.rkkey": "damaged",
        "payload damaged.mov.rkkey": "damaged",
        "too new.mov.rkkey": "newer_format",
        "half.rkkey": "damaged",
    }
    assert done.result["unmatched"] == [str(earlier)]
    by_film = {task["id"]: task["source_name"] for task in stage.control.tasks("release")}
    assert {by_film[task] for task in done.result["waiting"]} == {*names[2:]}
    status = {task["source_name"]: task["status"] for task in stage.control.tasks("release")}
    assert status == dict(zip(names, (8, 9, 0, 0, 0), strict=True))

    for name, data in whole.items():
        block[name].write_bytes(data)
    (stage.blocks / "half.rkkey").unlink()
    home = stage.seller.run("release", stage.blocks)
    assert home.code == 0, home
    status = {task["source_name"]: task["status"] for task in stage.control.tasks("release")}
    assert status == dict(zip(names, (8, 8, 8, 8, 0), strict=True))
