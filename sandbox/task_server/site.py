"""The page in the browser that plays the studio's site: films, tasks, and the buttons that open Reelkey.

All HTML is written here, on the server, and every name in it is escaped, since a name may be hostile. The
script only fetches the list anew. The page carries tokens in its links, as the studio's site does, so it
is shown to this machine alone and is never stored.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from dataclasses import dataclass
from html import escape
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from sandbox.task_server.accounts import BUYER, SELLER, User
from sandbox.task_server.control import Desk, desk, only_here
from sandbox.task_server.rules import DONE, DOWNLOAD, ERROR, UPLOAD
from sandbox.task_server.site_words import LANGUAGES, status_name, word

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

router = APIRouter(include_in_schema=False, dependencies=[Depends(only_here)])
Here = Annotated[Desk, Depends(desk)]


@dataclass(frozen=True)
class View:
    """Who looks, with which token, in which language."""

    user: User | None
    token: str
    language: str

    def word(self, key: str, **facts: object) -> str:
        return escape(word(key, self.language, **facts))

    def may(self, role: str) -> bool:
        return self.user is not None and role in self.user.roles


@router.get("/")
async def whole_page(here: Here, lang: str = "zh", user: int | None = None) -> HTMLResponse:
    """The page for the user with that id, else the first one."""
    view = _view(here, lang, user)
    return HTMLResponse(_page(here, view), headers=_HEADERS)


@router.get("/site/list")
async def list_only(here: Here, lang: str = "zh", user: int | None = None) -> HTMLResponse:
    """What changes while one looks: the releases due and the films."""
    return HTMLResponse(_list(here, _view(here, lang, user)), headers=_HEADERS)


def link(action: str, token: str, **fields: object) -> str:
    """A launch link. Spaces are ``%20``: a plus is a plus there."""
    query = {"v": 1, **fields, "token": token}
    return f"reelkey://{action}?{urlencode(query, quote_via=quote, safe='')}"


def shown(name: str) -> str:
    """A name from outside as HTML: escaped, its direction kept to itself, control marks made visible."""
    marks = ("Cc", "Cf", "Zl", "Zp", "Cs")
    clean = "".join("␣" if unicodedata.category(char) in marks else char for char in name)
    return f"<bdi>{escape(clean)}</bdi>"


def _view(here: Desk, lang: str, user_id: int | None) -> View:
    users = here.accounts.all()
    user, token = next(
        ((user, token) for user, token in users if user.id == user_id), users[0] if users else (None, "")
    )
    return View(user, token, lang if lang in LANGUAGES else "zh")


def _page(here: Desk, view: View) -> str:
    other = "en" if view.language == "zh" else "zh"
    user_id = view.user.id if view.user else ""
    options = "".join(
        f'<option value="{user.id}"{" selected" if user == view.user else ""}>{_who(user, view)}</option>'
        for user, _ in here.accounts.all()
    )
    return f"""<!doctype html>
<html lang="{"zh-CN" if view.language == "zh" else "en"}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{view.word("title")}</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/site.css"><script src="/static/site.js" defer></script></head>
<body data-list="/site/list?lang={view.language}&amp;user={user_id}">
<header><h1>{view.word("title")}</h1>
<span class="chip">{view.word("stand_in")}</span><span class="grow"></span>
<label>{view.word("signed_in")} <select id="user">{options}</select></label>
<button type="button" id="theme">{view.word("theme")}</button>
<a class="button" href="/?lang={other}&amp;user={user_id}" hreflang="{other}"
>{view.word("other_language")}</a>
</header>
<p id="lost" class="lost" role="status" hidden>{view.word("lost")}</p>
<main>{_send_form(view) if view.may(SELLER) else ""}
<div id="list" aria-live="polite">{_list(here, view)}</div></main>
</body></html>
"""


def _who(user: User, view: View) -> str:
    roles = " + ".join(word(role, view.language) for role in user.roles)
    return shown(user.name) if not roles else f"{shown(user.name)} ({escape(roles)})"


def _send_form(view: View) -> str:
    return f"""<section class="card"><h2>{view.word("send")}</h2><p class="quiet">{view.word("send_hint")}</p>
<form id="send" data-token="{escape(view.token)}">
<label class="wide">{view.word("folder")}
<input name="folder" required spellcheck="false" placeholder="D:\\仙剑奇侠传"></label>
<label>{view.word("series")}
<input name="series" required inputmode="numeric" pattern="[0-9]{{1,16}}" value="233"></label>
<button class="main">{view.word("open_upload")}</button></form>
<p id="too-long" class="lost" role="alert" hidden>{view.word("too_long")}</p></section>
"""


def _list(here: Desk, view: View) -> str:
    films = here.store.all(
        "SELECT sources.*, tasks.id AS task, status, percent, file, size FROM sources "
        "JOIN tasks ON tasks.source = sources.id AND kind = ? ORDER BY sources.id DESC LIMIT 500",
        UPLOAD,
    )
    rows = "".join(_film(here, view, film) for film in films)
    empty = f'<p class="quiet">{view.word("films_none")}</p>'
    count = f' <span class="count">{len(films)}</span>' if films else ""
    return f"""{_releases(here, view) if view.may(SELLER) else ""}
<section class="card"><h2>{view.word("films")}{count}</h2>{rows or empty}</section>"""


def _releases(here: Desk, view: View) -> str:
    assert view.user is not None
    due = here.tasks.list_releases(view.user)
    waiting = [task for task in due if task["status"] != DONE]
    if not waiting:
        return f"""<section class="card"><h2>{view.word("releases")}</h2>
<p class="quiet">{view.word("releases_none")}</p></section>"""
    button = _button("key", link("private", view.token), view.word("open_private"), view)
    text = view.word("release_count", n=len(waiting))
    return f"""<section class="card due"><h2>{view.word("releases")}</h2>
<div class="row"><p class="grow">{text}</p>{button}</div></section>"""


def _film(here: Desk, view: View, film: sqlite3.Row) -> str:
    downloads = here.store.all(
        "SELECT tasks.*, users.name AS who, private.status AS private_status FROM tasks "
        "JOIN users ON users.id = tasks.owner JOIN tasks AS private ON private.id = tasks.release "
        "WHERE tasks.source = ? AND tasks.kind = ? ORDER BY tasks.id DESC LIMIT 100",
        film["id"],
        DOWNLOAD,
    )
    facts = [
        shown(film["file"]) if film["file"] else "",
        f"{view.word('series_short')} {film['series_id']}",
        f"{view.word('source')} {film['id']}",
        _amount(film["size"]) if film["size"] else "",
    ]
    action = ""
    if view.may(BUYER) and film["status"] == DONE:
        href = link("download", view.token, source_id=film["id"])
        action = _button("main", href, view.word("open_download"), view)
    elif view.may(BUYER):
        action = f'<span class="quiet">{view.word("not_ready")}</span>'
    below = "".join(_download(view, download) for download in downloads)
    return f"""<article><div class="row"><div class="grow"><h3>{shown(film["source_name"])}</h3>
<p class="quiet">{" · ".join(fact for fact in facts if fact)}</p></div>
{action}{_state(view, film)}</div>{below}</article>"""


def _download(view: View, download: sqlite3.Row) -> str:
    private = f"{view.word('private')}: {escape(status_name(download['private_status'], view.language))}"
    return f"""<div class="row sub"><div class="grow">{shown(download["who"])}
<span class="quiet">{view.word("task")} {download["id"]} · {private}</span></div>
{_state(view, download)}</div>"""


def _state(view: View, task: sqlite3.Row) -> str:
    look = {DONE: "done", ERROR: "wrong", 5: "waits"}.get(task["status"], "goes")
    name = escape(status_name(task["status"], view.language))
    return f"""<div class="state {look}"><span>{name} · {task["percent"]} %</span>
<progress max="100" value="{task["percent"]}" aria-label="{name}"></progress></div>"""


def _button(look: str, href: str, text: str, view: View) -> str:
    if not view.token:
        return f'<span class="quiet">{view.word("no_token")}</span>'
    return f'<a class="button {look}" href="{escape(href)}">{text}</a>'


def _amount(size: int) -> str:
    """Decimal units, as on the labels of disks."""
    value, units = float(size), ["B", "kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.0f} {units[0]}" if units[0] == "B" else f"{value:.1f} {units[0]}"
