"""Account names are kept for this user alone, and nothing that is part of a token is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.ui.known_accounts import KnownAccounts

HERE, THERE = "https://films.example", "https://other.example"


def test_names_are_there_after_a_restart_until_they_are_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "data" / "accounts.json"
    known = KnownAccounts(file)
    assert known[HERE] == ""
    known.note(HERE, "Lin")
    known.note(THERE, "梅")
    assert (KnownAccounts(file)[HERE], KnownAccounts(file)[THERE]) == ("Lin", "梅")
    if os.name != "nt":
        assert file.stat().st_mode & 0o077 == 0
    known.note(HERE, "")
    assert (KnownAccounts(file)[HERE], KnownAccounts(file)[THERE]) == ("", "梅")


def test_the_end_of_a_token_is_no_name(tmp_path: Path) -> None:
    known = KnownAccounts(tmp_path / "accounts.json")
    known.note(HERE, "…ab12")
    assert not (tmp_path / "accounts.json").exists()


@pytest.mark.parametrize("content", [b"", b"[1]", b"\xff", b'{"https://films.example": 3}', b"[" * 100_000])
def test_a_file_that_holds_anything_else_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "accounts.json").write_bytes(content)
    assert KnownAccounts(tmp_path / "accounts.json")[HERE] == ""


def test_a_disk_that_refuses_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    known = KnownAccounts(tmp_path / "file" / "accounts.json")
    known.note(HERE, "Lin")
    assert known[HERE] == "Lin"
