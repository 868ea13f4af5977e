"""Commands as real processes that don't load the program each time: forked from one that has it loaded.

A command of the tests runs for some hundredths of a second, and Python loads the program's modules for half
a second before that. `Forks` starts one process that loads them, has a single thread, and forks for each
command: a child with environment, arguments, pipes and end of its own, which can be killed as any process.
What a child does is what ``python -m app …`` or ``python script.py …`` does; that a real start works is for
tests that start the program themselves.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]
#: A request is one message: a command's arguments and environment.
_LONGEST = 256 * 1024


class Forked:
    """A command that was forked: what `subprocess.Popen` is for one that was started."""

    def __init__(self, pid: int, end: int, stdin: IO[str] | None, stdout: IO[str], stderr: IO[str]) -> None:
        self.pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None
        self._end = end
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("a forked command", timeout or 0)
        return code

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def _look(self, timeout: float | None) -> int | None:
        with self._lock:
            if self.returncode is None and select.select([self._end], [], [], timeout)[0]:
                said = os.read(self._end, 16)
                os.close(self._end)
                # No word: whoever forked it has gone, and nobody knows how it ended.
                self.returncode = int(said) if said else -signal.SIGKILL
        return self.returncode


class Forks:
    """Starts commands from a process that has their modules loaded; it comes up with the first of them."""

    def __init__(self) -> None:
        self._nursery: subprocess.Popen[bytes] | None = None
        self._ours: socket.socket | None = None
        self._lock = threading.Lock()

    def start(self, argv: Sequence[str], env: Mapping[str, str], cwd: Path, *, stdin: bool = False) -> Forked:
        """Run `argv`, without the interpreter: ``-m MODULE …`` or ``SCRIPT …``. Pipes are text in UTF-8.

        RuntimeError: the process that forks is not there (any more); what it said is on stderr.
        """
        given, to_child = _pipe(stdin)
        from_child, out = os.pipe()
        from_child_too, err = os.pipe()
        told, telling = os.pipe()
        order = json.dumps([list(argv), dict(env), str(cwd)]).encode()
        try:
            with self._lock:
                line = self._ours or self._open()
                socket.send_fds(line, [order], [given, out, err, telling])
                pid = line.recv(16)
        finally:
            for descriptor in (given, out, err, telling):
                os.close(descriptor)
        if not pid:
            raise RuntimeError("commands can't be forked")
        return Forked(
            int(pid),
            told,
            None if to_child is None else _text(to_child, "w"),
            _text(from_child, "r"),
            _text(from_child_too, "r"),
        )

    def close(self) -> None:
        """End the process that forks; commands that still run go on."""
        if self._ours is not None and self._nursery is not None:
            self._ours.close()
            self._nursery.wait(30)
        self._ours = self._nursery = None

    def _open(self) -> socket.socket:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        # As `Client` starts a command; the rest of a command's environment is set when it is forked.
        fixed = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "LANG": "C.UTF-8"}
        fixed["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
        with theirs:
            self._nursery = subprocess.Popen(
                [sys.executable, "-m", "tests.forked", str(theirs.fileno())],
                cwd=ROOT,
                env=kept | fixed,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        return self._ours


@contextmanager
def forks() -> Iterator[Forks]:
    made = Forks()
    try:
        yield made
    finally:
        made.close()


def _pipe(wanted: bool) -> tuple[int, int | None]:
    return os.pipe() if wanted else (os.open(os.devnull, os.O_RDONLY), None)


def _text(descriptor: int, mode: str) -> IO[str]:
    return open(descriptor, mode, encoding="utf-8")


# --- the process that forks --------------------------------------------------------------------------


def _preload() -> None:
    """All modules that commands may load."""
    for path in sorted((ROOT / "app").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[1] != "ui" and parts[-1] != "__main__":
            # What only another system has is not there; a command that needs it says so itself.
            with suppress(ImportError):
                importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))


def _serve(line: socket.socket) -> tuple[list[str], list[int]] | None:
    """Fork for each order until nobody listens. Only a child comes back with something: what it is to run."""
    waker, woken = socket.socketpair()
    waker.setblocking(False)
    woken.setblocking(False)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    telling: dict[int, int] = {}
    while True:
        ready = select.select([line, woken], [], [])[0]
        if woken in ready:
            woken.recv(4096)
            _tell_ends(telling)
        if line not in ready:
            continue
        order, given, _, _ = socket.recv_fds(line, _LONGEST, 4)
        if not order:
            return None
        argv, env, cwd = json.loads(order)
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for descriptor in (*telling.values(), given[3]):
                os.close(descriptor)
            for one in (line, waker, woken):
                one.close()
            os.chdir(cwd)
            os.environ.clear()
            os.environ.update(env)
            return argv, given[:3]
        telling[pid] = given[3]
        for descriptor in given[:3]:
            os.close(descriptor)
        line.send(str(pid).encode())


def _tell_ends(telling: dict[int, int]) -> None:
    """Say how the children ended that did."""
    while telling:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        end = telling.pop(pid)
        with suppress(BrokenPipeError):  # nobody waits for it any more
            os.write(end, str(os.waitstatus_to_exitcode(status)).encode())
        os.close(end)


def _become(argv: list[str], descriptors: list[int]) -> None:
    """Run a command in this process, as the interpreter would have been told to."""
    for wanted, descriptor in enumerate(descriptors):
        os.dup2(descriptor, wanted)
        os.close(descriptor)
    time.tzset()
    if argv[0] == "-m":
        sys.argv = argv[1:]
        runpy.run_module(argv[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = argv
        runpy.run_path(argv[0], run_name="__main__")


def main(descriptor: int) -> None:
    """Serve the socket `descriptor`; in a child, be what it was forked for."""
    _preload()
    gc.collect()
    gc.freeze()  # what all have in common is looked at by no child's collector, and stays shared
    assert threading.active_count() == 1, "a process with threads must not fork"
    with socket.socket(fileno=descriptor) as line:
        wanted = _serve(line)
    if wanted is not None:
        _become(*wanted)


if __name__ == "__main__":
    main(int(sys.argv[1]))
