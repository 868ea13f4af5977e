"""What others must not read: tokens and sign-ins in the system's keyring, and the key that seals the
journal's secrets."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import filelock
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.domain.errors import KeyringLocked, ProfileKeyLost, SecretDamaged, TargetUnwritable
from app.domain.words import N_, tr
from app.settings.files import make_private_dir, write_private
from app.settings.keystore import TIME_LIMIT, KeyStore, NoKeyring
from app.settings.paths import ProfilePaths

KEY_BYTES = 32
_KEY_NAME = "journal key"
_TOKEN_NAME = "sign-in "  # noqa: S105 - what it is filed under
_CLOUD_NAME = "cloud "
_NONCE_BYTES = 12
_TAG_BYTES = 16
_FORMAT = b"\x01"
_LOCK_SECONDS = 120.0

KeyPlace = Literal["", "keyring", "file"]


# --- tokens ----------------------------------------------------------------------------------------------


class Vault:
    """The tokens of one profile, by server. They are kept in the keyring; in memory only where there is none.

    Calls block for as long as the keyring takes (up to its time limit): not for an event loop's thread.
    """

    def __init__(self, store: KeyStore) -> None:
        self.store = store
        self._memory: dict[str, str] = {}

    @classmethod
    def of(cls, paths: ProfilePaths, *, use_keyring: bool = True, time_limit: float = TIME_LIMIT) -> Vault:
        """The vault of the profile at `paths`. Raises TargetUnwritable, ProfileKeyLost."""
        with _profile_lock(paths):
            mark = _read_mark(paths) or _new_mark(paths)
        return cls(KeyStore(f"reelkey {mark.id}", use_keyring=use_keyring, time_limit=time_limit))

    def __repr__(self) -> str:
        return "Vault()"

    def get_token(self, origin: str) -> str | None:
        """The token for `origin`, None where there is none. Raises KeyringLocked."""
        if origin in self._memory:  # only what the keyring would not take is here
            return self._memory[origin]
        try:
            return self.store.get(_TOKEN_NAME + origin)
        except NoKeyring:
            return None

    def set_token(self, origin: str, token: str) -> bool:
        """Keep `token`; False where it lasts only until this process ends, because there is no keyring.

        Raises KeyringLocked where there is one that did not take it: the token is kept in memory then.
        """
        self._memory[origin] = token
        try:
            self.store.set(_TOKEN_NAME + origin, token)
        except NoKeyring:
            return False
        del self._memory[origin]
        return True

    def delete_token(self, origin: str) -> None:
        """Forget the token for `origin`. Raises KeyringLocked."""
        self._memory.pop(origin, None)
        with suppress(NoKeyring):
            self.store.delete(_TOKEN_NAME + origin)

    # --- accounts at clouds --------------------------------------------------------------------------

    def get_credentials(self, account: str) -> dict[str, str] | None:
        """What keeps the sign-in of that account (``a1``); None where there is none here. Raises
        KeyringLocked."""
        try:
            text = self.store.get(_CLOUD_NAME + account)
        except NoKeyring:
            return None
        return None if text is None else unpacked(text)

    def set_credentials(self, account: str, credentials: Mapping[str, str]) -> bool:
        """Keep a sign-in; False where there is no keyring, and nothing was kept. Raises KeyringLocked."""
        text = packed(credentials)
        try:
            self.store.set(_CLOUD_NAME + account, text)
            return self.store.get(_CLOUD_NAME + account) == text  # some take a secret and drop it
        except NoKeyring:
            return False

    def delete_credentials(self, account: str) -> None:
        """Forget the sign-in of that account. Raises KeyringLocked."""
        with suppress(NoKeyring):
            self.store.delete(_CLOUD_NAME + account)


def packed(credentials: Mapping[str, str]) -> str:
    """Credentials as one text."""
    return json.dumps(dict(credentials), separators=(",", ":"))


def unpacked(text: str) -> dict[str, str] | None:
    """What `packed` made; None for anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else None


# --- the profile's key -----------------------------------------------------------------------------------


def profile_key(paths: ProfilePaths, vault: Vault | None = None) -> bytes:
    """The 32 bytes that seal this profile's secrets: in the keyring, or in a 0600 file where there is none.

    Made once, at the first start. Where it lives is written down, so that a keyring that is locked today
    never leads to a second key. Processes that start together agree on one. Blocks like `Vault`.
    Raises KeyringLocked, ProfileKeyLost, TargetUnwritable.
    """
    vault = vault or Vault.of(paths)
    with _profile_lock(paths):
        mark = _read_mark(paths) or _new_mark(paths)
        if mark.key_in == "file":
            return _key_of_file(paths.key_file)
        if mark.key_in == "keyring":
            return _key_of_keyring(vault.store)
        place, key = _first_key(paths, vault.store)
        _write_mark(paths, _Mark(mark.id, place))
        return key


@dataclass(frozen=True, slots=True)
class _Mark:
    """Which profile this is (its name in the keyring) and where its key lives; "" before there is one."""

    id: str
    key_in: KeyPlace = ""


def _first_key(paths: ProfilePaths, store: KeyStore) -> tuple[KeyPlace, bytes]:
    """Make the key, or find the one that a start made which ended before it could write down the place."""
    if paths.key_file.exists():
        return "file", _key_of_file(paths.key_file)
    key = secrets.token_bytes(KEY_BYTES)
    try:
        if store.get(_KEY_NAME) is None:
            store.set(_KEY_NAME, key.hex())
        if store.get(_KEY_NAME) is not None:  # there are keyrings that take a secret and drop it
            return "keyring", _key_of_keyring(store)
    except NoKeyring:
        pass
    except KeyringLocked as error:
        way_out = N_("{reason}. To do without it: reelkey settings set keyring none")
        raise KeyringLocked(reason=tr(way_out, reason=error.reason)) from None
    try:
        write_private(paths.key_file, key)
    except OSError as error:
        raise _unwritable(paths.key_file, error) from None
    return "file", key


def _key_of_keyring(store: KeyStore) -> bytes:
    try:
        text = store.get(_KEY_NAME)
    except NoKeyring:
        # It was there once, so this is a session without it (ssh, cron), not a computer without one.
        raise KeyringLocked(reason=N_("there is none in this session")) from None
    key = b""
    with suppress(ValueError):
        key = bytes.fromhex(text or "")
    if len(key) != KEY_BYTES:
        reason = N_("it is gone") if text is None else N_("it is damaged")
        raise ProfileKeyLost(place=tr(N_("The keyring")), reason=tr(reason))
    return key


def _key_of_file(path: Path) -> bytes:
    try:
        if os.name != "nt" and path.stat().st_mode & 0o077:
            path.chmod(0o600)
        with path.open("rb") as file:
            key = file.read(KEY_BYTES + 1)
    except OSError as error:
        reason = tr(N_("it is gone")) if isinstance(error, FileNotFoundError) else str(error.strerror)
        raise ProfileKeyLost(place=str(path), reason=reason) from None
    if len(key) != KEY_BYTES:
        raise ProfileKeyLost(place=str(path), reason=N_("it is damaged"))
    return key


# --- which profile this is -------------------------------------------------------------------------------


def _read_mark(paths: ProfilePaths) -> _Mark | None:
    path = paths.profile_file
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(4096).decode("utf-8"))
        mark = _Mark(content["id"], content["key_in"])
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ProfileKeyLost(place=str(path), reason=str(error.strerror)) from None
    except (ValueError, LookupError, TypeError, RecursionError):
        mark = _Mark("")
    if not isinstance(mark.id, str) or not mark.id or mark.key_in not in ("", "keyring", "file"):
        raise ProfileKeyLost(place=str(path), reason=N_("it is damaged"))
    return mark


def _new_mark(paths: ProfilePaths) -> _Mark:
    mark = _Mark(secrets.token_hex(8))
    _write_mark(paths, mark)
    return mark


def _write_mark(paths: ProfilePaths, mark: _Mark) -> None:
    content = json.dumps({"id": mark.id, "key_in": mark.key_in}).encode() + b"\n"
    try:
        write_private(paths.profile_file, content)
    except OSError as error:
        raise _unwritable(paths.profile_file, error) from None


class _profile_lock:  # noqa: N801 - reads as the `with` that it is
    """One process at a time decides what this profile is."""

    def __init__(self, paths: ProfilePaths) -> None:
        self._path = paths.profile_file
        self._lock = filelock.FileLock(f"{self._path}.lock", timeout=_LOCK_SECONDS)

    def __enter__(self) -> None:
        make_private_dir(self._path.parent)
        try:
            self._lock.acquire()
        except filelock.Timeout:
            # The one that holds it waits for the keyring, most likely for a person to unlock it.
            raise KeyringLocked(reason=N_("another Reelkey waits for it")) from None
        except OSError as error:
            raise _unwritable(self._path, error) from None

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _unwritable(path: Path, error: OSError) -> TargetUnwritable:
    return TargetUnwritable(path=str(path), reason=error.strerror or type(error).__name__)


# --- sealing ---------------------------------------------------------------------------------------------


class Sealer:
    """Seals what the journal must not hold in clear: AES-256-GCM, a random nonce each time.

    Sealed: 1 byte format (1) ‖ 12 bytes nonce ‖ ciphertext and 16 bytes tag. `aad` says what it is for, so
    that one secret can't be put in the place of another. Random nonces bound one key to 2³² uses: a journal
    makes a few a film.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("the key has 32 bytes")
        self._cipher = AESGCM(key)

    def __repr__(self) -> str:
        return "Sealer()"

    def seal(self, secret: bytes, aad: bytes) -> bytes:
        """`secret` sealed; 29 bytes longer."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _FORMAT + nonce + self._cipher.encrypt(nonce, secret, _FORMAT + aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """What was sealed for the same `aad`. Raises SecretDamaged."""
        if sealed[:1] == _FORMAT and len(sealed) >= 1 + _NONCE_BYTES + _TAG_BYTES:
            nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
            with suppress(InvalidTag):
                return self._cipher.decrypt(nonce, body, _FORMAT + aad)
        raise SecretDamaged(what=tr(N_("What was kept sealed")))
