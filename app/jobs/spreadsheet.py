"""Tables that Excel, Numbers and LibreOffice open: CSV, UTF-8 with its mark.

Names come from outside, and spreadsheets take a cell that begins with ``=`` for a formula to be run: such
cells get an apostrophe in front (OWASP's advice), which a spreadsheet shows as text.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path

from app.domain.durable import write_new
from app.domain.errors import TargetUnwritable
from app.jobs.wording import shown
from app.settings.files import write_private

# Excel reads UTF-8 as the system's old code page without it.
_MARK = b"\xef\xbb\xbf"
# The full-width ones count too where the language is Chinese or Japanese.
_FORMULAS = "=+-@\t\r\n＝＋－＠"


def spreadsheet(lines: Iterable[Iterable[str]]) -> bytes:
    """These lines of cells, the headings first, as a file holds them: a line each, whatever is in a cell."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\r\n")
    for line in lines:
        table.writerow([_safe(cell) for cell in line])
    return _MARK + text.getvalue().encode("utf-8")


def write_spreadsheet(target: Path, content: bytes, *, replace: bool) -> None:
    """Put `content` at `target` whole or not at all: over what is there (`replace`: the person said so), else
    only where the name is free. Raises TargetUnwritable."""
    try:
        (write_private if replace else write_new)(target, content)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise TargetUnwritable(path=os.fspath(target), reason=reason) from None


def _safe(text: str) -> str:
    clean = shown(text) if not text.startswith(("\t", "\r", "\n")) else "'" + shown(text)
    return "'" + clean if clean.startswith(tuple(_FORMULAS)) else clean
