"""Which request gets which fault. Rules lie in the store and are used up in the order they were made."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.task_server.fields import Form
from sandbox.task_server.store import Store

Kind = Literal["status", "page", "bare", "text", "redirect", "change", "drop", "delay", "slow", "cut"]


class Fault(BaseModel):
    """One rule: whom it meets (first half) and what it does to them (second half).

    `status`: an error of `code` in the `shape` of an error body. `page`: an HTML page with `code`.
    `bare`: JSON without the envelope (`body`). `text`: `size` bytes of text with `code`. `redirect`: `code`
    to `location`. `change`: the true answer with its fields changed. `drop`: the connection is cut without
    an answer. `delay`: `seconds` of silence, then the true answer. `slow`: the true answer over `seconds`,
    bit by bit. `cut`: half the true answer, then the connection is cut.

    With `act` the request is carried out before the fault shows (for `delay`: before the wait).
    `change`, `slow` and `cut` always carry it out.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    method: str = "*"
    path: str = "*"  # a glob over the whole path
    form: dict[str, str] = Field(default_factory=dict)  # fields that the form must hold
    after: int = Field(default=0, ge=0)  # let so many matching requests pass first
    times: int | None = Field(default=1, ge=1)  # then meet so many; None: all

    act: bool = False
    code: int = Field(default=0, ge=0, le=599)  # 0: the kind's own
    shape: Literal["detail", "envelope", "fields", "html", "empty"] = "detail"
    message: str = ""
    retry_after: str | None = None
    location: str = "/accounts/login/"
    body: Any = None
    size: int = Field(default=10_000_000, ge=0, le=200_000_000)
    seconds: float = Field(default=3600, ge=0)
    set: dict[str, Any] = Field(default_factory=dict)  # fields of `data`, of each item where it is a list
    remove: list[str] = Field(default_factory=list)
    envelope: dict[str, Any] = Field(default_factory=dict)  # fields beside `data`

    def meets(self, method: str, path: str, form: Form) -> bool:
        return (
            fnmatchcase(method, self.method)
            and fnmatchcase(path, self.path)
            and all(form.get(name) == value for name, value in self.form.items())
        )


@dataclass(frozen=True)
class StoredFault:
    """A rule with its id and how many requests it has seen and met."""

    id: int
    rule: Fault
    seen: int
    used: int


class Faults:
    """The rules in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, rule: Fault) -> int:
        return self._store.insert("faults", rule=rule.model_dump_json())

    def all(self) -> list[StoredFault]:
        rows = self._store.all("SELECT * FROM faults ORDER BY id")
        return [
            StoredFault(row["id"], Fault.model_validate_json(row["rule"]), row["seen"], row["used"])
            for row in rows
        ]

    def clear(self) -> None:
        self._store.run("DELETE FROM faults")

    def next_for(self, method: str, path: str, form: Form) -> Fault | None:
        """The first rule, not used up, that meets this request; it is counted."""
        for stored in self.all():
            rule = stored.rule
            if not rule.meets(method, path, form):
                continue
            self._store.run("UPDATE faults SET seen = seen + 1 WHERE id = ?", stored.id)
            if stored.seen < rule.after or (rule.times is not None and stored.used >= rule.times):
                continue
            self._store.run("UPDATE faults SET used = used + 1 WHERE id = ?", stored.id)
            return rule
        return None
