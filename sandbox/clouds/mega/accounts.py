"""Accounts and their sessions: keys made by the stand-in's own cryptography, as MEGA's server holds them."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass, field
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.clouds.mega import crypto
from sandbox.clouds.mega.errors import Number, Refused
from sandbox.clouds.mega.nodes import Tree

GIB = 1 << 30
_SESSION_LENGTH = 43


@dataclass
class Account:
    """One account: what the server knows, and (for tests alone) the master key that it would not know."""

    email: str
    user: str  # the handle, 11 letters
    version: int
    master: bytes
    sealed_master: str
    tree: Tree
    rsa: crypto.RsaKey | None = None  # None: an account without e-mail
    salt: bytes = b""
    shown: str = ""  # what sign-in must show for the password (`uh`)
    code: str | None = None  # two-factor: the code that is right now
    blocked: bool = False
    quota: int = 20 * GIB
    session_challenge: str = ""  # of an account without e-mail (`ts`)
    sessions: set[str] = field(default_factory=set)

    @property
    def sealed_private(self) -> str:
        """`privk`: the private key sealed with the master key."""
        if self.rsa is None:
            return ""
        return crypto.b64(crypto.ecb_seal(self.master, self.rsa.private()))

    def free(self) -> int:
        """Bytes that still fit; below zero where the quota was lowered since."""
        return self.quota - self.tree.used()


class Accounts:
    """All accounts; sessions by their id."""

    def __init__(self) -> None:
        self._by_email: dict[str, Account] = {}
        self._by_user: dict[str, Account] = {}
        self._by_session: dict[str, Account] = {}

    def all(self) -> list[Account]:
        return list(self._by_user.values())

    def by_email(self, email: str) -> Account | None:
        return self._by_email.get(email.lower())

    def make(
        self, email: str, password: str, *, version: int = 2, code: str | None = None, quota: int = 20 * GIB
    ) -> Account:
        """An account with an e-mail address (version 1: the old way with passwords; 2: with a salt)."""
        email = email.lower()
        salt = b""
        if version == 1:
            key = crypto.v1_key(password)
            shown = crypto.v1_hash(email, key)
        else:
            salt = hashlib.sha256(email.encode()).digest()  # any 32 bytes do
            key, seen = crypto.v2_keys(password, salt)
            shown = crypto.b64(seen)
        master = os.urandom(16)
        account = Account(
            email=email,
            user=crypto.b64(os.urandom(8)),
            version=version,
            master=master,
            sealed_master=crypto.b64(crypto.ecb_seal(key, master)),
            tree=Tree(),
            rsa=_key_pair(len(self._by_email) % 2),
            salt=salt,
            shown=shown,
            code=code,
            quota=quota,
        )
        self._by_email[email] = account
        self._by_user[account.user] = account
        return account

    def make_anonymous(self, sealed_master: str, challenge: str) -> Account:
        """An account without e-mail, as `up` begins it. Its master key stays unknown."""
        user = crypto.b64(os.urandom(8))
        account = Account(
            email="",
            user=user,
            version=0,
            master=b"",
            sealed_master=sealed_master,
            tree=Tree(),
            session_challenge=challenge,
        )
        self._by_user[user] = account
        return account

    def anonymous(self, user: str) -> Account | None:
        account = self._by_user.get(user)
        return account if account is not None and not account.email else None

    def begin_session(self, account: Account) -> bytes:
        """The bytes of a new session."""
        # Read without leading zeros by clients: the first byte is never one.
        session = bytes([secrets.randbelow(255) + 1]) + os.urandom(_SESSION_LENGTH - 1)
        self.hold_session(account, crypto.b64(session))
        return session

    def hold_session(self, account: Account, sid: str) -> None:
        account.sessions.add(sid)
        self._by_session[sid] = account

    def signed_in(self, sid: str | None) -> Account:
        """Whose session this is. Raises Refused: SID for none, BLOCKED for a blocked account."""
        account = self._by_session.get(sid or "")
        if account is None:
            raise Refused(Number.SID)
        if account.blocked:
            raise Refused(Number.BLOCKED)
        return account

    def end_session(self, sid: str) -> None:
        account = self._by_session.pop(sid, None)
        if account is not None:
            account.sessions.discard(sid)

    def end_all_sessions(self) -> None:
        for sid in list(self._by_session):
            self.end_session(sid)


@cache
def _key_pair(which: int) -> crypto.RsaKey:
    """A key pair of 2048 bits. Only two are made in a process, in turn: making one takes long."""
    del which
    numbers = rsa.generate_private_key(public_exponent=3, key_size=2048).private_numbers()
    p, q = numbers.p, numbers.q
    return crypto.RsaKey(p, q, numbers.d, pow(p, -1, q), 3)
