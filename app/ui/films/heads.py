"""The heads of groups: words, how many, and a remark on all of them. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.words import N_, tr
from app.ui import amounts
from app.ui.films.arrange import Section
from app.ui.films.values import Group

_FEW = 20


@dataclass(frozen=True, slots=True)
class Head:
    """A group's head as it is shown: words, how many, a remark."""

    key: str
    title: str
    count: int
    note: str
    folded: bool

    @property
    def sentence(self) -> str:
        count = amounts.count(self.count)
        return ", ".join(part for part in (self.title, count, self.note) if part)


def remark(section: Section, left: Callable[[int], float | None]) -> str:
    """What is worth saying of the whole group. `left` tells how many seconds a film still takes."""
    if section.key == f"next:{Group.UNDER_WAY.name}":
        return _all_done_in(section, left)
    if section.key != f"next:{Group.WAITING.name}":
        return ""
    parts = []
    if section.waiting:
        words = N_("1 goes on by itself") if section.waiting == 1 else N_("{n} go on by themselves")
        parts.append(tr(words, n=section.waiting))
    if section.paused:
        parts.append(tr(N_("{n} paused"), n=section.paused))
    return " · ".join(parts)


def _all_done_in(section: Section, left: Callable[[int], float | None]) -> str:
    """Only where it is known of each of them."""
    if len(section.numbers) > _FEW:
        return ""
    times = [left(number) for number in section.numbers]
    known = [one for one in times if one is not None]
    if not known or len(known) < len(times):
        return ""
    return tr(N_("all done in about {time}"), time=amounts.time_left(max(known)))
