"""Form fields, read as Django REST framework's serializer fields read them.

A text is trimmed and may not hold NUL, ``"12.0"`` is an integer, an uploaded file is no text. All errors
of one form are gathered and answered together as 400 ``{"field": ["…"]}``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from sandbox.task_server.answers import refuse_fields

# None stands for an uploaded file where a text is wanted.
Form = Mapping[str, str | None]

TEXT_LIMIT = 255
INTEGER_LIMIT = 2**63 - 1
SIZE_LIMIT = 10**15  # bytes; a float is exact there
_MAX_DIGITS = 1000
_TRAILING_ZEROS = re.compile(r"\.0*\s*$")

REQUIRED = "该字段是必填项。"
BLANK = "该字段不能为空。"
NOT_TEXT = "不是有效的字符串。"
NOT_INTEGER = "请填写合法的整数值。"
NOT_NUMBER = "请填写合法的数字。"
NUL = "不允许空字符。"


class FormReader:
    """Reads one form field by field; `check` raises the gathered errors."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self.errors: dict[str, list[str]] = {}

    def text(self, name: str, *, blank: bool = False, limit: int = TEXT_LIMIT) -> str:
        """A required text of at most `limit` characters, trimmed."""
        if name not in self._form:
            return self._wrong(name, REQUIRED)
        value = self._form[name]
        if value is None:
            return self._wrong(name, NOT_TEXT)
        value = value.strip()
        if not value and not blank:
            return self._wrong(name, BLANK)
        if "\x00" in value:
            return self._wrong(name, NUL)
        if len(value) > limit:
            return self._wrong(name, f"请确保这个字段不能超过 {limit} 个字符。")
        return value

    def integer(self, name: str, *, low: int, high: int, required: bool = True) -> int | None:
        """An integer from `low` to `high`; None where it may be left out and is."""
        if name not in self._form:
            if required:
                self._wrong(name, REQUIRED)
            return None
        value = self._form[name]
        number = _integer(value) if value is not None else None
        if number is None:
            self._wrong(name, NOT_INTEGER)
            return None
        return self._within(name, number, low, high)

    def status(self) -> int:
        """The task's status, 0–9."""
        if "status" not in self._form:
            self._wrong("status", REQUIRED)
            return 0
        value = self._form["status"]
        number = _integer(value) if value is not None else None
        if number is None or not 0 <= number <= 9:
            self._wrong("status", f"“{(value or '')[:40]}” 不是合法选项。")
            return 0
        return number

    def size(self, name: str = "size") -> int:
        """A number of bytes, sent as a float, answered as an int."""
        if name not in self._form:
            self._wrong(name, REQUIRED)
            return 0
        try:
            number = float(self._form[name] or "")
        except ValueError:
            self._wrong(name, NOT_NUMBER)
            return 0
        if not math.isfinite(number):
            self._wrong(name, NOT_NUMBER)
            return 0
        return self._within(name, int(number), 0, SIZE_LIMIT) or 0

    def check(self) -> None:
        """Raise 400 if any field read so far was wrong."""
        if self.errors:
            raise refuse_fields(self.errors)

    def _within(self, name: str, number: int, low: int, high: int) -> int | None:
        if number < low:
            self._wrong(name, f"请确保该值大于或者等于 {low}。")
            return None
        if number > high:
            self._wrong(name, f"请确保该值小于或者等于 {high}。")
            return None
        return number

    def _wrong(self, name: str, text: str) -> str:
        self.errors.setdefault(name, []).append(text)
        return ""


def _integer(value: str) -> int | None:
    if len(value) > _MAX_DIGITS:
        return None
    try:
        return int(_TRAILING_ZEROS.sub("", value))
    except ValueError:
        return None
