"""How many of what, as people say it: "1 film", "4 films"."""

from __future__ import annotations

from app.domain.words import N_, language, tr
from app.ui import amounts


def films(number: int) -> str:
    if number == 1:
        return tr(N_("1 film"))
    return tr(N_("{n} films"), n=amounts.count(number))


def exports(number: int) -> str:
    """Exports to clouds."""
    if number == 1:
        return tr(N_("1 export"))
    return tr(N_("{n} exports"), n=amounts.count(number))


def buyers(number: int) -> str:
    """Those who wait; the library names tasks, one for each buyer."""
    if number == 1:
        return tr(N_("1 buyer"))
    return tr(N_("{n} buyers"), n=amounts.count(number))


def requests(number: int) -> str:
    """Links that wait behind the one that is shown."""
    if number == 1:
        return tr(N_("1 more request"))
    return tr(N_("{n} more requests"), n=amounts.count(number))


def paragraph(*sentences: str) -> str:
    """Sentences behind each other, with a space between them where the language has one."""
    return ("" if language() == "zh" else " ").join(one for one in sentences if one)
