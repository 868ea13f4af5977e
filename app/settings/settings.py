"""The profile's settings: one JSON file, read when it changed, written whole under a lock.

What this version does not know is kept as it stands, so that two versions can share a profile.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock

from app.domain.errors import ReelkeyError, SettingRefused, SettingsDamaged, TargetUnwritable
from app.domain.words import N_, tr
from app.settings.files import make_private_dir, write_private
from app.settings.table import SERVER_PREFIX, TABLE, Setting, Unfit, Value, find

_MAX_BYTES = 1024 * 1024
_LOCK_SECONDS = 10.0


class Settings:
    """Settings of the profile whose file is `path`; `env` holds the variables that go before the file.

    Every call may raise SettingsDamaged (the file can't be read; it is left as it is), SettingRefused (no
    such key, or a value that does not fit), TargetUnwritable.
    """

    def __init__(self, path: Path, env: Mapping[str, str] | None = None) -> None:
        self._path = path
        self._env = dict(env or {})
        self._seen: tuple[int, int, int] | None = None
        self._values: dict[str, Any] = {}

    # --- reading --------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """Every key: those of the table, and each ``server.NAME`` that is set."""
        return [*TABLE, *(SERVER_PREFIX + name for name in self.servers())]

    def get(self, key: str) -> Value:
        """The value of `key` that counts now: from the environment, the file, or the default."""
        setting = self._find(key)
        try:
            given = self._env.get(setting.env, "") if setting.env else ""
            if given.strip():
                return setting.from_text(given)
            return setting.from_json(self._load().get(key))
        except Unfit as error:
            raise SettingRefused(key=key, reason=tr(str(error))) from None

    def shown(self, key: str) -> str:
        """The value as a person writes it."""
        return self._find(key).to_text(self.get(key))

    def default(self, key: str) -> str:
        """The default as a person writes it."""
        setting = self._find(key)
        return setting.to_text(setting.default)

    def help(self, key: str) -> str:
        """What `key` means, in the language that is shown."""
        return tr(self._find(key).help)

    def servers(self) -> dict[str, str]:
        """The origins of all libraries in the settings, by name."""
        keys = sorted(key for key in self._load() if key.startswith(SERVER_PREFIX) and find(key))
        found = {key.removeprefix(SERVER_PREFIX): self.text(key) for key in keys}
        return {name: origin for name, origin in found.items() if origin}

    def text(self, key: str) -> str:
        value = self.get(key)
        if not isinstance(value, str):
            raise TypeError(key)
        return value

    def number(self, key: str) -> int:
        value = self.get(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(key)
        return value

    def seconds(self, key: str) -> float | None:
        """Seconds; None is for ever."""
        value = self.get(key)
        if value is not None and not isinstance(value, float):
            raise TypeError(key)
        return value

    def flag(self, key: str) -> bool:
        value = self.get(key)
        if not isinstance(value, bool):
            raise TypeError(key)
        return value

    def items(self, key: str) -> tuple[str, ...]:
        value = self.get(key)
        if not isinstance(value, tuple):
            raise TypeError(key)
        return value

    # --- writing --------------------------------------------------------------------------------------

    def set(self, key: str, text: str) -> None:
        """Keep `text` as the value of `key`; "" goes back to the default (and forgets a ``server.NAME``)."""
        setting = self._find(key)
        try:
            value = setting.from_text(text)
        except Unfit as error:
            raise SettingRefused(key=key, reason=_with_choices(tr(str(error)), setting)) from None
        self._keep(key, value if text.strip() else None)

    def _keep(self, key: str, value: Value) -> None:
        with self._locked():
            values = dict(self._load(fresh=True))
            if key == "server" and isinstance(value, str) and "://" not in value:
                self._check_known(value, values)
            values.pop(key, None)
            if value is not None:
                values[key] = list(value) if isinstance(value, tuple) else value
            self._write(values)

    def _check_known(self, name: str, values: Mapping[str, Any]) -> None:
        if SERVER_PREFIX + name not in values:
            reason = tr(
                N_("no library of that name is set; first: settings set server.{name} https://…"), name=name
            )
            raise SettingRefused(key="server", reason=reason)

    def _find(self, key: str) -> Setting:
        setting = find(key)
        if setting is None:
            near = difflib.get_close_matches(key, TABLE, n=1)
            reason = tr(N_("there is no such setting")) + (f" ({near[0]}?)" if near else "")
            raise SettingRefused(key=key, reason=reason)
        return setting

    # --- the file -------------------------------------------------------------------------------------

    @contextmanager
    def _locked(self) -> Iterator[None]:
        make_private_dir(self._path.parent)
        lock = filelock.FileLock(f"{self._path}.lock", timeout=_LOCK_SECONDS)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise TargetUnwritable(path=str(self._path), reason=N_("another Reelkey is writing it")) from None
        except OSError as error:
            raise self._unwritable(error) from None
        try:
            yield
        finally:
            lock.release()

    def _load(self, *, fresh: bool = False) -> dict[str, Any]:
        try:
            found = self._path.stat()
            seen = (found.st_mtime_ns, found.st_size, found.st_ino)
            if fresh or seen != self._seen:
                with self._path.open("rb") as file:
                    raw = file.read(_MAX_BYTES + 1)
                self._values, self._seen = self._parse(raw), seen
        except FileNotFoundError:
            self._values, self._seen = {}, None
        except OSError as error:
            raise self._damaged(error.strerror or type(error).__name__) from None
        return self._values

    def _parse(self, raw: bytes) -> dict[str, Any]:
        try:
            values = json.loads(raw.decode("utf-8")) if len(raw) <= _MAX_BYTES else None
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise self._damaged(tr(N_("it is no valid JSON object")))
        return values

    def _write(self, values: Mapping[str, Any]) -> None:
        """The whole file or none, whenever the power goes. A link (dotfiles kept elsewhere) stays one."""
        target = self._path.resolve()
        content = json.dumps(values, ensure_ascii=False, indent=2, sort_keys=True).encode(
            "utf-8", "surrogatepass"
        )
        try:
            write_private(target, content + b"\n")
        except OSError as error:
            raise self._unwritable(error) from None
        self._seen = None

    def _damaged(self, reason: str) -> ReelkeyError:
        return SettingsDamaged(path=str(self._path), reason=reason)

    def _unwritable(self, error: OSError) -> ReelkeyError:
        return TargetUnwritable(path=str(self._path), reason=error.strerror or type(error).__name__)


def _with_choices(reason: str, setting: Setting) -> str:
    return f"{reason} ({', '.join(setting.choices)})" if setting.choices else reason
