"""Linux: a desktop entry, an icon, and this program as the first choice in mimeapps.list.

All of it lies in the user's own folders. Files that are not ours are never replaced and links never followed;
xdg-mime and update-desktop-database are asked where they are, because desktops keep caches of their own.
"""

from __future__ import annotations

import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from app.domain.errors import SchemeNotSet
from app.domain.words import N_
from app.launch import desktop_entry as entries
from app.launch.link import SCHEME
from app.launch.scheme import SchemeState, Standing, not_set, same_command
from app.settings.files import write_private

MIME = f"x-scheme-handler/{SCHEME}"
ENTRY = "reelkey.desktop"
_ICON = Path(__file__).parent.parent / "resources" / "icons" / "reelkey.svg"
_MARK = "X-Reelkey-Registered"  # says that `register` made the file, so that `unregister` may remove it
_ENV = "/usr/bin/env"
_TOOL_SECONDS = 20.0
_LARGEST = 1_000_000


class LinuxDesktop:
    """The scheme by the freedesktop.org way, below the folders that `env` names."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        self._command = list(command)
        self._env = env
        home = Path(env.get("HOME") or Path.home())
        self._data = _folder(env.get("XDG_DATA_HOME")) or home / ".local" / "share"
        self._config = _folder(env.get("XDG_CONFIG_HOME")) or home / ".config"
        self._applications = self._data / "applications"
        self._entry = self._applications / ENTRY
        self._icon = self._data / "icons" / "hicolor" / "scalable" / "apps" / "reelkey.svg"

    # --- what holds ------------------------------------------------------------------------------------

    def state(self) -> SchemeState:
        for name in self._choices():
            found = self._program(name)
            if found is None:
                continue
            shown, command = found
            if same_command(command, self._command):
                return SchemeState(Standing.REGISTERED, command[0])
            return SchemeState(Standing.OTHER, f"{shown} ({command[0]})" if shown else command[0])
        return SchemeState(Standing.MISSING)

    def _choices(self) -> Iterator[str]:
        """Desktop entries for our scheme, in the order in which desktops choose among them."""
        associated: list[str] = []
        removed: set[str] = set()
        for file in self._lists():
            text = _read(file)
            yield from entries.items(entries.group(text, entries.DEFAULTS).get(MIME, ""))
            removed.update(entries.items(entries.group(text, entries.REMOVED).get(MIME, "")))
            associated += entries.items(entries.group(text, entries.ADDED).get(MIME, ""))
        for folder in self._entry_folders():
            cache = entries.group(_read(folder / "mimeinfo.cache"), "MIME Cache")
            associated += entries.items(cache.get(MIME, ""))
        yield from (name for name in associated if name not in removed)

    def _lists(self) -> Iterator[Path]:
        """Every mimeapps.list that may be there, the strongest first."""
        configs = [self._config, *_folders(self._env.get("XDG_CONFIG_DIRS"), "/etc/xdg")]
        for folder in [*configs, *self._entry_folders()]:
            for name in self._list_names():
                yield folder / name

    def _list_names(self) -> list[str]:
        desktops = [name for name in self._env.get("XDG_CURRENT_DESKTOP", "").lower().split(":") if name]
        return [f"{name}-mimeapps.list" for name in desktops if "/" not in name] + ["mimeapps.list"]

    def _entry_folders(self) -> list[Path]:
        given = _folders(self._env.get("XDG_DATA_DIRS"), "/usr/local/share:/usr/share")
        return [self._applications, *(folder / "applications" for folder in given)]

    def _program(self, name: str) -> tuple[str, list[str]] | None:
        """(name, command) of the desktop entry `name`; None where it is not there or its program is gone."""
        if "/" in name or not name.endswith(".desktop"):
            return None
        for folder in self._entry_folders():
            for file in (folder / name, folder / name.replace("-", "/", 1)):
                keys = entries.group(_read(file), entries.ENTRY)
                if not keys:
                    continue
                command = _command(keys)
                hidden = keys.get("Hidden", "").lower() == "true"
                if hidden or not command or shutil.which(command[0], path=self._env.get("PATH")) is None:
                    return None
                return entries.read_string(keys.get("Name", "")), command
        return None

    # --- changing it -----------------------------------------------------------------------------------

    def register(self) -> None:
        if not all(entries.can_stand(part) for part in self._command) or "=" in self._command[0]:
            raise not_set(N_("the path of this program can't be written into a desktop entry"))
        if _is_there(self._entry) and not self._is_ours():
            raise not_set(N_("{path} was not made by Reelkey"), path=str(self._entry))
        try:
            _put(self._entry, self._entry_text())
            if _is_regular(self._icon) or not _is_there(self._icon):
                _put(self._icon, _ICON.read_text("utf-8"))
            self._run("update-desktop-database", str(self._applications))
            self._run("xdg-mime", "default", ENTRY, MIME)
            self._choose()
        except OSError as error:
            raise _refused(error) from None

    def unregister(self) -> None:
        mine = self._is_ours() and self._is_for_us_or_nobody()
        if not mine and _is_there(self._entry):
            return
        try:
            if mine:
                self._entry.unlink(missing_ok=True)
                if _is_regular(self._icon):
                    self._icon.unlink()
            # xdg-mime has no way back, and some of its versions write to the older place too.
            for folder in (self._config, self._applications):
                for name in (*self._list_names(), "defaults.list"):
                    _edit(folder / name, lambda text: entries.without(text, MIME, ENTRY))
            if mine:
                self._run("update-desktop-database", str(self._applications))
        except OSError as error:
            raise _refused(error) from None

    def _choose(self) -> None:
        """First in the user's mimeapps.list, and in a desktop's own where that says something of our scheme.

        xdg-mime would do for the first, but drops what was chosen before: it comes back with `unregister`.
        """
        for name in self._list_names():
            file = self._config / name
            if name == "mimeapps.list" or MIME in _read(file):
                if not _is_there(file):
                    _put(file, "")
                _edit(file, lambda text: entries.with_default(text, MIME, ENTRY))

    def _entry_text(self) -> str:
        return "\n".join(
            [
                f"[{entries.ENTRY}]",
                "Type=Application",
                "Name=Reelkey",
                f"Exec={entries.exec_value([*self._before(), *self._command], '%u')}",
                f"TryExec={entries.string_value(self._command[0])}",
                "Icon=reelkey",
                "Terminal=false",
                "Categories=Network;FileTransfer;",
                "StartupWMClass=reelkey",
                f"MimeType={MIME};",
                f"{_MARK}=true",
                "",
            ]
        )

    def _before(self) -> list[str]:
        """GLib looks for a program with %% in its name as it stands, but for an argument as it is meant."""
        return [_ENV] if "%" in self._command[0] else []

    def _is_ours(self) -> bool:
        return _is_regular(self._entry) and _MARK in entries.group(_read(self._entry), entries.ENTRY)

    def _is_for_us_or_nobody(self) -> bool:
        """Whether our entry starts this program, or one that is gone: another Reelkey's stays."""
        command = _command(entries.group(_read(self._entry), entries.ENTRY))
        if not command or same_command(command, self._command):
            return True
        return shutil.which(command[0], path=self._env.get("PATH")) is None

    def _run(self, tool: str, *arguments: str) -> None:
        """Ask a tool of the desktop, where it is; that it fails is no reason to."""
        found = shutil.which(tool, path=self._env.get("PATH"))
        if found is None:
            return
        env = {name: value for name, value in self._env.items() if not name.upper().startswith("REELKEY")}
        nothing = subprocess.DEVNULL
        try:
            subprocess.run(
                [found, *arguments],
                env=env,
                stdin=nothing,
                stdout=nothing,
                stderr=nothing,
                timeout=_TOOL_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return


def _command(keys: Mapping[str, str]) -> list[str] | None:
    """The command of a desktop entry; None where it has none that is well-formed."""
    command = entries.exec_arguments(keys.get("Exec", ""))
    return command[1:] if command and command[0] == _ENV else command


def _folder(text: str | None) -> Path | None:
    """An XDG folder; a relative one is to be ignored."""
    return Path(text) if text and text.startswith("/") else None


def _folders(text: str | None, otherwise: str) -> list[Path]:
    return [Path(one) for one in (text or otherwise).split(":") if one.startswith("/")]


def _is_there(path: Path) -> bool:
    """Whether the name is taken, be it by a link to nowhere."""
    return path.is_symlink() or path.exists()


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _read(path: Path) -> str:
    """A small text; nothing where it can't be read. Bytes that are no UTF-8 come back as they were."""
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return ""
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError:
        return ""


def _put(path: Path, text: str) -> None:
    """Write in one step, but for what stands there already. A link is replaced, not followed."""
    content = text.encode("utf-8", "surrogateescape")
    if _is_regular(path) and path.read_bytes() == content:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, content)


def _edit(path: Path, change: Callable[[str], str]) -> None:
    """Change a list of the user's that is there; one too large to be one is left alone."""
    if _is_there(path) and path.is_file() and path.stat().st_size <= _LARGEST:
        old = _read(path)
        if (new := change(old)) != old:
            _put(path, new)


def _refused(error: OSError) -> SchemeNotSet:
    why = error.strerror or type(error).__name__
    return not_set(N_("{path}: {why}"), path=str(error.filename or ""), why=why)
