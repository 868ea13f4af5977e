"""Building Kubo: what runs too long is ended, though it still speaks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.domain.errors import NoKubo
from app.ipfs import build

_SPEAKS_FOR_EVER = "import time\nwhile True: print('compiling', flush=True); time.sleep(0.02)"


def test_a_build_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "_BUILD_SECONDS", 0.5)
    said: list[str] = []
    with pytest.raises(NoKubo) as caught:
        build._run([sys.executable, "-c", _SPEAKS_FOR_EVER], tmp_path, said.append)
    assert said and "compiling" in str(caught.value.facts["places"])
