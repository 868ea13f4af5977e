"""What the engine tells the window of clouds: frozen values that cross from its process to the window's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.cloud.options import Option
from app.journal.exports import AccountRow, ExportRow, From, Tally


@dataclass(frozen=True, slots=True)
class CloudKind:
    """A kind of cloud as the window offers it: `title` is its own name, `home` its page in a browser (""
    where there is none), `hashes_contents` as in its abilities."""

    id: str
    title: str
    icon: str
    options: tuple[Option, ...]
    home: str = ""
    hashes_contents: bool = True


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """An account at a cloud, without anything of its sign-in."""

    row: AccountRow
    kind: CloudKind

    @property
    def shown(self) -> str:
        """What people call it: their own name for it, else the account's."""
        return self.row.label or self.row.name


@dataclass(frozen=True, slots=True)
class AccountsChanged:
    """All accounts at clouds, in the order in which they were added."""

    accounts: tuple[AccountSeen, ...]


@dataclass(frozen=True, slots=True)
class ExportsChanged:
    """Exports that are new or other than before, how each stands, and the numbers of those forgotten."""

    rows: tuple[ExportRow, ...] = ()
    tallies: Mapping[int, Tally] = field(default_factory=dict)
    gone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SignInAsks:
    """What the sign-in of that number wants of the person: a page to be opened in the browser, or (`code`)
    the six digits of their authenticator."""

    number: int
    page: str = field(default="", repr=False)
    code: bool = False


@dataclass(frozen=True, slots=True)
class Pictured:
    """The item of an export whose film's frame stands for all of it: `source`, `place` and `size` are the
    item's (`app.journal.exports.ItemRow`)."""

    source: From
    place: str
    size: int | None


CloudMessage = AccountsChanged | ExportsChanged | SignInAsks
