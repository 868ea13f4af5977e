"""The system's keyring behind a time limit: a D-Bus that hangs must not hang us.

Raises `NoKeyring` where the system has none, KeyringLocked for everything else that goes wrong. What the
keyring's libraries say is not quoted: it may name what was to be kept.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from app.domain.errors import KeyringLocked
from app.domain.words import N_, tr

T = TypeVar("T")

# Long enough to type a password into the system's own prompt; when it is over, the prompt stays open.
TIME_LIMIT = 30.0


class NoKeyring(Exception):
    """This computer has no keyring, or the settings say not to use it."""


class KeyStore:
    """Secrets of one profile in the system's keyring, under the service name `service`."""

    def __init__(self, service: str, *, use_keyring: bool = True, time_limit: float = TIME_LIMIT) -> None:
        self._service = service
        self._use_keyring = use_keyring
        self._time_limit = time_limit
        self._one_at_a_time = threading.Lock()
        self._hung: threading.Thread | None = None

    def get(self, name: str) -> str | None:
        """The secret kept under `name`, None where there is none."""
        found = self._run(lambda keyring: keyring.get_password(self._service, name))
        return found if isinstance(found, str) else None

    def set(self, name: str, secret: str) -> None:
        """Keep `secret` under `name`, in the place of an older one."""
        self._run(lambda keyring: keyring.set_password(self._service, name, secret))

    def delete(self, name: str) -> None:
        """Forget what is kept under `name`; nothing happens where there is nothing."""

        def forget(keyring: Any) -> None:
            if keyring.get_password(self._service, name) is not None:
                keyring.delete_password(self._service, name)

        self._run(forget)

    def _run(self, call: Callable[[Any], T]) -> T:
        if not self._use_keyring:
            raise NoKeyring
        if not self._one_at_a_time.acquire(timeout=self._time_limit):
            raise _locked(N_("it does not answer"))
        try:
            if self._hung is not None and self._hung.is_alive():
                raise _locked(N_("it does not answer"))
            return self._in_time(call)
        finally:
            self._one_at_a_time.release()

    def _in_time(self, call: Callable[[Any], T]) -> T:
        """In a thread that nobody waits for at exit: an executor's would keep the process alive."""
        outcome: queue.SimpleQueue[tuple[T | None, Exception | None]] = queue.SimpleQueue()

        def work() -> None:
            try:
                outcome.put((call(_backend()), None))
            except Exception as error:
                outcome.put((None, error))

        thread = threading.Thread(target=work, name="keyring", daemon=True)
        thread.start()
        try:
            value, error = outcome.get(timeout=self._time_limit)
        except queue.Empty:
            self._hung = thread
            raise _locked(N_("it does not answer")) from None
        if error is not None:
            raise _translate(error)
        return value  # type: ignore[return-value]


def _backend() -> Any:
    """The keyring that the system offers. Looking for it speaks with D-Bus already: in time too."""
    import keyring  # noqa: PLC0415 - takes a while, and not every command needs it
    from keyring.backends import fail, null  # noqa: PLC0415

    found: Any = None
    with contextlib.suppress(Exception):  # a backend that is named but can't be loaded is none
        found = keyring.get_keyring()
    if found is None or isinstance(found, (fail.Keyring, null.Keyring)):
        raise NoKeyring
    return found


def _translate(error: Exception) -> Exception:
    from keyring.errors import KeyringLocked as Locked  # noqa: PLC0415
    from keyring.errors import NoKeyringError  # noqa: PLC0415

    if isinstance(error, (NoKeyring, NoKeyringError)):
        return NoKeyring()
    if isinstance(error, Locked):
        return _locked(N_("it is locked"))
    return KeyringLocked(reason=tr(N_("it refuses ({kind})"), kind=type(error).__name__))


def _locked(reason: str) -> KeyringLocked:
    return KeyringLocked(reason=tr(reason))
