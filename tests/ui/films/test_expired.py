"""The bar that tells of a sign-in that has expired."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from app.domain.errors import ReelkeyError, ServerUnreachable, TokenRefused
from app.domain.words import set_language
from app.ui.context import Context
from app.ui.films.page import FilmsPage
from app.ui.messages import ServerSeen

SERVER = "https://library.example"


def seen(error: ReelkeyError | None) -> ServerSeen:
    return ServerSeen(SERVER, "Huaying Film Library", "Clara", signed_in=error is None, error=error)


def test_the_page_tells_that_a_sign_in_has_expired_and_opens_the_library(
    page: FilmsPage, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    assert not page.expired.isVisible()
    set_language("en")
    context.store.take([seen(TokenRefused(text=""))])
    assert page.expired.isVisible()
    assert page.expired.words.text() == "Sign-in at Huaying Film Library has expired"
    page.expired.library.click()
    assert [url.toString() for url in opened] == [SERVER]
    context.store.take([seen(None)])
    assert not page.expired.isVisible()


def test_a_library_that_is_away_is_no_expired_sign_in(page: FilmsPage, context: Context) -> None:
    context.store.take([seen(ServerUnreachable(server="x", reason="y"))])
    assert not page.expired.isVisible()
