"""Processes that outlive us: started detached, found again by a later run, ended only when they are ours."""

from __future__ import annotations

import atexit
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_SYSTEM: str = sys.platform  # a variable, so that the type checker reads all branches

# What a node needs of our environment. The rest stays here: it may hold the sign-in or a film's uuid.
_PASSED_ON = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
    *("COMSPEC", "PATHEXT", "PROGRAMDATA"),
)

# Kept until we end: a Popen that is collected while its child runs complains, and a child of ours that
# ended has to be waited for.
_children: dict[int, subprocess.Popen[bytes]] = {}


@atexit.register
def _let_go() -> None:
    """A node is left running on purpose: Python need not complain of it."""
    for child in _children.values():
        child.returncode = child.poll() or 0


def clean_env(env: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, str]:
    """The environment for a child: what it needs of `env`, and `extra`."""
    return {name: env[name] for name in _PASSED_ON if name in env} | dict(extra)


def start_detached(argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> int:
    """Start a process in a session of its own, its output appended to `log`; its pid. Raises OSError."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
    # O_APPEND: the log can be shortened while the child writes to it.
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        child = subprocess.Popen(
            argv,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
            creationflags=flags,
        )
    finally:
        os.close(descriptor)
    _children[child.pid] = child
    _step_back_as_we_do(child.pid)
    return child.pid


def _step_back_as_we_do(pid: int) -> None:
    """Linux shares processors among sessions first: within one of its own, the priority that the child
    inherits would mean nothing, so its session is given it."""
    if _SYSTEM == "linux":
        with suppress(OSError):
            ours = os.getpriority(os.PRIO_PROCESS, 0)
            Path(f"/proc/{pid}/autogroup").write_text(str(ours), "ascii")


def mark_of(pid: int) -> str:
    """What tells this process from a later one of the same pid; empty where there is no such process.

    A pid is given anew after its process ended, so before one is ended its mark must be the one that was
    written down when it was started.
    """
    mark = _mark(pid)
    child = _children.get(pid)
    if child is not None and (not mark or child.poll() is not None):
        child.wait()
        del _children[pid]
        return ""
    return mark


def _mark(pid: int) -> str:
    if _SYSTEM == "win32":
        return _mark_windows(pid)
    if _SYSTEM == "linux":
        return _mark_linux(pid)
    asked = subprocess.run(
        ["ps", "-o", "state=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = asked.stdout.strip().partition(" ")
    return "" if asked.returncode or state.startswith("Z") else started.strip()


def end(pid: int, mark: str, *, hard: bool) -> None:
    """Ask the process to end, or with `hard` end it; nothing where it is not the one of this `mark`."""
    if not mark or mark_of(pid) != mark:
        return
    number = signal.SIGTERM if sys.platform == "win32" or not hard else signal.SIGKILL
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _mark_linux(pid: int) -> str:
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""
    # The name in brackets may hold anything; state is the first field behind it, the start time the 20th.
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] in ("Z", "X") else f"{boot}/{fields[19]}"


def _mark_windows(pid: int) -> str:
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - there on Windows only
    query_limited_information, still_active = 0x1000, 259
    handle = kernel.OpenProcess(query_limited_information, False, pid)
    if not handle:
        return ""
    try:
        times = (ctypes.c_uint64 * 4)()
        code = ctypes.c_uint32()
        pointers = [ctypes.byref(times, 8 * index) for index in range(4)]
        known = kernel.GetProcessTimes(handle, *pointers) and kernel.GetExitCodeProcess(
            handle, ctypes.byref(code)
        )
        return str(times[0]) if known and code.value == still_active else ""
    finally:
        kernel.CloseHandle(handle)
