"""`reelkey cloud …` as real processes against the stand-ins: sign-in, exports, galleries, kills, reports."""

from __future__ import annotations

import csv
import hashlib
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sandbox.clouds.drive.accounts import CLIENT_ID, CLIENT_SECRET
from sandbox.clouds.drive.testing import RunningDrive, running_drive
from sandbox.clouds.gallery.testing import running_gallery
from sandbox.clouds.mega.testing import running_mega
from tests.clients import ROOT, Client
from tests.contract.clouds.pattern import pattern

PASSWORD = "canary-pass-word-91"


@pytest.fixture
def drive() -> Iterator[RunningDrive]:
    with running_drive() as running:
        yield running


def client_for(folder: Path, **env: str) -> Client:
    return Client(folder / "profile", folder / "no-kubo", extra=env)


def sign_in_to_drive(client: Client, drive: RunningDrive) -> dict[str, Any]:
    """Sign in as a person does who opens the address by hand and says yes."""
    client.extra |= {
        "REELKEY_GOOGLE_ORIGIN": drive.origin,
        "REELKEY_CLOUD_CLIENT_SECRET": CLIENT_SECRET,
    }
    running = client.start("cloud", "login", "google-drive", "--client-id", CLIENT_ID, "--no-browser")
    address = running.until(lambda event: event["event"] == "open_page")["address"]
    answer = httpx2.get(drive.control.consent(address), trust_env=False)
    assert answer.status_code == 200
    done = running.wait()
    assert done.code == 0, done
    account: dict[str, Any] = done.result["account"]
    return account


def make_series(folder: Path) -> dict[str, bytes]:
    """A folder of a series, by path below it."""
    files = {"第一集.mov": pattern(300_000), "stills/a.jpg": pattern(1), "stills/deep/空.txt": b""}
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return files


def test_destinations_name_their_options_and_keep_secrets_apart(tmp_path: Path) -> None:
    found = client_for(tmp_path).run("cloud", "destinations").result["destinations"]
    assert [kind["id"] for kind in found] == ["google-drive", "mega"]
    secrets = {option["name"] for kind in found for option in kind["options"] if option["secret"]}
    assert secrets >= {"client-secret", "password"}
    assert all(option["title"] and option["help"] for kind in found for option in kind["options"])


def test_a_folder_goes_to_drive_once_and_is_known_again(tmp_path: Path, drive: RunningDrive) -> None:
    client, films = client_for(tmp_path), make_series(tmp_path / "长河")
    account = sign_in_to_drive(client, drive)
    assert account["signed_in"]

    first = client.run("cloud", "export", account["id"], tmp_path / "长河", "--to", "Reelkey/Deliveries")
    assert first.code == 0, first
    assert first.result["exports"][0]["sent"] == len(films)
    for name, content in films.items():
        there = drive.control.file(f"Reelkey/Deliveries/长河/{name}")
        assert there["sha256Checksum"] == hashlib.sha256(content).hexdigest()
    assert [event["outcome"] for event in first.of("item")] == ["sent"] * len(films)

    again = client.run("cloud", "export", "google-drive", tmp_path / "长河", "--to", "Reelkey/Deliveries")
    assert (again.code, again.result["exports"][0]["skipped"]) == (0, len(films))
    assert len([file for file in drive.control.files() if file.get("size")]) == len(films)

    (tmp_path / "长河" / "第一集.mov").write_bytes(pattern(300_001))
    third = client.run("cloud", "export", "a1", tmp_path / "长河", "--to", "Reelkey/Deliveries")
    assert third.result["exports"][0]["sent"] == 1
    assert drive.control.file("Reelkey/Deliveries/长河/第一集 (2).mov")["size"] == "300001"
    assert drive.control.file("Reelkey/Deliveries/长河/第一集.mov")["size"] == "300000"

    listed = client.run("cloud", "ls", "a1", "Reelkey/Deliveries/长河").result["entries"]
    assert {one["name"] for one in listed} == {"stills", "第一集.mov", "第一集 (2).mov"}


def test_signing_in_again_keeps_what_was_set(tmp_path: Path, drive: RunningDrive) -> None:
    client = client_for(tmp_path)
    account = sign_in_to_drive(client, drive)
    for name, value in (("rate", "20M"), ("shared-drive", "0Amasters")):
        assert client.run("cloud", "set", account["id"], name, value).code == 0
    again = sign_in_to_drive(client, drive)
    assert again["id"] == account["id"]
    assert again["options"] == {**account["options"], "rate": "20000000", "shared-drive": "0Amasters"}


def test_what_failed_is_reported_and_sent_by_retry(tmp_path: Path, drive: RunningDrive) -> None:
    client, films = client_for(tmp_path), make_series(tmp_path / "series")
    sign_in_to_drive(client, drive)
    drive.control.fault("status", code=403, reason="insufficientFilePermissions", path="/upload/", times=1)
    first = client.run("cloud", "export", "a1", tmp_path / "series")
    export = first.result["exports"][0]
    assert (first.code, export["failed"], export["sent"]) == (1, 1, len(films) - 1), first

    table = tmp_path / "report.csv"
    report = client.run("cloud", "report", export["id"], "--csv", table).result["report"]
    failed = [file for file in report["files"] if file["outcome"] == "failed"]
    assert failed[0]["error"]["code"] == "cloud_refused"
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8-sig"))))
    assert len(rows) == len(films)

    assert client.run("cloud", "retry", export["id"]).code == 0
    state = client.run("cloud", "status", export["id"]).result["exports"][0]
    assert (state["state"], state["sent"], state["failed"]) == ("done", len(films), 0)
    assert client.run("cloud", "forget", export["id"]).code == 0
    assert client.run("cloud", "status", export["id"]).code == 2


def test_an_export_that_is_killed_goes_on_where_the_destination_stands(
    tmp_path: Path, drive: RunningDrive
) -> None:
    client = client_for(tmp_path)
    sign_in_to_drive(client, drive)
    film = tmp_path / "film.mov"
    film.write_bytes(pattern(12_000_000))
    client.run("cloud", "set", "a1", "rate", "4M")
    running = client.start("cloud", "export", "a1", film)
    running.until(lambda event: event["event"] == "progress" and event["done"] > 2_000_000)
    running.process.kill()
    running.wait()
    client.run("cloud", "set", "a1", "rate", "0")
    done = client.run("cloud", "resume")
    assert (done.code, done.result["exports"][0]["sent"]) == (0, 1), done
    there = drive.control.file("film.mov")
    assert there["sha256Checksum"] == hashlib.sha256(film.read_bytes()).hexdigest()
    (session,) = [one for one in drive.control.sessions() if one["total"] == 12_000_000]
    assert session["finished"]


def test_a_gallery_goes_to_mega_and_nothing_secret_is_left_in_clear(tmp_path: Path) -> None:
    with running_gallery(photos=6, albums=2, size=20_000) as gallery, running_mega() as mega:
        mega.account("seller@example.com", PASSWORD)
        client = client_for(tmp_path, REELKEY_MEGA_ORIGIN=mega.origin, REELKEY_GALLERY_ORIGIN=gallery.origin)
        login = ("cloud", "login", "mega", "--email", "seller@example.com", "--secrets-stdin", "--label", "M")
        signed = client.run(*login, stdin=f"password={PASSWORD}\n")
        assert signed.code == 0, signed

        order = ("cloud", "export", "M", "--gallery", "-", "--gallery-name", "Съёмка", "--to", "G")
        named = ("--gallery-type", "originals", "--title", "Day 3")
        done = client.run(*order, *named, stdin=gallery.archive_url + "\n")
        assert (done.code, done.result["exports"][0]["sent"]) == (0, 6), done
        assert done.result["exports"][0]["title"] == "Day 3"
        (warning,) = done.of("warning")
        assert "the originals may not come" in warning["text"], "the address has mod=web"
        names = {node["name"] for node in mega.nodes() if node.get("name")}
        assert {"G", "Съёмка"} <= names
        told = {"cloud_type": "mega", "failed_photos": 0, "archive_type": "originals"}
        assert gallery.control.done() == [told]
        assert client.run("cloud", "logout", "M").code == 0
        assert not client.run("cloud", "status").result["accounts"][0]["signed_in"]
    clear = [path for path in client.profile.rglob("*") if path.is_file()]
    assert clear
    for path in clear:
        assert PASSWORD.encode() not in path.read_bytes(), path


def test_a_wrong_password_and_unknown_things_end_with_their_codes(tmp_path: Path) -> None:
    with running_mega() as mega:
        mega.account("seller@example.com", PASSWORD)
        client = client_for(tmp_path, REELKEY_MEGA_ORIGIN=mega.origin)
        login = ("cloud", "login", "mega", "--email", "seller@example.com", "--secrets-stdin")
        refused = client.run(*login, stdin="password=another\n")
        assert (refused.code, refused.codes) == (4, ["cloud_sign_in_refused"])
    assert client.run("cloud", "export", "a1", tmp_path).codes == ["cloud_account_unknown"]
    assert client.run("cloud", "resume", "x9").codes == ["export_unknown"]
    assert client.run("cloud", "login", "floppy").code == 2
    assert client.run("cloud", "export", "a1").code == 2


def test_a_reader_that_goes_away_ends_the_command_quietly(tmp_path: Path) -> None:
    client = client_for(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "--json", "cloud", "destinations"],
        env=client.environment(),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (1, b"")
