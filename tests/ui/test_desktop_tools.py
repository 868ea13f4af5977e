"""What `register` writes, read by the desktop's own tools."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.launch.linux_scheme import LinuxDesktop
from tests.ui.desktop import need_tools

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the freedesktop.org way")
NAMES = ["reelkey", "a b", "50%", "$x `y`", 'q"q', "back\\slash", "片", "a;b&c|d", "~(x)*?#"]


@pytest.fixture(params=NAMES)
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "programs" / str(request.param)
    path.parent.mkdir()
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_entry_is_valid(program: Path, own_home: Path) -> None:
    need_tools("desktop-file-validate")
    LinuxDesktop([str(program), "--fixed one"], os.environ).register()
    entry = own_home / ".local/share/applications/reelkey.desktop"
    done = subprocess.run(["desktop-file-validate", entry], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_glib_starts_the_program_with_the_link_as_one_argument(
    program: Path, own_home: Path, tmp_path: Path
) -> None:
    need_tools("gio")
    said = tmp_path / "said"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$#" "$@" >{said}.new\nmv {said}.new {said}\n')
    LinuxDesktop([str(program), "--fixed one"], os.environ).register()
    link = "reelkey://private?v=1&token=a%20b;$(x)'"
    subprocess.run(["gio", "open", link], check=True, timeout=60)
    until = time.monotonic() + 30
    while not said.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert said.read_text().splitlines() == ["2", "--fixed one", link]
