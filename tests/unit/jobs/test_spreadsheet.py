"""Tables for spreadsheets: what a name from outside may not do, and what happens to a file that is there."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from app.domain.errors import TargetUnwritable
from app.jobs.exports.report import ExportReport
from app.jobs.spreadsheet import spreadsheet, write_spreadsheet
from app.journal.exports import Tally
from tests.ui.clouds.makers import account, export, item


def test_a_table_is_read_as_it_was_written_but_for_what_a_spreadsheet_would_run() -> None:
    content = spreadsheet([["Name", "Size"], ['a,b "c".mov', "5"], ["=1+1", "＝1"], ["two\nlines", "\t="]])
    assert content.startswith(b"\xef\xbb\xbf") and content.count(b"\r\n") == 4
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert lines == [["Name", "Size"], ['a,b "c".mov', "5"], ["'=1+1", "'＝1"], ["two␣lines", "'␣="]]


def test_a_file_that_is_there_is_replaced_only_where_a_person_said_so(tmp_path: Path) -> None:
    target = tmp_path / "report.csv"
    write_spreadsheet(target, b"first", replace=False)
    with pytest.raises(TargetUnwritable):
        write_spreadsheet(target, b"second", replace=False)
    assert target.read_bytes() == b"first"
    write_spreadsheet(target, b"third", replace=True)
    assert target.read_bytes() == b"third"
    with pytest.raises(TargetUnwritable):
        write_spreadsheet(tmp_path / "no folder" / "report.csv", b"", replace=True)
    assert [path for path in tmp_path.iterdir() if path.is_file()] == [target]


def test_the_report_of_an_export_is_such_a_table() -> None:
    items = item(1, name="=1+1.mov", hashes={"md5": "00", "sha256": "11"}), item(2, size=None)
    report = ExportReport(account().row, export(1), Tally(), items)
    first, second = csv.DictReader(io.StringIO(report.as_csv().decode("utf-8-sig"), newline=""))
    assert (first["name"], first["hashes"], first["outcome"]) == ("'=1+1.mov", "md5:00 sha256:11", "sent")
    assert (second["size"], second["error"]) == ("", "")
