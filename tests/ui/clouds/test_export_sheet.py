"""The question before an export: films, files, a gallery; where to, how much, whether there is room."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.cloud.destination import Entry
from app.domain.errors import CloudRefused, CloudUnreachable, UsageError
from app.domain.status import TaskKind, TaskStatus
from app.domain.words import set_language
from app.journal import Run
from app.ui.cloud_messages import AccountsChanged
from app.ui.cloud_works import FilmsWanted
from app.ui.clouds.choices import Choice, Source, choices_of
from app.ui.clouds.export import ExportSheet
from app.ui.context import Context
from app.ui.messages import RowsChanged
from app.ui.sheet import Sheet
from tests.ui.clouds.makers import GB, MEGA, TB, account, export
from tests.ui.fakes import engine_of, make_row

Show = Callable[[Sheet], None]
OPENED = make_row(
    12, kind=TaskKind.DOWNLOAD, run=Run.DONE, status=TaskStatus.DONE, final_path="/f/b.mov",
    source_name="b.mov", size=74 * GB,
)  # fmt: skip
COMING = make_row(13, kind=TaskKind.DOWNLOAD, source_name="c.mov", size=None)
SENT = make_row(
    11, run=Run.DONE, status=TaskStatus.DONE, source_path="/m/a.mov", source_name="a.mov", cid="bafy",
    public_size=100 * GB, private_path="/k/a.rkkey", private_size=3 * GB, size=99 * GB,
)  # fmt: skip


@pytest.fixture
def filled(context: Context) -> Context:
    context.store.take(
        [
            AccountsChanged((account(1), account(2, MEGA), account(3, signed_in=False))),
            RowsChanged((OPENED, COMING, SENT)),
        ]
    )
    return context


def test_what_of_films_can_be_exported() -> None:
    sending = make_row(14)
    cancelled = make_row(15, kind=TaskKind.DOWNLOAD, run=Run.CANCELLED)
    assert choices_of([OPENED, COMING, SENT, sending, cancelled]) == [
        Choice(13, "film", "c.mov", None, waits=True),
        Choice(12, "film", "b.mov", 74 * GB),
        Choice(11, "film", "a.mov", 99 * GB),
        Choice(11, "public", "a.mov", 100 * GB),
        Choice(11, "private", "a.mov", 3 * GB),
    ]


def test_chosen_films_are_ordered(qtbot: QtBot, filled: Context, show: Show) -> None:
    engine = engine_of(filled)
    engine.answers["clouds.order"] = export(40)
    sheet = ExportSheet(filled, 1, "Deliveries", films=[(11, "public")])
    show(sheet)
    assert sheet.source is Source.FILMS
    assert sheet.yes.text() == "Export 1 file · 100.0 GB"
    line = sheet.films.list.lines.line(0)
    assert line is not None and line.ticked, "what was asked for stands first"
    sheet.films.list.selectRow(1)
    sheet.films.list.clicked.emit(sheet.films.list.currentIndex())
    assert sheet.yes.text() == "Export 2 files · 100.0 GB"
    ordered: list[int] = []
    sheet.ordered.connect(ordered.append)
    sheet.folder.setText(" Deliveries // Long River ")
    sheet.yes.click()
    qtbot.waitUntil(lambda: ordered == [40])
    (wanted,) = engine.called("clouds.order")[0]
    assert wanted == FilmsWanted(1, "Deliveries/Long River", films=((11, "public"), (13, "film")))


def test_files_are_weighed_before_they_are_sent(
    qtbot: QtBot, filled: Context, show: Show, tmp_path: Path
) -> None:
    engine = engine_of(filled)
    engine.answers["clouds.weigh"] = (14, 2 * TB)
    sheet = ExportSheet(filled, 1, "", [tmp_path])
    show(sheet)
    qtbot.waitUntil(lambda: sheet.yes.text() == "Export 14 files · 2.00 TB")
    assert sheet.remark.isVisible()
    assert "1.88 TB" in sheet.remark.text()
    sheet.files.list.setCurrentRow(0)
    sheet.files.remove.click()
    assert not sheet.yes.isEnabled()
    assert sheet.remark.isHidden()


def test_a_weight_that_comes_late_counts_for_nothing(
    qtbot: QtBot, filled: Context, show: Show, tmp_path: Path
) -> None:
    """Another folder was chosen meanwhile: the old one's size must not stand on the button."""
    engine = engine_of(filled)
    weights = {1: (1, GB), 2: (2, 2 * GB)}
    engine.answers["clouds.weigh"] = lambda paths: weights[len(paths)]
    sheet = ExportSheet(filled, 1, "", [tmp_path])
    show(sheet)
    sheet.files.take([tmp_path / "more"])
    sheet._take_weight(1, (1, GB))
    assert "1.0 GB" not in sheet.yes.text()
    qtbot.waitUntil(lambda: sheet.yes.text() == "Export 2 files · 2.0 GB")


def test_a_gallery_is_ordered_with_its_fields(qtbot: QtBot, filled: Context, show: Show) -> None:
    sheet = ExportSheet(filled, 2, "Stills")
    show(sheet)
    sheet.sources.buttons[Source.GALLERY].click()
    assert not sheet.yes.isEnabled()
    sheet.gallery.address.setText("https://arch.example/g/api/stream/1/x?mod=web")
    sheet.gallery.name.setText("Spring River")
    sheet.gallery.originals.setChecked(True)
    sheet.yes.click()
    engine = engine_of(filled)
    qtbot.waitUntil(lambda: bool(engine.called("clouds.order_gallery")))
    fields = {
        "archive_url": "https://arch.example/g/api/stream/1/x?mod=web",
        "gallery_name": "Spring River",
        "archive_type": "originals",
    }
    assert engine.called("clouds.order_gallery") == [(2, "Stills", fields)]


def test_the_address_chooses_the_photos_and_who_chooses_others_is_told(filled: Context, show: Show) -> None:
    sheet = ExportSheet(filled, 2, "Stills")
    show(sheet)
    sheet.choose(Source.GALLERY)
    gallery = sheet.gallery
    gallery.address.setText("https://arch.example/g/api/stream/1/x?mod=originals")
    assert gallery.originals.isChecked() and gallery.note.isHidden()
    gallery.address.setText("https://arch.example/g/api/stream/1/x?mod=web")
    assert gallery.webs.isChecked() and gallery.note.isHidden()
    gallery.originals.setChecked(True)
    assert "that of the photos for the web" in gallery.note.text()
    assert gallery.note.isVisible()
    gallery.address.setText("https://arch.example/g/api/stream/2/y")
    assert gallery.originals.isChecked() and gallery.note.isHidden(), "an address that does not say"


def test_what_is_refused_is_said_and_can_be_mended(qtbot: QtBot, filled: Context, show: Show) -> None:
    engine_of(filled).answers["clouds.order"] = UsageError(reason="no")
    sheet = ExportSheet(filled, 1, "", films=[(12, "film")])
    show(sheet)
    sheet.yes.click()
    qtbot.waitUntil(sheet.error.isVisible)
    assert sheet.yes.isEnabled()


def test_folders_there_are_looked_through(qtbot: QtBot, filled: Context, show: Show) -> None:
    engine = engine_of(filled)
    folders = {"": ["Deliveries"], "Deliveries": ["Long River"], "Deliveries/Long River": []}
    engine.answers["clouds.browse"] = lambda _, path: [Entry(n, n, is_folder=True) for n in folders[path]]
    sheet = ExportSheet(filled, 1, "")
    show(sheet)
    sheet.look.click()
    qtbot.waitUntil(lambda: sheet.folders.count() == 1)
    sheet.folders.itemClicked.emit(sheet.folders.item(0))
    qtbot.waitUntil(
        lambda: sheet.folders.item(0) is not None and sheet.folders.item(0).text() == "Long River"
    )
    assert sheet.path == "Deliveries"
    sheet.up.click()
    assert sheet.path == ""
    engine.answers["clouds.browse"] = CloudRefused(cloud="Google Drive", text="gone", status=404)
    sheet.folder.setText("New")
    sheet.look.click()
    qtbot.waitUntil(lambda: sheet.look.isEnabled() and sheet.folders.count() == 0)
    assert sheet.error.isHidden(), "a folder that is not there yet is made"
    engine.answers["clouds.browse"] = CloudUnreachable(cloud="Google Drive", reason="no")
    sheet.look.click()
    qtbot.waitUntil(sheet.error.isVisible)


def test_only_signed_in_accounts_are_offered(filled: Context, show: Show) -> None:
    sheet = ExportSheet(filled, 2, "")
    show(sheet)
    assert [sheet.accounts.itemData(place) for place in range(sheet.accounts.count())] == [1, 2]
    assert sheet.account is not None and sheet.account.row.number == 2
    for language in ("zh", "en"):
        set_language(language)
        sheet.retranslate()
        assert sheet.accessibleName() == sheet.title.text()


def test_a_private_block_goes_to_a_cloud_only_knowingly(filled: Context, show: Show) -> None:
    sealed = ExportSheet(filled, 1, "", films=[(11, "public")])
    opens = ExportSheet(filled, 1, "", films=[(11, "public"), (11, "private")])
    show(sealed)
    assert sealed.remark.isHidden()
    assert "whoever can read that folder can open the film" in opens.remark.text()
