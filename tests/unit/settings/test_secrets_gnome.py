"""Against a real Secret Service (gnome-keyring on a bus of its own), where there is one to be had."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not (shutil.which("dbus-run-session") and shutil.which("gnome-keyring-daemon")),
    reason="needs gnome-keyring and dbus-run-session",
)

_USE = """
import pathlib, sys
from app.domain.errors import ReelkeyError
from app.settings.paths import ProfilePaths
from app.settings.secrets import Vault, profile_key
paths = ProfilePaths.of(pathlib.Path(sys.argv[1]))
vault = Vault.of(paths, time_limit=8)
try:
    print("key", profile_key(paths, vault).hex())
    print("had", vault.get_token("https://a.example"))
    print("kept", vault.set_token("https://a.example", "canary-token-54"))
    print("has", vault.get_token("https://a.example"))
except ReelkeyError as error:
    print("error", error.code)
"""

_START = 'gnome-keyring-daemon {flags} --components=secrets >/dev/null 2>&1; exec "$@"'


def session(home: Path, profile: Path, *, unlocked: bool) -> list[str]:
    """What one login session prints; its bus and daemon end with it."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "XDG_DATA_HOME": str(home / "data"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring",
        "PYTHONPATH": str(Path(__file__).parents[3]),
    }
    (home / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "data").mkdir(exist_ok=True)
    start = _START.format(flags="--unlock" if unlocked else "--start")
    argv = ["dbus-run-session", "--", "sh", "-c", start, "sh", sys.executable, "-c", _USE, str(profile)]
    done = subprocess.run(argv, env=env, input="pw", capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


def test_a_real_keyring_keeps_over_sessions_and_a_locked_one_makes_no_second_key(tmp_path: Path) -> None:
    home, profile = tmp_path / "session", tmp_path / "profile"
    first = session(home, profile, unlocked=True)
    assert first[1:] == ["had None", "kept True", "has canary-token-54"]
    assert session(home, profile, unlocked=False) == ["error keyring_locked"]
    again = session(home, profile, unlocked=True)
    assert again == [first[0], "had canary-token-54", "kept True", "has canary-token-54"]
    assert not (profile / "profile.key").exists()
