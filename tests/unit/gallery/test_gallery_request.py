"""A gallery's request, and the rule that leads from its archive address to its list."""

from __future__ import annotations

import pytest

from app.domain.errors import GalleryRefused
from app.gallery.request import (
    MAIN_HOST,
    STAGE_HOST,
    ArchiveType,
    GalleryRequest,
    done_url,
    list_url,
    main_origin,
    mismatch,
    stand_in_origin,
    type_in,
)

ARCHIVE = "https://arch-d.lite.gallery/g/api/stream/858329/f9d24b1dfb81a1bfa215cc008f46f3d3?mod=web"


def test_the_rule_as_the_task_has_it() -> None:
    request = GalleryRequest.parse(ARCHIVE, "test_16")
    wanted = "https://app.litegallery.io/g/api/stream/858329/f9d24b1dfb81a1bfa215cc008f46f3d3?json=true"
    assert list_url(request) == wanted
    assert done_url(request) == "https://app.litegallery.io/cloud_archive/done"


@pytest.mark.parametrize(
    ("archive", "path"),
    [
        ("http://arch.litegallery.io/asdfdafdf/", "/asdfdafdf/"),
        ("https://a.example/g/1/k?mod=web&x=https://evil.example/#part", "/g/1/k"),
        ("  https://a.example:8443/g/1/k  ", "/g/1/k"),
        ("https://a.example/g/%D0%B0/имя b", "/g/%D0%B0/%D0%B8%D0%BC%D1%8F%20b"),
        ("http://127.0.0.1:5/g/1/k?mod=web", "/g/1/k"),
    ],
)
def test_host_and_query_are_replaced_the_path_stays(archive: str, path: str) -> None:
    assert (
        list_url(GalleryRequest.parse(archive, "x", main_host=STAGE_HOST)) == f"{STAGE_HOST}{path}?json=true"
    )


@pytest.mark.parametrize(
    "archive",
    [
        "",
        "arch-d.lite.gallery/g/api",
        "ftp://a.example/g",
        "file:///etc/passwd",
        "https://a.example",
        "https://a.example/",
        "https://me:word@a.example/g/1",
        "https://a.example\\@b.example/g",
        "https://a.example/g\r\nX: y",
        "https://a.example/" + "g" * 5000,
        "javascript:alert(1)",
    ],
)
def test_what_is_no_archive_address_is_refused(archive: str) -> None:
    with pytest.raises(GalleryRefused):
        GalleryRequest.parse(archive, "x")


@pytest.mark.parametrize("name", ["", "  ", "\n", "..", "/", "\u202e"])
def test_a_gallery_needs_a_name(name: str) -> None:
    with pytest.raises(GalleryRefused):
        GalleryRequest.parse(ARCHIVE, name)


def test_a_name_becomes_one_folder() -> None:
    assert GalleryRequest.parse(ARCHIVE, " Свадьба: Анна/Пётр ").folder == "Свадьба: Анна_Пётр"
    assert len(GalleryRequest.parse(ARCHIVE, "婚" * 500).folder.encode()) <= 255


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("?mod=web", ArchiveType.WEBS),
        ("?x=1&mod=Originals", ArchiveType.ORIGINALS),
        ("?mod=else", None),
        ("", None),
    ],
)
def test_the_address_says_which_photos_it_is_of(query: str, kind: ArchiveType | None) -> None:
    address = f" https://a.example/g/1/k{query} "
    assert type_in(address) is kind
    assert GalleryRequest.parse(address, "x").archive_type is (kind or ArchiveType.WEBS)
    assert GalleryRequest.parse(address, "x", "originals").archive_type is ArchiveType.ORIGINALS
    assert bool(mismatch(address, "originals")) is (kind is ArchiveType.WEBS)
    assert bool(mismatch(address, "webs")) is (kind is ArchiveType.ORIGINALS)


@pytest.mark.parametrize("address", ["", "x", "http://[", "ftp://a.example/?mod=web"])
def test_what_is_half_typed_says_nothing_yet(address: str) -> None:
    assert type_in(address) is None


@pytest.mark.parametrize("kind", ["web", "zip"])
def test_the_kind_is_one_of_two(kind: str) -> None:
    assert GalleryRequest.parse(ARCHIVE, "x", " Originals ").archive_type is ArchiveType.ORIGINALS
    with pytest.raises(GalleryRefused):
        GalleryRequest.parse(ARCHIVE, "x", kind)


@pytest.mark.parametrize(
    "host",
    [
        "http://app.litegallery.io",
        "https://127.0.0.1",
        "https://localhost",
        "https://10.0.0.1",
        "https://app.litegallery.io/x",
        "https://app.litegallery.io?x=1",
        "app.litegallery.io",
        "https://2130706433",
    ],
)
def test_a_main_host_is_https_and_out_in_the_world(host: str) -> None:
    with pytest.raises(GalleryRefused):
        GalleryRequest.parse(ARCHIVE, "x", main_host=host)


def test_fields_bring_the_request_back() -> None:
    request = GalleryRequest.parse(ARCHIVE, "Свадьба", "originals", "https://t.litegallery.io/")
    fields = request.to_fields()
    assert all(isinstance(value, str) for value in fields.values())
    assert GalleryRequest.of_fields(fields) == request
    assert request.main_host == STAGE_HOST
    with pytest.raises(GalleryRefused):
        GalleryRequest.of_fields(fields | {"archive_url": "x"})


def test_the_address_is_no_part_of_the_repr() -> None:
    assert "f9d24b1d" not in repr(GalleryRequest.parse(ARCHIVE, "x"))


def test_a_stand_in_lies_on_this_computer() -> None:
    request = GalleryRequest.parse(ARCHIVE, "x")
    assert main_origin(request, {}) == MAIN_HOST
    assert main_origin(request, {"REELKEY_GALLERY_ORIGIN": "http://127.0.0.1:81/"}) == "http://127.0.0.1:81"
    for given in ("http://example.org", "https://example.org", "http://127.0.0.1:81/x", "nonsense"):
        with pytest.raises(GalleryRefused):
            stand_in_origin({"REELKEY_GALLERY_ORIGIN": given})
