from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keyring.core
import pytest
from keyring.errors import NoKeyringError

from app.settings.paths import ProfilePaths


class MemoryKeyring:
    """A keyring in memory that counts, and that can be told to misbehave."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.fault: Callable[[], None] | None = None
        self.drops = False

    def get_password(self, service: str, name: str) -> str | None:
        self._misbehave()
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, secret: str) -> None:
        self._misbehave()
        if not self.drops:
            self.kept[service, name] = secret

    def delete_password(self, service: str, name: str) -> None:
        self._misbehave()
        del self.kept[service, name]

    def fail_with(self, error: Exception | None) -> None:
        def fault() -> None:
            assert error is not None
            raise error

        self.fault = fault if error is not None else None

    def _misbehave(self) -> None:
        if self.fault is not None:
            self.fault()


@pytest.fixture(autouse=True)
def no_real_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test does, the keyring of the one who runs it stays out of reach, in child processes too."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> MemoryKeyring:
    """This computer has a keyring."""
    found = MemoryKeyring()
    monkeypatch.setattr(keyring.core, "_keyring_backend", found)
    return found


@pytest.fixture
def no_ring(ring: MemoryKeyring) -> MemoryKeyring:
    """This computer has none, or has lost it; `fail_with(None)` brings it back."""
    ring.fail_with(NoKeyringError("none"))
    return ring


@pytest.fixture
def paths(tmp_path: Path) -> ProfilePaths:
    return ProfilePaths.of(tmp_path / "profile")
