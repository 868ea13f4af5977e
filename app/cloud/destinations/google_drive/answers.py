"""What Google's answers say: a file, or one of the reasons why not.

An error is ``{"error": {"code", "message", "errors": [{"domain", "reason", "message"}]}}``; the same 403 says
"too fast", "full" and "never", told apart by its reason. A 403 ``userRateLimitExceeded`` that says no more
than its message's first words may be the 750 GB of a day (rclone's ``drive_stop_on_upload_limit`` goes by
this) or a moment's throttle (there are reports of uploads that went on after it): that it lasts tells, and
whoever waits for it counts (`CloudBusy`, fact `perhaps`).
"""

from __future__ import annotations

import re
from typing import Any, NoReturn
from urllib.parse import urlsplit

from app.cloud.destination import Entry
from app.cloud.destinations.google_drive.hosts import CLOUD
from app.cloud.texts import cleaned
from app.domain.errors import (
    AllowanceUsed,
    CloudAnswerUnclear,
    CloudBusy,
    CloudFull,
    CloudRefused,
    CloudUnreachable,
    SignInExpired,
)
from app.domain.words import N_
from app.net.answers import Answer
from app.net.hosts import is_loopback

#: What is asked of a file wherever one is answered; ours is read by `file_of`.
FIELDS = "id,name,mimeType,size,md5Checksum,sha256Checksum,appProperties,trashed,webViewLink"
FOLDER = "application/vnd.google-apps.folder"
#: Our own name for an item among a file's private properties.
KEY = "reelkey"

_USER_RATE = "userRateLimitExceeded"
_DAY_IS_OVER = "User rate limit exceeded."
_A_DAY = 750 * 10**9
_BUSY = frozenset({"rateLimitExceeded", _USER_RATE, "sharingRateLimitExceeded", "concurrentLimit"})
_ALLOWANCE = frozenset({"dailyLimitExceeded", "dailyLimitExceededUnreg", "quotaExceeded"})
_FULL = frozenset({"storageQuotaExceeded"})
_ILL = frozenset({"backendError", "internalError", "transientError"})
_SIGN_IN = frozenset({"authError", "userNotSignedIn", "accountDisabled"})

_ID = re.compile(r"[A-Za-z0-9_-]{1,256}")
_HASHES = {"md5": ("md5Checksum", 32), "sha256": ("sha256Checksum", 64)}
_SIZE = re.compile(r"[0-9]{1,18}")
_HEX = re.compile(r"[0-9a-f]+")


def unclear(reason: str, **facts: object) -> NoReturn:
    """Something else than Drive answered, or Drive in another way than it says: `reason`, a catalogue key
    with `facts` for its placeholders."""
    raise CloudAnswerUnclear(cloud=CLOUD, reason=reason, **facts)


def object_of(answer: Answer) -> dict[str, Any]:
    """The body of a 2xx as a JSON object; everything else is raised as what it is."""
    if not 200 <= answer.status < 300:
        refuse(answer)
    said = _json(answer)
    if said is None:
        unclear(N_("Something else than Google Drive answered"))
    return said


def refuse(answer: Answer, *, need: int | None = None) -> NoReturn:
    """Raise what an answer that is no success means. `need`: the bytes that were to be sent, for which there
    may be no room or no allowance."""
    status, reason, text = answer.status, *_error(answer)
    later = {} if answer.retry_after is None else {"retry_after": answer.retry_after}
    if need is not None and status == 403 and reason == _USER_RATE and text == _DAY_IS_OVER:
        raise CloudBusy(cloud=CLOUD, perhaps="day", limit=_A_DAY, **later)
    if status == 429 or (status == 403 and reason in _BUSY):
        raise CloudBusy(cloud=CLOUD, **later)
    if status >= 500 or status == 408 or (status == 403 and reason in _ILL):
        words = N_("it reports trouble of its own ({status})")
        raise CloudUnreachable(cloud=CLOUD, reason=words, status=status, **later)
    if status == 401 or reason in _SIGN_IN:
        raise SignInExpired(cloud=CLOUD)
    if reason in _ALLOWANCE:
        raise AllowanceUsed(cloud=CLOUD, what="day", **later)
    if reason in _FULL:
        raise CloudFull(cloud=CLOUD, **({} if need is None else {"need": need}))
    if 400 <= status < 500 and (reason or text):
        raise CloudRefused(cloud=CLOUD, text=text or reason, status=status, reason=reason)
    unclear(N_("An answer that Google Drive does not give ({status})"), status=status)


def _json(answer: Answer) -> dict[str, Any] | None:
    try:
        said = answer.json()
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _error(answer: Answer) -> tuple[str, str]:
    """Reason and text of an error, as far as they are there."""
    error = (_json(answer) or {}).get("error")
    if not isinstance(error, dict):
        return "", ""
    listed = error.get("errors")
    first = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
    return cleaned(first.get("reason"), 60), cleaned(error.get("message") or first.get("message"))


def is_id(value: object) -> bool:
    """Whether it can be a file's id: it goes into addresses."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def file_of(said: object) -> Entry:
    """A file or folder. What is missing or odd beside its id is left away: whoever compares finds out."""
    if not isinstance(said, dict) or not is_id(said.get("id")):
        unclear(N_("Google Drive names a file without saying which"))
    name, size, own, link = (said.get(field) for field in ("name", "size", "appProperties", "webViewLink"))
    key = own.get(KEY) if isinstance(own, dict) else None
    return Entry(
        id=said["id"],
        name=name if isinstance(name, str) else "",
        is_folder=said.get("mimeType") == FOLDER,
        size=bytes_of(size),
        hashes={
            hash_name: value
            for hash_name, (field, length) in _HASHES.items()
            if isinstance(value := said.get(field), str) and len(value) == length and _HEX.fullmatch(value)
        },
        key=key if isinstance(key, str) else "",
        link=link if isinstance(link, str) and _is_link(link) else "",
    )


def bytes_of(value: object) -> int | None:
    """A number of bytes; Google writes 64 bits as a text."""
    return int(value) if isinstance(value, str) and _SIZE.fullmatch(value) else None


def _is_link(link: str) -> bool:
    """Whether it may be opened in a browser on a click."""
    try:
        parts = urlsplit(link)
        secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    except ValueError:
        return False
    return secure and bool(parts.hostname) and len(link) <= 2000 and link.isascii() and link.isprintable()
