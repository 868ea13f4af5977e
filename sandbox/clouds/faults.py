"""Which request of a stand-in gets which fault. Rules are used up in the order they were made.

A cloud's stand-in adds kinds of its own (`own`): those reach its code as ``scope["fault"]``, all others are
played by the layer around it (`sandbox.clouds.layer`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

GENERAL = frozenset(
    {"status", "hang", "delay", "reset", "cut_request", "cut_answer", "slow", "garbage", "change"}
)

_GARBAGE = "<html><head><title>Sign in to this network</title></head><body>\x00\ufffd{]"


class Fault(BaseModel):
    """One rule: whom it meets (first half) and what it does to them (second half).

    `status`: an error of `code`, `reason` and `message` in the cloud's own form, with `retry_after`.
    `hang`: silence for `seconds`, then the connection is cut. `delay`: `seconds` of silence, then the true
    answer. `reset`: the connection is cut without an answer. `cut_request`: cut when `size` bytes of the
    request's body have been handed to the stand-in, which keeps what a broken connection leaves.
    `cut_answer`: cut after `size` bytes of the true answer's body. `slow`: body and answer pass at `rate`
    bytes a second. `garbage`: `body` (text) with `code` (200) in the place of an answer. `change`: the true
    JSON answer with fields `set` and `remove`d.

    With `act` the request is carried out before the fault shows; `cut_answer`, `slow` and `change` always
    carry it out. With `early` an answer that needs no body (`status`, `garbage`) is given before the body
    was read.
    """

    model_config = ConfigDict(extra="forbid")

    kind: str
    method: str = ""  # a regular expression over the whole method; "": any
    path: str = ""  # one that must be found in path?query
    facts: dict[str, str] = Field(default_factory=dict)  # and in what the stand-in says of the request
    after: int = Field(default=0, ge=0)  # let so many matching requests pass first
    times: int | None = Field(default=1, ge=1)  # then meet so many; None: all

    act: bool = False
    early: bool = False
    code: int = Field(default=0, ge=0, le=599)  # 0: the kind's own
    reason: str = ""
    message: str = ""
    retry_after: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    body: str = _GARBAGE
    size: int = 0
    seconds: float = Field(default=3600, ge=0)
    rate: int = Field(default=65536, ge=1)
    set: dict[str, Any] = Field(default_factory=dict)
    remove: list[str] = Field(default_factory=list)

    @field_validator("method", "path")
    @classmethod
    def _pattern(cls, text: str) -> str:
        try:
            re.compile(text)
        except re.error as error:
            raise ValueError(f"no regular expression: {text}") from error
        return text

    def meets(self, method: str, path: str, facts: Mapping[str, str]) -> bool:
        """Whether the rule is for this request."""
        if self.method and not re.fullmatch(self.method, method):
            return False
        if self.path and not re.search(self.path, path):
            return False
        return all(re.search(pattern, facts.get(name, "")) for name, pattern in self.facts.items())


@dataclass
class _Counted:
    rule: Fault
    seen: int = 0
    used: int = 0


class Faults:
    """The rules of one stand-in, in memory. For its event loop alone."""

    def __init__(self, own: Collection[str] = ()) -> None:
        self._own = frozenset(own)
        self._rules: list[_Counted] = []
        self.released = asyncio.Event()  # set when waits of faults under way end

    def add(self, rule: Fault) -> None:
        """Add a rule. Raises ValueError for a kind that the stand-in hasn't."""
        if rule.kind not in GENERAL | self._own:
            raise ValueError(f"no such fault: {rule.kind}")
        self._rules.append(_Counted(rule))

    def clear(self) -> None:
        """Remove all rules; hanging answers end at once."""
        self._rules.clear()
        self.released.set()
        self.released = asyncio.Event()

    def is_own(self, rule: Fault) -> bool:
        """Whether the stand-in's own code plays this rule."""
        return rule.kind in self._own

    def state(self) -> list[dict[str, Any]]:
        """Every rule with how many requests it has seen and met."""
        return [
            {**counted.rule.model_dump(exclude_defaults=True), "seen": counted.seen, "used": counted.used}
            for counted in self._rules
        ]

    def next_for(self, method: str, path: str, facts: Mapping[str, str] | None = None) -> Fault | None:
        """The first rule, not used up, that meets this request; it is counted.

        Without `facts` (the layer, which knows only the request's line) rules that ask for facts are left
        out; with them (the stand-in, once it has read the request) all others are.
        """
        for counted in self._rules:
            rule = counted.rule
            if bool(rule.facts) != (facts is not None) or not rule.meets(method, path, facts or {}):
                continue
            counted.seen += 1
            if counted.seen <= rule.after or (rule.times is not None and counted.used >= rule.times):
                continue
            counted.used += 1
            return rule
        return None
