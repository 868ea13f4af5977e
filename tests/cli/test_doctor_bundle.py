"""`reelkey doctor --bundle FILE`: the checks as ever, and the bundle beside them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from app.cli.main import main


def test_the_bundle_is_written_whatever_the_checks_find(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REELKEY_PROFILE", str(tmp_path / "profile"))
    monkeypatch.setenv("REELKEY_KUBO", str(tmp_path / "no-such-program"))
    monkeypatch.setenv("REELKEY_TOKEN", "canary-sign-in")
    target = tmp_path / "support.zip"
    assert main(["--json", "doctor", "--bundle", str(target)]) == 1  # there is no node
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["bundle"] == str(target)
    assert {"node", "disk", "keyring"} <= {check["name"] for check in result["checks"]}
    with zipfile.ZipFile(target) as archive:
        assert json.loads(archive.read("checks.json")) == result["checks"]
        assert not any(b"canary-sign-in" in archive.read(name) for name in archive.namelist())


def test_without_it_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REELKEY_PROFILE", str(tmp_path / "profile"))
    monkeypatch.setenv("REELKEY_KUBO", str(tmp_path / "no-such-program"))
    main(["--json", "doctor"])
    assert "bundle" not in json.loads(capsys.readouterr().out.splitlines()[-1])
    assert not list(tmp_path.glob("*.zip"))
