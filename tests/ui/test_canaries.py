"""What looks for secrets finds them."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from tests.ui.canaries import files_with

TOKEN, FILM = "a-token-0001", "11111111-2222-4333-8444-555555555555"


def test_secrets_are_found_in_files_and_in_their_names(tmp_path: Path) -> None:
    hidden = {
        "text": b"x" * 5000 + TOKEN.encode(),
        "hex": UUID(FILM).hex.encode(),
        "bytes": b"x" + UUID(FILM).bytes,
        "wide": TOKEN.encode("utf-16-le"),
        f"named {TOKEN}": b"",
    }
    (tmp_path / "below").mkdir()
    for name, content in {**hidden, "clean": b"nothing"}.items():
        (tmp_path / "below" / name).write_bytes(content)
    assert {path.name for path in files_with(tmp_path, [TOKEN, FILM])} == set(hidden)
