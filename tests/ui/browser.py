"""A real Chromium on a screen of the test's own; it starts programs for links of one site without asking."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.chrome.webdriver import WebDriver

from app.launch.link import SCHEME
from tests.ui.desktop import need_tools

_QUIET = (
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--password-store=basic",
    "--window-size=1200,850",
    # Whatever it would like to ask of the world: only the site of the test is there.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@contextmanager
def open_browser(folder: Path, origin: str, env: Mapping[str, str]) -> Iterator[WebDriver]:
    """Chromium for the block, its own folder below `folder`. `env` is what it and what it starts will see."""
    chromium, driver, _ = need_tools("chromium", "chromedriver", "xdg-open")
    profile = folder / "chromium"
    (profile / "Default").mkdir(parents=True)
    # What ticking "always allow" in the question that Chromium asks before it starts a program would keep.
    allowed = {"protocol_handler": {"allowed_origin_protocol_pairs": {origin: {SCHEME: True}}}}
    (profile / "Default" / "Preferences").write_text(json.dumps(allowed))
    options = Options()
    options.binary_location = chromium
    for argument in (f"--user-data-dir={profile}", *_QUIET, *(["--no-sandbox"] if os.getuid() == 0 else [])):
        options.add_argument(argument)
    quiet = {"SE_AVOID_STATS": "true", "SE_OFFLINE": "true"}
    found = webdriver.Chrome(options, Service(driver, env=dict(env) | quiet))
    try:
        yield found
    finally:
        found.quit()
