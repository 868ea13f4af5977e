"""What to do about an error, said for somebody before a window: the error's own hint, where that one names no
command of the terminal."""

from __future__ import annotations

from app.domain.errors import NoSpace, ReelkeyError
from app.domain.words import N_, tr
from app.ui import amounts

# By the code of errors whose hint is for the command line.
_HINTS: dict[str, str] = {
    "no_server": N_("Open Settings and name your library there"),
    "server_not_allowed": N_("Open Settings and name your library there"),
    "not_encrypted": N_("Use an https address, or ask the library"),
    "no_token": N_("Open the library and press its button again"),
    "setting_refused": N_("Settings shows what it can be"),
    "unknown_task": N_("It may have been removed from the list"),
    "not_now": N_("Look at its row in Films"),
    "still_waiting": N_("Press Resume"),
    "interrupted": N_("Press Resume"),
    "paused": N_("Press Resume"),
    "node_unavailable": N_("Restart it on the Node page; if that doesn't help, send us the support bundle"),
    "no_kubo": N_("Choose the program in Settings, under Advanced"),
    "repo_newer": N_("Choose the program in Settings, under Advanced"),
    "no_films": N_("Choose another folder, or add the ending in Settings"),
    "usage": N_("Look at its row in Films"),
}


def hint(error: ReelkeyError) -> str:
    """What to do about `error`."""
    text = _HINTS.get(error.code)
    return error.hint if text is None else tr(text)


def message(error: ReelkeyError) -> str:
    """What happened, with sizes as people read them."""
    if isinstance(error, NoSpace):
        sizes = {
            name: amounts.size(value) if isinstance(value := error.facts.get(name), int) else str(value or "")
            for name in ("need", "free")
        }
        return tr(error.said_key, **sizes)
    return error.message
