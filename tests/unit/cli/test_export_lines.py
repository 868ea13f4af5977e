"""What the command line says of exports."""

from __future__ import annotations

from app.cli.export_lines import export_fields, export_line
from app.domain.errors import CloudUnreachable
from app.journal import Run
from app.journal.exports import Tally
from tests.ui.clouds.makers import export, gallery

DOWN = CloudUnreachable(cloud="Google Drive", reason="no route").record()


def test_what_is_still_to_be_done_stands_in_the_line() -> None:
    sent, gaps = Tally(3, 3), Tally(3, 2, 0, 1)
    assert export_line(gallery(1, run=Run.DONE), sent)[-1] == "the gallery is still to be told"
    assert export_line(gallery(1, run=Run.DONE, told=True), sent)[-1] == ""
    assert export_line(gallery(1, run=Run.FAILED), gaps)[-1] == "1 not sent"
    littered = export(1, run=Run.CANCELLED, error=DOWN)
    assert export_line(littered, sent)[-1] == "the rest is still to be removed there"
    assert export_line(export(1, run=Run.CANCELLED), sent)[-1] == ""
    rows = (export(1), gallery(1), gallery(1, told=True))
    assert [export_fields(row, sent)["gallery_told"] for row in rows] == [None, False, True]
