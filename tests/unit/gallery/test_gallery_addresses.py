"""Which names and addresses may be asked for a gallery."""

from __future__ import annotations

import pytest

from app.gallery.addresses import is_public, is_public_name, may_hold_photos, origin_of, url_of


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "93.184.216.34", "2606:2800:220:1::1", "64:ff9b::808:808", "2a00:1450:4010:c0e::5e"],
)
def test_addresses_out_in_the_world(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::8.8.8.8",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::808:808",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2001:0:53aa:64c:0:f227:80ff:fffe",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "ff0e::1",
        "2001:db8::1",
        "2130706433",
        "0x7f.1",
        "example.org",
        "",
    ],
)
def test_addresses_that_are_not_asked(address: str) -> None:
    assert not is_public(address)


def test_addresses_by_which_a_vpn_stands_in_for_names_are_asked() -> None:
    assert is_public("198.18.0.1")
    assert is_public("198.19.255.255")


@pytest.mark.parametrize("name", ["up-d.lite.gallery", "a.io", "xn--e1afmkfd.xn--p1ai", "A.B.Example"])
def test_names_out_in_the_world(name: str) -> None:
    assert is_public_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "a.localhost",
        "printer.local",
        "router.lan",
        "metadata.google.internal",
        "router",
        "2130706433",
        "0x7f000001",
        "127.1",
        "0177.0.0.1",
        "127.0.0.1",
        "1.2.3.0x4",
        "a.example.",
        "a..example",
        "-a.example",
        "exa mple.org",
        "a." + "b" * 64 + ".org",
        "a." * 130 + "org",
        "",
    ],
)
def test_names_that_are_not_asked(name: str) -> None:
    assert not is_public_name(name)


@pytest.mark.parametrize(
    "address",
    [
        "http://up-d.lite.gallery/a.jpg",
        "https://up-d.lite.gallery:8443/a.jpg",
        "https://127.0.0.1/a.jpg",
        "https://[::1]/a.jpg",
        "https://[::ffff:7f00:1]/a.jpg",
        "https://localhost/a.jpg",
        "http://127.0.0.1:82/a.jpg",
    ],
)
def test_photos_lie_behind_https_at_public_names(address: str) -> None:
    assert not may_hold_photos(url_of(address), "http://127.0.0.1:81")


def test_a_photo_s_address() -> None:
    assert may_hold_photos(url_of("https://up-d.lite.gallery/a.jpg"))
    assert may_hold_photos(url_of("https://up-d.lite.gallery:443/a.jpg"))
    assert may_hold_photos(url_of("http://127.0.0.1:81/a.jpg"), "http://127.0.0.1:81")


def test_an_address_has_one_form() -> None:
    url = url_of("HTTPS://Up-D.Lite.Gallery:443/a/../имя 1.jpg#x")
    assert str(url) == "https://up-d.lite.gallery/%D0%B8%D0%BC%D1%8F%201.jpg"
    assert str(url_of(str(url))) == str(url)
    assert origin_of(url) == "https://up-d.lite.gallery"
    assert origin_of(url_of("http://[::1]:8/x")) == "http://[::1]:8"


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example\\@b.example/",
        "https://u@a.example/",
        "https://u:p@a.example/",
        "https:///x",
        "//a.example/x",
        "https://a.example/\x00",
        "https://a.example/\n",
        "data:text/plain,x",
        "https://[::1/",
        "https://a.example:99999/",
        "",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="address"):
        url_of(text)
