"""The history as CSV: read back by a reader, and cells that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import SourceGone, TargetUnwritable
from app.domain.status import TaskKind
from app.domain.words import set_language
from app.jobs.history_export import history_csv, write_history
from app.journal import Run, TaskRow
from tests.ui.fakes import make_row

ZONE = timezone(timedelta(hours=8))


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


def read(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_line_a_film() -> None:
    rows = [
        make_row(
            1,
            source_name="仙剑奇侠传-第21集.mov",
            run=Run.DONE,
            cid="bafy",
            blake3="",
            source_path='/films/a,b "c".mov',
            media={"codec": "ProRes", "width": 1920, "height": 1080, "duration": 12.5},
        ),
        make_row(2, kind=TaskKind.DOWNLOAD, run=Run.FAILED, error=SourceGone(path="/x").record()),
        make_row(3, kind=TaskKind.DOWNLOAD, run=Run.DONE, final_path="/films/E03.mov", blake3="ab" * 32),
    ]
    first, second, third = read(history_csv(rows, libraries={rows[0].server: "Long River"}, zone=ZONE))
    assert first["Film"] == "仙剑奇侠传-第21集.mov"
    assert first["Direction"] == "Sent"
    assert first["State"] == "Sent, held by you"
    assert first["Library"] == "Long River"
    assert first["Size in bytes"] == "142800000000"
    assert first["Begun"] == "2026-09-21 22:13:20"
    assert first["Last change"] == "2026-09-21 23:13:20"
    assert (first["Codec"], first["Resolution"], first["Seconds"]) == ("ProRes", "1920×1080", "12.5")
    assert first["File"] == '/films/a,b "c".mov'
    assert (second["State"], second["Why it stopped"]) == ("Stopped", "The film is gone")
    assert (third["File"], third["BLAKE3 of the film"]) == ("/films/E03.mov", "ab" * 32)


def test_headings_follow_the_language() -> None:
    set_language("zh")
    english_first = history_csv([]).decode("utf-8-sig")
    set_language("en")
    assert history_csv([]).decode("utf-8-sig").startswith("Film,Direction,State,")
    assert english_first.count(",") == history_csv([]).decode("utf-8-sig").count(",")


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠"])
def test_no_cell_is_run_as_a_formula(begin: str) -> None:
    row = make_row(1, source_name=f"{begin}HYPERLINK(1).mov", folder=f"{begin}cmd|' /C calc'!A0")
    line = read(history_csv([row]))[0]
    assert line["Film"].startswith("'")
    assert line["Folder"].startswith("'")
    assert "HYPERLINK(1).mov" in line["Film"]


@given(st.text(st.characters(codec=None), max_size=30), st.text(max_size=30))
def test_whatever_the_names_are_it_stays_one_line_a_film(name: str, folder: str) -> None:
    rows: list[TaskRow] = [make_row(1, source_name=name, folder=folder), make_row(2)]
    content = history_csv(rows)
    lines = read(content)
    assert len(lines) == 2
    assert content.count(b"\r\n") == 3
    for cell in lines[0].values():
        assert not cell.startswith(tuple("=+-@\t\r＝＋－＠"))


def test_it_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "history.csv"
    target.write_bytes(b"old")
    write_history(target, [make_row(1)])
    assert len(read(target.read_bytes())) == 1
    with pytest.raises(TargetUnwritable):
        write_history(tmp_path / "no folder" / "history.csv", [])
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["history.csv"]
