"""What people call a disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.ui.finds import disk_name


@pytest.mark.parametrize(("mounted", "name"), [("Masters", "Masters"), ("", "")])
def test_a_disk_is_called_by_what_it_is_mounted_as(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mounted: str, name: str
) -> None:
    folder = tmp_path / "Masters" / "2026" / "node"
    folder.mkdir(parents=True)
    monkeypatch.setattr(Path, "is_mount", lambda self: bool(mounted) and self.name == mounted)
    assert disk_name(folder) == name


def test_on_windows_by_its_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "drive", "D:")
    assert disk_name(tmp_path) == "D:"
