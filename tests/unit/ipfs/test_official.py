"""The official archive, from two publishers that are loopback servers here: both must agree."""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.domain.errors import KuboUntrusted, NoKubo
from app.ipfs.official import NotReached, archive_name, fetch_official

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")

NAME = "kubo_v0.43.1_test.tar.gz"
PROGRAM = b"#!/bin/sh\necho Kubo version: 0.43.1\necho Repo version: 18\n"


def archive(program: bytes = PROGRAM, member: str = "kubo/ipfs") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, data in (("kubo/install.sh", b"x"), (member, program), ("../escaped", b"x")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


GOOD = archive()
GOOD_SUM = hashlib.sha512(GOOD).hexdigest()


class Publisher:
    """A publisher: files by path; a missing one is 404."""

    def __init__(self) -> None:
        files: dict[str, bytes] = {}
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                data = files.get(self.path.lstrip("/"))
                self.send_response(200 if data is not None else 404)
                self.send_header("Content-Length", str(len(data or b"")))
                self.end_headers()
                self.wfile.write(data or b"")

            def log_message(self, *_: object) -> None:
                pass

        self.files, self.asked = files, asked
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        self.publish(GOOD)
        threading.Thread(target=self.server.serve_forever, args=(0.01,)).start()

    def publish(self, data: bytes, digest: str | None = None) -> None:
        self.files[NAME] = data
        self.files[NAME + ".sha512"] = f"{digest or hashlib.sha512(data).hexdigest()}  {NAME}\n".encode()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def publishers() -> Iterator[tuple[Publisher, Publisher]]:
    both = Publisher(), Publisher()
    yield both
    for one in both:
        one.close()


def fetch(cache: Path, publishers: tuple[Publisher, Publisher], **more: object) -> object:
    bases = [one.base for one in publishers]
    return fetch_official(cache, version="0.43.1", bases=bases, name=NAME, progress=lambda _: None, **more)  # type: ignore[arg-type]


def nothing_is_left(cache: Path) -> bool:
    return [path for path in cache.rglob("*") if path.is_file()] == []


def test_fetched_checked_installed(tmp_path: Path, publishers: tuple[Publisher, Publisher]) -> None:
    kubo = fetch(tmp_path / "c", publishers, pins={NAME: GOOD_SUM})
    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()] == [
        Path("c/kubo/0.43.1/ipfs")
    ]
    assert getattr(kubo, "version") == "0.43.1"  # noqa: B009
    assert (tmp_path / "c/kubo/0.43.1/ipfs").read_bytes() == PROGRAM


def test_one_publisher_without_the_archive(tmp_path: Path, publishers: tuple[Publisher, Publisher]) -> None:
    del publishers[0].files[NAME]
    assert fetch(tmp_path, publishers)


@pytest.mark.parametrize("which", [0, 1])
def test_sums_that_do_not_agree(tmp_path: Path, publishers: tuple[Publisher, Publisher], which: int) -> None:
    publishers[which].publish(archive(PROGRAM + b"evil"))
    with pytest.raises(KuboUntrusted):
        fetch(tmp_path, publishers)
    assert f"/{NAME}" not in publishers[0].asked + publishers[1].asked
    assert nothing_is_left(tmp_path)


def test_both_tampered_but_not_the_pin(tmp_path: Path, publishers: tuple[Publisher, Publisher]) -> None:
    for one in publishers:
        one.publish(archive(PROGRAM + b"evil"))
    with pytest.raises(KuboUntrusted):
        fetch(tmp_path, publishers, pins={NAME: GOOD_SUM})


def test_an_archive_that_is_not_what_its_sum_says(
    tmp_path: Path, publishers: tuple[Publisher, Publisher]
) -> None:
    for one in publishers:
        one.publish(archive(PROGRAM + b"evil"), GOOD_SUM)
    with pytest.raises(KuboUntrusted):
        fetch(tmp_path, publishers)
    assert nothing_is_left(tmp_path)


@pytest.mark.parametrize("data", [b"", b"no archive", GOOD[:-40], archive(member="kubo/other")])
def test_an_archive_that_is_none(
    tmp_path: Path, publishers: tuple[Publisher, Publisher], data: bytes
) -> None:
    for one in publishers:
        one.publish(data)
    with pytest.raises((KuboUntrusted, NotReached)):
        fetch(tmp_path, publishers)
    assert nothing_is_left(tmp_path)


def test_a_program_of_another_version(tmp_path: Path, publishers: tuple[Publisher, Publisher]) -> None:
    for one in publishers:
        one.publish(archive(PROGRAM.replace(b"0.43.1", b"0.43.0")))
    with pytest.raises(NoKubo):
        fetch(tmp_path, publishers)
    assert nothing_is_left(tmp_path)


@pytest.mark.parametrize(
    "text", [b"", b"<html>", b"00", GOOD_SUM.encode() + b"  other.tar.gz\n", b"x" * 9999]
)
def test_a_sum_that_is_none_counts_as_not_reached(
    tmp_path: Path, publishers: tuple[Publisher, Publisher], text: bytes
) -> None:
    publishers[1].files[NAME + ".sha512"] = text
    with pytest.raises(NotReached):
        fetch(tmp_path, publishers)
    assert nothing_is_left(tmp_path)


def test_a_publisher_that_is_silent(tmp_path: Path, publishers: tuple[Publisher, Publisher]) -> None:
    del publishers[1].files[NAME + ".sha512"]
    with pytest.raises(NotReached):
        fetch(tmp_path, publishers)
    silent = Publisher()
    silent.close()
    with pytest.raises(NotReached):
        fetch(tmp_path, (publishers[0], silent))


def test_the_name_for_this_system() -> None:
    assert archive_name("0.43.1").startswith("kubo_v0.43.1_")
