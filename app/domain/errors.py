"""The error tree. Every error people can meet has a code, a title, a message, a hint, and says whether a
retry can help. Texts are catalogue keys with ``{placeholders}``; the facts fill them when they are shown.

    ReelkeyError
    ├── UsageError, LinkRefused, NoServer, SettingRefused …   exit 2
    ├── ServerError: ServerUnreachable (3), TokenRefused (4), ServerRefused, ServerAnswerUnclear
    ├── NodeError: NodeUnavailable (3), NoProvider, …
    ├── FileError: NoSpace, SourceGone, SourceChanged, …
    └── BlockError: WrongUuid, WrongPair, NewerFormat, Damaged

Facts must never hold a secret: they are shown, logged and journalled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from app.domain.words import N_, tr

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_UNREACHABLE = 3
EXIT_TOKEN = 4
EXIT_INTERRUPTED = 130

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


class ReelkeyError(Exception):
    """The root: what happened, what is safe, what to do."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = EXIT_FAILED
    retry: ClassVar[bool] = False
    title_key: ClassVar[str] = N_("Something went wrong")
    message_key: ClassVar[str] = N_("{reason}")
    hint_key: ClassVar[str] = N_("Send us the diagnostics")

    def __init__(self, **facts: object) -> None:
        self.facts = {name: _short(value) for name, value in facts.items()}
        super().__init__(self.code)

    @property
    def title(self) -> str:
        return tr(self.title_key, **self.facts)

    @property
    def message(self) -> str:
        return tr(self.message_key, **self.facts)

    @property
    def hint(self) -> str:
        return tr(self.hint_key, **self.facts)

    def __str__(self) -> str:
        return f"{self.title}: {self.message}"

    def as_dict(self) -> dict[str, object]:
        """The shape of ``--json`` and of the journal: code, title, message, hint, retry."""
        return {
            "code": self.code,
            "title": self.title,
            "message": self.message,
            "hint": self.hint,
            "retry": self.retry,
        }

    def record(self) -> dict[str, object]:
        """What the journal keeps: enough to say it again later, in whatever language is chosen then."""
        facts = {k: v if isinstance(v, int | float | str) else str(v) for k, v in self.facts.items()}
        return {"code": self.code, "facts": facts, "retry": self.retry}


def revive(record: dict[str, object]) -> ReelkeyError:
    """The error that `record` was made of; one that this version does not know becomes the root."""
    facts = record.get("facts")
    known = {str(name): value for name, value in facts.items()} if isinstance(facts, dict) else {}
    for kind in _all_kinds(ReelkeyError):
        if kind.code == record.get("code"):
            return kind(**known)
    return ReelkeyError(
        reason=str(record.get("code", "")), **{k: v for k, v in known.items() if k != "reason"}
    )


def _all_kinds(root: type[ReelkeyError]) -> Iterator[type[ReelkeyError]]:
    yield root
    for kind in root.__subclasses__():
        yield from _all_kinds(kind)


def _short(value: object) -> object:
    """Facts come from outside too: cut what is long, and keep control and bidi marks from the terminal."""
    if not isinstance(value, str):
        return value
    clean = "".join("␣" if is_control(char) else char for char in value)
    return clean if len(clean) <= 500 else clean[:240] + " … " + clean[-240:]


def is_control(char: str) -> bool:
    """C0, C1, bidi and zero-width marks: characters that change how text around them is shown."""
    point = ord(char)
    return (
        point < 0x20
        or 0x7F <= point <= 0x9F
        or 0x200B <= point <= 0x200F
        or 0x2028 <= point <= 0x202E
        or 0x2066 <= point <= 0x2069
        or point in (0x061C, 0xFEFF)
    )


def size_words(count: object) -> str:
    """Bytes as on disks' labels, ``151.5 GB``; what is no number is said as it is."""
    if not isinstance(count, int) or isinstance(count, bool):
        return str(count or "")
    number, unit = float(count), 0
    while number >= 999.95 and unit < len(_UNITS) - 1:
        number /= 1000
        unit += 1
    return f"{number:.1f} {_UNITS[unit]}" if unit else f"{count} B"


# --- usage -------------------------------------------------------------------------------------------


class UsageError(ReelkeyError):
    code = "usage"
    exit_code = EXIT_USAGE
    title_key = N_("This command is not understood")
    message_key = N_("{reason}")
    hint_key = N_("reelkey --help shows what there is")


class NoServer(ReelkeyError):
    code = "no_server"
    exit_code = EXIT_USAGE
    title_key = N_("No library is set")
    message_key = N_("This command needs a library and none is given or set")
    hint_key = N_("Give --server https://… or set one: reelkey settings set server.NAME https://…")


class ServerNotAllowed(ReelkeyError):
    code = "server_not_allowed"
    exit_code = EXIT_USAGE
    title_key = N_("This library address can't be used")
    message_key = N_("{server}: {reason}")
    hint_key = N_("An address is https://host[:port], or the name of a library in the settings")


class NotEncrypted(ReelkeyError):
    code = "not_encrypted"
    exit_code = EXIT_USAGE
    title_key = N_("The way to this library is not encrypted")
    message_key = N_("Your sign-in would cross the network in clear to {server}")
    hint_key = N_("Use https://, or say --yes if you know the network")


class NoToken(ReelkeyError):
    code = "no_token"
    exit_code = 4
    title_key = N_("You are not signed in")
    message_key = N_("There is no sign-in for {server}")
    hint_key = N_("Press the button on your studio's site again, or set REELKEY_TOKEN")


class LinkRefused(ReelkeyError):
    code = "link_refused"
    exit_code = EXIT_USAGE
    title_key = N_("This link is incomplete or not safe")
    message_key = N_("{which} is wrong; nothing was done")
    hint_key = N_("Press the button on the site again")


class SettingRefused(ReelkeyError):
    code = "setting_refused"
    exit_code = EXIT_USAGE
    title_key = N_("This setting can't have that value")
    message_key = N_("{key}: {reason}")
    hint_key = N_("reelkey settings get shows all settings with their values")


class UnknownTask(ReelkeyError):
    code = "unknown_task"
    exit_code = EXIT_USAGE
    title_key = N_("There is no such film here")
    message_key = N_("{task_id} is not in the journal of this profile")
    hint_key = N_("reelkey tasks lists what there is")


class NotNow(ReelkeyError):
    code = "not_now"
    title_key = N_("This can't be done with this film now")
    message_key = N_("{source_name}: {reason}")
    hint_key = N_("reelkey tasks shows where each film stands")


class StillWaiting(ReelkeyError):
    code = "still_waiting"
    retry = True
    title_key = N_("Waiting for the seller's release")
    message_key = N_("{source_name} is here, sealed; its private block is not released yet")
    hint_key = N_("reelkey resume waits on")


class Interrupted(ReelkeyError):
    code = "interrupted"
    exit_code = EXIT_INTERRUPTED
    retry = True
    title_key = N_("Interrupted")
    message_key = N_("All progress is kept")
    hint_key = N_("reelkey resume goes on")


class Paused(ReelkeyError):
    code = "paused"
    retry = True
    title_key = N_("Paused")
    message_key = N_("{source_name} was paused; all progress is kept")
    hint_key = N_("reelkey resume goes on")


class Cancelled(ReelkeyError):
    code = "cancelled"
    title_key = N_("Cancelled")
    message_key = N_("This film was cancelled")
    hint_key = N_("Send or receive it again when it is wanted")


class Busy(ReelkeyError):
    code = "busy"
    retry = True
    title_key = N_("Another Reelkey works on this film")
    message_key = N_("{source_name} is in work in another window or terminal of this profile")
    hint_key = N_("Let that one finish, or pause it there")


class Internal(ReelkeyError):
    """A fault of ours. The message names the kind of it, never its data."""

    code = "internal"
    title_key = N_("Something went wrong")
    message_key = N_("Reelkey met a fault of its own: {kind}")
    hint_key = N_("All progress is kept. Start it again; if it comes back, send us the diagnostics")


def ours(error: BaseException) -> ReelkeyError:
    """The error as people are told of it: a fault of ours has a name and no more."""
    return error if isinstance(error, ReelkeyError) else Internal(kind=type(error).__name__)


# --- task server -------------------------------------------------------------------------------------


class ServerError(ReelkeyError):
    code = "server"


class ServerUnreachable(ServerError):
    code = "server_unreachable"
    exit_code = EXIT_UNREACHABLE
    retry = True
    title_key = N_("The library can't be reached")
    message_key = N_("{server} does not answer: {reason}")
    hint_key = N_("Check the network; what is done is kept, reports follow later")


class ServerAnswerUnclear(ServerError):
    """A 2xx without the envelope (a proxy's page), or a needed field of the wrong type."""

    code = "server_answer"
    retry = True
    title_key = N_("The answer from the library is not understood")
    message_key = N_("{reason}. A network sign-in page or proxy may be in the way")
    hint_key = N_("Open the library in the browser")


class TokenRefused(ServerError):
    code = "token_refused"
    exit_code = EXIT_TOKEN
    retry = True
    title_key = N_("Sign-in has expired")
    message_key = N_("All progress is kept, only reports can't be sent. {text}")
    hint_key = N_("Press the button on the site again")


class ServerRefused(ServerError):
    """A 4xx: `status`, the server's own `text`, and its field errors."""

    code = "server_refused"
    title_key = N_("The library refused this step")
    message_key = N_("It says: “{text}” ({status})")
    hint_key = N_("Send this to the library's support")


class NotOffered(ServerError):
    """The task names no public block that could be fetched."""

    code = "not_offered"
    retry = True
    title_key = N_("This film is not on offer yet")
    message_key = N_("The library names no public block for {source_name} ({reason})")
    hint_key = N_("Ask the seller whether the film was sent; then try again")


class ServerRedirected(ServerError):
    code = "server_redirected"
    title_key = N_("The library points elsewhere")
    message_key = N_("{server} answered with a redirect ({status}); a report would lose its content")
    hint_key = N_("Set the library's final address, with https:// and without a path")


# --- node --------------------------------------------------------------------------------------------


class NodeError(ReelkeyError):
    code = "node"
    retry = True


class NodeUnavailable(NodeError):
    code = "node_unavailable"
    exit_code = EXIT_UNREACHABLE
    title_key = N_("The node does not start")
    message_key = N_("{reason}")
    hint_key = N_("Restart the node; if it stays so, send us the diagnostics")


class NoKubo(NodeError):
    code = "no_kubo"
    exit_code = EXIT_UNREACHABLE
    retry = False
    title_key = N_("No IPFS node program was found")
    message_key = N_("Looked at: {places}")
    hint_key = N_("Install Kubo 0.35 or newer, or set REELKEY_KUBO to its path")


class KuboUntrusted(NodeError):
    code = "kubo_untrusted"
    exit_code = EXIT_UNREACHABLE
    retry = False
    title_key = N_("The node program failed its check")
    message_key = N_("{name} does not have the expected checksum and was not used")
    hint_key = N_("Fetch it again over another network, or install Kubo yourself")


class RepoNewer(NodeError):
    code = "repo_newer"
    exit_code = EXIT_UNREACHABLE
    retry = False
    title_key = N_("The node's data was made by a newer Kubo")
    message_key = N_("The data has version {repo}, this Kubo ({version}) knows {known}")
    hint_key = N_("Use the newer Kubo: set REELKEY_KUBO to its path")


class NodeFault(NodeError):
    """The node answered with an error, or broke off."""

    code = "node_fault"
    title_key = N_("The node could not do this")
    message_key = N_("{reason}")
    hint_key = N_("It is tried again; if it stays so, restart the node")


class NoProvider(NodeError):
    code = "no_provider"
    exit_code = EXIT_UNREACHABLE
    title_key = N_("The seller's computer is offline")
    message_key = N_("Nothing new for {seconds} s. Tried: {tried}")
    hint_key = N_("Ask the seller to open Reelkey; it goes on by itself")


# --- files -------------------------------------------------------------------------------------------


class FileError(ReelkeyError):
    code = "file"


class NoSpace(FileError):
    """A disk is too full. Facts: `place`, and `need` and `free` in bytes; a word where it is not known."""

    code = "no_space"
    retry = True
    title_key = N_("Not enough room on {place}")
    message_key = N_("Needs {need}, {free} free; nothing is lost")
    hint_key = N_("Free some room or choose another place")
    _missing_key = N_("Free {missing} or choose another place")
    _was_full_key = N_("The disk was full; {free} are free now; nothing is lost")

    @property
    def missing(self) -> int | None:
        """Bytes that are missing; 0 or less where the room was found again since; None where not known."""
        need, free = self.facts.get("need"), self.facts.get("free")
        return need - free if isinstance(need, int) and isinstance(free, int) else None

    @property
    def said_key(self) -> str:
        """The message's key: a need is named only where it is more than what is free."""
        return self._was_full_key if self.missing is not None and self.missing <= 0 else self.message_key

    @property
    def message(self) -> str:
        sizes = {name: size_words(self.facts.get(name)) for name in ("need", "free")}
        return tr(self.said_key, **{**self.facts, **sizes})

    @property
    def hint(self) -> str:
        if self.missing is not None and self.missing > 0:
            return tr(self._missing_key, missing=size_words(self.missing))
        return tr(self.hint_key)


class SourceGone(FileError):
    code = "source_gone"
    retry = True
    title_key = N_("The film is gone")
    message_key = N_("{path} is missing, perhaps a drive is unplugged")
    hint_key = N_("Connect it and go on")


class SourceChanged(FileError):
    code = "source_changed"
    retry = True
    title_key = N_("The film changed while it was sealed")
    message_key = N_("{path}: stopped, so that no wrong film goes out")
    hint_key = N_("Send it when it is finished")


class SourceGrowing(FileError):
    code = "source_growing"
    retry = True
    title_key = N_("The film is still being written")
    message_key = N_("{path} grew while it was looked at")
    hint_key = N_("Send it when it is finished")


class SourceUnreadable(FileError):
    code = "source_unreadable"
    retry = True
    title_key = N_("This file can't be read")
    message_key = N_("{path}: access refused, or the disk is failing ({reason})")
    hint_key = N_("Check rights or use another copy")


class TargetUnwritable(FileError):
    code = "target_unwritable"
    retry = True
    title_key = N_("This folder can't be written")
    message_key = N_("{path}: {reason}")
    hint_key = N_("Choose another folder")


class IsPackage(FileError):
    code = "is_package"
    exit_code = EXIT_USAGE
    title_key = N_("This folder is a package")
    message_key = N_("{path}: DCP, IMF and numbered frames can't be sent in pieces")
    hint_key = N_("Pack it into one file, then send that")


class NoFilms(FileError):
    code = "no_films"
    exit_code = EXIT_USAGE
    title_key = N_("No films found")
    message_key = N_("{path} holds no film that Reelkey knows")
    hint_key = N_("reelkey settings get films shows the endings it looks for")


class PathMissing(FileError):
    code = "path_missing"
    exit_code = EXIT_USAGE
    title_key = N_("There is nothing at this path")
    message_key = N_("{path} does not exist")
    hint_key = N_("Check the path; perhaps a drive is unplugged")


class NameRefused(FileError):
    code = "name_refused"
    title_key = N_("This name can't be used")
    message_key = N_("{name}: {reason}")
    hint_key = N_("Rename it and try again")


# --- blocks ------------------------------------------------------------------------------------------


class BlockError(ReelkeyError):
    code = "block"


class NotABlock(BlockError):
    code = "not_a_block"
    title_key = N_("This file is no block of Reelkey")
    message_key = N_("{path} starts otherwise than a public or private block")
    hint_key = N_("Choose a .rkpub or .rkkey file")


class WrongUuid(BlockError):
    code = "wrong_uuid"
    title_key = N_("The library's permission does not open it")
    message_key = N_("Film and permission don't belong together")
    hint_key = N_("Contact the library")


class WrongPair(BlockError):
    code = "wrong_pair"
    title_key = N_("This private block is for another film")
    message_key = N_("It belongs to another sending")
    hint_key = N_("Look for the private block that was kept with this film")


class NewerFormat(BlockError):
    code = "newer_format"
    title_key = N_("Made by a newer Reelkey")
    message_key = N_("It needs a newer Reelkey ({what})")
    hint_key = N_("Update, then go on")


class Damaged(BlockError):
    """Cut, flipped, spliced, reordered: anything that is not one of the named cases."""

    code = "damaged"
    retry = True
    title_key = N_("Film data failed its check")
    message_key = N_("{what} is not as it was sealed; no film was written")
    hint_key = N_("Fetch that part again, or ask for a new release")


# --- this computer -----------------------------------------------------------------------------------


class KeyringLocked(ReelkeyError):
    code = "keyring_locked"
    retry = True
    title_key = N_("The keyring is not available")
    message_key = N_("What is kept in it can't be read: {reason}")
    hint_key = N_("Unlock the system's keyring and try again")


class JournalNewer(ReelkeyError):
    code = "journal_newer"
    title_key = N_("This profile was made by a newer Reelkey")
    message_key = N_("Its journal has version {found}, this Reelkey knows {known}")
    hint_key = N_("Update, then go on")


class JournalDamaged(ReelkeyError):
    code = "journal_damaged"
    title_key = N_("The journal of this profile can't be read")
    message_key = N_("{path}: {reason}")
    hint_key = N_("Nothing was changed. Keep a copy of the profile and send us the diagnostics")


# --- links, settings and what is kept secret -----------------------------------------------------------


class LinkFieldRefused(LinkRefused):
    """The one link error that is raised: `which` field, and the `reason`, never the field's own text."""

    message_key = N_("{which} is wrong ({reason}); nothing was done")


class SchemeNotSet(ReelkeyError):
    code = "scheme_not_set"
    title_key = N_("Links from the browser can't be set up")
    message_key = N_("{reason}")
    hint_key = N_("Paste link in the window does the same: copy the link on the site, then paste it")


class WindowSilent(ReelkeyError):
    code = "window_silent"
    retry = True
    title_key = N_("Reelkey is open but does not answer")
    message_key = N_("The request was not taken within {seconds} s")
    hint_key = N_("Look at its window; close it if it hangs, then press the button on the site again")


class NoScreen(ReelkeyError):
    code = "no_screen"
    title_key = N_("No window can open here")
    message_key = N_("There is no screen (neither DISPLAY nor WAYLAND_DISPLAY is set)")
    hint_key = N_("reelkey --help shows what can be done in the terminal; reelkey open takes a link there")


class SettingsDamaged(ReelkeyError):
    code = "settings_damaged"
    exit_code = EXIT_USAGE
    title_key = N_("The settings can't be read")
    message_key = N_("{path}: {reason}. The file was left as it is")
    hint_key = N_("Mend it, or move it aside to begin with the defaults")


class ProfileKeyLost(ReelkeyError):
    """The key that seals the journal's secrets is gone or damaged. A new one is never made in its place."""

    code = "profile_key_lost"
    title_key = N_("The key of this profile is missing")
    message_key = N_("{place}: {reason}. Without it, what the journal keeps sealed can't be read")
    hint_key = N_("Bring it back from a backup, or begin with a new profile (--profile DIR)")


class SecretDamaged(ReelkeyError):
    code = "secret_damaged"
    title_key = N_("A secret in the journal can't be opened")
    message_key = N_("{what} was changed, or sealed with another key")
    hint_key = N_("Send or receive this film again")


# --- sealing -------------------------------------------------------------------------------------------


class UuidRefused(BlockError):
    """The task carries no uuid, or one that is no text: nothing can be sealed or opened with it."""

    code = "uuid_refused"
    title_key = N_("The library gave no permission for this film")
    message_key = N_("The task's uuid is empty or unreadable")
    hint_key = N_("Contact the library")


class FilmTooLarge(FileError):
    code = "film_too_large"
    title_key = N_("This film is too large")
    message_key = N_("It has {size}; up to {limit} can be sealed")
    hint_key = N_("Split the film")

    @property
    def message(self) -> str:
        return tr(self.message_key, **{name: size_words(value) for name, value in self.facts.items()})
