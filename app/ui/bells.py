"""The bell of a film: whether it is told outside the window, where that is other than the settings say."""

from __future__ import annotations

from contextlib import suppress

from app.domain.errors import ReelkeyError
from app.journal import TaskRow
from app.settings.settings import Settings

KEY = "notify.films"
_MOST = 500
_TELL = ("notify.done", "notify.failed", "notify.block", "notify.release")


class Bells:
    """The bells as they were when the settings last changed: asked for each film of a long list."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._own: dict[str, bool] = {}
        self._any = True
        self.read()

    def read(self) -> None:
        """The settings may be others now; where they can't be read all stays as it was."""
        with suppress(ReelkeyError):
            pairs = (item.partition(" ") for item in self._settings.items(KEY))
            self._own = {film: on == "on" for film, _, on in pairs}
            self._any = any(self._settings.flag(one) for one in _TELL)

    def of(self, row: TaskRow) -> tuple[bool | None, bool]:
        """What was chosen for this film alone, and whether it is told of as things stand."""
        chosen = self._own.get(row.id)
        return chosen, self._any if chosen is None else chosen


def own(settings: Settings, row: TaskRow) -> bool | None:
    """What a person chose for this film; None where it goes by the settings of all."""
    for item in settings.items(KEY):
        film, _, on = item.partition(" ")
        if film == row.id:
            return on == "on"
    return None


def rings(settings: Settings, row: TaskRow | None, setting: str) -> bool:
    """Whether what `setting` names is told of the film."""
    chosen = own(settings, row) if row is not None else None
    return settings.flag(setting) if chosen is None else chosen


def changed(settings: Settings, row: TaskRow, *, on: bool) -> str:
    """The setting's text with this film's bell on or off; the oldest of very many are left out."""
    kept = [item for item in settings.items(KEY) if item.partition(" ")[0] != row.id]
    return "\n".join([*kept, f"{row.id} {'on' if on else 'off'}"][-_MOST:])
