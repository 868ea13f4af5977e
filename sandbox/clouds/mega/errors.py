"""MEGA's numbers for what went wrong, by the names that its makers use."""

from __future__ import annotations

from enum import IntEnum


class Number(IntEnum):
    """Answers below zero."""

    INTERNAL = -1
    ARGS = -2
    AGAIN = -3
    RATE_LIMIT = -4
    FAILED = -5
    TOO_MANY = -6
    RANGE = -7
    EXPIRED = -8
    NOENT = -9
    CIRCULAR = -10
    ACCESS = -11
    EXIST = -12
    INCOMPLETE = -13
    KEY = -14
    SID = -15
    BLOCKED = -16
    OVER_QUOTA = -17
    TEMPORARILY = -18
    GOING_OVER_QUOTA = -24
    MFA_REQUIRED = -26


class Refused(Exception):
    """A command is refused with a number."""

    def __init__(self, number: Number) -> None:
        super().__init__(number.name)
        self.number = number
