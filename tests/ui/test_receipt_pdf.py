"""The receipt as PDF: all that it says stands in it, on as many pages as it takes."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.errors import TargetUnwritable
from app.domain.words import set_language
from app.jobs.receipt import receipt_of
from app.journal import PartRow, Run
from app.ui.messages import HistoryLine
from app.ui.receipt_pdf import _document, write_pdf
from tests.ui.fakes import make_row


def pages_of(content: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", content))


def streams_of(content: bytes) -> bytes:
    found = b""
    for match in re.finditer(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        try:
            found += zlib.decompressobj().decompress(match[1])
        except zlib.error:
            found += match[1]
    return found


def test_all_of_the_receipt_is_in_it(qapp: QApplication, tmp_path: Path) -> None:
    del qapp
    set_language("en")
    name = "仙剑奇侠传-第21集 <b>&amp;.mov"
    row = make_row(1, source_name=name, run=Run.DONE, cid="bafybei" + "a" * 52)
    receipt = receipt_of(row, [HistoryLine(1_790_000_000.0, "status 8")], [], [], account="李")
    text = _document(receipt).toPlainText()
    for line in (*receipt.facts, *receipt.seals, *receipt.way):
        assert line.name in text
        assert line.text in text
    target = tmp_path / "receipt.pdf"
    target.write_bytes(b"old")
    write_pdf(receipt, target)
    content = target.read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    assert pages_of(content) == 1
    assert len(streams_of(content)) > 2000


def test_a_long_one_takes_more_pages(qapp: QApplication, tmp_path: Path) -> None:
    del qapp
    parts = [PartRow(number, "x", 1, digest=bytes([number]) * 32) for number in range(100)]
    write_pdf(receipt_of(make_row(1), [], [], parts), tmp_path / "receipt.pdf")
    assert pages_of((tmp_path / "receipt.pdf").read_bytes()) > 2


def test_nothing_secret_is_in_it(qapp: QApplication, tmp_path: Path) -> None:
    del qapp
    row = make_row(1, uuid_sealed=b"canary-a", secrets_sealed=b"canary-b", private_path="/canary-c/x.rkkey")
    write_pdf(receipt_of(row), tmp_path / "receipt.pdf")
    content = (tmp_path / "receipt.pdf").read_bytes()
    for seen in (content, streams_of(content)):
        assert b"canary" not in seen
        assert "canary".encode("utf-16-be") not in seen
    assert "canary" not in _document(receipt_of(row)).toPlainText()


def test_a_place_that_takes_no_file(qapp: QApplication, tmp_path: Path) -> None:
    del qapp
    with pytest.raises(TargetUnwritable):
        write_pdf(receipt_of(make_row(1)), tmp_path / "no folder" / "receipt.pdf")
