"""Sizes, rates and times as people read them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale

from app.domain.words import set_language
from app.ui import amounts


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language("en")
    QLocale.setDefault(QLocale("en_US"))
    yield
    set_language("en")


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, ""),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (142_800_000_000, "142.8 GB"),
        (999_960_000, "1.0 GB"),
        (1_840_000_000_000, "1.84 TB"),
    ],
)
def test_sizes_are_decimal(count: int | None, text: str) -> None:
    assert amounts.size(count) == text


def test_done_of_total_is_in_one_unit() -> None:
    assert amounts.size_of(88_000_000_000, 141_900_000_000) == "88.0 / 141.9 GB"
    assert amounts.size_of(0, 0) == "0 / 0 B"


def test_rates() -> None:
    assert amounts.rate(412_000_000) == "412 MB/s"
    assert amounts.rate(1_500_000) == "1.5 MB/s"
    assert amounts.rate(0) == "0 B/s"
    assert amounts.rate(None) == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.2, "1 s"),
        (59.1, "1 min 0 s"),
        (131, "2 min 11 s"),
        (180, "3 min"),
        (181, "4 min"),
        (7199, "120 min"),
        (7200, "2 h"),
        (7201, "3 h"),
        (60 * 3600, "2 d 12 h"),
    ],
)
def test_time_left_is_rounded_up(seconds: float, text: str) -> None:
    assert amounts.time_left(seconds) == text


def test_waits_are_rounded_down() -> None:
    assert amounts.so_far(3 * 86_400 + 6 * 3600 + 3599) == "3 d 6 h"
    assert amounts.so_far(3599) == "59 min"
    assert amounts.so_far(3661) == "1 h 1 min"
    assert amounts.so_far(-5) == "0 s"


def test_lengths_of_films() -> None:
    assert amounts.duration(2772) == "46:12"
    assert amounts.duration(7120.4) == "1:58:40"
    assert amounts.duration(None) == ""
