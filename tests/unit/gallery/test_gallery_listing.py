"""A gallery's list: what becomes of good, odd and hostile entries, in whatever pieces it comes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import GalleryRefused
from app.gallery import listing as module
from app.gallery.addresses import url_of
from app.gallery.listing import Listing, Photo, origins_of

ENTRY: dict[str, Any] = {
    "crc": "e7b057b2",
    "filesize": 268756,
    "created_at": "2024-08-17 12:54:32 +0300",
    "name": "Photos 1/Test_011.jpg",
    "url": "https://up-d.lite.gallery/litepr-m/uploads/image/image/49851973/Test_011.jpg",
    "id": 49851973,
}


def read(data: bytes, step: int = 1 << 20) -> list[Photo]:
    listing = Listing()
    for at in range(0, len(data), step):
        listing.feed(data[at : at + step])
    return listing.finish()


def photos(*entries: Any) -> list[Photo]:
    return read(json.dumps(entries).encode())


def photo(**changes: Any) -> Photo:
    return photos(ENTRY | changes)[0]


def test_the_task_s_example() -> None:
    [found] = photos(ENTRY)
    assert found == Photo(
        key="photo-49851973",
        id=49851973,
        name="Test_011.jpg",
        subpath="Photos 1",
        size=268756,
        crc="e7b057b2",
        url="https://up-d.lite.gallery/litepr-m/uploads/image/image/49851973/Test_011.jpg",
        created=1723888472.0,
    )
    assert found.refused is None


@pytest.mark.parametrize("step", [1, 2, 7, 64])
def test_pieces_of_any_size(step: int) -> None:
    entries = [ENTRY | {"id": number, "name": f"婚礼/照片 {number}.jpg"} for number in range(5)]
    data = json.dumps(entries, ensure_ascii=False, indent=1).encode()
    assert read(data, step) == read(data)
    assert [found.name for found in read(data)] == [f"照片 {number}.jpg" for number in range(5)]


@pytest.mark.parametrize("data", [b"[]", b" [ ] \n", b"\xef\xbb\xbf[]"])
def test_an_empty_gallery(data: bytes) -> None:
    assert read(data) == []


@pytest.mark.parametrize(
    ("name", "subpath", "safe"),
    [
        ("a.jpg", "", "a.jpg"),
        ("Свадьба/Утро: сборы/a.jpg", "Свадьба/Утро: сборы", "a.jpg"),
        ("../../../etc/passwd", "etc", "passwd"),
        ("/etc/./passwd", "etc", "passwd"),
        ("a//b/../c.jpg", "a/b", "c.jpg"),
        ("C:\\x\\y.jpg", "", "C__x_y.jpg"),
        ("C:/x/y.jpg", "C_/x", "y.jpg"),
        (".ssh/keys", "_ssh", "keys"),
        ("new\nline\x00.jpg", "", "new_line_.jpg"),
        ("\u202egpj.exe", "", "gpj.exe"),
        ("", "", "49851973.jpg"),
        ("..", "", "49851973.jpg"),
        ("album/", "album", "49851973.jpg"),
        ("\ud800.jpg", "", "_.jpg"),
    ],
)
def test_names_are_made_safe(name: str, subpath: str, safe: str) -> None:
    found = photo(name=name)
    assert (found.subpath, found.name, found.fault) == (subpath, safe, "")


def test_a_long_name_is_cut_and_keeps_its_ending() -> None:
    found = photo(name="имя " * 200 + ".jpg")
    assert found.name.endswith(".jpg")
    assert len(found.name.encode()) <= 255 - len(" (2)")


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": "7"},
        {"id": True},
        {"id": -1},
        {"id": 1 << 63},
        {"id": 1.5},
        {"filesize": None},
        {"filesize": "268756"},
        {"filesize": -1},
        {"filesize": 1 << 50},
        {"crc": None},
        {"crc": ""},
        {"crc": "e7b057b2a"},
        {"crc": "zzzzzzzz"},
        {"crc": 123},
        {"url": None},
        {"url": "http://up-d.lite.gallery/a.jpg"},
        {"url": "https://127.0.0.1/a.jpg"},
        {"url": "https://localhost/a.jpg"},
        {"url": "https://2130706433/a.jpg"},
        {"url": "file:///etc/passwd"},
        {"url": "https://up-d.lite.gallery/" + "a" * 5000},
        {"url": "https://u:p@up-d.lite.gallery/a.jpg"},
        {"url": "https://\ud800.example/"},
        {"name": "x/" * 40 + "a.jpg"},
        {"name": "x" * 3000},
    ],
)
def test_a_bad_entry_fails_alone(changes: dict[str, Any]) -> None:
    bad, good = photos(ENTRY | changes, ENTRY | {"id": 1})
    assert bad.fault
    assert bad.refused is not None
    assert bad.refused.code == "photo_not_whole"
    assert bad.name
    assert good.fault == ""


@pytest.mark.parametrize("entry", [None, 7, "x", [], {}, {"id": 7}])
def test_what_is_no_entry_fails_alone(entry: Any) -> None:
    bad, good = photos(entry, ENTRY)
    assert bad.fault
    assert bad.name
    assert good.fault == ""


def test_a_checksum_without_its_leading_zeros() -> None:
    assert photo(crc="7B2").crc == "000007b2"


@pytest.mark.parametrize(
    "moment",
    [
        None,
        "",
        "yesterday",
        "2024-13-01 00:00:00 +0300",
        7,
        "2024-08-17 12:54:32",
        "0001-01-01 00:00:00 +2359",
    ],
)
def test_a_bad_date_fails_no_photo(moment: Any) -> None:
    found = photo(created_at=moment)
    assert found.fault == ""


@settings(deadline=None)
@given(
    st.text("ab.-_~%:@/?#\\ \n", max_size=20).map(lambda path: f"https://up-d.lite.gallery/{path}")
    | st.text("a1.-:@", max_size=12).map(lambda host: f"https://{host}/a.jpg")
)
def test_an_address_is_kept_in_its_one_form(address: str) -> None:
    found = photo(url=address)
    assert found.fault or found.url == str(url_of(address))


def test_photos_of_one_name_are_two_photos() -> None:
    first, second = photos(ENTRY, ENTRY | {"id": 5})
    assert (first.name, first.subpath) == (second.name, second.subpath)
    assert first.key != second.key


def test_an_entry_that_comes_twice_counts_once() -> None:
    assert len(photos(ENTRY, ENTRY)) == 1


def test_two_photos_of_one_id_are_kept_apart() -> None:
    found = photos(
        ENTRY, ENTRY | {"crc": "00000001"}, ENTRY | {"crc": "00000002"}, ENTRY | {"crc": "00000001"}
    )
    assert [one.key for one in found] == ["photo-49851973", "photo-49851973-2", "photo-49851973-3"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"null",
        b"<html><body>Sign in</body></html>",
        b"[",
        b"[1",
        b"[1,",
        b"[1,]",
        b"[,1]",
        b"[1 2]",
        b"[1] 2",
        b"[1]]",
        b"[1]\xd0",
        b"[\xff]",
        b'["\xd0',
        b"[NaN]",
        b"[" * 50_000,
        b"[" + b'{"a":' * 50_000,
        b"[" + b"1" * 5000 + b"]",
        b"PK\x05\x06" + bytes(18),
    ],
)
@pytest.mark.parametrize("step", [3, 1 << 20])
def test_what_is_no_list_is_refused(data: bytes, step: int) -> None:
    with pytest.raises(GalleryRefused):
        read(data, step)


def test_a_list_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LIST", 1000)
    listing = Listing()
    with pytest.raises(GalleryRefused):
        for _ in range(3):
            listing.feed(b"[" + b" " * 499)


def test_too_many_photos_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PHOTOS", 2)
    assert len(photos(ENTRY, ENTRY | {"id": 1})) == 2
    with pytest.raises(GalleryRefused):
        photos(ENTRY, ENTRY | {"id": 1}, ENTRY | {"id": 2})


def test_an_entry_without_an_end_is_not_waited_for() -> None:
    listing = Listing()
    with pytest.raises(GalleryRefused):
        for _ in range(10):
            listing.feed(b'["' + b"x" * 20_000 if not listing._fed else b"x" * 20_000)
    assert listing._fed < 200_000


def test_origins_are_those_of_photos_that_may_be_asked() -> None:
    addresses = [
        "https://a.example/1",
        "https://a.example/2",
        "https://b.example/",
        "http://c.example/",
        "https://10.0.0.1/",
        "",
        "http://127.0.0.1:5/x",
    ]
    assert origins_of(addresses) == {"https://a.example", "https://b.example"}
    assert "http://127.0.0.1:5" in origins_of(addresses, "http://127.0.0.1:5")


# --- whatever comes ------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.integers() | JSON,
        "filesize": st.integers() | JSON,
        "crc": st.from_regex(r"[0-9a-fA-F]{1,9}", fullmatch=True) | JSON,
        "name": st.text(st.characters() | st.sampled_from("/\\.:"), max_size=60) | JSON,
        "url": st.just(ENTRY["url"]) | st.text().map("https://".__add__) | JSON,
        "created_at": st.just(ENTRY["created_at"]) | JSON,
    },
)


@settings(deadline=None)
@given(st.lists(FIELDS | JSON, max_size=8), st.integers(1, 200))
def test_any_list_of_json_becomes_safe_photos(entries: list[Any], step: int) -> None:
    data = json.dumps(entries).encode()
    if b"NaN" in data or b"Infinity" in data:
        return
    found = read(data, step)
    assert len({one.key for one in found}) == len(found) <= len(entries)
    for one in found:
        parts = [*one.subpath.split("/"), one.name] if one.subpath else [one.name]
        assert all(part not in ("", ".", "..") and not part.startswith(".") for part in parts)
        assert all(ord(char) >= 0x20 and char not in "/\\\x7f" for part in parts for char in part)
        assert all(len(part.encode()) <= 255 for part in parts)
        assert one.size >= 0
        assert one.fault or (one.url.startswith("https://") and len(one.crc) == 8)
        assert len(one.key) <= 40


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text('[]{},:" \\ux1tn', max_size=60).map(str.encode), st.integers(1, 50))
def test_any_bytes_are_a_list_or_refused(data: bytes, step: int) -> None:
    try:
        found = read(data, step)
    except GalleryRefused:
        return
    assert isinstance(json.loads(data.decode("utf-8-sig")), list)
    assert all(isinstance(one, Photo) for one in found)
