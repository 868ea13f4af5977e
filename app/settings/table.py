"""Every setting, declared as data: its key, default, what it means and which texts it accepts.

The command line and the window build themselves from this table.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.domain.words import N_
from app.settings.servers import SERVER_NAME, normalise_origin

Value = str | int | float | bool | tuple[str, ...] | None

SERVER_PREFIX = "server."
FILM_ENDINGS = (
    ".mov .mxf .mp4 .m4v .mkv .avi .ts .m2ts .mts .mpg .mpeg .wmv .webm"
    " .r3d .braw .ari .dv .gxf .wav .aif .aiff"
)


class Unfit(ValueError):
    """A text that the setting does not accept; the argument is a catalogue key that says why."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `parse` makes a value of a text or raises Unfit; where `separator` is set, there are many
    values and `parse` makes one of them (none at all is the default). `env` names the variable that goes
    before the file."""

    key: str
    default: Value
    help: str
    parse: Callable[[str], Value]
    separator: str | None = None
    choices: tuple[str, ...] = ()
    env: str | None = None

    def from_text(self, text: str) -> Value:
        """The value of a text as a person writes it; "" is the default. Raises Unfit."""
        if not text.strip():
            return self.default
        if self.separator is None:
            return self.parse(text.strip())
        items = (item.strip() for item in re.split(self.separator, text))
        return tuple(dict.fromkeys(str(self.parse(item)) for item in items if item)) or self.default

    def from_json(self, value: object) -> Value:
        """The value of what the file holds. Raises Unfit."""
        if value is None:
            return self.default
        if self.separator is not None and isinstance(value, list):
            if not all(isinstance(item, str) for item in value):
                raise Unfit(N_("it is no list of texts"))
            return tuple(str(self.parse(item)) for item in value) or self.default
        if isinstance(value, bool):
            return self.from_text("on" if value else "off")
        if isinstance(value, (str, int, float)):
            return self.from_text(str(value))
        raise Unfit(N_("it is neither text nor number"))

    def to_text(self, value: Value) -> str:
        """`value` as a person writes it: what `from_text` accepts."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, tuple):
            return ("\n" if self.separator == "\n" else ", ").join(value)
        if isinstance(value, float):
            return f"{value:g}"
        return str(value)


# --- what a text may be --------------------------------------------------------------------------------


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise Unfit(N_("it is none of the choices"))
        return text.lower()

    return parse


def _whole(least: int, most: int, *, also: int | None = None) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if re.fullmatch(r"[0-9]{1,12}", text) is None:
            raise Unfit(N_("it is no whole number"))
        number = int(text)
        if not least <= number <= most and number != also:
            raise Unfit(N_("it is outside the range"))
        return number

    return parse


def _seconds(least: float, most: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            raise Unfit(N_("it is no number of seconds")) from None
        if not math.isfinite(number) or not least <= number <= most:
            raise Unfit(N_("it is outside the range"))
        return number

    return parse


def _flag(text: str) -> bool:
    if text.lower() in ("on", "yes", "true", "1", "开", "是"):
        return True
    if text.lower() in ("off", "no", "false", "0", "关", "否"):
        return False
    raise Unfit(N_("it is neither on nor off"))


def _ending(text: str) -> str:
    ending = "." + text.lower().removeprefix("*").removeprefix(".")
    if re.fullmatch(r"\.[a-z0-9]{1,15}", ending) is None:
        raise Unfit(N_("an ending is a dot and letters or digits"))
    return ending


def _multiaddr(text: str) -> str:
    if len(text) > 500 or re.fullmatch(r"(?:/[A-Za-z0-9.:_%-]+)+", text) is None:
        raise Unfit(N_("an address looks like /ip4/0.0.0.0/tcp/4001"))
    return text


def _announce(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9/.:,_%-]{1,255}", text) is None:
        raise Unfit(N_("it is no address of at most 255 characters"))
    return text


def _node_api(text: str) -> str:
    if re.fullmatch(r"http://[A-Za-z0-9.:\[\]-]{1,255}/?", text):
        return text.rstrip("/")
    return _multiaddr(text)


def _header(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text) is None:
        raise Unfit(N_("a header's name has letters, digits, - and _"))
    return text


def _url_path(text: str) -> str:
    if len(text) > 200 or re.fullmatch(r"/(?:[A-Za-z0-9._~-]+/?)*", text) is None:
        raise Unfit(N_("it is no path such as /api/v1/users/me/"))
    return text


def _film_bell(text: str) -> str:
    """``u12 off``: a film as the list of tasks calls it, and whether it is told of."""
    if re.fullmatch(r"[udr][0-9]{1,18} (on|off)", text) is None:
        raise Unfit(N_("it is no film with on or off behind it, as in: u12 off"))
    return text


def _peer_name(text: str) -> str:
    """``12D3Koo… Post house``: a computer's peer id and the name that a person gave it."""
    peer_id, _, name = text.partition(" ")
    name = name.strip()
    if (
        re.fullmatch(r"[A-Za-z0-9]{32,90}", peer_id) is None
        or not 0 < len(name) <= 60
        or not name.isprintable()
    ):
        raise Unfit(N_("it is no peer id with a name of at most 60 characters behind it"))
    return f"{peer_id} {name}"


def _path(text: str) -> str:
    if "\x00" in text or len(text) > 4096 or any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        raise Unfit(N_("it is no path"))
    return str(Path(text).expanduser().absolute())


def _origin(text: str) -> str:
    try:
        return normalise_origin(text)
    except ValueError as error:
        raise Unfit(*error.args) from None


def _default_server(text: str) -> str:
    if "://" in text:
        return _origin(text)
    if SERVER_NAME.fullmatch(text) is None:
        raise Unfit(N_("it is neither an address nor the name of a library"))
    return text


# --- the table -----------------------------------------------------------------------------------------

_ROWS = (
    Setting("language", "", N_("Language: zh, en; empty as the system has it"), _one_of("zh", "en"),
            choices=("zh", "en")),
    Setting("theme", "system", N_("Colours: system, light, dark, contrast"),
            _one_of("system", "light", "dark", "contrast"), choices=("system", "light", "dark", "contrast")),
    Setting("closing", "ask", N_("Closing the window: ask; background: go on without it; quit: stop"),
            _one_of("ask", "background", "quit"), choices=("ask", "background", "quit")),
    Setting("server", "", N_("The library that is used where none is named: its name or address"),
            _default_server),
    Setting("films", tuple(FILM_ENDINGS.split()), N_("Endings by which films are known"), _ending,
            separator=r"[,\s]+"),
    Setting("films_at_once", 2, N_("Films in work at once, 1 to 16"), _whole(1, 16)),
    Setting("parts_at_once", 2, N_("Parts of a film added to the node at once, 1 to 8"), _whole(1, 8)),
    Setting("hold_back", 1024, N_("One segment in so many stays in the private block: 16 on, 0 for none"),
            _whole(16, 2**32 - 1, also=0)),
    Setting("private_dir", "", N_("Folder for private blocks"), _path),
    Setting("output_dir", "", N_("Folder for films that are received"), _path),
    Setting("private_folders", (), N_("Folders that are looked through for private blocks, one a line"),
            _path, separator="\n"),
    Setting("patience", None, N_("Seconds to wait for a library that can't be reached; empty for ever"),
            _seconds(0, 31_536_000)),
    Setting("preflight_patience", 60.0, N_("Seconds to wait for it before a job begins"),
            _seconds(0, 86_400)),
    Setting("poll.first", 5.0, N_("Seconds between the first questions for a private block"),
            _seconds(0.05, 86_400)),
    Setting("poll.max", 60.0, N_("Seconds between later questions for it"), _seconds(0.05, 86_400)),
    Setting("keyring", "auto", N_("auto: keep secrets in the system's keyring; none: never use it"),
            _one_of("auto", "none"), choices=("auto", "none")),
    Setting("token_headers", ("Token", "HTTP_TOKEN"), N_("Headers that carry the sign-in"), _header,
            separator=r"[,\s]+"),
    Setting("user_path", "/api/v1/users/me/", N_("Where the library says who is signed in"), _url_path),
    Setting("node.kubo", "", N_("The IPFS node program (Kubo)"), _path, env="REELKEY_KUBO"),
    Setting("node.api", "", N_("Address of a node that runs already, used instead of our own"), _node_api),
    Setting("node.listen", (), N_("Addresses at which the node listens; empty chooses free ports"),
            _multiaddr, separator=r"[,\s]+", env="REELKEY_LISTEN"),
    Setting("node.announce", "", N_("Address that buyers are told; empty finds it out"), _announce),
    Setting("node.announce_form", "multiaddr", N_("What buyers are told: multiaddr, peer, ip"),
            _one_of("multiaddr", "peer", "ip"), choices=("multiaddr", "peer", "ip")),
    Setting("node.mdns", True, N_("Look for other nodes in the local network"), _flag, choices=("on", "off")),
    Setting("node.routing", "none", N_("none: only known computers; dht: the public network too"),
            _one_of("none", "dht"), choices=("none", "dht")),
    Setting("node.swarm_key", "", N_("Key file of a closed network (swarm.key)"), _path),
    Setting("node.relays", (), N_("Relays for computers behind a router"), _multiaddr, separator=r"[,\s]+"),
    Setting("node.names", (), N_("Names of computers that connect, one a line: peer id and name"), _peer_name,
            separator="\n"),
    Setting("notify.done", True, N_("Tell when a film is ready"), _flag, choices=("on", "off")),
    Setting("notify.failed", True, N_("Tell when a film stopped"), _flag, choices=("on", "off")),
    Setting("notify.block", True, N_("Tell when a private block has arrived"), _flag, choices=("on", "off")),
    Setting("notify.release", True, N_("Tell when a buyer waits for a release"), _flag,
            choices=("on", "off")),
    Setting("notify.films", (), N_("Films with a bell of their own, one a line: u12 on, d3 off"), _film_bell,
            separator="\n"),
    Setting("first_start", False, N_("Whether the first start's questions are answered"), _flag,
            choices=("on", "off")),
    Setting("node.stall_seconds", 120.0, N_("Seconds without new data before a seller counts as offline"),
            _seconds(0.5, 86_400)),
)  # fmt: skip

TABLE: dict[str, Setting] = {row.key: row for row in _ROWS}


def find(key: str) -> Setting | None:
    """The declaration of `key`, that of any ``server.NAME`` included; None where there is no such setting."""
    if key.startswith(SERVER_PREFIX) and SERVER_NAME.fullmatch(key.removeprefix(SERVER_PREFIX)):
        return Setting(key, "", N_("A library's address: https://host[:port]"), _origin)
    return TABLE.get(key)
