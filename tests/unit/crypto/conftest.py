"""What the crypto tests share: a tiny geometry, and pairs of blocks made with it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The second decoder is imported by name, also where pytest was not started as a module.
_ROOT = str(Path(__file__).resolve().parents[3])
if _ROOT not in sys.path:
    sys.path.insert(0, _ROOT)

# How long an example takes says something of the computer's load, and nothing of the format.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

from tests.unit.crypto.block_tools import UUID, Pair, seal_pair  # noqa: E402


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """A tiny-geometry film of 160 segments in ten parts, sealed; every 16th segment is held back."""
    return seal_pair(tmp_path, size=5100, hold_back=16)


@pytest.fixture
def make_pair(tmp_path: Path) -> Callable[..., Pair]:
    def make(size: int, hold_back: int = 16, uuid: str = UUID) -> Pair:
        return seal_pair(tmp_path, size=size, hold_back=hold_back, uuid=uuid)

    return make
