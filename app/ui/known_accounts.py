"""Whose sign-in each library's was: kept over restarts, so that another account's link is known for one."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from app.settings.files import make_private_dir, write_private

log = logging.getLogger(__name__)

_MOST_BYTES = 256_000
_MOST_CHARS = 200
# An account that the library does not name is shown by the end of its token, which is no name to be kept.
_NO_NAME = "…"


class KnownAccounts:
    """Account names by library (its origin), in one file for this user alone. Calls block for a moment.

    A file that can't be read or written is no reason to stop: then the next link says less.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._names = self._read()

    def __getitem__(self, origin: str) -> str:
        """The account's name; "" where none is known."""
        return self._names.get(origin, "")

    def note(self, origin: str, name: str) -> None:
        """Keep the name of who is signed in there; "" forgets it."""
        kept = "" if name.startswith(_NO_NAME) else name[:_MOST_CHARS]
        if kept == self[origin]:
            return
        names = {**self._names, origin: kept}
        self._names = {one: said for one, said in names.items() if said}
        try:
            make_private_dir(self._file.parent)
            write_private(self._file, json.dumps(self._names, ensure_ascii=False).encode())
        except Exception as error:
            log.warning("account names were not kept: %s", type(error).__name__)

    def _read(self) -> dict[str, str]:
        try:
            with self._file.open("rb") as file:
                found = json.loads(file.read(_MOST_BYTES))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(found, dict):
            return {}
        return {str(origin): name for origin, name in found.items() if isinstance(name, str)}
