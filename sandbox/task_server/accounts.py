"""Tokens, users and roles. A role is what a user may do: seller, buyer, both or neither."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import Headers

from sandbox.task_server.answers import NO_RIGHT, NOT_RECOGNISED, NOT_SIGNED_IN, refuse_detail
from sandbox.task_server.store import Store

SELLER, BUYER = "seller", "buyer"
ROLES = (SELLER, BUYER)
_COMPANIES = {SELLER: "东海影业", BUYER: "星河院线"}


@dataclass(frozen=True)
class User:
    """Who a token stands for."""

    id: int
    name: str
    roles: tuple[str, ...]

    @property
    def company(self) -> str:
        return _COMPANIES[self.roles[0]] if self.roles else ""


@dataclass(frozen=True)
class Seed:
    """A token to begin with: its value, its user's name (None: a new user named after the roles), roles."""

    token: str
    name: str | None
    roles: tuple[str, ...]


def parse_seed(text: str) -> Seed:
    """Read ``ROLE[+ROLE][=NAME]:TOKEN``, e.g. ``seller:abc`` or ``buyer=星河院线:def``; ``none`` has no role.

    Raises ValueError with a text for the person who typed it.
    """
    who, colon, token = text.partition(":")
    roles_text, _, name = who.partition("=")
    if not colon or not token or not token.isascii() or not token.isprintable():
        raise ValueError("a token is written ROLE[=NAME]:TOKEN")
    roles = () if roles_text == "none" else tuple(roles_text.split("+"))
    for role in roles:
        if role not in ROLES:
            raise ValueError(f"{role!r} is no role; there are {', '.join(ROLES)} and none")
    return Seed(token=token, name=name or None, roles=roles)


class Accounts:
    """Users and their tokens in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, seed: Seed) -> User:
        """Add a token and, where there is none of that name, its user.

        A second token with the same name is a second sign-in of one user; without a name it is a new user
        (`buyer-2`). A known token is left as it is. ValueError where the name has other roles.
        """
        known = self.of_token(seed.token, even_expired=True)
        if known is not None:
            return known
        roles = "+".join(seed.roles)
        known = self.named(seed.name) if seed.name else None
        if known is not None and known.roles != seed.roles:
            raise ValueError(f"{seed.name} is known with other roles")
        with self._store.change():
            if known is None:
                name = seed.name or self._free_name(roles or "none")
                known = User(self._store.insert("users", name=name, roles=roles), name, seed.roles)
            self._store.insert("tokens", token=seed.token, user=known.id)
        return known

    def _free_name(self, wanted: str) -> str:
        name, number = wanted, 1
        while self.named(name) is not None:
            number += 1
            name = f"{wanted}-{number}"
        return name

    def expire(self, token: str, *, expired: bool = True) -> bool:
        """Let a token count no longer, or again; False where it is unknown."""
        self._store.run("UPDATE tokens SET expired = ? WHERE token = ?", int(expired), token)
        return self._store.one("SELECT 1 FROM tokens WHERE token = ?", token) is not None

    def of_token(self, token: str, *, even_expired: bool = False) -> User | None:
        row = self._store.one(
            "SELECT users.*, tokens.expired FROM tokens JOIN users ON users.id = tokens.user WHERE token = ?",
            token,
        )
        if row is None or (row["expired"] and not even_expired):
            return None
        return _user(row)

    def named(self, name: str) -> User | None:
        row = self._store.one("SELECT * FROM users WHERE name = ?", name)
        return None if row is None else _user(row)

    def all(self) -> list[tuple[User, str]]:
        """Every user with the newest token that counts, ``""`` where none does."""
        rows = self._store.all(
            "SELECT users.*, (SELECT token FROM tokens WHERE user = users.id AND NOT expired "
            "ORDER BY rowid DESC LIMIT 1) AS token FROM users ORDER BY id"
        )
        return [(_user(row), row["token"] or "") for row in rows]

    def of_request(self, headers: Headers) -> User:
        """The user of the header `Token`; 401 without one. Only that name counts: a header with an
        underscore never reaches a Django application."""
        sent = headers.getlist("token")
        if not sent:
            raise refuse_detail(401, NOT_SIGNED_IN, {"WWW-Authenticate": "Token"})
        user = self.of_token(",".join(sent).strip())
        if user is None:
            raise refuse_detail(401, NOT_RECOGNISED, {"WWW-Authenticate": "Token"})
        return user


def need_role(user: User, role: str) -> None:
    """403 where the user has not got the role."""
    if role not in user.roles:
        raise refuse_detail(403, NO_RIGHT)


def _user(row: object) -> User:
    values = dict(row)  # type: ignore[call-overload]
    return User(values["id"], values["name"], tuple(role for role in values["roles"].split("+") if role))
