"""Search and filters above the table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.domain.status import TaskKind
from app.domain.words import N_, tr
from app.journal import Run
from app.ui.history.entries import DIRECTIONS, PERIODS, RESULTS, Filter
from app.ui.widgets import ChoiceBox
from app.ui.widgets.elided import one_line
from app.ui.widgets.search import SearchField

_SEARCH_AFTER_MS = 80


class FilterBar(QWidget):
    """A search field and four choices."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 0, 20, 10)
        row.setSpacing(8)
        self.search = SearchField(_SEARCH_AFTER_MS)
        self.search.searched.connect(lambda _: self.changed.emit())
        self.search.setMinimumWidth(160)
        self.search.setMaximumWidth(320)
        self.period, self.direction, self.series, self.result = (ChoiceBox() for _ in range(4))
        for value in PERIODS:
            self.period.addItem("", value)
        for box, values in ((self.direction, DIRECTIONS), (self.result, RESULTS)):
            box.addItem("", None)
            for one in values:
                box.addItem("", one)
        self.series.addItem("", None)
        row.addWidget(self.search, 2)
        for box in self._boxes():
            box.setMinimumWidth(96)
            box.setIconSize(QSize(14, 14))
            box.setSizeAdjustPolicy(ChoiceBox.SizeAdjustPolicy.AdjustToContents)
            box.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
            box.currentIndexChanged.connect(lambda _place: self.changed.emit())
            row.addWidget(box)
        self.series.setSizeAdjustPolicy(ChoiceBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.series.setMinimumContentsLength(8)
        row.addStretch(1)

    def _boxes(self) -> Sequence[ChoiceBox]:
        return self.period, self.direction, self.series, self.result

    def filter(self) -> Filter:
        """What is asked for now."""
        # Qt keeps an enum of texts as its plain text.
        direction, result = self.direction.currentData(), self.result.currentData()
        return Filter(
            self.search.text(),
            self.period.currentData(),
            None if direction is None else TaskKind(direction),
            self.series.currentData(),
            None if result is None else Run(result),
        )

    def fit(self, width: int) -> None:
        """On a very narrow page the series is found by searching alone."""
        self.series.setVisible(width >= 760 or self.series.currentIndex() > 0)

    def clear(self) -> None:
        """Let everything through again."""
        self.search.clear()
        for box in self._boxes():
            box.setCurrentIndex(0)

    def offer_series(self, names: Iterable[str]) -> None:
        """The series that there are; what was chosen stays where it is still there."""
        wanted = sorted(set(names) - {""}, key=str.casefold)
        if wanted == [self.series.itemData(place) for place in range(1, self.series.count())]:
            return
        kept = self.series.currentData()
        self.series.blockSignals(True)
        while self.series.count() > 1:
            self.series.removeItem(1)
        for name in wanted:
            self.series.addItem(one_line(name), name)
        self.series.setCurrentIndex(max(0, self.series.findData(kept)) if kept is not None else 0)
        self.series.blockSignals(False)

    def retranslate(self) -> None:
        self.search.retranslate(tr(N_("Search the history")), tr(N_("Search films, series, CID")))
        for place, words in enumerate(PERIODS.values()):
            self.period.setItemText(place, tr(words))
        for box, first, values in (
            (self.direction, N_("All directions"), DIRECTIONS),
            (self.result, N_("All outcomes"), RESULTS),
        ):
            for place, word in enumerate((first, *values.values())):
                box.setItemText(place, tr(word))
        self.series.setItemText(0, tr(N_("All series")))
        names = (N_("Time"), N_("Direction"), N_("Series"), N_("Outcome"))
        for box, name in zip(self._boxes(), names, strict=True):
            box.setAccessibleName(tr(name))
