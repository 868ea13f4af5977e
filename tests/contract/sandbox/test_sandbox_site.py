"""The page: its links open Reelkey, hostile names stay text, other sites stay out."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN
from tests.contract.sandbox.library import ME, Library

HOSTILE = [
    "<script>alert(1)</script>.mov",
    '"><img src=x onerror=alert(1)>.mov',
    "</bdi></article><form action=//evil>",
    "&lt;b&gt; &amp; 仙剑.mov",
    "gpj\u202e.vom",
]
SELLER, BUYER = 1, 2


class Reading(HTMLParser):
    """Tags, links and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.headings: list[str] = []
        self.in_heading = False
        self.forms: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        if tag == "form":
            self.forms.append(values)
        if tag == "a":
            self.links.append(values.get("href") or "")
        if tag == "h3":
            self.headings.append("")
            self.in_heading = True

    def handle_endtag(self, tag: str) -> None:
        self.in_heading = self.in_heading and tag != "h3"

    def handle_data(self, data: str) -> None:
        if self.in_heading:
            self.headings[-1] += data


def look(library: Library, user: int, path: str = "/", **query: Any) -> Reading:
    answer = library.ask("GET", path, token=None, params={"user": user, **query})
    assert answer.status == 200
    return Reading(answer.text)


def fields(link: str) -> dict[str, str]:
    """The query's fields, percent-decoded once; a plus is a plus."""
    pairs = (part.partition("=") for part in urlsplit(link).query.split("&"))
    return {name: unquote(value, errors="strict") for name, _, value in pairs}


def test_links_open_reelkey(library: Library) -> None:
    source = library.finished_upload()
    library.download(source["source_id"])
    (download,) = [link for link in look(library, BUYER).links if link.startswith("reelkey:")]
    assert download.startswith("reelkey://download?")
    assert fields(download) == {"v": "1", "source_id": str(source["source_id"]), "token": BUYER_TOKEN}
    seller = look(library, SELLER)
    (private,) = [link for link in seller.links if link.startswith("reelkey:")]
    assert private.startswith("reelkey://private?")
    assert fields(private) == {"v": "1", "token": SELLER_TOKEN}
    assert seller.forms[0]["data-token"] == SELLER_TOKEN


def test_a_token_with_marks_in_it_comes_through(library: Library) -> None:
    token = "a+b/c=&\"'<%2F x"
    name = library.control.add_token(token, "buyer", name="特殊")
    library.finished_upload()
    users = [user["name"] for user in library.control.call("GET", "/tokens")]
    page = look(library, users.index(name) + 1)
    (link,) = [link for link in page.links if link.startswith("reelkey:")]
    assert fields(link)["token"] == token
    assert "+" not in link


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("path", ["/", "/site/list"])
def test_hostile_names_stay_text(library: Library, name: str, path: str) -> None:
    library.upload(name="plain.mov")
    plain = look(library, SELLER, path)
    library.control.reset()
    library.upload(name=name)
    page = look(library, SELLER, path)
    assert page.tags == plain.tags
    assert page.headings == [name.replace("\u202e", "␣")]


def test_folder_and_users_are_escaped_too(library: Library) -> None:
    for user in HOSTILE[:2]:
        library.control.add_token(f"token-{user}", "buyer", name=user)
    library.control.add_source(source_name="a.mov", uuid="u", hash="h", size=1, file="<i>folder</i>")
    text = library.ask("GET", "/", token=None).text
    assert "<i>" not in text
    assert "&lt;i&gt;folder" in text
    assert "<script>alert" not in text
    assert "<img" not in text


@pytest.mark.parametrize(("lang", "words"), [("zh", "送出影片"), ("en", "Send films"), ("xx", "送出影片")])
def test_both_languages(library: Library, lang: str, words: str) -> None:
    assert words in library.ask("GET", "/", token=None, params={"lang": lang}).text


def test_without_a_valid_sign_in_there_is_no_link(library: Library) -> None:
    library.finished_upload()
    library.control.expire_token(BUYER_TOKEN)
    assert not [link for link in look(library, BUYER).links if link.startswith("reelkey:")]


def test_the_page_runs_only_its_own_script_and_is_not_kept(library: Library) -> None:
    answer = library.ask("GET", "/", token=None)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in answer.text.replace("http-equiv", "")
    assert answer.headers["cache-control"] == "no-store"
    for name, kind in (("site.js", "javascript"), ("site.css", "css")):
        asset = library.ask("GET", f"/static/{name}", token=None)
        assert asset.status == 200
        assert kind in asset.headers["content-type"]
        assert "http" not in asset.text


@pytest.mark.parametrize("path", ["/", "/site/list", "/_control/requests"])
@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
def test_other_sites_stay_out(library: Library, path: str, headers: dict[str, str]) -> None:
    assert library.ask("GET", path, token=None).status == 200
    answer = library.ask("GET", path, token=None, headers=headers)
    assert answer.status == 403
    assert SELLER_TOKEN not in answer.text


def test_pages_and_control_calls_are_not_written_down(library: Library) -> None:
    library.control.fault("status", times=None)
    look(library, SELLER)
    look(library, SELLER, "/site/list")
    assert library.control.requests() == []
    assert library.ask("GET", ME).status == 500
