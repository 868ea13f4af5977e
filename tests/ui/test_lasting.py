"""A program that emits many signals stays alive: PySide6 takes a reference of True for each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_MANY = """
import app.ui
from PySide6.QtCore import QCoreApplication, QObject, Signal

class Source(QObject):
    said = Signal()

app = QCoreApplication([])
source = Source()
source.said.connect(lambda: None)
for _ in range(5000):
    source.said.emit()
    app.processEvents()
print("alive")
"""


def test_thousands_of_signals_do_not_end_the_program() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", _MANY], cwd=root, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr[-500:]
