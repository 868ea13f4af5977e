"""What tests need of a Linux desktop: its tools, and a screen of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

PACKAGES = {
    "chromium": "chromium",
    "chromedriver": "chromium-driver",
    "Xvfb": "xvfb",
    "xdg-open": "xdg-utils",
    "gio": "libglib2.0-bin",
    "desktop-file-validate": "desktop-file-utils",
}


def need_tools(*names: str) -> list[str]:
    """Paths of the tools; a test without them fails and says which packages bring them."""
    found = {name: shutil.which(name) for name in names}
    missing = sorted(PACKAGES[name] for name, path in found.items() if path is None)
    if missing:
        pytest.fail(f"this test needs the Debian packages {' '.join(missing)}", pytrace=False)
    return [path for path in found.values() if path is not None]


@contextmanager
def own_screen() -> Iterator[str]:
    """An X server for as long as the block; its DISPLAY."""
    (xvfb,) = need_tools("Xvfb")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        [xvfb, "-displayfd", str(writing), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()  # written once the server takes connections
        if not number:
            pytest.fail("Xvfb does not start", pytrace=False)
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(30)
