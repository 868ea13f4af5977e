"""MEGA's listing, read node by node; its answers, addresses and sign-in values that may be hostile."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from app.cloud.destinations.mega.account import Session
from app.cloud.destinations.mega.api import Api, error_number, origin_of
from app.cloud.destinations.mega.faults import fault, http_fault, piece_fault
from app.cloud.destinations.mega.keys import (
    FileKey,
    Undecryptable,
    encrypt,
    from_text,
    seal_attributes,
    to_text,
)
from app.cloud.destinations.mega.sign_in import Keys, proof_1, proof_2, session_of
from app.cloud.destinations.mega.tree import Node, Tree, walk
from app.domain.errors import (
    AllowanceUsed,
    CloudBusy,
    CloudFull,
    CloudRefused,
    CloudUnreachable,
    SignInExpired,
    UploadLost,
    UsageError,
)
from app.net.answers import Answer

MASTER = bytes(range(0x20, 0x30))
USER = "userhandle1"
ROOT = {"h": "rootroot", "p": "", "u": USER, "t": 2, "a": "", "k": ""}


def folder(handle: str, parent: str, name: str, **more: Any) -> dict[str, Any]:
    key = secrets.token_bytes(16)
    sealed = to_text(encrypt(MASTER, key))
    values = {"h": handle, "p": parent, "t": 1, "k": f"{USER}:{sealed}"}
    return {**values, "a": seal_attributes(key, {"n": name}), **more}


def file(handle: str, parent: str, name: str, under: bytes = MASTER, owner: str = USER) -> dict[str, Any]:
    key = FileKey(secrets.token_bytes(16), secrets.token_bytes(8), b"\1" * 8)
    sealed = to_text(encrypt(under, key.packed))
    values = {"h": handle, "p": parent, "t": 0, "s": 7, "k": f"otherother1:AAAA/{owner}:{sealed}"}
    return {**values, "a": seal_attributes(key.key, {"n": name})}


def listing(*nodes: object, **more: object) -> bytes:
    return json.dumps([{"ok": [], **more, "f": [ROOT, *nodes], "s": [], "sn": "sn-1"}]).encode()


def names(tree: Tree, handle: str) -> list[str]:
    entries = (tree.entry(node) for node in tree.inside(handle))
    return [entry.name for entry in entries if entry is not None]


def load(body: bytes) -> Tree:
    return Tree.load(body, MASTER, USER)


# --- listings ------------------------------------------------------------------------------------------


def test_a_listing() -> None:
    body = listing(folder("aaaaaaaa", "rootroot", "A"), file("bbbbbbbb", "aaaaaaaa", "B.mov"))
    tree = load(body)
    assert (tree.root, tree.sn) == ("rootroot", "sn-1")
    assert names(tree, "rootroot") == ["A"]
    assert names(tree, "aaaaaaaa") == ["B.mov"]
    (node,) = tree.inside("aaaaaaaa")
    entry = tree.entry(node)
    assert entry is not None
    assert (entry.size, entry.hashes, entry.is_folder) == (7, {"mac": "01" * 8}, False)
    assert "private" not in repr(entry)


def test_what_others_put_into_a_shared_folder_lies_under_its_own_key() -> None:
    share = secrets.token_bytes(16)
    shared = folder("aaaaaaaa", "rootroot", "A")
    theirs = file("bbbbbbbb", "aaaaaaaa", "theirs.mov", share, "aaaaaaaa")
    known = {"h": "aaaaaaaa", "ha": "AAAA", "k": to_text(encrypt(MASTER, share))}
    assert names(load(listing(shared, theirs, ok=[known, {"h": 7}, "x"])), "aaaaaaaa") == ["theirs.mov"]
    assert names(load(listing(shared, theirs)), "aaaaaaaa") == []


@pytest.mark.parametrize(
    "node",
    [
        None,
        7,
        [],
        {},
        {"h": 7, "t": 0},
        {"h": "x" * 17, "t": 1},
        {"h": "aaaaaaaa", "t": "1"},
        {"h": "aaaaaaaa", "t": 0, "s": -1},
        {"h": "aaaaaaaa", "t": 0, "s": True},
        {"h": "aaaaaaaa", "t": 0},
        {"h": "aaaaaaaa", "t": 1, "k": 7},
        {"h": "aaaaaaaa", "t": 1, "a": {}},
    ],
)
def test_nodes_that_are_none(node: object) -> None:
    assert Node.read(node) is None
    assert names(load(listing(node, folder("cccccccc", "rootroot", "C"))), "rootroot") == ["C"]


@pytest.mark.parametrize("size", [10_000_000, "9", None, 5.5])
def test_a_key_or_size_that_is_none(size: object) -> None:
    node = {**file("bbbbbbbb", "rootroot", "B"), "k": f"{USER}:{'A' * 100_000}", "s": size}
    assert names(load(listing(node)), "rootroot") == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"[{}]",
        b"-3",
        b"[-15]",
        b'[{"f":[',
        b'[{"f":[{}{}]}]',
        b'[{"f":[{},]}]',
        b'[{"f":{}}]',
        b'[{"f" [{}]}]',
        b'[{"f":[{}] "sn":"x"}]',
        b'[{"sn":"x"',
        b"\xff\xfe",
        b'[{"x":' + b"[" * 100_000,
        b'[{"f":[' + b"[" * 100_000,
    ],
)
def test_listings_that_are_none(body: bytes) -> None:
    with pytest.raises(ValueError):
        load(body)


def test_walking_gives_each_element_by_itself() -> None:
    text = ' [ { "a" : [1, 2] , "f" : [ {"h":1} , 2 ] , "f":[] , "z":null } ]'
    assert list(walk(text)) == [("a", [1, 2]), ("f", {"h": 1}), ("f", 2), ("z", None)]


def test_changes_are_followed() -> None:
    tree = load(listing(folder("aaaaaaaa", "rootroot", "A"), file("bbbbbbbb", "aaaaaaaa", "B")))
    tree.change({"a": "t", "t": {"f": [file("cccccccc", "aaaaaaaa", "C"), 7]}})
    tree.change({"a": "d", "n": "bbbbbbbb"})
    assert names(tree, "aaaaaaaa") == ["C"]
    moved = {**file("dddddddd", "rootroot", "D")}
    tree.change({"a": "t", "t": {"f": [moved]}})
    tree.change({"a": "t", "t": {"f": [{**moved, "p": "aaaaaaaa"}]}})
    assert (names(tree, "rootroot"), names(tree, "aaaaaaaa")) == (["A"], ["C", "D"])
    for nothing in (
        None,
        {},
        {"a": "d"},
        {"a": "d", "n": "zzzzzzzz"},
        {"a": "t", "t": 7},
        {"a": "u", "n": "z"},
    ):
        tree.change(nothing)
    assert names(tree, "aaaaaaaa") == ["C", "D"]


def test_nodes_in_a_ring_harm_nobody() -> None:
    tree = load(listing(folder("aaaaaaaa", "bbbbbbbb", "A"), folder("bbbbbbbb", "aaaaaaaa", "B")))
    assert names(tree, "aaaaaaaa") == ["B"]


# --- numbers and addresses -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "number"),
    [(-3, -3), ({"err": -9}, -9), ({"err": -9, "extra": 1}, -9), (0, None), (True, None), ({"x": -1}, None)],
)
def test_errors_in_every_form(value: object, number: int | None) -> None:
    assert error_number(value) == number


def test_numbers_become_errors() -> None:
    kinds = {-15: SignInExpired, -17: CloudFull, -24: CloudFull, -3: CloudBusy, -4: CloudBusy, -6: CloudBusy}
    kinds |= {-18: CloudUnreachable, -1: CloudUnreachable, -11: CloudRefused, -999: CloudRefused}
    assert {number: type(fault(number)) for number in kinds} == kinds
    pieces = {
        -4: UploadLost,
        -8: UploadLost,
        -9: UploadLost,
        -14: CloudUnreachable,
        -17: CloudFull,
        -3: CloudBusy,
    }
    assert {number: type(piece_fault(number)) for number in pieces} == pieces
    statuses = {500: CloudBusy, 503: CloudBusy, 429: CloudBusy, 502: CloudUnreachable, 400: CloudRefused}
    assert {status: type(http_fault(Answer(status, b"", None))) for status in statuses} == statuses
    left = http_fault(Answer(509, b"", None, {"X-MEGA-Time-Left": "77"}))
    assert (type(left), left.facts["retry_after"]) == (AllowanceUsed, 77.0)
    assert "retry_after" not in http_fault(Answer(509, b"", None, {"X-MEGA-Time-Left": "?"})).facts


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/ul/x",
        "https://example.com/ul/x",
        "https://mega.nz.example.com/x",
        "https://xmega.nz/x",
        "https://gfs1.userstorage.mega.co.nz@example.com/x",
        "https://user@gfs1.userstorage.mega.co.nz/x",
        "https://gfs1.userstorage.mega.co.nz:8443/x",
        "https://gfs1.userstorage.mega.co.nz:port/x",
        "https://gfs1.userstorage.mega.co.nz/x?y",
        "ftp://gfs1.userstorage.mega.co.nz/x",
        "https://[::1",
        "https://gfs1.mega.nz/\u202e",
        "x" * 3000,
        "",
        None,
        7,
    ],
)
async def test_storage_is_followed_to_megas_own_hosts_only(url: object) -> None:
    api = Api(origin_of({}))
    with pytest.raises(CloudRefused):
        api.storage(url)
    await api.aclose()


async def test_storage_is_always_asked_encrypted() -> None:
    api = Api(origin_of({}))
    assert (
        api.storage("http://gfs1.userstorage.MEGA.co.nz/ul/x/") == "https://gfs1.userstorage.mega.co.nz/ul/x"
    )
    assert api.storage("https://gfs2.mega.nz/ul/x") == "https://gfs2.mega.nz/ul/x"
    await api.aclose()
    here = Api(origin_of({"REELKEY_MEGA_ORIGIN": "http://127.0.0.1:9"}))
    assert here.storage("http://127.0.0.1:10/ul/x") == "http://127.0.0.1:10/ul/x"
    await here.aclose()
    with pytest.raises(UsageError):
        origin_of({"REELKEY_MEGA_ORIGIN": "http://example.com"})


# --- sign-in -------------------------------------------------------------------------------------------


def test_proofs_as_published() -> None:
    new = proof_2("correct horse", bytes(range(100, 132)))
    assert (new.key.hex(), to_text(new.said)) == (
        "f814b13aef1039489c4bb03342e3284b",
        "7yq5YMI65JnOMbWUsTrxhw",
    )
    old = proof_1("user@example.com", "correct horse")
    assert (old.key.hex(), to_text(old.said)) == ("34d7d398763025c1f27060c1d39f36da", "0CCveHmdGow")


def written(*numbers: int) -> bytes:
    return b"".join(
        n.bit_length().to_bytes(2, "big") + n.to_bytes((n.bit_length() + 7) // 8, "big") for n in numbers
    )


def test_a_session_is_opened_with_the_accounts_key() -> None:
    key = rsa.generate_private_key(65537, 1024).private_numbers()
    session = secrets.token_bytes(43)
    plain = session + secrets.token_bytes(1024 // 8 - 43 - 2)
    sealed = pow(int.from_bytes(plain, "big"), 65537, key.public_numbers.n)
    private = written(key.p, key.q, key.d, pow(key.p, -1, key.q))
    locked = to_text(encrypt(MASTER, private + bytes(-len(private) % 16)))
    if session[0]:  # a leading zero is not written, by anybody
        assert from_text(session_of(MASTER, locked, to_text(written(sealed)))) == session
    for bad in (
        None,
        "",
        "AAAA",
        to_text(written(key.public_numbers.n + 1)),
        to_text(b"\xff\xff" + bytes(99)),
    ):
        with pytest.raises(Undecryptable):
            session_of(MASTER, locked, bad)
    for bad in (None, "", "A" * 22, to_text(encrypt(MASTER, bytes(64)))):
        with pytest.raises(Undecryptable):
            session_of(MASTER, bad, to_text(written(sealed)))


@pytest.mark.parametrize("change", [{"sid": ""}, {"key": "AAAA"}, {"key": "!"}])
def test_credentials_that_are_not_whole(change: dict[str, str]) -> None:
    good = {"sid": "s", "key": to_text(MASTER), "user": USER}
    assert Keys.read(good).kept() == good
    with pytest.raises(SignInExpired):
        Keys.read({**good, **change})
    with pytest.raises(SignInExpired):
        Keys.read({})


async def test_request_numbers_grow_from_anywhere() -> None:
    one, other = Session(origin_of({}), Keys("s", MASTER, USER)), Api(origin_of({}))
    first = one.api.number()
    assert one.api.number() == first + 1
    assert other.number() != first
    await one.api.aclose()
    await other.aclose()
