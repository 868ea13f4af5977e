"""Sizes, rates, times and dates as people read them, in the language and by the locale in use.

Decimal units (GB = 10⁹), as on disks' labels. Numbers and dates go by QLocale.
"""

from __future__ import annotations

import math
import time
from datetime import datetime

from PySide6.QtCore import QDateTime, QLocale

from app.domain.words import N_, language, tr

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def locale() -> QLocale:
    """The locale of numbers and dates: the system's where it speaks the chosen language, else that of the
    language alone."""
    system = QLocale.system()
    wanted = QLocale.Language.Chinese if language() == "zh" else QLocale.Language.English
    if system.language() == wanted:
        return system
    return QLocale(wanted)


def size(count: int | None) -> str:
    """``142.8 GB``; "" where it is not known."""
    if count is None:
        return ""
    number, unit = _scaled(count)
    return f"{_number(number, unit)} {_UNITS[unit]}"


def size_of(done: int, total: int) -> str:
    """``88.0 / 141.9 GB``: both in the unit of the larger."""
    _, unit = _scaled(total)
    factor = 1000**unit
    return f"{_number(done / factor, unit)} / {_number(total / factor, unit)} {_UNITS[unit]}"


def rate(bytes_per_second: float | None) -> str:
    """``412 MB/s``; "" where it is not known."""
    if bytes_per_second is None:
        return ""
    number, unit = _scaled(round(bytes_per_second))
    digits = 1 if number < 10 and unit > 0 else 0
    return f"{locale().toString(number, 'f', digits)} {_UNITS[unit]}/s"


def _scaled(count: float) -> tuple[float, int]:
    unit = 0
    number = float(count)
    while number >= 1000 and unit < len(_UNITS) - 1:
        number /= 1000
        unit += 1
    # 999.96 MB would be shown as 1000.0 MB
    if round(number, 1) >= 1000 and unit < len(_UNITS) - 1:
        return number / 1000, unit + 1
    return number, unit


def _number(number: float, unit: int) -> str:
    digits = 0 if unit == 0 else 2 if unit >= 4 else 1
    return locale().toString(number, "f", digits)


def count(number: int) -> str:
    """A whole number with its groups."""
    return locale().toString(number)


def time_left(seconds: float) -> str:
    """Rounded up: seconds below 3 minutes, minutes below 2 hours, else hours; a time never seems shorter than
    it will be."""
    whole = math.ceil(max(0.0, seconds))
    if whole < _MINUTE:
        return tr(N_("{n} s"), n=whole)
    if whole < 3 * _MINUTE:
        return tr(N_("{m} min {s} s"), m=whole // _MINUTE, s=whole % _MINUTE)
    if whole < 2 * _HOUR:
        return tr(N_("{n} min"), n=math.ceil(whole / _MINUTE))
    hours = math.ceil(whole / _HOUR)
    if hours < 48:
        return tr(N_("{n} h"), n=hours)
    return tr(N_("{d} d {h} h"), d=hours // 24, h=hours % 24)


def so_far(seconds: float) -> str:
    """How long a wait lasts already, rounded down: ``3 d 6 h``."""
    whole = int(max(0.0, seconds))
    if whole < _MINUTE:
        return tr(N_("{n} s"), n=whole)
    if whole < _HOUR:
        return tr(N_("{n} min"), n=whole // _MINUTE)
    if whole < _DAY:
        return tr(N_("{h} h {m} min"), h=whole // _HOUR, m=whole % _HOUR // _MINUTE)
    return tr(N_("{d} d {h} h"), d=whole // _DAY, h=whole % _DAY // _HOUR)


def duration(seconds: float | None) -> str:
    """A film's length: ``46:12``, ``1:58:40``; "" where it is not known."""
    if seconds is None:
        return ""
    whole = round(seconds)
    hours, minutes, rest = whole // _HOUR, whole % _HOUR // _MINUTE, whole % _MINUTE
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def clock(moment: float) -> str:
    """``14:20`` today, else with the date."""
    when = _at(moment)
    if is_today(moment):
        return locale().toString(when.time(), "HH:mm")
    return locale().toString(when, "MM-dd HH:mm" if language() == "zh" else "d MMM, HH:mm")


def date(moment: float) -> str:
    """``2026-11-18 14:20`` in Chinese, ``18 Nov 2026, 14:20`` in English."""
    when = _at(moment)
    return locale().toString(when, "yyyy-MM-dd HH:mm" if language() == "zh" else "d MMM yyyy, HH:mm")


def stamp(moment: float) -> str:
    """``2026-11-18 14:20:05``, in every language: for lines that are read beside each other."""
    return locale().toString(_at(moment), "yyyy-MM-dd HH:mm:ss")


def is_today(moment: float) -> bool:
    """Whether a time (seconds since 1970) lies in this computer's today."""
    then = datetime.fromtimestamp(moment).astimezone()
    return then.date() == datetime.fromtimestamp(time.time()).astimezone().date()


def _at(moment: float) -> QDateTime:
    return QDateTime.fromSecsSinceEpoch(int(moment))
