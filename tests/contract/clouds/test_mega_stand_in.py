"""The stand-in for MEGA is strict: what the real one refuses, it refuses with the same number."""

from __future__ import annotations

import hashlib
import io
import json
import os
import threading
from collections.abc import Iterator

import httpx2
import pytest

from sandbox.clouds.mega import crypto
from sandbox.clouds.mega.testing import RunningMega, expected_chunks, running_mega
from tests.contract.clouds.mega_calls import KEY, NONCE, Calls
from tests.contract.clouds.pattern import pattern

EMAIL, PASSWORD = "master@example.com", "correct horse"
SOMEWHERE = "AAAAAAAA"
CHUNK = 131072


@pytest.fixture(scope="module")
def running() -> Iterator[RunningMega]:
    with running_mega() as mega:
        yield mega


@pytest.fixture
def mega(running: RunningMega) -> RunningMega:
    running.control.reset()
    running.account(EMAIL, PASSWORD)
    return running


@pytest.fixture
def calls(mega: RunningMega) -> Iterator[Calls]:
    with Calls(mega.origin) as found:
        found.sign_in(EMAIL, PASSWORD)
        yield found


# --- requests ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["", "{}", "[]", "nonsense", '{"a":"f"}', "[" * 100_000])
def test_a_request_is_an_array_of_commands(calls: Calls, body: str) -> None:
    assert calls.raw(body).text == "-2"


def test_commands_are_answered_in_order_each_for_itself(calls: Calls) -> None:
    answer = calls.many({"a": "uq"}, {"a": "nothing"}, {"b": 1}, {"a": "d", "n": SOMEWHERE}, {"a": "ug"})
    assert [type(part) for part in answer] == [dict, int, int, int, dict]
    assert answer[1:4] == [-2, -2, -9]


def test_the_same_request_again_is_answered_from_memory(mega: RunningMega, calls: Calls) -> None:
    root = calls.root()
    node = calls.node(KEY, KEY, "xxxxxxxx", 1, "once")
    body = json.dumps([{"a": "p", "t": root, "n": [node]}])

    first = calls.raw(body, id=77_000_001)
    again = calls.raw(body, id=77_000_001)

    assert again.text == first.text
    assert mega.named("once")["handle"] == first.json()[0]["f"][0]["h"]
    assert mega.control.state()["replays"] == 1
    assert calls.raw('[{"a":"uq"}]', id=77_000_001).text == "-2"
    assert calls.raw('[{"a":"uq"}]', id="x").text == "-2"


def test_a_request_that_was_put_off_may_come_again_with_its_number(mega: RunningMega, calls: Calls) -> None:
    root = calls.root()
    body = json.dumps([{"a": "p", "t": root, "n": [calls.node(KEY, KEY, "xxxxxxxx", 1, "later")]}])
    mega.control.fault("number", size=-3, facts={"command": "^p$"})
    mega.control.fault("status", message="-4", facts={"command": "^p$"})

    assert calls.raw(body, id=77_000_002).json() == [-3]
    assert calls.raw(body, id=77_000_002).json() == -4
    assert isinstance(calls.raw(body, id=77_000_002).json()[0], dict)
    assert mega.named("later")


# --- sign-in -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [1, 2])
def test_signing_in(mega: RunningMega, version: int) -> None:
    made = mega.account("other@example.com", PASSWORD, version=version)
    with Calls(mega.origin) as calls:
        calls.sign_in("other@example.com", PASSWORD)
        assert len(crypto.unb64(calls.sid)) == 43
        assert (calls.user, calls.root()) == (made["user"], made["root"])
        assert calls.one("us")["k"]  # a session asks who it is

        assert calls.one("sml") == 0
        assert calls.one("f", c=1) == -15


def test_signing_in_is_refused(mega: RunningMega) -> None:
    mega.account("two@example.com", PASSWORD, code="123456")
    with Calls(mega.origin) as calls:
        assert calls.one("us0", user="nobody@example.com") == {"v": 1}
        assert calls.one("us", user="nobody@example.com", uh="AAAAAAAAAAA") == -9
        assert calls.one("us", user=EMAIL, uh="AAAAAAAAAAA") == -9
        assert calls.one("us", user=EMAIL) == -2
        with pytest.raises(AssertionError, match="-26"):
            calls.sign_in("two@example.com", PASSWORD)
        with pytest.raises(AssertionError, match="-5"):
            calls.sign_in("two@example.com", PASSWORD, mfa="000000")
        calls.sign_in("two@example.com", PASSWORD, mfa="123456")
        assert calls.root()


def test_sessions_end(mega: RunningMega, calls: Calls) -> None:
    mega.change(EMAIL, blocked=True)
    assert calls.one("f", c=1) == -16
    mega.change(EMAIL, blocked=False)
    assert calls.root()
    mega.expire("sessions")
    assert calls.raw('[{"a":"ug"}]').text == "-15"
    assert calls.raw('[{"a":"ug"}]', sid="").json() == [-15]


def test_proof_of_work(mega: RunningMega) -> None:
    mega.control.set(easiness=250)
    with Calls(mega.origin) as calls:
        assert isinstance(calls.one("us0", user=EMAIL), dict)  # asked for only where it is wanted
        body = '[{"a":"us","user":"x@example.com","uh":"AAAAAAAAAAA"}]'
        refused = calls.raw(body, id=5)
        assert (refused.status_code, refused.content) == (402, b"")
        _, easiness, _, token = refused.headers["X-Hashcash"].split(":")
        assert (easiness, len(crypto.unb64(token))) == ("250", 48)
        prefix = next(
            crypto.b64(at.to_bytes(4, "big"))
            for at in range(1000)
            if crypto.hashcash_valid(token, 250, at.to_bytes(4, "big"))
        )
        made_up = crypto.b64(bytes(48))

        for header in (f"1:{made_up}:{prefix}", f"1:{token}:AAA", f"2:{token}:{prefix}", "1", f"1:{token}:*"):
            assert calls.raw(body, id=5, headers={"X-Hashcash": header}).status_code == 402
        assert calls.raw(body, id=5, headers={"X-Hashcash": f"1:{token}:{prefix}"}).json() == [-9]
        assert calls.raw(body, id=6, headers={"X-Hashcash": f"1:{token}:{prefix}"}).status_code == 402


def test_an_account_without_email(mega: RunningMega) -> None:
    with Calls(mega.origin) as calls:
        master, password = os.urandom(16), os.urandom(16)
        challenge = os.urandom(16)
        user = calls.one(
            "up",
            k=crypto.b64(crypto.ecb_seal(password, master)),
            ts=crypto.b64(challenge + crypto.ecb_seal(master, challenge)),
        )
        answer = calls.one("us", user=user)
        assert crypto.ecb_open(password, crypto.unb64(answer["k"])) == master
        calls.sid, calls.master = answer["tsid"], master
        assert calls.folder(calls.root(), "free")["f"]


# --- the tree ----------------------------------------------------------------------------------------


def test_nodes_are_made_with_what_they_need(calls: Calls) -> None:
    root = calls.root()
    good = calls.node(KEY, KEY, "xxxxxxxx", 1, "x")
    url = calls.upload(1)
    token = calls.piece(url, 0, b"x").text
    file = calls.node(KEY, bytes(range(32)), token, 0, "x")
    bad = [
        (-2, {}),
        (-2, good | {"h": "short"}),
        (-2, good | {"t": 2}),
        (-2, good | {"t": True}),
        (-2, good | {"a": "AAAA"}),
        (-2, good | {"a": good["a"] + "="}),
        (-2, good | {"a": ""}),
        (-2, good | {"k": file["k"]}),
        (-14, good | {"k": crypto.b64(bytes(16))}),
        (-2, good | {"p": SOMEWHERE}),
        (-2, file | {"k": good["k"]}),
        (-2, file | {"h": None}),
        (-9, file | {"h": token[:-1] + ("A" if token[-1] != "A" else "B")}),
        (-9, file | {"h": SOMEWHERE}),
    ]
    for number, node in bad:
        assert calls.one("p", t=root, n=[node]) == number, node
        assert calls.one("p", t=root, n=[good, node]) == number, node  # all or nothing
    assert calls.one("p", t=SOMEWHERE, n=[good]) == -9
    assert calls.one("p", t="no handle", n=[good]) == -2
    assert calls.one("p", t=root, n=[]) == -2
    (made,) = calls.one("p", t=root, n=[file])["f"]
    assert calls.one("p", t=made["h"], n=[good]) == -2  # into a file
    assert [node["t"] for node in calls.one("f", c=1)["f"]] == [2, 0, 3, 4]


def test_folders_in_folders_in_one_request(mega: RunningMega, calls: Calls) -> None:
    outer = calls.node(KEY, KEY, "outerxxx", 1, "outer")
    inner = calls.node(KEY, KEY, "innerxxx", 1, "inner") | {"p": "outerxxx"}
    calls.one("p", t=calls.root(), n=[outer, inner])
    assert mega.named("inner")["parent"] == mega.named("outer")["handle"]


def test_names_may_stand_twice_in_a_folder(mega: RunningMega, calls: Calls) -> None:
    root = calls.root()
    handles = {calls.folder(root, "twice")["f"][0]["h"] for _ in range(2)}
    assert len(handles) == 2
    assert [node["name"] for node in mega.nodes() if node.get("name")] == ["twice", "twice"]


def test_moving_and_deleting(mega: RunningMega, calls: Calls) -> None:
    root = calls.root()
    (outer,) = calls.folder(root, "outer")["f"]
    (inner,) = calls.folder(outer["h"], "inner")["f"]
    (file,) = calls.file(inner["h"], "film", b"film")["f"]

    assert calls.one("m", n=outer["h"], t=inner["h"]) == -10
    assert calls.one("m", n=outer["h"], t=outer["h"]) == -10
    assert calls.one("m", n=root, t=inner["h"]) == -11
    assert calls.one("m", n=inner["h"], t=file["h"]) == -2
    assert calls.one("m", n=SOMEWHERE, t=root) == -9
    assert calls.one("m", n=inner["h"], t=root) == 0
    assert mega.named("inner")["parent"] == root

    assert calls.one("d", n=root) == -11
    assert calls.one("d", n=inner["h"]) == 0
    assert calls.one("d", n=file["h"]) == -9
    assert calls.one("uq", strg=1)["cstrg"] == 0


def test_renaming(mega: RunningMega, calls: Calls) -> None:
    (made,) = calls.folder(calls.root(), "before")["f"]
    key = bytes.fromhex(mega.named("before")["key"])
    for field in ("at", "attr"):
        sealed = crypto.b64(crypto.seal_attributes(key, {"n": f"after {field}"}))
        assert calls.one("a", n=made["h"], **{field: sealed}) == 0
        assert mega.named(f"after {field}")
    assert calls.one("a", n=made["h"], at="AAAA") == -2
    assert calls.one("a", n=calls.root(), at=sealed) == -11


def test_links(mega: RunningMega, calls: Calls) -> None:
    root = calls.root()
    (file,) = calls.file(root, "film", b"film")["f"]
    (folder,) = calls.folder(root, "folder")["f"]
    handle = calls.one("l", n=file["h"])
    assert calls.one("l", n=file["h"]) == handle
    assert calls.one("f", c=1)["ph"] == [{"h": file["h"], "ph": handle}]
    assert calls.one("l", n=folder["h"]) == -11
    with Calls(mega.origin) as stranger:
        found = stranger.one("g", g=1, p=handle)
        assert stranger.get(found["g"]).content == crypto.crypt(KEY, NONCE, 0, b"film")
        assert stranger.one("g", g=1, n=file["h"]) == -15
    assert calls.one("l", n=file["h"], d=1) == 0
    assert calls.one("g", g=1, p=handle) == -9


def test_others_trees_are_not_there(mega: RunningMega, calls: Calls) -> None:
    (file,) = calls.file(calls.root(), "film", b"film")["f"]
    mega.account("other@example.com", PASSWORD)
    with Calls(mega.origin) as other:
        other.sign_in("other@example.com", PASSWORD)
        assert other.one("g", g=1, n=file["h"]) == -9
        assert other.one("d", n=file["h"]) == -9
        token = calls.piece(calls.upload(1), 0, b"x").text
        assert other.put(other.root(), "stolen", token, b"x") == -9


# --- content -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "unfinished"), [({}, b""), ({"v": 2}, b""), ({"v": 3}, b"0")])
def test_pieces_in_any_order_and_the_token_by_version(
    mega: RunningMega, calls: Calls, version: dict[str, int], unfinished: bytes
) -> None:
    plain = pattern(786432 + 5)
    sealed = crypto.crypt(KEY, NONCE, 0, plain)
    url = calls.upload(len(plain), **version)

    assert calls.piece(url, 786432, sealed[786432:]).content == unfinished
    assert calls.piece(url, 0, sealed[:131072]).content == unfinished
    assert calls.piece(url, 0, sealed[:131072]).content == unfinished  # again is fine
    token = calls.piece(url, 131072, sealed[131072:786432]).content

    assert len(token) == 36
    handle = crypto.b64(token) if version else token.decode()
    (node,) = calls.put(calls.root(), "film", handle, plain)["f"]
    assert node["s"] == len(plain)
    chunks, mac = expected_chunks(io.BytesIO(plain), len(plain), KEY, NONCE)
    content = mega.content(node["h"])
    assert content["chunks"] == chunks
    assert (content["sha256"], content["mac_agrees"]) == (hashlib.sha256(plain).hexdigest(), True)
    assert mega.named("film")["mac"] == mac.hex()


def test_an_empty_file(calls: Calls) -> None:
    token = calls.piece(calls.upload(0), 0, b"").text
    (node,) = calls.put(calls.root(), "empty", token, b"")["f"]
    found = calls.one("g", g=1, n=node["h"])
    assert (found["s"], calls.get(found["g"]).content) == (0, b"")


@pytest.mark.parametrize(
    ("offset", "length"), [(1, CHUNK - 1), (0, CHUNK - 1), (0, 0), (CHUNK, CHUNK), (393216, 2), (786432, 1)]
)
def test_pieces_begin_and_end_where_chunks_do(
    mega: RunningMega, calls: Calls, offset: int, length: int
) -> None:
    url = calls.upload(393217)
    assert calls.piece(url, offset, bytes(length)).text == "-7"
    (upload,) = mega.control.state()["uploads"]
    assert (upload["held"], upload["refused"]) == (0, 1)


def test_a_piece_with_a_checksum(mega: RunningMega, calls: Calls) -> None:
    data = pattern(CHUNK + 100_001)
    url = calls.upload(len(data), v=3)
    right = crypto.b64(crypto.piece_checksum(data[CHUNK:]))

    assert calls.piece(url, CHUNK, data[CHUNK:][::-1], d=right).text == "-14"
    assert calls.piece(url, CHUNK, data[CHUNK:], d="AAAA").text == "-14"
    assert calls.piece(url, CHUNK, data[CHUNK:], d=right).text == "0"
    (upload,) = mega.control.state()["uploads"]
    assert (upload["held"], upload["checksums"]) == (100_001, 1)


def test_upload_addresses_end(mega: RunningMega, calls: Calls) -> None:
    url = calls.upload(1)
    mega.expire("uploads")
    assert calls.piece(url, 0, b"x").text == "-8"
    mega.expire("uploads-404")
    assert calls.piece(url, 0, b"x").status_code == 404
    assert calls.piece(f"{mega.origin}/ul/unknown", 0, b"x").status_code == 404


def test_a_piece_without_a_length_is_refused(mega: RunningMega, calls: Calls) -> None:
    url = calls.upload(1)
    answer = httpx2.post(f"{url}/0", content=iter([b"x"]), trust_env=False)
    assert answer.status_code == 411


def test_downloads_by_range(mega: RunningMega, calls: Calls) -> None:
    plain = pattern(CHUNK + 77)
    (node,) = calls.file(calls.root(), "film", plain)["f"]
    sealed = crypto.crypt(KEY, NONCE, 0, plain)
    found = calls.one("g", g=1, n=node["h"], ssl=2)

    assert (found["s"], found["at"]) == (len(plain), node["a"])
    assert calls.get(found["g"]).content == sealed
    assert calls.get(f"{found['g']}/16-{CHUNK + 3}").content == sealed[16 : CHUNK + 4]
    assert calls.get(f"{found['g']}/0-{len(plain)}").status_code == 416
    assert calls.get(f"{found['g']}/5-4").status_code == 416
    assert "g" not in calls.one("g", n=node["h"])
    assert calls.one("g", g=1, n=node["h"], v=2)["g"][0].startswith(mega.origin)

    mega.control.set(transfer_left=120)
    answer = calls.get(found["g"])
    assert (answer.status_code, answer.headers["X-MEGA-Time-Left"]) == (509, "120")
    mega.control.set(transfer_left=None)
    mega.expire("downloads")
    assert calls.get(found["g"]).status_code == 404


def test_quota(mega: RunningMega, calls: Calls) -> None:
    root = calls.root()
    assert calls.one("uq", strg=1, xfer=1, pro=1)["mstrg"] == 20 << 30
    token = calls.piece(calls.upload(4), 0, b"film").text
    mega.change(EMAIL, quota=3)
    assert calls.one("u", s=4) == -17
    assert calls.put(root, "film", token, b"film") == -17
    mega.change(EMAIL, quota=4)
    assert isinstance(calls.put(root, "film", token, b"film"), dict)
    assert calls.one("uq", strg=1)["cstrgn"][root][:3] == [4, 1, 0]
    for size in (-1, "4", 1.5, None, True):
        assert calls.one("u", s=size) == -2


def test_large_files_without_their_bytes(mega: RunningMega, calls: Calls) -> None:
    mega.control.set(keep_bytes=False)
    (node,) = calls.file(calls.root(), "film", pattern(500_000))["f"]
    content = mega.content(node["h"])
    assert content["kept"] is False
    assert content["chunks"] == expected_chunks(io.BytesIO(pattern(500_000)), 500_000, KEY, NONCE)[0]


# --- push --------------------------------------------------------------------------------------------


def test_push_waits_until_there_is_news(mega: RunningMega, calls: Calls) -> None:
    tree = calls.one("f", c=1)
    waiting = calls.post("/sc", sn=tree["sn"], sid=calls.sid).json()
    answers: list[httpx2.Response] = []

    def wait() -> None:
        answers.append(httpx2.get(waiting["w"], trust_env=False, timeout=20))

    thread = threading.Thread(target=wait)
    thread.start()
    (made,) = calls.folder(calls.root(), "news", i="mine")["f"]
    thread.join()

    assert answers[0].status_code == 200
    news = calls.post("/sc", sn=tree["sn"], sid=calls.sid).json()
    assert news["a"] == [{"a": "t", "t": {"f": [made]}, "ou": calls.user, "i": "mine"}]
    assert "w" in calls.post("/sc", sn=news["sn"], sid=calls.sid).json()
    mega.account("other@example.com", PASSWORD)
    assert "w" in calls.post("/sc", sn=tree["sn"], sid=mega.session("other@example.com")["sid"]).json()
    assert calls.post("/sc", sn="x", sid=calls.sid).json() == -2
    assert calls.post("/sc", sn=tree["sn"], sid="x").json() == -15


def test_waiting_ends_by_itself(mega: RunningMega, calls: Calls) -> None:
    mega.control.set(wait=0.05)
    tree = calls.one("f", c=1)
    assert calls.get(calls.post("/sc", sn=tree["sn"], sid=calls.sid).json()["w"]).text == "0"
    assert calls.get(f"{mega.origin}/wait/unknown").status_code == 404


# --- faults ------------------------------------------------------------------------------------------


def test_an_answer_is_lost_after_the_act(mega: RunningMega, calls: Calls) -> None:
    root = calls.root()
    mega.control.fault("reset", act=True, facts={"command": "^p$"})
    body = json.dumps([{"a": "p", "t": root, "n": [calls.node(KEY, KEY, "xxxxxxxx", 1, "made")]}])
    with pytest.raises(httpx2.TransportError):
        calls.raw(body, id=900)
    assert calls.raw(body, id=900).json()[0]["f"][0]["h"] == mega.named("made")["handle"]


def test_numbers_for_commands_and_whole_requests(mega: RunningMega, calls: Calls) -> None:
    mega.control.fault("number", size=-17, facts={"command": r"\bu\b"})
    assert calls.many({"a": "uq"}, {"a": "u", "s": 1})[1] == -17
    assert isinstance(calls.one("u", s=1), dict)
    mega.control.fault("number", size=-6, path="^/cs")
    assert calls.many({"a": "uq"}, {"a": "ug"}) == [-6, -6]
    mega.control.fault("status", message="-18", path="^/cs")
    assert calls.raw('[{"a":"uq"}]').text == "-18"
    hostile = '[{"p":"https://elsewhere.example/ul/x"}]'
    mega.control.fault("garbage", body=hostile, facts={"command": "^u$"})
    assert calls.upload(1) == "https://elsewhere.example/ul/x"
    mega.control.fault("status", message="-4", path="^/ul/")
    assert calls.piece(calls.upload(1), 0, b"x").text == "-4"
    mega.control.fault("status", code=500, reason="Server Too Busy", path="^/cs")
    assert calls.raw('[{"a":"uq"}]').status_code == 500
    mega.control.fault("status", code=509, path="^/dl/")
    assert calls.get(f"{mega.origin}/dl/x").headers["X-MEGA-Time-Left"] == "3600"


def test_pieces_get_lost_and_go_bad(mega: RunningMega, calls: Calls) -> None:
    plain = pattern(CHUNK + 1)
    url = calls.upload(len(plain))
    mega.control.fault("drop_piece", path="^/ul/")
    assert calls.piece(url, 0, plain[:CHUNK]).text == ""
    assert calls.piece(url, CHUNK, plain[CHUNK:]).text == ""  # no token: the first is not there
    mega.control.fault("corrupt", path="^/ul/")
    token = calls.piece(url, 0, plain[:CHUNK]).text
    (node,) = calls.put(calls.root(), "bad", token, plain)["f"]
    assert not mega.content(node["h"])["mac_agrees"]

    url = calls.upload(len(plain))
    mega.control.fault("forget", path="^/ul/")
    assert [calls.piece(url, 0, plain[:CHUNK]).status_code for _ in range(2)] == [404, 404]
    url = calls.upload(len(plain))
    mega.control.fault("expire", path="^/ul/")
    assert [calls.piece(url, 0, plain[:CHUNK]).text for _ in range(2)] == ["-8", "-8"]


def test_a_piece_that_breaks_off_leaves_nothing(mega: RunningMega, calls: Calls) -> None:
    url = calls.upload(1_000_000)
    mega.control.fault("cut_request", path="^/ul/", size=200_000)
    with pytest.raises(httpx2.TransportError):
        calls.piece(url, 0, bytes(786432))
    (upload,) = mega.control.state()["uploads"]
    assert (upload["held"], upload["pieces"]) == (0, [])


def test_nodes_that_lie(mega: RunningMega, calls: Calls) -> None:
    root = calls.root()
    mega.control.fault("lie_size", size=1, facts={"command": "^p$"})
    (node,) = calls.file(root, "film", b"film")["f"]
    assert node["s"] == 5
    mega.control.fault("change_key", facts={"command": "^p$"})
    (changed,) = calls.file(root, "other", b"film")["f"]
    assert changed["k"] != node["k"]


def test_planted_nodes_are_an_honest_clients(mega: RunningMega, calls: Calls) -> None:
    (file,) = mega.plant(EMAIL, name="片.mov", content="00ff", values={"c": "x"})
    assert mega.content(file)["mac_agrees"]
    folders = mega.plant(EMAIL, count=3)
    mega.plant(EMAIL, name="hostile", k="AAAA", a="AAAA", parent=folders[0])
    nodes = {node["handle"]: node for node in mega.nodes(EMAIL)}
    assert nodes[file]["attributes"] == {"n": "片.mov", "c": "x"}
    assert [nodes[handle]["name"] for handle in folders] == ["planted 0", "planted 1", "planted 2"]
    assert len(calls.one("f", c=1)["f"]) == 3 + 1 + 3 + 1


def test_a_process_of_its_own() -> None:
    with running_mega(process=True, keep_bytes=False) as mega, Calls(mega.origin) as calls:
        mega.account(EMAIL, PASSWORD)
        session = mega.session(EMAIL)
        calls.sid, calls.master = session["sid"], bytes.fromhex(session["master"])
        assert calls.folder(calls.root(), "there")["f"]
        assert mega.named("there")
