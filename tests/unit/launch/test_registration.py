"""Registering on Linux below a home of the test's own, on Windows against a registry that is a dictionary."""

from __future__ import annotations

import os
import plistlib
import shutil
import sys
from pathlib import Path

import pytest

from app.domain.errors import SchemeNotSet
from app.launch import desktop_entry as entries
from app.launch.linux_scheme import MIME, LinuxDesktop
from app.launch.macos_scheme import MacDesktop, bundle_url_types
from app.launch.registration import SchemeState, Standing, desktop, register, state, unregister
from app.launch.scheme import own_command
from app.launch.windows_scheme import WindowsDesktop

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the freedesktop.org way")


class Home:
    """A user's folders, and programs in them."""

    def __init__(self, root: Path, *, tools: bool) -> None:
        self.root = root
        self.env = {
            "HOME": str(root),
            "PATH": os.environ["PATH"] if tools else str(root / "bin"),
            "XDG_DATA_DIRS": str(root / "system"),
            "XDG_CONFIG_DIRS": str(root / "etc"),
        }
        self.applications = root / ".local" / "share" / "applications"
        self.entry = self.applications / "reelkey.desktop"
        self.icon = root / ".local" / "share" / "icons/hicolor/scalable/apps/reelkey.svg"
        self.list = root / ".config" / "mimeapps.list"

    def program(self, name: str) -> Path:
        path = self.root / "programs" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        return path

    def desktop(self, name: str = "reelkey", *more: str) -> LinuxDesktop:
        return LinuxDesktop([str(self.program(name)), *more], self.env)

    def other(self, entry: str, program: Path, *, folder: Path | None = None) -> None:
        """Another program's desktop entry."""
        folder = folder or self.applications
        folder.mkdir(parents=True, exist_ok=True)
        text = f"[Desktop Entry]\nType=Application\nName=Other\nExec={program} --open %u\nMimeType={MIME};\n"
        (folder / entry).write_text(text)

    def files(self) -> dict[str, bytes]:
        here = (path for path in self.root.rglob("*") if path.is_file() and "programs" not in path.parts)
        return {str(path.relative_to(self.root)): path.read_bytes() for path in here}


@pytest.fixture(params=[True, False], ids=["tools", "no tools"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    root = tmp_path / "somebody"
    root.mkdir()
    return Home(root, tools=bool(request.param))


# --- Linux ---------------------------------------------------------------------------------------------


@ON_LINUX
def test_registered_and_taken_back(home: Home) -> None:
    ours = home.desktop()
    assert ours.state() == SchemeState(Standing.MISSING)
    ours.register()
    assert ours.state() == SchemeState(Standing.REGISTERED, str(home.program("reelkey")))
    keys = entries.group(home.entry.read_text(), entries.ENTRY)
    assert keys["Exec"] == f"{home.program('reelkey')} %u"
    assert keys["MimeType"] == "x-scheme-handler/reelkey;"
    assert (keys["Terminal"], keys["Icon"], keys["StartupWMClass"]) == ("false", "reelkey", "reelkey")
    assert home.icon.read_text().startswith("<svg")
    before = home.files()
    ours.register()
    assert home.files() == before
    ours.unregister()
    assert ours.state() == SchemeState(Standing.MISSING)
    assert not home.entry.exists() and not home.icon.exists()
    assert b"reelkey" not in b"".join(home.files().values())
    ours.unregister()


@ON_LINUX
def test_what_was_chosen_before_comes_back(home: Home) -> None:
    other = home.program("other")
    home.other("other.desktop", other)
    home.list.parent.mkdir()
    home.list.write_text(f"[Default Applications]\ntext/html=f.desktop\n{MIME}=other.desktop\n")
    ours = home.desktop()
    assert ours.state() == SchemeState(Standing.OTHER, f"Other ({other})")
    ours.register()
    assert ours.state().standing is Standing.REGISTERED
    ours.unregister()
    assert ours.state() == SchemeState(Standing.OTHER, f"Other ({other})")
    assert "text/html=f.desktop" in home.list.read_text()


@ON_LINUX
def test_another_reelkey_is_another_program_and_keeps_its_own(home: Home) -> None:
    first, second = home.desktop("one"), home.desktop("two")
    first.register()
    assert second.state() == SchemeState(Standing.OTHER, f"Reelkey ({home.program('one')})")
    before = home.files()
    second.unregister()
    assert home.files() == before
    home.program("one").unlink()
    assert second.state().standing is Standing.MISSING
    second.unregister()  # what a program left behind that is gone may go
    assert not home.entry.exists()
    second.register()
    assert second.state().standing is Standing.REGISTERED


@ON_LINUX
def test_an_entry_that_is_not_ours_stays(home: Home) -> None:
    home.other("reelkey.desktop", home.program("other"))
    before = home.files()
    with pytest.raises(SchemeNotSet, match="not made by Reelkey"):
        home.desktop().register()
    home.desktop().unregister()
    assert home.files() == before


@ON_LINUX
@pytest.mark.parametrize("dangling", [True, False])
def test_links_are_never_followed(home: Home, dangling: bool) -> None:
    target = home.root / "elsewhere.desktop"
    if not dangling:
        other = home.desktop()
        other.register()
        shutil.move(home.entry, target)
    home.applications.mkdir(parents=True, exist_ok=True)
    home.entry.symlink_to(target)
    before = target.read_bytes() if target.exists() else None
    with pytest.raises(SchemeNotSet):
        home.desktop().register()
    home.desktop().unregister()
    assert home.entry.is_symlink()
    assert (target.read_bytes() if target.exists() else None) == before


@ON_LINUX
def test_a_linked_list_and_icon_are_not_written_through(home: Home) -> None:
    kept, drawing = home.root / "dotfiles", home.root / "drawing"
    kept.write_text("[Default Applications]\ntext/html=f.desktop\n")
    drawing.write_text("mine")
    for link, target in ((home.list, kept), (home.icon, drawing)):
        link.parent.mkdir(parents=True)
        link.symlink_to(target)
    ours = home.desktop()
    ours.register()
    assert ours.state().standing is Standing.REGISTERED
    assert "text/html=f.desktop" in home.list.read_text()
    assert kept.read_text() == "[Default Applications]\ntext/html=f.desktop\n"
    ours.unregister()
    assert drawing.read_text() == "mine" and home.icon.is_symlink()


@ON_LINUX
def test_a_desktops_own_list_is_stronger_and_is_changed_too(home: Home) -> None:
    home.other("other.desktop", home.program("other"))
    home.env["XDG_CURRENT_DESKTOP"] = "Some:GNOME"
    stronger = home.root / ".config" / "gnome-mimeapps.list"
    stronger.parent.mkdir()
    stronger.write_text(f"[Default Applications]\n{MIME}=other.desktop;\n")
    ours = home.desktop()
    assert ours.state().standing is Standing.OTHER
    ours.register()
    assert ours.state().standing is Standing.REGISTERED
    ours.unregister()
    assert stronger.read_text() == f"[Default Applications]\n{MIME}=other.desktop;\n"


@ON_LINUX
def test_a_program_of_the_whole_computer_is_seen(home: Home) -> None:
    folder = home.root / "system" / "applications"
    home.other("other.desktop", home.program("other"), folder=folder)
    (folder / "mimeinfo.cache").write_text(f"[MIME Cache]\n{MIME}=other.desktop;\n")
    assert home.desktop().state().standing is Standing.OTHER
    home.program("other").unlink()
    assert home.desktop().state().standing is Standing.MISSING


@ON_LINUX
@pytest.mark.parametrize("name", ["a\nb", "a\x01", "a=b", "\udcff"])
def test_a_path_that_no_entry_can_hold(home: Home, name: str) -> None:
    before = home.files()
    with pytest.raises(SchemeNotSet):
        LinuxDesktop([str(home.root / name)], home.env).register()
    assert home.files() == before


@ON_LINUX
def test_folders_that_can_not_be_made(home: Home) -> None:
    (home.root / ".local").write_text("no folder")
    with pytest.raises(SchemeNotSet, match=r"\.local"):
        home.desktop().register()


@ON_LINUX
@pytest.mark.parametrize(
    "text", [b"", b"\xff\xfe\x00", b"[Desktop Entry\nExec", b'[Desktop Entry]\nExec="x\n']
)
def test_broken_entries_and_lists_are_passed_over(home: Home, text: bytes) -> None:
    home.applications.mkdir(parents=True)
    (home.applications / "broken.desktop").write_bytes(text)
    home.list.parent.mkdir()
    home.list.write_bytes(text + f"\n[Default Applications]\n{MIME}=../x.desktop;broken.desktop;\n".encode())
    ours = home.desktop()
    assert ours.state() == SchemeState(Standing.MISSING)
    ours.register()
    assert ours.state().standing is Standing.REGISTERED
    assert home.list.read_bytes().startswith(text)


@ON_LINUX
def test_a_tool_that_hangs_or_fails_is_no_reason_to(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.launch.linux_scheme._TOOL_SECONDS", 0.2)
    tools = home.root / "bin"
    tools.mkdir()
    for name, script in (("xdg-mime", "exec sleep 60"), ("update-desktop-database", "exit 1")):
        (tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (tools / name).chmod(0o755)
    home.env["PATH"] = f"{tools}:{os.environ['PATH']}"
    ours = home.desktop()
    ours.register()
    assert ours.state().standing is Standing.REGISTERED


@ON_LINUX
def test_this_program_below_this_home(own_home: Path) -> None:
    assert state().standing is not Standing.REGISTERED
    assert register() == state() == SchemeState(Standing.REGISTERED, own_command(os.environ)[0])
    assert (own_home / ".local/share/applications/reelkey.desktop").is_file()
    assert unregister().standing is not Standing.REGISTERED


# --- which program we are ------------------------------------------------------------------------------


def test_a_frozen_program_is_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "reelkey"))
    assert own_command({}) == [str(tmp_path / "reelkey")]
    assert own_command({"APPIMAGE": "/opt/Reelkey.AppImage"}) == ["/opt/Reelkey.AppImage"]


def test_the_script_that_was_started_else_the_environments(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ending = ".exe" if sys.platform == "win32" else ""
    script = tmp_path / f"reelkey{ending}"
    script.touch()
    monkeypatch.setattr(sys, "argv", [str(script)])
    assert own_command({}) == [str(script)]
    monkeypatch.setattr(sys, "argv", ["reelkey"])
    assert own_command({})[0] != str(script)
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(tmp_path / "none"))
    assert own_command({}) == [sys.executable, "-P", "-m", "app"]


# --- Windows -------------------------------------------------------------------------------------------

EXE = r"C:\Program Files\Reelkey\reelkey.exe"
OURS = r"HKEY_CURRENT_USER\Software\Classes\reelkey"


class FakeRegistry:
    """A dictionary; HKEY_CLASSES_ROOT shows the user's part over the computer's."""

    def __init__(self, *programs: str) -> None:
        self.values: dict[tuple[str, str], str] = {}
        self.programs = set(programs)
        self.told = 0
        self.broken = False

    def read(self, key: str, name: str) -> str | None:
        if self.broken:
            raise PermissionError(13, "Access is denied")
        if key.startswith("HKEY_CLASSES_ROOT"):
            _, _, path = key.partition("\\")
            for root in ("HKEY_CURRENT_USER", "HKEY_LOCAL_MACHINE"):
                if (found := self.values.get((rf"{root}\Software\Classes\{path}", name))) is not None:
                    return found
            return None
        return self.values.get((key, name))

    def write(self, key: str, name: str, value: str) -> None:
        self.values[key, name] = value

    def delete(self, key: str) -> None:
        kept = {at: value for at, value in self.values.items() if at[0] != key and key + "\\" not in at[0]}
        self.values = kept

    def exists(self, path: str) -> bool:
        return path in self.programs

    def changed(self) -> None:
        self.told += 1


def test_windows_registers_for_this_user() -> None:
    registry = FakeRegistry(EXE)
    ours = desktop({}, command=[EXE], platform="win32", registry=registry)
    assert ours.state() == SchemeState(Standing.MISSING)
    ours.register()
    assert registry.values == {
        (OURS, ""): "URL:Reelkey",
        (OURS, "URL Protocol"): "",
        (OURS + r"\DefaultIcon", ""): f'"{EXE}",0',
        (OURS + r"\shell\open\command", ""): f'"{EXE}" "%1"',
    }
    assert ours.state() == SchemeState(Standing.REGISTERED, EXE)
    ours.register()
    assert registry.told == 1
    registry.values[r"HKEY_CURRENT_USER\Software\Classes\reelkey2", ""] = "stays"
    ours.unregister()
    assert list(registry.values.values()) == ["stays"]
    assert ours.state() == SchemeState(Standing.MISSING)


def test_windows_names_another_program_and_leaves_it() -> None:
    registry = FakeRegistry(EXE, r"D:\other.exe")
    registry.values[OURS + r"\shell\open\command", ""] = r"D:\other.exe %1"
    ours = WindowsDesktop([EXE], registry)
    assert ours.state() == SchemeState(Standing.OTHER, r"D:\other.exe")
    ours.unregister()
    assert registry.values
    registry.programs.remove(r"D:\other.exe")
    assert ours.state() == SchemeState(Standing.MISSING)
    ours.unregister()
    assert not registry.values


def test_windows_sees_what_holds_for_the_whole_computer() -> None:
    registry = FakeRegistry(EXE)
    registry.values[r"HKEY_LOCAL_MACHINE\Software\Classes\reelkey\shell\open\command", ""] = f'"{EXE}" "%1"'
    assert WindowsDesktop([EXE], registry).state() == SchemeState(Standing.REGISTERED, EXE)
    WindowsDesktop([EXE], registry).unregister()
    assert registry.values


def test_windows_by_a_python_without_script() -> None:
    command = [r"C:\py\python.exe", "-P", "-m", "app"]
    registry = FakeRegistry(command[0])
    ours = WindowsDesktop(command, registry)
    ours.register()
    wanted = r'"C:\py\python.exe" "-P" "-m" "app" "%1"'
    assert registry.values[OURS + r"\shell\open\command", ""] == wanted
    assert ours.state().standing is Standing.REGISTERED


@pytest.mark.parametrize("path", [r"C:\50%1\reelkey.exe", 'C:\\a"b.exe', "C:\\a\x00b.exe"])
def test_windows_refuses_a_path_that_would_be_read_otherwise(path: str) -> None:
    registry = FakeRegistry(path)
    with pytest.raises(SchemeNotSet):
        WindowsDesktop([path], registry).register()
    assert not registry.values


def test_windows_registry_that_says_no() -> None:
    registry = FakeRegistry(EXE)
    registry.broken = True
    for act in ("state", "register", "unregister"):
        with pytest.raises(SchemeNotSet, match="Access is denied"):
            getattr(WindowsDesktop([EXE], registry), act)()


if sys.platform == "win32":
    import winreg

    def test_windows_read_back_from_the_real_registry() -> None:
        ours = desktop({}, command=[sys.executable])
        assert ours.state().standing is not Standing.REGISTERED
        try:
            ours.register()
            place = r"Software\Classes\reelkey\shell\open\command"
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, place) as key:
                assert winreg.QueryValueEx(key, "")[0] == f'"{sys.executable}" "%1"'
            assert ours.state().standing is Standing.REGISTERED
        finally:
            ours.unregister()
        assert ours.state().standing is not Standing.REGISTERED


# --- macOS ---------------------------------------------------------------------------------------------


def test_macos_is_what_the_bundle_says() -> None:
    types = plistlib.loads(plistlib.dumps(bundle_url_types()))["CFBundleURLTypes"]
    assert [kind["CFBundleURLSchemes"] for kind in types] == [["reelkey"]]
    ours = desktop({}, command=["/Applications/Reelkey.app/Contents/MacOS/reelkey"], platform="darwin")
    ours.register()
    ours.unregister()
    assert ours.state() == SchemeState(Standing.BUNDLE, "/Applications/Reelkey.app")


def test_macos_without_a_bundle() -> None:
    ours = MacDesktop(["/usr/local/bin/reelkey"])
    assert ours.state() == SchemeState(Standing.MISSING)
    with pytest.raises(SchemeNotSet, match=r"Reelkey\.app"):
        ours.register()
