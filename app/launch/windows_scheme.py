r"""Windows: ``HKEY_CURRENT_USER\Software\Classes\reelkey``, for this user and without any right beyond.

Source: Microsoft, "Registering an Application to a URI Scheme".
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Protocol

from app.domain.words import N_
from app.launch.link import SCHEME
from app.launch.scheme import SchemeState, Standing, not_set, same_command

_OURS = rf"HKEY_CURRENT_USER\Software\Classes\{SCHEME}"
_MERGED = rf"HKEY_CLASSES_ROOT\{SCHEME}"  # the user's and the computer's, as the shell sees them
_OPEN = r"shell\open\command"
_ARGUMENT = re.compile(r'"([^"]*)"|([^\s"]+)')


class Registry(Protocol):
    """The registry, or what stands for it. Keys are whole paths; the name "" is a key's default value.

    Each may raise OSError.
    """

    def read(self, key: str, name: str) -> str | None:
        """A text; None where there is none."""

    def write(self, key: str, name: str, value: str) -> None:
        """Set a text; keys on the way are made."""

    def delete(self, key: str) -> None:
        """Delete a key with all below it; nothing where it is not."""

    def exists(self, path: str) -> bool:
        """Whether there is a file at `path`."""

    def changed(self) -> None:
        """Tell the shell that associations have changed."""


class WindowsDesktop:
    """The scheme in the user's part of the registry."""

    def __init__(self, command: Sequence[str], registry: Registry) -> None:
        self._command = list(command)
        self._registry = registry

    def state(self) -> SchemeState:
        found = self._read(_MERGED)
        if not found or not self._registry.exists(found[0]):
            return SchemeState(Standing.MISSING)
        if same_command(found, self._command):
            return SchemeState(Standing.REGISTERED, self._command[0])
        return SchemeState(Standing.OTHER, found[0])

    def register(self) -> None:
        if any('"' in part or "%" in part or not part.isprintable() for part in self._command):
            raise not_set(N_("the path of this program can't be written into the registry"))
        program = self._command[0]
        wanted = {
            (_OURS, ""): "URL:Reelkey",
            (_OURS, "URL Protocol"): "",
            (rf"{_OURS}\DefaultIcon", ""): f'"{program}",0',
            (rf"{_OURS}\{_OPEN}", ""): " ".join(f'"{part}"' for part in [*self._command, "%1"]),
        }
        try:
            missing = {at: value for at, value in wanted.items() if self._registry.read(*at) != value}
            for (key, name), value in missing.items():
                self._registry.write(key, name, value)
            if missing:
                self._registry.changed()
        except OSError as error:
            raise _refused(error) from None

    def unregister(self) -> None:
        found = self._read(_OURS)
        # What another program keeps under this name is its own, unless that program is gone.
        if found is None or not (same_command(found, self._command) or not self._registry.exists(found[0])):
            return
        try:
            self._registry.delete(_OURS)
            self._registry.changed()
        except OSError as error:
            raise _refused(error) from None

    def _read(self, root: str) -> list[str] | None:
        """The command that is registered below `root`, without the place for the link."""
        try:
            text = self._registry.read(rf"{root}\{_OPEN}", "")
        except OSError as error:
            raise _refused(error) from None
        parts = [quoted or bare for quoted, bare in _ARGUMENT.findall(text or "")]
        return [part for part in parts if part != "%1"] or None


def _refused(error: OSError) -> Exception:
    return not_set(N_("the registry can't be used ({why})"), why=error.strerror or type(error).__name__)


def real_registry() -> Registry:
    """Windows' own registry. Raises SchemeNotSet elsewhere."""
    if sys.platform == "win32":
        from app.launch.windows_registry import WinRegistry  # noqa: PLC0415 - its modules are Windows' own

        return WinRegistry()
    raise not_set(N_("there is no registry on this system"))
