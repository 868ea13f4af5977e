"""MEGA's numbers and statuses as typed errors."""

from __future__ import annotations

from enum import IntEnum

from app.domain.errors import (
    AllowanceUsed,
    CloudAnswerUnclear,
    CloudBusy,
    CloudError,
    CloudFull,
    CloudRefused,
    CloudUnreachable,
    SignInExpired,
    UploadLost,
)
from app.domain.words import N_
from app.net.answers import Answer

NAME = "MEGA"


class Number(IntEnum):
    """The API's errors that something depends on."""

    INTERNAL = -1
    AGAIN = -3
    RATE_LIMIT = -4
    FAILED = -5
    TOO_MANY = -6
    RANGE = -7
    EXPIRED = -8
    NOT_FOUND = -9
    ACCESS = -11
    INCOMPLETE = -13
    KEY = -14
    SESSION = -15
    BLOCKED = -16
    OVER_QUOTA = -17
    UNAVAILABLE = -18
    CONNECTIONS = -19
    GOING_OVER_QUOTA = -24
    SECOND_FACTOR = -26


_BUSY = (Number.AGAIN, Number.RATE_LIMIT, Number.TOO_MANY, Number.CONNECTIONS)
_ILL = (Number.INTERNAL, Number.UNAVAILABLE, -20, -21, -25)
#: What the vendor's own programs call them.
_TEXTS = {
    -2: "Invalid argument",
    -5: "Failed permanently",
    -7: "Out of range",
    -8: "Expired",
    -9: "Not found",
    -10: "Circular linkage detected",
    -11: "Access denied",
    -12: "Already exists",
    -13: "Incomplete",
    -14: "Invalid key",
    -16: "Blocked",
    -22: "Invalid application key",
    -26: "Multi-factor authentication required",
    -27: "Access denied for users",
    -28: "Business account has expired",
    -29: "Storage quota exceeded",
}


def fault(number: int, *, need: int | None = None) -> CloudError:
    """The error for the API's `number`. `need`: bytes that were asked for."""
    if number == Number.SESSION:
        return SignInExpired(cloud=NAME)
    if number in (Number.OVER_QUOTA, Number.GOING_OVER_QUOTA, -29):
        return CloudFull(cloud=NAME, **({} if need is None else {"need": need}))
    if number in _BUSY:
        return CloudBusy(cloud=NAME)
    if number in _ILL:
        return CloudUnreachable(cloud=NAME, reason=N_("its servers are in trouble"))
    return CloudRefused(cloud=NAME, text=_TEXTS.get(number, "Error"), status=number)


def http_fault(answer: Answer) -> CloudError:
    """The error for an HTTP status that is none of 200. The API says “server too busy” with 500."""
    when = {} if answer.retry_after is None else {"retry_after": answer.retry_after}
    if answer.status == 509:
        left = answer.headers.get("X-MEGA-Time-Left", "").strip()
        if left.isascii() and left.isdigit():
            when = {"retry_after": float(left[:7])}
        return AllowanceUsed(cloud=NAME, what="transfer", **when)
    if answer.status in (402, 429, 500, 503):
        return CloudBusy(cloud=NAME, **when)
    if answer.status >= 500 or answer.status == 408:
        return CloudUnreachable(cloud=NAME, reason=N_("its servers are in trouble"), **when)
    if answer.status < 400:
        return unclear()
    return CloudRefused(cloud=NAME, text="HTTP", status=answer.status)


def is_dead(answer: Answer) -> bool:
    """Whether a storage address is known no more."""
    return answer.status in (403, 404, 410)


def piece_fault(number: int, *, need: int | None = None) -> CloudError:
    """The error for what a storage host answers to a piece."""
    if number == Number.KEY:
        return CloudUnreachable(cloud=NAME, reason=N_("a part arrived damaged there"))
    if number in (Number.RATE_LIMIT, Number.FAILED, Number.EXPIRED, Number.NOT_FOUND, Number.ACCESS):
        return UploadLost(cloud=NAME)
    return fault(number, need=need)


def unclear() -> CloudAnswerUnclear:
    """An answer that is none of MEGA's."""
    return CloudAnswerUnclear(cloud=NAME, reason=N_("It is none of MEGA's"))
