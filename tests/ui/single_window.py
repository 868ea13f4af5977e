"""A window of next to nothing, for test_single: it writes what it was given into a file.

    python single_window.py PROFILE FILE [LINK]

Prints ``first`` or ``later``. The first gets the links of the others, after a start that takes its time; it
ends when its standard input does.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from app.ui.single import Single

START_SECONDS = 1.0


def main(profile: str, file: str, link: str | None) -> int:
    app = QCoreApplication(["window"])
    single = Single(Path(profile))
    if not single.become_first(link):
        os.write(1, b"later\n")
        return 0
    os.write(1, b"first\n")
    time.sleep(START_SECONDS)  # a window that is starting: nobody listens yet, and the links come in
    with Path(file).open("a", encoding="utf-8") as taken:

        def take(text: str) -> None:
            taken.write(text + "\n")
            taken.flush()

        take(link or "(opened)")
        single.link.connect(take)
        single.raise_asked.connect(lambda: take("(raised)"))
        threading.Thread(target=_until_stdin_ends, args=(app,), daemon=True).start()
        app.exec()
    return 0


def _until_stdin_ends(app: QCoreApplication) -> None:
    sys.stdin.buffer.read()
    app.quit()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None))
