from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import keyring.core
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from keyring.errors import InitError, NoKeyringError, PasswordSetError
from keyring.errors import KeyringLocked as Locked

from app.domain.errors import KeyringLocked, ProfileKeyLost, SecretDamaged, TargetUnwritable
from app.settings.files import write_private
from app.settings.keystore import KeyStore, NoKeyring
from app.settings.paths import ProfilePaths
from app.settings.secrets import Sealer, Vault, profile_key

ORIGIN = "https://library.example"
TOKEN = "canary-token-53"


class Ring(Protocol):
    """The keyring of conftest.py."""

    kept: dict[tuple[str, str], str]
    drops: bool

    def fail_with(self, error: Exception | None) -> None: ...


def mark_of(paths: ProfilePaths) -> dict[str, str]:
    found = json.loads(paths.profile_file.read_text())
    assert isinstance(found, dict)
    return found


def files_of(paths: ProfilePaths) -> bytes:
    return b"".join(path.read_bytes() for path in paths.data_dir.rglob("*") if path.is_file())


# --- tokens --------------------------------------------------------------------------------------------


def test_a_token_is_kept_by_server_and_by_profile(ring: Ring, paths: ProfilePaths, tmp_path: Path) -> None:
    vault = Vault.of(paths)
    assert vault.get_token(ORIGIN) is None
    assert vault.set_token(ORIGIN, "old") is True
    assert vault.set_token(ORIGIN, TOKEN) is True
    assert Vault.of(paths).get_token(ORIGIN) == TOKEN
    assert vault.get_token(ORIGIN + ":8443") is None
    assert Vault.of(ProfilePaths.of(tmp_path / "other")).get_token(ORIGIN) is None
    assert TOKEN in ring.kept.values()
    vault.delete_token(ORIGIN)
    vault.delete_token(ORIGIN)
    assert Vault.of(paths).get_token(ORIGIN) is None
    assert TOKEN not in ring.kept.values()


def test_no_token_is_on_the_disk_or_in_a_repr(ring: Ring, paths: ProfilePaths) -> None:
    vault = Vault.of(paths)
    vault.set_token(ORIGIN, TOKEN)
    ring.fail_with(NoKeyringError("x"))
    vault.set_token(ORIGIN + ":1", TOKEN)
    assert TOKEN.encode() not in files_of(paths)
    assert TOKEN not in repr(vault) + repr(vars(vault.store))


def test_without_a_keyring_a_token_lasts_as_long_as_the_process(no_ring: Ring, paths: ProfilePaths) -> None:
    vault = Vault.of(paths)
    assert vault.set_token(ORIGIN, TOKEN) is False
    assert vault.get_token(ORIGIN) == TOKEN
    assert Vault.of(paths).get_token(ORIGIN) is None
    vault.delete_token(ORIGIN)
    assert vault.get_token(ORIGIN) is None
    assert no_ring.kept == {}


@pytest.mark.parametrize(
    "error", [Locked("x"), InitError("x"), PasswordSetError(TOKEN), OSError(5, "x"), RuntimeError("x")]
)
def test_a_keyring_that_refuses_says_so_and_the_token_stays_for_now(
    ring: Ring, paths: ProfilePaths, error: Exception
) -> None:
    vault = Vault.of(paths)
    ring.fail_with(error)
    with pytest.raises(KeyringLocked) as caught:
        vault.get_token(ORIGIN)
    assert caught.value.retry
    with pytest.raises(KeyringLocked) as caught:
        vault.set_token(ORIGIN, TOKEN)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert vault.get_token(ORIGIN) == TOKEN
    ring.fail_with(None)
    assert vault.set_token(ORIGIN, TOKEN) is True
    assert Vault.of(paths).get_token(ORIGIN) == TOKEN


def test_the_settings_can_do_without_the_keyring(ring: Ring, paths: ProfilePaths) -> None:
    vault = Vault.of(paths, use_keyring=False)
    assert vault.set_token(ORIGIN, TOKEN) is False
    profile_key(paths, vault)
    assert ring.kept == {}
    assert mark_of(paths)["key_in"] == "file"


def test_a_keyring_that_hangs_does_not_hang_us(
    monkeypatch: pytest.MonkeyPatch, ring: Ring, paths: ProfilePaths
) -> None:
    freed = threading.Event()
    asked: list[str] = []

    def hang(_service: str, name: str) -> None:
        asked.append(name)
        freed.wait(30)

    vault = Vault.of(paths, time_limit=0.1)
    with monkeypatch.context() as patch:
        patch.setattr(ring, "get_password", hang)
        for _ in range(3):
            with pytest.raises(KeyringLocked, match="does not answer"):
                vault.get_token(ORIGIN)
        assert len(asked) == 1  # who waits for an answer is not asked again
    hung = vault.store._hung
    assert hung is not None
    assert hung.daemon  # or the process would wait for it at its end
    freed.set()
    hung.join(30)
    assert vault.get_token(ORIGIN) is None


def test_looking_for_the_keyring_is_under_the_limit_too(monkeypatch: pytest.MonkeyPatch) -> None:
    freed = threading.Event()
    monkeypatch.setattr(keyring.core, "init_backend", lambda: freed.wait(30))
    store = KeyStore("x", time_limit=0.1)
    with pytest.raises(KeyringLocked):
        store.get("a")
    freed.set()
    assert store._hung is not None
    store._hung.join(30)


@pytest.mark.parametrize(
    "backend", ["keyring.backends.fail.Keyring", "keyring.backends.null.Keyring", "no.such.Ring"]
)
def test_backends_that_are_none(monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)
    store = KeyStore("x")
    with pytest.raises(NoKeyring):
        store.set("a", "b")
    with pytest.raises(NoKeyring):
        store.get("a")


# --- the profile's key ---------------------------------------------------------------------------------


def test_the_key_is_made_once_and_kept_in_the_keyring(ring: Ring, paths: ProfilePaths) -> None:
    key = profile_key(paths)
    assert len(key) == 32
    assert profile_key(paths) == key
    assert mark_of(paths)["key_in"] == "keyring"
    assert list(ring.kept.values()) == [key.hex()]
    assert not paths.key_file.exists()
    assert key not in files_of(paths)
    assert key.hex().encode() not in files_of(paths)


def test_two_profiles_have_two_keys(ring: Ring, paths: ProfilePaths, tmp_path: Path) -> None:
    assert profile_key(paths) != profile_key(ProfilePaths.of(tmp_path / "other"))


def test_without_a_keyring_the_key_lies_in_a_file_for_this_user(no_ring: Ring, paths: ProfilePaths) -> None:
    key = profile_key(paths)
    assert paths.key_file.read_bytes() == key
    assert mark_of(paths)["key_in"] == "file"
    if os.name != "nt":
        assert stat.S_IMODE(paths.key_file.stat().st_mode) == 0o600
        assert stat.S_IMODE(paths.data_dir.stat().st_mode) == 0o700
    no_ring.fail_with(None)  # a keyring that appears later changes nothing
    assert profile_key(paths) == key
    assert no_ring.kept == {}


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_a_key_file_that_was_opened_to_others_is_closed(no_ring: Ring, paths: ProfilePaths) -> None:
    key = profile_key(paths)
    paths.key_file.chmod(0o644)
    assert profile_key(paths) == key
    assert stat.S_IMODE(paths.key_file.stat().st_mode) == 0o600


@pytest.mark.parametrize("error", [Locked("x"), InitError("x"), NoKeyringError("x"), TimeoutError()])
def test_a_keyring_that_is_away_today_never_leads_to_a_second_key(
    ring: Ring, paths: ProfilePaths, error: Exception
) -> None:
    key = profile_key(paths)
    ring.fail_with(error)
    with pytest.raises(KeyringLocked):
        profile_key(paths)
    assert not paths.key_file.exists()
    ring.fail_with(None)
    assert profile_key(paths) == key


def test_a_locked_keyring_at_the_first_start_makes_nothing_and_names_the_way_out(
    ring: Ring, paths: ProfilePaths
) -> None:
    ring.fail_with(Locked("x"))
    with pytest.raises(KeyringLocked, match="keyring none"):
        profile_key(paths)
    assert not paths.key_file.exists()
    assert mark_of(paths)["key_in"] == ""
    ring.fail_with(None)
    assert list(ring.kept) == []
    assert profile_key(paths).hex() in ring.kept.values()


def test_a_start_that_ended_before_the_place_was_written_down(ring: Ring, paths: ProfilePaths) -> None:
    key = profile_key(paths)
    mark = mark_of(paths)
    paths.profile_file.write_text(json.dumps(mark | {"key_in": ""}))
    assert profile_key(paths) == key
    assert mark_of(paths) == mark


def test_the_same_with_a_file(no_ring: Ring, paths: ProfilePaths) -> None:
    key = profile_key(paths)
    paths.profile_file.write_text(json.dumps(mark_of(paths) | {"key_in": ""}))
    no_ring.fail_with(None)
    assert profile_key(paths) == key
    assert no_ring.kept == {}


def test_a_keyring_that_takes_a_secret_and_drops_it_is_none(ring: Ring, paths: ProfilePaths) -> None:
    ring.drops = True
    key = profile_key(paths)
    assert paths.key_file.read_bytes() == key
    assert profile_key(paths) == key


def test_a_key_that_is_gone_is_said_and_not_made_anew(ring: Ring, paths: ProfilePaths) -> None:
    profile_key(paths)
    ring.kept.clear()
    with pytest.raises(ProfileKeyLost):
        profile_key(paths)
    assert ring.kept == {}


@pytest.mark.parametrize("text", ["", "xyz", "00" * 31, "00" * 33, "片"])
def test_a_damaged_key_in_the_keyring(ring: Ring, paths: ProfilePaths, text: str) -> None:
    profile_key(paths)
    ring.kept = dict.fromkeys(ring.kept, text)
    with pytest.raises(ProfileKeyLost):
        profile_key(paths)
    assert set(ring.kept.values()) == {text}


@pytest.mark.parametrize("content", [None, b"", b"x" * 31, b"x" * 33])
def test_a_damaged_key_file(no_ring: Ring, paths: ProfilePaths, content: bytes | None) -> None:
    profile_key(paths)
    paths.key_file.unlink()
    if content is not None:
        paths.key_file.write_bytes(content)
    with pytest.raises(ProfileKeyLost) as caught:
        profile_key(paths)
    assert str(paths.key_file) in caught.value.message
    assert (paths.key_file.read_bytes() if content is not None else None) == content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"id": 5, "key_in": ""}',
        b'{"id": "", "key_in": ""}',
        b'{"id": "a", "key_in": []}',
        b'{"id": "a", "key_in": "cloud"}',
        b"\xff",
        b"[" * 4000,
    ],
)
def test_a_damaged_profile_file_is_said_and_left(ring: Ring, paths: ProfilePaths, content: bytes) -> None:
    profile_key(paths)
    paths.profile_file.write_bytes(content)
    for use in (lambda: profile_key(paths), lambda: Vault.of(paths)):
        with pytest.raises(ProfileKeyLost):
            use()
    assert paths.profile_file.read_bytes() == content


def test_a_full_disk_leaves_no_half_key(
    no_ring: Ring, paths: ProfilePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = Vault.of(paths)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("app.settings.files.fsync_file", full)
        with pytest.raises(TargetUnwritable):
            profile_key(paths, vault)
    assert not paths.key_file.exists()
    assert len(profile_key(paths, vault)) == 32


def test_two_that_find_no_key_do_not_both_make_one(
    no_ring: Ring, paths: ProfilePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each waits, about to write, for the other to come as far: under the lock it never does."""
    both = threading.Barrier(2)
    vault = Vault.of(paths)
    keys: list[bytes] = []

    def write(target: Path, content: bytes) -> None:
        if target == paths.key_file:
            with suppress(threading.BrokenBarrierError):
                both.wait(0.5)
        write_private(target, content)

    monkeypatch.setattr("app.settings.secrets.write_private", write)
    threads = [threading.Thread(target=lambda: keys.append(profile_key(paths, vault))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(keys) == 2
    assert set(keys) == {profile_key(paths, vault)}


_PRINT_KEY = """
import sys, pathlib
from app.settings.paths import ProfilePaths
from app.settings.secrets import profile_key
print(profile_key(ProfilePaths.of(pathlib.Path(sys.argv[1]))).hex())
"""


def test_processes_that_start_together_agree_on_one_key(paths: ProfilePaths) -> None:
    argv = [sys.executable, "-c", _PRINT_KEY, str(paths.root)]
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    children = [subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    keys = [child.communicate(timeout=60)[0].strip() for child in children]
    assert [child.returncode for child in children] == [0] * 4
    assert len(set(keys)) == 1
    assert keys[0] == profile_key(paths).hex()


# --- sealing -------------------------------------------------------------------------------------------

KEY = bytes(range(32))


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_what_is_sealed_opens_for_the_same_purpose_only(secret: bytes, aad: bytes) -> None:
    sealer = Sealer(KEY)
    sealed = sealer.seal(secret, aad)
    assert len(sealed) == len(secret) + 29
    assert Sealer(KEY).open(sealed, aad) == secret
    assert sealer.seal(secret, aad) != sealed
    for other, purpose in ((sealer, aad + b"x"), (Sealer(bytes(32)), aad)):
        with pytest.raises(SecretDamaged):
            other.open(sealed, purpose)


def test_every_flipped_bit_and_every_cut_is_noticed() -> None:
    sealer = Sealer(KEY)
    sealed = sealer.seal(b"uuid", b"uuid")
    for place in range(len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[place // 8] ^= 1 << place % 8
        with pytest.raises(SecretDamaged):
            sealer.open(bytes(flipped), b"uuid")
    for length in range(len(sealed)):
        with pytest.raises(SecretDamaged):
            sealer.open(sealed[:length], b"uuid")


def test_the_format_is_the_one_that_is_written_down() -> None:
    """Opened and made by hand, so that a change of the format shows."""
    sealed = Sealer(KEY).seal(b"secret", b"uuid")
    assert AESGCM(KEY).decrypt(sealed[1:13], sealed[13:], b"\x01uuid") == b"secret"
    by_hand = b"\x01" + bytes(12) + AESGCM(KEY).encrypt(bytes(12), b"secret", b"\x01uuid")
    assert Sealer(KEY).open(by_hand, b"uuid") == b"secret"


def test_a_sealer_shows_nothing() -> None:
    with pytest.raises(ValueError, match="32"):
        Sealer(b"short")
    assert KEY.hex() not in repr(Sealer(KEY))
    with pytest.raises(SecretDamaged) as caught:
        Sealer(KEY).open(b"canary-sealed", b"canary-purpose")
    assert "canary" not in str(caught.value)
