"""Rename without replacing, in each of its ways, and files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from app.domain import durable
from app.domain.durable import fsync_dir, fsync_file, rename_new, write_new

WAYS = [durable._rename_exclusively, durable._link_and_unlink, durable._reserve_and_replace]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has one way, its own")


def unsupported(_source: Path, _target: Path) -> None:
    raise OSError(errno.ENOSYS, "not here")


@pytest.fixture(params=range(3), ids=["rename", "link", "reserve"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this way works, as on file systems that lack the ones before it."""
    for earlier in WAYS[: request.param]:
        monkeypatch.setattr(durable, earlier.__name__, unsupported)


@pytest.mark.usefixtures("way")
def test_a_free_name_is_given(tmp_path: Path) -> None:
    source, target = tmp_path / "影.part", tmp_path / "影"
    source.write_bytes(b"film")
    rename_new(source, target)
    assert target.read_bytes() == b"film"
    assert not source.exists()


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_a_taken_name_stays_as_it_is(tmp_path: Path, kind: str) -> None:
    source, target = tmp_path / "a.part", tmp_path / "a"
    source.write_bytes(b"film")
    if kind == "file":
        target.write_bytes(b"mine")
    elif kind == "folder":
        target.mkdir()
    else:
        target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        rename_new(source, target)
    assert source.read_bytes() == b"film"
    assert target.is_symlink() or target.is_dir() or target.read_bytes() == b"mine"


@pytest.mark.usefixtures("way")
def test_a_missing_source_or_folder_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        rename_new(tmp_path / "none", tmp_path / "a")
    (tmp_path / "b").touch()
    with pytest.raises(FileNotFoundError):
        rename_new(tmp_path / "b", tmp_path / "no folder" / "b")
    assert (tmp_path / "b").exists()
    assert not (tmp_path / "a").exists()


def test_the_one_step_way_is_taken_where_the_system_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert durable._exclusive_call() is not None
    for later in WAYS[1:]:
        monkeypatch.setattr(durable, later.__name__, unsupported)
    (tmp_path / "a.part").touch()
    rename_new(tmp_path / "a.part", tmp_path / "a")
    assert (tmp_path / "a").exists()


def test_write_new_writes_whole_files_under_free_names(tmp_path: Path) -> None:
    write_new(tmp_path / "a", b"one")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"one"
    (tmp_path / "b.part").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "b", b"two")
    assert (tmp_path / "b.part").read_bytes() == b"mine"
    assert {path.name for path in tmp_path.iterdir()} - {"home"} == {"a", "b.part"}


def test_syncing_a_file_and_a_folder(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        fsync_file(file.fileno())
    fsync_dir(tmp_path)
    with pytest.raises(FileNotFoundError):
        fsync_dir(tmp_path / "none")
