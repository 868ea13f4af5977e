"""Registering `reelkey:` with the system, so that a link in the browser opens this program.

What is registered is the program for this user, not a profile: a link always opens the user's own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from app.launch.linux_scheme import LinuxDesktop
from app.launch.macos_scheme import MacDesktop
from app.launch.scheme import Desktop, SchemeState, Standing, own_command
from app.launch.windows_scheme import Registry, WindowsDesktop, real_registry

__all__ = ["SchemeState", "Standing", "desktop", "register", "state", "unregister"]


def state(env: Mapping[str, str] | None = None) -> SchemeState:
    """Who opens our links on this computer now. Raises SchemeNotSet where that can't be told."""
    return desktop(env).state()


def register(env: Mapping[str, str] | None = None) -> SchemeState:
    """Open our links with this program, for this user; what holds then. Raises SchemeNotSet."""
    found = desktop(env)
    found.register()
    return found.state()


def unregister(env: Mapping[str, str] | None = None) -> SchemeState:
    """Take away what `register` made, and nothing else; what holds then. Raises SchemeNotSet."""
    found = desktop(env)
    found.unregister()
    return found.state()


def desktop(
    env: Mapping[str, str] | None = None,
    *,
    command: Sequence[str] | None = None,
    platform: str = sys.platform,
    registry: Registry | None = None,
) -> Desktop:
    """This system's way of registering. `command` stands for this program, `registry` for Windows' own."""
    env = os.environ if env is None else env
    command = list(command) if command is not None else own_command(env)
    if platform == "win32":
        return WindowsDesktop(command, registry or real_registry())
    if platform == "darwin":
        return MacDesktop(command)
    return LinuxDesktop(command, env)
