"""Signing in to MEGA: from e-mail address and password to a session and the master key. The password leaves
this module in no form; what is kept are session, master key and the account's own handle.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from app.cloud.destinations.mega.api import Api, error_number, origin_of
from app.cloud.destinations.mega.faults import NAME, Number, fault, unclear
from app.cloud.destinations.mega.keys import BLOCK, Undecryptable, decrypt, from_text, to_text, xor
from app.cloud.kind import Asking, Credentials, SignedIn
from app.domain.errors import CloudRefused, SignInExpired, SignInRefused
from app.domain.words import N_, tr

_ROUNDS_2 = 100_000
_ROUNDS_1 = 65_536
_HASHES_1 = 16_384
_FIRST_KEY_1 = bytes.fromhex("93C467E37DB0C7A4D1BE3F810152CB56")
_SESSION = 43
_LARGEST_MODULUS = 1024
_LONGEST_PASSWORD = 1024


class Proof(NamedTuple):
    """What a password comes to: the key the master key lies under, and what is said to the server."""

    key: bytes
    said: bytes


def proof_2(password: str, salt: bytes) -> Proof:
    """Of accounts since 2018."""
    both = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS_2, 32)
    return Proof(both[:16], both[16:])


def proof_1(email: str, password: str) -> Proof:
    """Of older accounts."""
    raw = password.encode()
    pieces = [raw[at : at + BLOCK].ljust(BLOCK, b"\0") for at in range(0, len(raw), BLOCK)]
    steps = [Cipher(algorithms.AES(one), modes.ECB()).encryptor() for one in pieces]  # noqa: S305
    key = _FIRST_KEY_1
    for _ in range(_ROUNDS_1):
        for step in steps:
            key = step.update(key)
    mixed = bytes(BLOCK)
    address = email.encode()
    for at in range(0, len(address), BLOCK):
        mixed = xor(mixed, address[at : at + BLOCK].ljust(BLOCK, b"\0"))
    step = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305
    for _ in range(_HASHES_1):
        mixed = step.update(mixed)
    return Proof(key, mixed[0:4] + mixed[8:12])


def session_of(master: bytes, private: object, sealed: object) -> str:
    """The session id: the server sealed it for the account's RSA key, which lies under the master key.
    Raises Undecryptable."""
    p, q, d = _numbers(decrypt(master, from_text(private)), 3)
    modulus = p * q
    (challenge,) = _numbers(from_text(sealed), 1)
    if not 2 < modulus < 1 << (8 * _LARGEST_MODULUS) or d <= 0 or challenge >= modulus:
        raise Undecryptable("no RSA key")
    plain = pow(challenge, d, modulus)
    session = plain.to_bytes((plain.bit_length() + 7) // 8, "big")[:_SESSION]
    if len(session) != _SESSION:
        raise Undecryptable("no session")
    return to_text(session)


def _numbers(data: bytes, count: int) -> list[int]:
    """Whole numbers, each behind the length in bits it has."""
    numbers = []
    for _ in range(count):
        length = (int.from_bytes(data[:2], "big") + 7) // 8
        if len(data) < 2 + length or length > _LARGEST_MODULUS:
            raise Undecryptable("no number")
        numbers.append(int.from_bytes(data[2 : 2 + length], "big"))
        data = data[2 + length :]
    return numbers


class Keys(NamedTuple):
    """What is kept of a sign-in."""

    sid: str
    master: bytes
    user: str

    @classmethod
    def read(cls, credentials: Credentials) -> Keys:
        """From what the keyring kept. Raises SignInExpired where it isn't whole."""
        try:
            keys = cls(credentials["sid"], from_text(credentials["key"]), credentials["user"])
        except (KeyError, Undecryptable):
            raise SignInExpired(cloud=NAME) from None
        if not keys.sid or len(keys.master) != BLOCK:
            raise SignInExpired(cloud=NAME)
        return keys

    def kept(self) -> dict[str, str]:
        return {"sid": self.sid, "key": to_text(self.master), "user": self.user}


async def sign_in(options: Mapping[str, str], env: Mapping[str, str], asking: Asking) -> SignedIn:
    """Sign in with the options ``email``, ``password``, ``code``. Raises SignInRefused, Cancelled,
    CloudError."""
    email, password = options["email"].strip().lower(), options["password"]
    if not password or len(password) > _LONGEST_PASSWORD:
        raise _refused(N_("The e-mail address or the password is wrong"))
    api = Api(origin_of(env))
    try:
        proof = await _proof(api, email, password)
        command = {"a": "us", "user": email, "uh": to_text(proof.said)}
        answer = await _try(api, command)
        if answer == Number.SECOND_FACTOR:
            code = options.get("code", "").strip() or (await asking.second_factor()).strip()
            answer = await _try(api, {**command, "mfa": code})
            if answer in (Number.FAILED, Number.EXPIRED, Number.SECOND_FACTOR):
                raise _refused(N_("The six digits of the authenticator are wrong or too old"))
        keys = await asyncio.to_thread(_open, answer, proof.key)
    finally:
        await api.aclose()
    return SignedIn(account=email, credentials=keys.kept())


async def sign_out(options: Mapping[str, str], credentials: Credentials, env: Mapping[str, str]) -> None:
    """End the session at MEGA. One that is at its end already is no error."""
    del options
    try:
        keys = Keys.read(credentials)
    except SignInExpired:
        return
    api = Api(origin_of(env), keys.sid)
    try:
        await api.one({"a": "sml"})
    except SignInExpired:
        pass
    finally:
        await api.aclose()


async def _proof(api: Api, email: str, password: str) -> Proof:
    answer = await _try(api, {"a": "us0", "user": email})
    if isinstance(answer, dict) and answer.get("v") == 1:
        return await asyncio.to_thread(proof_1, email, password)
    if not isinstance(answer, dict) or answer.get("v") != 2:
        raise _refusal(answer)
    try:
        salt = from_text(answer.get("s"))
    except Undecryptable:
        raise unclear() from None
    return await asyncio.to_thread(proof_2, password, salt)


async def _try(api: Api, command: Mapping[str, Any]) -> Any:
    """The answer, or the number of a definite no, for the sign-in to say in its own words."""
    try:
        return await api.one(command)
    except CloudRefused as refused:
        return refused.facts["status"]


def _open(answer: Any, key: bytes) -> Keys:
    if not isinstance(answer, dict):
        raise _refusal(answer)
    try:
        master = decrypt(key, from_text(answer.get("k")))
        if len(master) != BLOCK:
            raise Undecryptable("no master key")
        sid = session_of(master, answer.get("privk"), answer.get("csid"))
    except Undecryptable:
        raise unclear() from None
    user = answer.get("u")
    if not isinstance(user, str) or not 0 < len(user) <= 32:
        raise unclear()
    return Keys(sid, master, user)


def _refusal(answer: Any) -> Exception:
    number = error_number(answer)
    if number in (Number.NOT_FOUND, Number.FAILED):
        return _refused(N_("The e-mail address or the password is wrong"))
    if number == Number.BLOCKED:
        return _refused(N_("MEGA has blocked this account: sign in at mega.nz to see why"))
    if number == Number.INCOMPLETE:
        return _refused(N_("This account is not confirmed yet: MEGA has sent you an e-mail"))
    return unclear() if number is None else fault(number)


def _refused(reason: str) -> SignInRefused:
    return SignInRefused(cloud=NAME, reason=tr(reason))
