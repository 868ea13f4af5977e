"""rclone against the Drive stand-in, through TLS under Google's host names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.clouds.drive.accounts import CLIENT_ID, CLIENT_SECRET
from sandbox.clouds.drive.testing import RunningDrive, running_drive
from sandbox.clouds.front import running_front
from tests.contract.clouds.pattern import pattern
from tests.contract.clouds.rclone import Rclone

HOSTS = ("www.googleapis.com", "oauth2.googleapis.com", "accounts.google.com")
MB = 1024 * 1024


@pytest.fixture
def drive() -> Iterator[RunningDrive]:
    with running_drive() as running:
        yield running


@pytest.fixture
def rclone(drive: RunningDrive, tmp_path: Path) -> Iterator[Rclone]:
    # Over already, so that every run begins with a refresh.
    token = {**drive.control.token(), "token_type": "Bearer", "expiry": "2020-01-01T00:00:00Z"}
    remote = {"type": "drive", "scope": "drive.file", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    with running_front(dict.fromkeys(HOSTS, drive.origin), tmp_path / "front") as front:
        yield Rclone(tmp_path / "rclone", {"drive": {**remote, "token": json.dumps(token)}}, front=front)
        assert front.refused == []


def test_copies_lists_and_checks(drive: RunningDrive, rclone: Rclone, tmp_path: Path) -> None:
    films = tmp_path / "films"
    sizes = {"empty": 0, "一集.mov": 1, "it's.mxf": 300_000, "long.mov": 9 * MB + 5}
    for name, size in sizes.items():
        (films / "season 1").mkdir(parents=True, exist_ok=True)
        (films / "season 1" / name).write_bytes(pattern(size))
    rclone.run(
        "copy", "--drive-chunk-size", "1Mi", "--drive-upload-cutoff", "1Mi", str(films), "drive:masters"
    )
    listed = {one["Name"]: one for one in rclone.listing("drive:masters", "--hash") if not one["IsDir"]}
    assert {name: one["Size"] for name, one in listed.items()} == sizes
    for name, size in sizes.items():
        data = pattern(size)
        expected = {kind: hashlib.new(kind, data).hexdigest() for kind in ("md5", "sha1", "sha256")}
        assert listed[name]["Hashes"] == expected
    rclone.run("check", str(films), "drive:masters")
    assert drive.control.counts()["piece"] == 10
    (films / "season 1" / "it's.mxf").write_bytes(pattern(300_000)[::-1])
    assert rclone.try_run("check", str(films), "drive:masters").code == 1


def test_goes_on_after_an_error_and_refreshes_its_token(
    drive: RunningDrive, rclone: Rclone, tmp_path: Path
) -> None:
    film = tmp_path / "a.mov"
    film.write_bytes(pattern(3 * MB))
    drive.control.expire_tokens()
    drive.control.fault("status", path="upload_id", code=503, after=1)
    rclone.run("copy", "--drive-chunk-size", "1Mi", "--drive-upload-cutoff", "1Mi", str(film), "drive:")
    assert drive.control.file("a.mov")["sha256Checksum"] == hashlib.sha256(pattern(3 * MB)).hexdigest()
    assert drive.control.counts()["token"] >= 1


def test_a_full_drive_is_told(drive: RunningDrive, rclone: Rclone, tmp_path: Path) -> None:
    drive.control.set(limit=1000)
    (tmp_path / "a.mov").write_bytes(pattern(2000))
    ran = rclone.try_run("copy", "--low-level-retries", "1", str(tmp_path / "a.mov"), "drive:")
    assert ran.code != 0 and "storageQuotaExceeded" in ran.err
    assert drive.control.files() == []
