from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from app.domain.errors import TargetUnwritable
from app.settings.paths import ProfilePaths


def test_a_profile_lies_under_its_folder_and_nowhere_else(tmp_path: Path) -> None:
    paths = ProfilePaths.of(tmp_path / "p", {"REELKEY_CACHE": str(tmp_path / "cache")}).ensure()
    inside = [
        paths.journal_file,
        paths.settings_file,
        paths.profile_file,
        paths.key_file,
        paths.node_dir,
        paths.logs_dir,
        paths.leases_dir,
        paths.work_dir,
    ]
    assert all((tmp_path / "p") in path.parents for path in inside)
    assert len(set(inside)) == len(inside)
    assert paths.cache_dir == tmp_path / "cache"
    assert {path.parent for path in (tmp_path / "p").iterdir()} == {tmp_path / "p"}


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_folders_are_closed_to_others_even_where_they_stood_open(tmp_path: Path) -> None:
    root = tmp_path / "p"
    root.mkdir(mode=0o755)
    old = os.umask(0)
    try:
        paths = ProfilePaths.of(root).ensure()
    finally:
        os.umask(old)
    for folder in (root, paths.node_dir, paths.logs_dir, paths.leases_dir, paths.work_dir):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_relative_folder_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert ProfilePaths.of(Path("p")).journal_file == tmp_path / "p" / "journal.db"


@pytest.mark.skipif(os.name == "nt", reason="XDG folders")
def test_without_a_folder_the_system_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA", "CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    monkeypatch.setenv("HOME", str(tmp_path))
    paths = ProfilePaths.of(None)
    assert paths.root is None
    for place in (paths.journal_file, paths.settings_file, paths.cache_dir, paths.logs_dir):
        assert tmp_path in place.parents
        assert "reelkey" in place.parts


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("a file")
    with pytest.raises(TargetUnwritable) as caught:
        ProfilePaths.of(tmp_path / "p").ensure()
    assert str(tmp_path / "p") in caught.value.message
