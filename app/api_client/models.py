"""What the task server answers and what is reported to it, as frozen values.

Answers are untrusted: unknown fields are ignored, null counts as absent, optional ones may be missing, and
a field of the wrong type is named by pydantic's error (`answers.read_model` turns it into ours). Names in
them are text only: nobody may use them as a path before `app.domain.names` has seen them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from app.domain.errors import ServerAnswerUnclear, is_control
from app.domain.status import TaskStatus

MAX_NUMBER = 2**63 - 1  # what SQLite holds
MAX_TEXT = 4096
MAX_MESSAGE = 2000
_DECIMAL = re.compile(r"[0-9]{1,19}(?:\.[0-9]{1,19})?")
_DIGITS = re.compile(r"[0-9]{1,19}")


def clean_message(text: object) -> str:
    """A text of the server for people: one line of plain text, marks that steer a terminal shown as ␣."""
    if not isinstance(text, str):
        return ""
    one_line = " ".join(text[: MAX_MESSAGE * 2].split())
    shown = "".join("␣" if is_control(char) or 0xD800 <= ord(char) <= 0xDFFF else char for char in one_line)
    return shown if len(shown) <= MAX_MESSAGE else shown[: MAX_MESSAGE - 1] + "…"


def _whole_number(value: object) -> int:
    """A JSON number without fraction, or a string of digits; never a boolean."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_NUMBER:
        raise ValueError("no whole number")
    return value


def _percent(value: object) -> int:
    """Servers count differently: a fraction is cut off, what lies outside 0–100 is brought inside."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:  # noqa: PLR0124 - NaN
        raise ValueError("no number")
    return int(min(100, max(0, value)))


def _text(value: object) -> str:
    """Text that can be stored: a lone surrogate (JSON's ``\\ud800``) can't be written anywhere later."""
    if not _storable(value):
        raise ValueError("no text")
    return str(value)


def _storable(value: object) -> bool:
    return (
        isinstance(value, str)
        and len(value) <= MAX_TEXT
        and not any(0xD800 <= ord(char) <= 0xDFFF for char in value)
    )


def _status(value: object) -> TaskStatus:
    return TaskStatus(_whole_number(value))


Number = Annotated[int, BeforeValidator(_whole_number)]
Percent = Annotated[int, BeforeValidator(_percent)]
Text = Annotated[str, BeforeValidator(_text)]
Secret = Annotated[SecretStr, BeforeValidator(_text)]
Status = Annotated[TaskStatus, BeforeValidator(_status)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            raise ValueError("no object")  # noqa: TRY004 - pydantic turns a ValueError into its own error
        # `message` belongs to the envelope: a field of that name in `data` is an unknown one.
        return {name: value for name, value in data.items() if value is not None and name != "message"}


class Task(_Answer):
    """An upload or private task. `size` in bytes, `created_at` as the server writes it, without a zone.

    `message` is the envelope's text for the user, empty where there is none.
    """

    id: Number
    status: Status
    percent: Percent | None = None
    series_id: Number | None = None
    source_id: Number | None = None
    source_name: Text = ""
    uuid: Secret | None = None
    ip: Text = ""
    file: Text = ""
    name: Text = ""
    size: Number | None = None
    hash: Text = ""
    created_at: Text = ""
    message: str = Field(default="", exclude=True)

    @property
    def due(self) -> bool:
        """Whether a private block is still wanted: every listed task that is not done."""
        return self.status is not TaskStatus.DONE


class DownloadTask(Task):
    """A download task: `hash` is the public block's CID, `private_hash` "" until the seller has released."""

    private_status: Status | None = None
    private_name: Text = ""
    private_size: Number | None = None
    private_hash: Text = ""


class TaskList(list[Task]):
    """Listed tasks, with the envelope's one `message` for all of them; `odd` says of the entries that could
    not be read what is wrong with each."""

    def __init__(
        self, tasks: Iterable[Task] = (), *, message: str = "", odd: Sequence[ServerAnswerUnclear] = ()
    ) -> None:
        super().__init__(tasks)
        self.message = message
        self.odd = tuple(odd)


class UserInfo(_Answer):
    """Who is signed in. The server does not document this answer: the first name that it has is shown, and
    what is no text there is left out rather than refused, since no job needs it."""

    nickname: str = ""
    name: str = ""
    username: str = ""
    email: str = ""
    phone: str = ""
    mobile: str = ""

    @model_validator(mode="before")
    @classmethod
    def _texts_only(cls, data: Any) -> Any:
        return {k: v for k, v in data.items() if _storable(v)} if isinstance(data, dict) else data

    @property
    def account(self) -> str:
        """The account's name for people, or ""."""
        names = (self.nickname, self.name, self.username, self.email, self.phone, self.mobile)
        return clean_message(next((name for name in names if name.strip()), ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadReport:
    """How an upload (or a private upload) stands. `size` in bytes, planned or real; `hash` "" until known."""

    status: int
    percent: int | None = None
    name: str
    file: str
    hash: str
    size: int
    ip: str

    def __post_init__(self) -> None:
        _check_report(self.status, self.percent)
        if not 0 <= self.size <= MAX_NUMBER:
            raise ValueError("size out of range")

    def as_form(self) -> dict[str, str]:
        """The form's fields, `percent` only where known. Bytes of a name that are no UTF-8 become ``?``."""
        form = _head(self.status, self.percent)
        form |= {
            "name": self.name,
            "file": self.file,
            "hash": self.hash,
            "size": str(self.size),
            "ip": self.ip,
        }
        return {name: value.encode("utf-8", "replace").decode() for name, value in form.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadReport:
    """How a download stands."""

    status: int
    percent: int | None = None

    def __post_init__(self) -> None:
        _check_report(self.status, self.percent)

    def as_form(self) -> dict[str, str]:
        """The form's fields, `percent` only where known."""
        return _head(self.status, self.percent)


def _check_report(status: int, percent: int | None) -> None:
    TaskStatus(status)
    if percent is not None and not 0 <= percent <= 100:
        raise ValueError("percent out of range")


def _head(status: int, percent: int | None) -> dict[str, str]:
    head = {"status": str(int(status))}
    if percent is not None:
        head["percent"] = str(percent)
    return head
