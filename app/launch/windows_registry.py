"""The registry over winreg, on Windows alone."""

from __future__ import annotations

import ctypes
import sys
import winreg
from pathlib import Path

assert sys.platform == "win32"  # noqa: S101 - says so to the type checker too

_ASSOCIATIONS_CHANGED = 0x08000000


class WinRegistry:
    """`app.launch.windows_scheme.Registry` as it is."""

    def read(self, key: str, name: str) -> str | None:
        try:
            with winreg.OpenKey(*_split(key)) as opened:
                value, kind = winreg.QueryValueEx(opened, name)
        except FileNotFoundError:
            return None
        return str(value) if kind in (winreg.REG_SZ, winreg.REG_EXPAND_SZ) else None

    def write(self, key: str, name: str, value: str) -> None:
        with winreg.CreateKey(*_split(key)) as opened:
            winreg.SetValueEx(opened, name, 0, winreg.REG_SZ, value)

    def delete(self, key: str) -> None:
        root, path = _split(key)
        try:
            with winreg.OpenKey(root, path) as opened:
                below = [winreg.EnumKey(opened, number) for number in range(winreg.QueryInfoKey(opened)[0])]
        except FileNotFoundError:
            return
        for name in below:
            self.delete(rf"{key}\{name}")
        winreg.DeleteKey(root, path)

    def exists(self, path: str) -> bool:
        file = Path(path)
        return file.is_absolute() and file.is_file()

    def changed(self) -> None:
        ctypes.windll.shell32.SHChangeNotify(_ASSOCIATIONS_CHANGED, 0, None, None)


def _split(key: str) -> tuple[int, str]:
    root, _, path = key.partition("\\")
    return int(getattr(winreg, root)), path
