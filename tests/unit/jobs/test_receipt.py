"""Receipts: what they say, that names can't break out of them, and that nothing secret is in them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta, timezone
from html.parser import HTMLParser
from typing import Any

import pytest

from app.domain.errors import SourceGone
from app.domain.status import TaskKind, TaskStatus
from app.domain.words import set_language
from app.jobs.receipt import Receipt, as_html, receipt_of
from app.journal import PartRow, Run, TaskRow
from app.ui.messages import HistoryLine
from tests.ui.fakes import make_row

CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
PRIVATE_CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
ZONE = timezone(timedelta(hours=8))
BEGUN = 1_790_000_000.0


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


def sent(**changes: Any) -> TaskRow:
    return make_row(
        4,
        **{
            "run": Run.DONE,
            "status": TaskStatus.DONE,
            "remote_id": 77,
            "source_id": 9,
            "cid": CID,
            "public_size": 142_800_000_080,
            "private_path": "/keys/Ledger of 2026/E04.rkkey",
            "private_cid": PRIVATE_CID,
            "private_size": 139_500_000,
            "media": {"codec": "ProRes 422 HQ", "width": 3840, "height": 2160, "duration": 2772.5},
            **changes,
        },
    )


def way(*events: str) -> list[HistoryLine]:
    return [HistoryLine(BEGUN + 60 * number, event) for number, event in enumerate(events)]


def lines_of(receipt: Receipt) -> dict[str, str]:
    every = (*receipt.facts, *receipt.seals, *receipt.way, *receipt.releases)
    return {line.name: line.text for line in every}


def test_a_sent_film() -> None:
    release = make_row(9, kind=TaskKind.RELEASE, run=Run.DONE, remote_id=91, updated=BEGUN)
    unfinished = make_row(10, kind=TaskKind.RELEASE, run=Run.ACTIVE, remote_id=92)
    parts = [PartRow(1, "b", 1, digest=b"\x22" * 32), PartRow(0, "a", 1, digest=b"\x11" * 32)]
    receipt = receipt_of(
        sent(),
        way("journalled", "status 1", "status 2", "status 3", "status 8", "done"),
        [release, unfinished],
        parts,
        library="Long River",
        account="Li Editor",
        zone=ZONE,
    )
    told = lines_of(receipt)
    assert told["Film"] == "Long River Sunset E04 master.mov"
    assert told["Size"] == "142.8 GB (142,800,000,000 bytes)"
    assert told["Picture"] == "ProRes 422 HQ · 3840×2160"
    assert told["Running time"] == "0:46:12"
    assert told["Library"] == "Long River (https://library.example)"
    assert told["Account"] == "Li Editor"
    assert told["Public block"] == CID
    assert told["Private block's file"] == "E04.rkkey"
    assert told["Private block"] == PRIVATE_CID
    assert told["Format of the blocks"] == "version 1"
    digests = [line.text for line in receipt.seals if line.name.startswith("BLAKE3")]
    assert digests == ["11" * 32, "22" * 32]
    assert [(line.name, line.text) for line in receipt.way][-1] == (
        "Sent, held by you",
        "2026-09-21 22:17:20 +08:00",
    )
    assert [line.text for line in receipt.releases] == ["Handed over, 2026-09-21 22:13:20 +08:00"]
    assert receipt.file_name == "Long River Sunset E04 master – Delivery receipt"


def test_a_received_film() -> None:
    row = sent(kind=TaskKind.DOWNLOAD, blake3="ab" * 32, final_path="/films/E04.mov")
    receipt = receipt_of(row, way("status 4", "status 5", "waiting", "status 6", "status 7", "status 8"))
    told = lines_of(receipt)
    assert told["BLAKE3 of the film"] == "ab" * 32
    assert told["State"] == "Ready, checked byte by byte"
    assert [line.name for line in receipt.way] == [
        "Fetching",
        "Waiting for the seller's release",
        "Getting the private block",
        "Opening and checking",
        "Ready, checked byte by byte",
    ]


def test_one_that_stopped_says_so_and_one_under_way_does_not_claim_to_be_done() -> None:
    row = sent(run=Run.FAILED, error=SourceGone(path="/a").record(), cid="", private_cid="")
    told = lines_of(receipt_of(row))
    assert told["State"] == "Stopped"
    assert told["Why it stopped"] == "The film is gone"
    assert "Public block" not in told  # what is not known is left out
    assert lines_of(receipt_of(sent(run=Run.ACTIVE)))["State"] == "Under way"


def test_the_same_facts_give_the_same_page() -> None:
    def page() -> str:
        return as_html(receipt_of(sent(), way("journalled", "status 8"), zone=ZONE, account="Li"))

    assert page() == page()


def test_in_chinese() -> None:
    set_language("zh")
    page = as_html(receipt_of(sent(), way("status 8")))
    assert 'lang="zh-Hans"' in page
    assert receipt_of(sent()).language == "zh"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    "field", ["source_name", "folder", "subpath", "server", "private_path", "cid", "blake3"]
)
def test_text_from_outside_stays_text(field: str) -> None:
    hostile = "</td><script>alert(1)</script><img src=x onerror='a()'>&\"\u202egnp.exe"
    receipt = receipt_of(sent(**{field: hostile}), library=hostile, account=hostile)
    plain = as_html(receipt_of(sent(), library="x", account="x"))
    page = as_html(receipt)
    read, usual = _Reader(), _Reader()
    read.feed(page)
    usual.feed(plain)
    assert set(read.tags) == set(usual.tags)
    assert {name for name, _ in read.attributes} == {name for name, _ in usual.attributes}
    assert "<script>alert(1)</script>" in read.text  # it is shown as it is
    assert "\u202e" not in page


def test_the_page_asks_for_nothing() -> None:
    page = as_html(receipt_of(sent()))
    assert "default-src 'none'" in page
    assert not re.search(r"\b(?:src|href)\s*=|@import|url\(", page)


def test_nothing_secret_is_in_it() -> None:
    row = sent(
        uuid_sealed=b"canary-uuid",
        secrets_sealed=b"canary-secrets",
        announced="/ip4/203.0.113.7/tcp/4001/p2p/canary-address",
        private_dir="/canary-folder/keys",
        private_path="/canary-folder/keys/E04.rkkey",
        source_path="/canary-folder/E04.mov",
        output_dir="/canary-folder",
        final_path="/canary-folder/E04.mov",
    )
    history = [HistoryLine(BEGUN, "failed", "canary-detail"), HistoryLine(BEGUN, "canary-event")]
    page = html.unescape(as_html(receipt_of(row, history, [row], [PartRow(0, "canary-part", 1)])))
    assert "canary" not in page
    assert b"canary".hex() not in page
