"""What the page calls each setting, and where it stands. Catalogue keys; the help beneath a setting is that
of the table of settings unless the page has better words."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.words import N_, tr
from app.settings.table import find


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the page: its title, Lucide icon, and the keys of its settings in order."""

    id: str
    title: str
    icon: str
    keys: tuple[str, ...]
    note: str = ""


SECTIONS = (
    Section("library", N_("Library"), "film", ()),
    Section("folders", N_("Folders"), "folder", ("output_dir", "private_dir", "private_folders")),
    Section("transfer", N_("Transfer"), "send", ("films_at_once", "parts_at_once", "hold_back", "films")),
    Section("look", N_("Language and look"), "languages", ("language", "theme", "closing")),
    Section(
        "node",
        N_("Node"),
        "server",
        (
            "node.announce",
            "node.announce_form",
            "node.listen",
            "node.relays",
            "node.routing",
            "node.mdns",
            "node.swarm_key",
            "node.names",
        ),
    ),
    Section(
        "notify",
        N_("Notifications"),
        "bell",
        ("notify.done", "notify.failed", "notify.block", "notify.release"),
        N_("None while the window is in front. Notifications never show paths or accounts."),
    ),
    Section(
        "advanced",
        N_("Advanced"),
        "settings",
        (
            "keyring",
            "node.stall_seconds",
            "patience",
            "preflight_patience",
            "poll.first",
            "poll.max",
            "node.kubo",
            "node.api",
            "user_path",
            "token_headers",
        ),
    ),
)

# Kept in the settings, but no question for this page: "server" is chosen among the libraries, a film's
# bell at the film.
ELSEWHERE = ("server", "first_start", "notify.films")

# Read once, as the profile is opened (or a library is first asked): a change counts from the next start.
FROM_NEXT_START = frozenset(
    {
        "keyring",
        "node.api",
        "node.kubo",
        "node.listen",
        "node.mdns",
        "node.relays",
        "node.routing",
        "node.swarm_key",
        "token_headers",
        "user_path",
    }
)

LABELS = {
    "language": N_("Language"),
    "theme": N_("Colours"),
    "closing": N_("Closing the window"),
    "films": N_("What counts as a film"),
    "films_at_once": N_("Films at once"),
    "parts_at_once": N_("Parts of a film at once"),
    "hold_back": N_("What stays in the private block"),
    "private_dir": N_("Private blocks"),
    "output_dir": N_("Films you receive"),
    "private_folders": N_("Where private blocks are looked for"),
    "patience": N_("Waiting for a library"),
    "preflight_patience": N_("Waiting for it before a film starts"),
    "poll.first": N_("Asking for a private block, at first"),
    "poll.max": N_("Asking for it later on"),
    "keyring": N_("The system's keyring"),
    "token_headers": N_("Headers of the sign-in"),
    "user_path": N_("Path of the account"),
    "node.kubo": N_("Node program"),
    "node.api": N_("Another node"),
    "node.listen": N_("Listens on"),
    "node.announce": N_("Address for buyers"),
    "node.announce_form": N_("Form of the address"),
    "node.mdns": N_("Local network"),
    "node.routing": N_("Finding computers"),
    "node.swarm_key": N_("Closed network"),
    "node.relays": N_("Relays"),
    "node.names": N_("Names of computers"),
    "node.stall_seconds": N_("Seller counts as offline"),
    "notify.done": N_("A film is ready"),
    "notify.failed": N_("A film stopped"),
    "notify.block": N_("A private block has arrived"),
    "notify.release": N_("A buyer waits for a release"),
}

HELPS = {
    "language": N_("Takes effect at once"),
    "theme": N_("Takes effect at once"),
    "closing": N_("What happens while something runs or is served"),
    "private_folders": N_("Empty: the folder for private blocks"),
    "films": N_("Endings of file names; everything else in a folder is left out"),
    "patience": N_("Seconds; empty waits for ever, films go on meanwhile"),
    "hold_back": N_("One segment in so many, from 16 on; 0 for none"),
    "node.announce_form": N_("What the library tells buyers of this computer"),
    "node.routing": N_("How the node finds computers whose address it was not told"),
    "notify.done": "",
    "notify.failed": "",
    "notify.block": "",
    "notify.release": "",
    "keyring": N_("Keeps your sign-in; without it you sign in at each start"),
}

CHOICES = {
    ("language", ""): N_("Same as the system"),
    ("language", "zh"): "简体中文",
    ("language", "en"): "English",
    ("theme", "system"): N_("Same as the system"),
    ("theme", "light"): N_("Light"),
    ("theme", "dark"): N_("Dark"),
    ("theme", "contrast"): N_("High contrast"),
    ("closing", "ask"): N_("Ask"),
    ("closing", "background"): N_("Keep running in the background"),
    ("closing", "quit"): N_("Stop and quit"),
    ("keyring", "auto"): N_("Use it"),
    ("keyring", "none"): N_("Never use it"),
    ("node.announce_form", "multiaddr"): N_("Whole address"),
    ("node.announce_form", "peer"): N_("Peer ID alone"),
    ("node.announce_form", "ip"): N_("IP address alone"),
    ("node.routing", "none"): N_("Only known computers"),
    ("node.routing", "dht"): N_("The public network too"),
}


def label_of(key: str) -> str:
    """What the page calls the setting, in the language of now."""
    return tr(LABELS.get(key, key))


def help_of(key: str) -> str:
    """What the setting means, and whether a change waits for the next start; in the language of now."""
    found = find(key)
    meaning = tr(HELPS[key]) if key in HELPS else tr(found.help) if found is not None else ""
    when = tr(N_("Applies from the next start of Reelkey")) if key in FROM_NEXT_START else ""
    return "\n".join(part for part in (meaning, when) if part)


def choice_of(key: str, choice: str) -> str:
    """What the page calls a choice, in the language of now."""
    return tr(CHOICES.get((key, choice), choice))
