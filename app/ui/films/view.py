"""The list of films: painted rows whose buttons can be pressed, reached by mouse and keys alike."""

from __future__ import annotations

import time
from bisect import bisect_right

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPoint,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from app.domain.words import N_, tr
from app.ui.films.delegate import MORE, FilmsDelegate, Look
from app.ui.films.grouped import GroupedView, Index
from app.ui.films.rows import GroupedRows
from app.ui.films.values import ACTS, Act

_AGE_MS = 5000
_LET_GO_MS = 400
_TYPED_WITHIN = 1.0
_KEYS = {
    Qt.Key.Key_P: Act.PAUSE,
    Qt.Key.Key_R: Act.RETRY,
    Qt.Key.Key_C: Act.COPY_CID,
    Qt.Key.Key_B: Act.RING,
}


class FilmsView(GroupedView):
    """Shows films, or exports. What a person does with one comes out as signals."""

    #: A film (its number) and what is asked of it (an Act, or "main" for its main button).
    acted = Signal(int, object)
    #: A film's menu is wanted: its number, and where (global).
    menu_wanted = Signal(int, QPoint)
    #: Details of the film are wanted, or no longer.
    details_wanted = Signal(int)
    #: The film that is selected, or 0.
    chosen = Signal(int)

    def __init__(
        self,
        model: GroupedRows,
        painting: FilmsDelegate,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(model, parent)
        self.painting = painting
        self.beside = False
        self._hover: tuple[int, Act | str] = (0, "")
        self._pressed: tuple[int, Act | str] = (0, "")
        self._by_keys = False
        self._typed = ("", 0.0)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        model.dataChanged.connect(self._rows_changed)
        model.moved_on.connect(self._announce)
        self._age = QTimer(self)
        self._age.setInterval(_AGE_MS)
        self._age.timeout.connect(self._grow_older)
        self._age.start()
        self._letting_go = QTimer(self)
        self._letting_go.setSingleShot(True)
        self._letting_go.setInterval(_LET_GO_MS)
        self._letting_go.timeout.connect(self._hold)
        self.take_model()

    def set_beside(self, beside: bool) -> None:
        """Whether the details pane stands beside the list."""
        self.beside = beside
        self._reform()

    def _reform(self) -> None:
        """Another width, another form of the rows."""
        form = self.painting.form_for(self.viewport().width(), beside=self.beside)
        if form is not self.painting.form:
            self.note_anchor()
            self.painting.form = form
            self.height_of_film = self.painting.height
            self.reckon()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._reform()
        self.updateGeometries()

    # --- painting ------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self.viewport())
        offset, bottom = self.verticalOffset(), event.rect().bottom()
        row = self.row_at(max(0, event.rect().top() + offset))
        while 0 <= row < self.films.rowCount():
            rect = self.row_rect(row)
            if rect.top() > bottom:
                break
            self._paint_row(painter, row, rect)
            row += 1
        painter.end()

    def _paint_row(self, painter: QPainter, row: int, rect: QRect) -> None:
        index = self.films.index(row)
        current = index == self.currentIndex() and self.hasFocus()
        selected = self.selectionModel().isSelected(index)
        number = self.films.number_at(row)
        if number is None:
            head = self.films.head_at(row)
            if head is not None:
                look = Look(ring=current and self._by_keys)
                self.painting.paint_head(painter, rect, head, look)
            return
        hovered = number == self._hover[0]
        look = Look(selected, hovered, current and self._by_keys, self._hover[1] if hovered else "")
        self.painting.paint_film(painter, rect, self.films.card(number), look)

    def _rows_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        top = self.row_rect(first.row()).top()
        rect = QRect(0, top, self.viewport().width(), self.row_rect(last.row()).bottom() + 1 - top)
        self.viewport().update(rect.intersected(self.viewport().rect()))
        if self.films.sections:  # the head above may say how long all of it takes
            at = bisect_right(self.films.firsts, first.row()) - 1
            self.viewport().update(self.row_rect(self.films.firsts[at]))

    def poster_ready(self, number: int) -> None:
        """A film's picture is there: paint its row anew."""
        row = self.films.row_of(number)
        if row is not None:
            self.viewport().update(self.row_rect(row))

    # --- at rest -------------------------------------------------------------------------------------

    def _hold(self) -> None:
        """Films under the mouse and the focus keep their group."""
        self.films.hold(self.held_numbers())

    def held_numbers(self) -> list[int]:
        held = [self._hover[0], self.current_number() if self.hasFocus() else 0]
        return [number for number in held if number]

    def seen_numbers(self) -> list[int]:
        """The films that are in sight."""
        row = self.row_at(max(0, self.verticalOffset()))
        found: list[int] = []
        bottom = self.viewport().height()
        while 0 <= row < self.films.rowCount() and self.row_rect(row).top() <= bottom:
            number = self.films.number_at(row)
            if number is not None:
                found.append(number)
            row += 1
        return found

    def _grow_older(self) -> None:
        if self.isVisible():
            self.films.age(self.seen_numbers())
            self.viewport().update()

    # --- the mouse -----------------------------------------------------------------------------------

    def _under(self, point: QPoint) -> tuple[int, Act | str]:
        """The film at a point of the viewport, and the button there."""
        row = self.row_at(point.y() + self.verticalOffset())
        number = self.films.number_at(row) if row >= 0 else None
        if number is None:
            return 0, ""
        return number, self.painting.hit(self.films.card(number), self.row_rect(row), point)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._hover_at(event.position().toPoint())

    def _hover_at(self, point: QPoint | None) -> None:
        before, self._hover = self._hover, (0, "") if point is None else self._under(point)
        if before != self._hover:
            hand = self._hover[1] != ""
            self.viewport().setCursor(
                Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor
            )
            self.viewport().update()
            self._letting_go.start()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        self._hover_at(None)
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._by_keys = False
        point = event.position().toPoint()
        self._pressed = self._under(point) if event.button() == Qt.MouseButton.LeftButton else (0, "")
        index = self.indexAt(point)
        if index.isValid():
            self.setCurrentIndex(index)
        self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        point = event.position().toPoint()
        under, pressed = self._under(point), self._pressed
        self._pressed = (0, "")
        if event.button() != Qt.MouseButton.LeftButton or under != pressed:
            return
        number, act = under
        index = self.indexAt(point)
        if not number:
            self._toggle(index.row())
        elif act == MORE:
            self.menu_wanted.emit(number, self.viewport().mapToGlobal(point))
        elif isinstance(act, Act):
            self.acted.emit(number, act)
        elif self.painting.on_poster(self.row_rect(index.row()), point):
            self.details_wanted.emit(number)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        number, act = self._under(event.position().toPoint())
        if number and act == "":
            self.details_wanted.emit(number)
        else:
            self.mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            number = self.current_number()
            where = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
        else:
            number = self._under(event.pos())[0]
            where = event.globalPos()
        if number:
            self.menu_wanted.emit(number, where)

    def _toggle(self, row: int) -> None:
        head = self.films.head_at(row) if row >= 0 else None
        if head is not None:
            self.films.fold(head.key, folded=not head.folded)

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._show_tip(event)
            return True
        return super().viewportEvent(event)

    def _show_tip(self, event: QHelpEvent) -> None:
        """The whole name, or what a button does."""
        number, act = self._under(event.pos())
        text = ""
        if act == MORE:
            text = tr(N_("More"))
        elif isinstance(act, Act):
            button = self.films.card(number).way.main
            text = tr(button.label if button is not None and button.act is act else ACTS[act][0])
        elif number:
            card = self.films.card(number)
            index = self.indexAt(event.pos())
            named = self.painting.name_rect(self.row_rect(index.row())).contains(event.pos())
            text = card.name if named else card.way.next
        # A tip that begins like markup would be taken for it: a zero-width mark keeps it plain.
        QToolTip.showText(event.globalPos(), text and f"\u200b{text}", self.viewport())

    # --- keys ----------------------------------------------------------------------------------------

    def current_number(self) -> int:
        """The film with the cursor; 0 for a head or none."""
        return self.films.number_at(self.currentIndex().row()) or 0

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        self._by_keys = True
        number, row = self.current_number(), self.currentIndex().row()
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        letter = plain and bool(event.text()) and event.text().isprintable()
        if plain and not (letter and self._is_typing()) and self._film_key(event, number, row):
            self.viewport().update()
            return
        if letter:
            self.keyboardSearch(event.text())
            return
        super().keyPressEvent(event)
        self.viewport().update()

    def _film_key(self, event: QKeyEvent, number: int, row: int) -> bool:
        """Keys that act on the film or the head with the cursor; whether this one did."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._fold_here(row, folded=key == Qt.Key.Key_Left)
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter) and not number:
            self._toggle(row)
        elif key == Qt.Key.Key_Space:
            self.details_wanted.emit(number)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.acted.emit(number, "main")
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and number:
            if not event.isAutoRepeat():
                self.acted.emit(number, Act.CANCEL)
        elif key in _KEYS and number:
            self.acted.emit(number, _KEYS[key])
        else:
            return False
        return True

    def _fold_here(self, row: int, *, folded: bool) -> None:
        """← folds the group that the cursor is in and goes to its head, → unfolds it."""
        if row < 0 or not self.films.sections:
            return
        at = bisect_right(self.films.firsts, row) - 1
        self.films.fold(self.films.sections[at].key, folded=folded)
        if folded:
            self.setCurrentIndex(self.films.index(self.films.firsts[at]))

    def _is_typing(self) -> bool:
        return bool(self._typed[0]) and time.monotonic() - self._typed[1] < _TYPED_WITHIN

    def keyboardSearch(self, search: str) -> None:  # noqa: N802 - Qt's name
        """Type-ahead: the next film whose name begins with what was typed within a second."""
        typed = (self._typed[0] if self._is_typing() else "") + search
        self._typed = (typed, time.monotonic())
        row = self.films.find_name(typed, max(0, self.currentIndex().row() + (len(typed) == 1)))
        if row is not None:
            self.setCurrentIndex(self.films.index(row))

    def select_film(self, number: int) -> bool:
        """Select a film and bring it into sight; whether it is here."""
        row = self.films.reveal(number)
        if row is None:
            return False
        index = self.films.index(row)
        self.setCurrentIndex(index)
        self.scrollTo(index)
        return True

    def currentChanged(self, current: Index, previous: Index) -> None:  # noqa: N802 - Qt's name
        super().currentChanged(current, previous)
        self.viewport().update()
        self._letting_go.start()
        self.chosen.emit(self.films.number_at(current.row()) or 0)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        self._by_keys = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if not self.currentIndex().isValid() and self.films.rowCount():
            self.setCurrentIndex(self.films.index(min(1, self.films.rowCount() - 1)))
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        self.viewport().update()
        self._letting_go.start()

    def _announce(self, number: int) -> None:
        """For ears: a film came to its next stage, or a quarter further."""
        said = QAccessibleAnnouncementEvent(self, self.films.card(number).sentence)
        QAccessible.updateAccessibility(said)
