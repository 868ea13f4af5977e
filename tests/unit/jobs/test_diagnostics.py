"""The bundle for support: canaries planted in all it is made of, and looked for in every encoding."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.bootstrap import Workplace, open_workplace
from app.domain.errors import Internal, ServerRefused, TargetUnwritable
from app.domain.status import TaskKind, TaskStatus
from app.jobs.diagnostics import Bundle, collect
from app.jobs.doctor import Check
from app.jobs.scrub import Scrubber
from app.journal import Run

SERVER = "https://library.example"
TOKEN = "canary-sign-in-53"
UUID = "c0ffee00-1234-4bcd-8def-0123456789ab"
ODD_UUID = "canary permission/7"
PEER = "12D3KooWGRUacXcDLV1dh6A3oRVrGyv8dkZyaVb8pFz3RxZ3Xk2L"
PHRASE = "correct horse"  # only its name says that it is one
PINS = "https://pin.example"
NODE_KEY = "CAESQ" + base64.b64encode(bytes(range(7, 70))).decode()
FILM_SECRETS = bytes(range(100, 164))


def spellings(secret: str | bytes) -> set[bytes]:
    """How a secret may stand in a file, told without the code under test."""
    raw = secret.encode() if isinstance(secret, str) else secret
    bodies = {raw, raw.lower(), raw.upper()}
    if isinstance(secret, str):
        bodies |= {secret.encode(code) for code in ("utf-16-le", "utf-16-be")}
    found = set(bodies)
    for body in bodies:
        found |= {body.hex().encode(), body.hex().upper().encode()}
        for shift in range(3):
            text = base64.b64encode(b"\0" * shift + body)
            whole = text[4 if shift else 0 : (shift + len(body)) // 3 * 4]
            found |= {whole, whole.translate(bytes.maketrans(b"+/", b"-_"))}
    return {one for one in found if len(one) > 5}


@asynccontextmanager
async def a_profile(folder: Path) -> AsyncIterator[Workplace]:
    async with open_workplace(folder, lambda _: None, {"REELKEY_TOKEN": TOKEN}) as place:
        place.token_is_for(SERVER)
        yield place


async def plant(place: Workplace) -> bytes:
    """Secrets in every place that the bundle is made of; the profile's key."""
    key = place.paths.key_file.read_bytes()
    every = [TOKEN, UUID, ODD_UUID, NODE_KEY]
    journal, desk = place.desk.journal, place.desk
    for uuid in (UUID, ODD_UUID):
        row = (await journal.add(TaskKind.UPLOAD, SERVER, [{"source_name": f"E04 {uuid}.mov"}]))[0]
        await journal.update(
            row.number,
            uuid_sealed=desk.seal(uuid.encode(), "uuid"),
            secrets_sealed=desk.seal(FILM_SECRETS, "secrets"),
            source_path=f"/films/{TOKEN}/E04.mov",
            run=Run.FAILED,
            error=ServerRefused(text=f"no: token={TOKEN} {UUID}", status=400).record(),
        )
        await journal.note(row.number, "said", f"{NODE_KEY} {FILM_SECRETS.hex()} {TOKEN}")
        await journal.report(row.number, TaskStatus.SPLITTING, 1, {"uuid": uuid, "note": TOKEN})
    place.settings.set("server.studio", SERVER)
    place.settings.set("node.swarm_key", f"/keys/{UUID}/{TOKEN}")
    lines = []
    secrets: list[str | bytes] = [*every, key, FILM_SECRETS]
    for secret in secrets:
        body = secret.encode() if isinstance(secret, str) else secret
        lines += [body.hex(), body.hex().upper()]
        lines += [base64.b64encode(b"\0" * shift + body).decode() for shift in range(3)]
        lines += [base64.urlsafe_b64encode(body).decode()]
    text = "\n".join([*every, *lines, f"opened reelkey://upload?v=1&token={TOKEN}"])
    content = text.encode() + "\n".join(every).encode("utf-16") + "\n".join(every).encode("utf-16-be")
    place.paths.node_dir.mkdir(exist_ok=True)
    (place.paths.node_dir / "config").write_text(
        json.dumps(
            {
                "Identity": {
                    "PeerID": "12D3KooWGRUacXcDLV1dh6A3oRVrGyv8dkZyaVb8pFz3RxZ3Xk2L",
                    "PrivKey": NODE_KEY,
                },
                "API": {"Authorizations": {"me": {"AuthSecret": f"bearer:{TOKEN}"}}},
                "Pinning": {
                    "RemoteServices": {"x": {"API": {"Endpoint": "https://pin.example", "Key": TOKEN}}}
                },
                "Plugins": {"x": {"AuthPhrase": PHRASE, "Keys": [PHRASE]}},
                "Addresses": {"Swarm": [f"/ip4/0.0.0.0/tcp/4001/{UUID}"]},
            }
        )
    )
    for file in ("logs/reelkey.log", "logs/reelkey.log.1", "node.log"):
        (place.paths.data_dir / file).write_bytes(content + b"\nthe last line of " + file.encode() + b"\n")
    return key


async def test_no_secret_is_in_the_bundle_in_any_encoding(tmp_path: Path) -> None:
    async with a_profile(tmp_path / "profile") as place:
        key = await plant(place)
        checks = [Check("server", False, f"it said {TOKEN}")]
        bundle = await place.diagnostics(checks, {"qt": f"6 {UUID}"})
    target = tmp_path / "out.zip"
    bundle.write(target)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        unpacked = {name: archive.read(name) for name in archive.namelist()}
    assert set(unpacked) == {file.name for file in bundle.files}
    for secret in (TOKEN, UUID, UUID.replace("-", ""), ODD_UUID, NODE_KEY, PHRASE, key, FILM_SECRETS):
        for spelling in spellings(secret):
            for name, content in unpacked.items():
                assert spelling not in content, (name, spelling)
    # And it is not simply empty.
    assert b"the last line of logs/reelkey.log" in unpacked["reelkey.log"]
    assert b"the last line of node.log" in unpacked["node.log"]
    config = json.loads(unpacked["node-config.json"])
    assert config["Identity"]["PeerID"] == PEER
    assert config["Pinning"]["RemoteServices"]["x"]["API"]["Endpoint"] == PINS
    films = json.loads(unpacked["journal.json"])["films"]
    assert {film["error"]["code"] for film in films} == {"server_refused"}
    assert "uuid_sealed" not in films[0]
    assert json.loads(unpacked["settings.json"])["server.studio"] == SERVER
    assert json.loads(unpacked["system.json"])["room"]["profile"]["free"] > 0


async def test_a_profile_without_anything(tmp_path: Path) -> None:
    async with a_profile(tmp_path / "profile") as place:
        bundle = await place.diagnostics([])
    texts = {file.name: file.text for file in bundle.files}
    assert json.loads(texts["journal.json"])["films in all"] == 0
    assert texts["node-config.json"] == "FileNotFoundError\n"  # what is not there says so
    for file in bundle.files:
        assert file.about
        assert file.name in texts["README.txt"] or file.name == "README.txt"


async def test_only_the_end_of_long_logs_is_in_it(tmp_path: Path) -> None:
    async with a_profile(tmp_path / "profile") as place:
        for number, name in enumerate(("reelkey.log.2", "reelkey.log.1", "reelkey.log")):
            line = f"file {number} line of the log {'é' * 20}\n"
            (place.paths.logs_dir / name).write_text(line * (900_000 // len(line.encode())), "utf-8")
        bundle = await place.diagnostics([])
    log = next(file.text for file in bundle.files if file.name == "reelkey.log")
    assert len(log.encode()) <= 2**20
    assert "file 0" not in log
    assert log.index("file 1") < log.index("file 2")
    assert log.startswith("file 1 line")  # from the beginning of a line


async def test_a_secret_that_got_through_stops_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_profile(tmp_path / "profile") as place:
        await plant(place)
        monkeypatch.setattr(Scrubber, "clean", lambda _, text: text)
        with pytest.raises(Internal):
            await collect(place.desk, place.paths, place.settings, secrets=[TOKEN])


def test_it_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    bundle = Bundle((), 1_790_000_000.0)
    assert bundle.file_name == "reelkey-diagnostics-20260921-1413.zip"
    with pytest.raises(TargetUnwritable):
        bundle.write(tmp_path / "no folder" / "a.zip")
    bundle.write(tmp_path / "a.zip")
    bundle.write(tmp_path / "a.zip")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["a.zip"]
