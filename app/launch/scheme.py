"""What the systems' ways of registering have in common: who opens our links, and which program we are."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from app.domain.errors import SchemeNotSet
from app.domain.words import N_, tr


class Standing(StrEnum):
    """Who opens `reelkey:` links on this computer."""

    REGISTERED = "registered"  # this program
    OTHER = "other"  # another program, perhaps another Reelkey
    MISSING = "missing"  # nobody
    BUNDLE = "bundle"  # macOS: what the app's bundle says holds, and nothing can be set here


@dataclass(frozen=True, slots=True)
class SchemeState:
    """Who opens our links: `program` is its path, with its name before where it is not ours; may be empty."""

    standing: Standing
    program: str = ""

    def as_dict(self) -> dict[str, object]:
        return {"scheme": self.standing.value, "program": self.program}

    def text(self) -> str:
        """One sentence for people."""
        words = {
            Standing.REGISTERED: N_("Links from the browser open this Reelkey: {program}"),
            Standing.OTHER: N_("Links from the browser open another program: {program}"),
            Standing.MISSING: N_("Links from the browser open nothing yet"),
            Standing.BUNDLE: N_("Links from the browser open Reelkey.app once it is in Applications"),
        }
        return tr(words[self.standing], program=self.program)


class Desktop(Protocol):
    """One system's way of registering."""

    def state(self) -> SchemeState:
        """Who opens our links now. Raises nothing but SchemeNotSet."""

    def register(self) -> None:
        """Open our links with this program. Idempotent. Raises SchemeNotSet."""

    def unregister(self) -> None:
        """Take away what `register` made, and nothing else. Idempotent. Raises SchemeNotSet."""


def own_command(env: Mapping[str, str]) -> list[str]:
    """The command that starts this program, absolute, a link to be put behind it.

    A frozen program is itself (an AppImage the file that was started, not what it unpacked); else the console
    script of this environment; else the package by its Python.
    """
    if getattr(sys, "frozen", False):
        return [env.get("APPIMAGE") or str(Path(sys.executable).absolute())]
    ending = ".exe" if sys.platform == "win32" else ""
    started = Path(sys.argv[0] or "reelkey")
    folders = [Path(sysconfig.get_path("scripts"))]
    folders.append(Path(sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))))
    scripts = [folder / f"reelkey{ending}" for folder in folders]
    if started.stem == "reelkey" and started.is_absolute():
        scripts.insert(0, started.with_suffix(ending))
    for script in scripts:
        if script.is_file():
            return [str(script)]
    # -P: the folder that the browser happens to stand in may hold an `app` of somebody else's.
    return [str(Path(sys.executable).absolute()), "-P", "-m", "app"]


def same_command(one: Sequence[str] | None, other: Sequence[str]) -> bool:
    """Whether both start the same program."""
    return one is not None and list(one) == list(other)


def not_set(reason: str, **facts: object) -> SchemeNotSet:
    """The error of registering, with `reason` a catalogue key."""
    return SchemeNotSet(reason=tr(reason, **facts))
