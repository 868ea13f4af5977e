"""The question before an export: what goes, where to, how much it is, and whether there is room."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
)

from app.cloud.destination import Entry
from app.domain.errors import ReelkeyError
from app.domain.words import N_, tr
from app.jobs.exports.choose import Which
from app.journal.exports import ExportRow
from app.ui import amounts
from app.ui.cloud_messages import AccountSeen
from app.ui.cloud_works import FilmsWanted
from app.ui.clouds.choices import SOURCES, FileChoices, FilmChoices, GalleryChoice, Source, choices_of
from app.ui.clouds.values import checked_words, folder_words
from app.ui.context import Context
from app.ui.sheet import Sheet
from app.ui.widgets import ChoiceBox, ErrorCard, button, label
from app.ui.widgets.basics import name_tool, tool
from app.ui.widgets.elided import one_line
from app.ui.widgets.segments import Segments


class ExportSheet(Sheet):
    """Orders an export. `paths` and `films` (journal numbers with which of their files) are proposed."""

    #: The number of the export that was begun.
    ordered = Signal(int)

    def __init__(
        self,
        context: Context,
        account: int,
        folder: str,
        paths: Sequence[Path] = (),
        films: Sequence[tuple[int, Which]] = (),
    ) -> None:
        super().__init__(680)
        self.context = context
        self._busy = False
        self._over = False
        self._weighed: tuple[int, int] | None = None
        self._weighing = 0
        self.error = ErrorCard()
        self.error.hide()
        self.accounts = ChoiceBox()
        for seen in context.store.clouds.accounts.values():
            if seen.row.signed_in or seen.row.number == account:
                self.accounts.addItem(
                    one_line(f"{seen.kind.title} · {seen.shown}").replace("&", "&&"), seen.row.number
                )
        self.accounts.setCurrentIndex(max(0, self.accounts.findData(account)))
        self.accounts.activated.connect(lambda _: self._browse_later())
        self.films = FilmChoices(choices_of(context.store.rows.values()), films)
        self.files = FileChoices(paths)
        self.gallery = GalleryChoice()
        self.source = Source.FILMS
        self.parts: dict[Source, FilmChoices | FileChoices | GalleryChoice] = {
            Source.FILMS: self.films,
            Source.FILES: self.files,
            Source.GALLERY: self.gallery,
        }
        for part in self.parts.values():
            part.changed.connect(self._changed)
        self._build(folder)
        self.choose(Source.FILES if paths else Source.FILMS)
        self.retranslate()
        if paths:
            self._weigh()

    def _build(self, folder: str) -> None:
        self._account_title, self._folder_title = label("medium"), label("medium")
        self.will = label("second", wrap=True)
        self.remark = label("key-note", wrap=True)
        self.sources = Segments(source for source, _ in SOURCES)
        self.sources.chosen.connect(self.choose)
        for one in (self.error, self.sources, *self.parts.values()):
            self.body.addWidget(one)
        account, folders = QVBoxLayout(), QVBoxLayout()  # a title is as near its field as in the parts above
        for column, title in ((account, self._account_title), (folders, self._folder_title)):
            column.setSpacing(4)
            column.addWidget(title)
            self.body.addLayout(column)
        account.addWidget(self.accounts)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.folder = QLineEdit(folder)
        self.folder.setMaxLength(1000)
        self.folder.textChanged.connect(lambda _: self.refresh())
        self.look: QPushButton = button("", "folder-open")
        self.look.clicked.connect(self._browse)
        self.up = tool("arrow-up", framed=True)
        self.up.clicked.connect(self._go_up)
        self.up.hide()
        row.addWidget(self.folder, 1)
        row.addWidget(self.up)
        row.addWidget(self.look)
        folders.addLayout(row)
        self.folders = QListWidget()
        self.folders.setProperty("look", "names")
        self.folders.setFixedHeight(130)
        self.folders.itemActivated.connect(lambda item: self._go_into(item.text()))
        self.folders.itemClicked.connect(lambda item: self._go_into(item.text()))
        self.folders.hide()
        self.body.addWidget(self.folders)
        self.body.addWidget(self.will)
        self.body.addWidget(self.remark)
        self.body.addStretch(1)
        self.cancel: QPushButton = button()
        self.cancel.clicked.connect(self.reject)
        self.yes: QPushButton = button("primary")
        self.yes.clicked.connect(self._order)
        self.buttons.addWidget(self.cancel)
        self.buttons.addWidget(self.yes)
        self.accept_button = self.yes

    # --- what is chosen ------------------------------------------------------------------------------

    @property
    def account(self) -> AccountSeen | None:
        return self.context.store.clouds.accounts.get(int(self.accounts.currentData() or 0))

    @property
    def path(self) -> str:
        """The destination folder's path, without empty parts."""
        return "/".join(part.strip() for part in self.folder.text().split("/") if part.strip())

    def choose(self, source: Source) -> None:
        """Show that kind of thing to be exported."""
        self.sources.check(source)
        self.source = source
        for other, part in self.parts.items():
            part.setVisible(other is source)
        self.refresh()

    def _changed(self) -> None:
        if self.source is Source.FILES:
            self._weigh()
        self.refresh()

    def _weigh(self) -> None:
        """How much the files are: found out beside, for a folder may hold thousands."""
        self._weighed = None
        self._weighing += 1
        turn, paths = self._weighing, tuple(self.files.paths)
        if paths:
            self.context.run(
                lambda engine: engine.clouds.weigh(paths),
                lambda weight: self._take_weight(turn, weight),
                self._cannot_weigh,
            )

    def _take_weight(self, turn: int, weight: tuple[int, int] | None) -> None:
        """Of what was chosen at that turn; other files may have been chosen since."""
        if not self._over and turn == self._weighing:
            self._weighed = weight
            self.refresh()

    def _cannot_weigh(self, error: ReelkeyError) -> None:
        if not self._over:
            self.error.show_error(error)

    def _amount(self) -> tuple[int, int | None]:
        """How many files, and their bytes; None where that is not known yet."""
        if self.source is Source.FILMS:
            chosen = self.films.chosen()
            return len(chosen), sum(one.size or 0 for one in chosen)
        if self.source is Source.FILES:
            if self._weighed is None:
                return len(self.files.paths), None
            return self._weighed
        return 0, None

    def _ready(self) -> bool:
        if self.account is None or not self.account.row.signed_in or self._busy:
            return False
        if self.source is Source.GALLERY:
            return self.gallery.complete
        return bool(self.films.chosen() if self.source is Source.FILMS else self.files.paths)

    # --- what is said --------------------------------------------------------------------------------

    def refresh(self) -> None:
        """What will happen, by what is chosen now."""
        self.yes.setEnabled(self._ready())
        count, size = self._amount()
        self.yes.setText(self._yes_words(count, size))
        account = self.account
        cloud = account.kind.title if account is not None else ""
        will = tr(
            N_("Goes to {cloud}, into {folder}. Nothing there is replaced; what is there already and identical is skipped."),  # noqa: E501
            cloud=cloud, folder=folder_words(one_line(self.path)),
        )  # fmt: skip
        self.will.setText(f"{will} {checked_words(account.kind if account is not None else None)}")
        remark = self._remark_words(account, size)
        self.remark.setText(remark)
        self.remark.setVisible(bool(remark))

    def _yes_words(self, count: int, size: int | None) -> str:
        if self.source is Source.GALLERY:
            return tr(N_("Export gallery"))
        if not count:
            return tr(N_("Export"))
        words = tr(N_("Export 1 file")) if count == 1 else tr(N_("Export {n} files"), n=amounts.count(count))
        return f"{words} · {amounts.size(size)}" if size else words

    def _remark_words(self, account: AccountSeen | None, size: int | None) -> str:
        """What a person must know before the yes."""
        row = account.row if account is not None else None
        lines = []
        if row is not None and row.total and row.used is not None and size:
            free = max(0, row.total - row.used)
            if size > free:
                words = N_("Only {free} free in this account; this needs {need}.")
                lines.append(tr(words, free=amounts.size(free), need=amounts.size(size)))
        kinds = {one.which for one in self.films.chosen()} if self.source is Source.FILMS else set()
        if "film" in kinds:
            lines.append(
                tr(N_("Films go as they are, not sealed: whoever can read that folder can watch them."))
            )
        if "private" in kinds:
            lines.append(
                tr(N_("A private block goes along: whoever can read that folder can open the film with it."))
            )
        return "\n".join(lines)

    # --- folders there -------------------------------------------------------------------------------

    def _browse_later(self) -> None:
        self.folders.hide()
        self.up.hide()
        self.refresh()

    def _browse(self) -> None:
        account, path = self.account, self.path
        if account is not None:
            number = account.row.number
            self.look.setEnabled(False)
            self.context.run(
                lambda engine: engine.clouds.browse(number, path), self._take_folders, self._not_there
            )

    def _take_folders(self, found: Sequence[Entry] | None) -> None:
        self.look.setEnabled(True)
        self.folders.clear()
        self.folders.addItems([one.name for one in found or () if "/" not in one.name])
        self.folders.setVisible(True)
        self.up.setVisible(bool(self.path))

    def _not_there(self, error: ReelkeyError) -> None:
        """A folder that isn't there yet is made; what else went wrong is shown."""
        self.look.setEnabled(True)
        if error.code == "cloud_refused" and self.path:
            self._take_folders(())
            return
        self.error.show_error(error)

    def _go_into(self, name: str) -> None:
        self.folder.setText(f"{self.path}/{name}" if self.path else name)
        self._browse()

    def _go_up(self) -> None:
        self.folder.setText(self.path.rpartition("/")[0])
        self._browse()

    # --- the order -----------------------------------------------------------------------------------

    def _order(self) -> None:
        account = self.account
        if account is None or not self._ready():
            return
        self._busy = True
        self.error.show_error(None)
        self.refresh()
        number, path = account.row.number, self.path
        if self.source is Source.GALLERY:
            fields = self.gallery.fields()
            self.context.run(
                lambda engine: engine.clouds.order_gallery(number, path, fields), self._done, self._failed
            )
            return
        wanted = FilmsWanted(number, path)
        if self.source is Source.FILMS:
            films = tuple((one.number, one.which) for one in self.films.chosen())
            wanted = FilmsWanted(number, path, films=films)
        else:
            wanted = FilmsWanted(number, path, paths=tuple(self.files.paths))
        self.context.run(lambda engine: engine.clouds.order(wanted), self._done, self._failed)

    def _done(self, row: ExportRow | None) -> None:
        self.close_sheet()
        if row is not None:
            self.ordered.emit(row.number)

    def _failed(self, error: ReelkeyError) -> None:
        self._busy = False
        self.error.show_error(error)
        self.refresh()

    def close_sheet(self) -> None:
        self._over = True
        super().close_sheet()

    def retranslate(self) -> None:
        self.title.setText(tr(N_("What do you want to export?")))
        self.subtitle.setText(tr(N_("It begins at once and can be paused at any time.")))
        for source, words in SOURCES:
            self.sources.set_words(source, tr(words))
        self._account_title.setText(tr(N_("Account")))
        self.accounts.setAccessibleName(self._account_title.text())
        self._folder_title.setText(tr(N_("Folder there")))
        self.folder.setAccessibleName(self._folder_title.text())
        self.folder.setPlaceholderText(tr(N_("Top folder")))
        self.folders.setAccessibleName(tr(N_("Folders there")))
        self.look.setText(tr(N_("Browse…")))
        name_tool(self.up, tr(N_("One folder up")))
        self.cancel.setText(tr(N_("Cancel")))
        self.films.retranslate()
        self.files.retranslate()
        self.gallery.retranslate()
        self.error.retranslate()
        self.setAccessibleName(self.title.text())
        self.refresh()
