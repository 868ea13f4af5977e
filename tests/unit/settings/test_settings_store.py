from __future__ import annotations

import json
import multiprocessing
import os
import stat
from pathlib import Path

import filelock
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import EXIT_USAGE, ReelkeyError, SettingRefused, SettingsDamaged, TargetUnwritable
from app.settings.settings import Settings
from app.settings.table import TABLE, Unfit, find


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


@pytest.fixture
def settings(file: Path) -> Settings:
    return Settings(file)


def test_every_default_is_accepted_by_its_own_rule_and_explained() -> None:
    for key, setting in TABLE.items():
        assert setting.key == key
        assert setting.help
        assert setting.from_text(setting.to_text(setting.default)) == setting.default
        assert setting.from_json(json.loads(json.dumps(setting.default))) == setting.default
        for choice in setting.choices:
            setting.from_text(choice)


def test_the_defaults_of_the_contract(settings: Settings) -> None:
    assert settings.get("films_at_once") == 2
    assert settings.get("hold_back") == 1024
    assert settings.seconds("patience") is None
    assert settings.seconds("preflight_patience") == 60.0
    assert settings.seconds("node.stall_seconds") == 120.0
    assert settings.items("token_headers") == ("Token", "HTTP_TOKEN")
    assert settings.text("user_path") == "/api/v1/users/me/"
    assert settings.text("node.routing") == "none"
    assert settings.flag("node.mdns") is True
    endings = "mov mxf mp4 m4v mkv avi ts m2ts mts mpg mpeg wmv webm r3d braw ari dv gxf wav aif aiff"
    assert settings.items("films") == tuple("." + ending for ending in endings.split())


def test_closing_asks_until_a_person_has_chosen(settings: Settings) -> None:
    assert settings.text("closing") == "ask"
    for choice in ("background", "quit", "ask"):
        settings.set("closing", choice)
        assert settings.text("closing") == choice
    with pytest.raises(SettingRefused):
        settings.set("closing", "when_done")


def test_what_is_set_is_there_for_the_next_process(settings: Settings, file: Path) -> None:
    settings.set("films_at_once", " 4 ")
    settings.set("films", "MOV, *.mxf  .mov")
    settings.set("node.mdns", "off")
    settings.set("patience", "90")
    settings.set("server.片库", "https://库.example")
    again = Settings(file)
    assert again.number("films_at_once") == 4
    assert again.items("films") == (".mov", ".mxf")
    assert again.flag("node.mdns") is False
    assert again.seconds("patience") == 90.0
    assert again.servers() == {"片库": "https://xn--dxt.example"}
    assert "server.片库" in again.names()
    assert again.shown("films") == ".mov, .mxf"
    assert again.shown("patience") == "90"


def test_an_empty_text_goes_back_to_the_default(settings: Settings, file: Path) -> None:
    settings.set("films_at_once", "4")
    settings.set("films_at_once", "")
    assert settings.number("films_at_once") == 2
    assert "films_at_once" not in json.loads(file.read_text())
    settings.set("server.main", "https://a.example")
    settings.set("server.main", "")
    assert settings.servers() == {}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("films_at_once", "0"),
        ("films_at_once", "17"),
        ("films_at_once", "two"),
        ("films_at_once", "2.0"),
        ("films_at_once", "２"),
        ("films_at_once", "-1"),
        ("hold_back", "15"),
        ("hold_back", "1"),
        ("language", "fr"),
        ("theme", "pink"),
        ("films", ".mov, m/v"),
        ("films", "../x"),
        ("patience", "-1"),
        ("patience", "nan"),
        ("patience", "inf"),
        ("patience", "soon"),
        ("poll.first", "0"),
        ("node.mdns", "maybe"),
        ("node.routing", "all"),
        ("node.listen", "127.0.0.1:4001"),
        ("node.relays", "/ip4/1.2.3.4/tcp/1;x"),
        ("node.announce", "x" * 256),
        ("node.announce", "a b"),
        ("node.announce_form", "dns"),
        ("node.api", "http://user@127.0.0.1:5001"),
        ("node.api", "127.0.0.1:5001"),
        ("token_headers", "Token: x"),
        ("token_headers", "Tok\u00e9n"),
        ("user_path", "@evil.example/"),
        ("user_path", "//evil.example/"),
        ("user_path", "me/"),
        ("user_path", "/me?x"),
        ("server", "no-such-name"),
        ("server", "https://a.example/api/v1"),
        ("server.main", "a.example"),
        ("server.main", "https://user:pw@a.example"),
        ("private_dir", "a\x00b"),
        ("private_dir", "a\udcff"),
        ("no.such.key", "1"),
        ("server.", "https://a.example"),
        ("server.a b", "https://a.example"),
        ("server.a.b", "https://a.example"),
    ],
)
def test_a_text_that_does_not_fit_is_refused_and_nothing_is_written(
    settings: Settings, file: Path, key: str, text: str
) -> None:
    with pytest.raises(SettingRefused) as caught:
        settings.set(key, text)
    assert caught.value.exit_code == EXIT_USAGE
    assert key in caught.value.message
    assert not file.exists()


def test_a_slip_of_the_pen_is_answered_with_the_nearest_key(settings: Settings) -> None:
    with pytest.raises(SettingRefused, match=r"films_at_once\?"):
        settings.get("film_at_once")


def test_the_choices_are_named(settings: Settings) -> None:
    with pytest.raises(SettingRefused, match="system, light, dark, contrast"):
        settings.set("theme", "pink")


@pytest.mark.parametrize("also", ["0", "16", "1024"])
def test_hold_back_is_none_or_sixteen_on(settings: Settings, also: str) -> None:
    settings.set("hold_back", also)
    assert settings.number("hold_back") == int(also)


def test_what_this_version_does_not_know_is_kept(settings: Settings, file: Path) -> None:
    strange = {"brand.new": {"deep": [1, None, "\ud800"]}, "films_at_once": 3}
    file.write_text(json.dumps(strange))
    settings.set("theme", "dark")
    assert json.loads(file.read_text(errors="surrogatepass")) == strange | {"theme": "dark"}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 100_000, b"{" + b" " * 2_000_000]
)
def test_a_damaged_file_is_named_and_left_as_it_is(settings: Settings, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    for use in (lambda: settings.get("theme"), lambda: settings.set("theme", "dark"), settings.servers):
        with pytest.raises(SettingsDamaged) as caught:
            use()
    assert str(file) in caught.value.message
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("films_at_once", "many"),
        ("films_at_once", 99),
        ("films_at_once", True),
        ("films_at_once", {"a": 1}),
        ("films", [1, 2]),
        ("films", {"a": 1}),
        ("node.mdns", "perhaps"),
        ("server.main", "evil"),
        ("patience", []),
    ],
)
def test_a_value_spoilt_by_hand_is_named(settings: Settings, file: Path, key: str, value: object) -> None:
    file.write_text(json.dumps({key: value}))
    with pytest.raises(SettingRefused) as caught:
        settings.get(key)
    assert caught.value.facts["key"] == key
    assert settings.get("theme") == "system"


def test_values_written_by_hand_in_another_form_are_understood(settings: Settings, file: Path) -> None:
    file.write_text(
        json.dumps({"films_at_once": "3", "node.mdns": False, "films": "mov mxf", "patience": None})
    )
    assert settings.number("films_at_once") == 3
    assert settings.flag("node.mdns") is False
    assert settings.items("films") == (".mov", ".mxf")
    assert settings.seconds("patience") is None


def test_the_environment_goes_before_the_file(file: Path) -> None:
    env = {"REELKEY_KUBO": "/opt/ipfs", "REELKEY_LISTEN": "/ip4/127.0.0.1/tcp/0,/ip6/::1/tcp/0"}
    settings = Settings(file, env)
    settings.set("node.kubo", "/usr/bin/ipfs")
    assert settings.text("node.kubo") == "/opt/ipfs"
    assert settings.items("node.listen") == ("/ip4/127.0.0.1/tcp/0", "/ip6/::1/tcp/0")
    assert Settings(file, {"REELKEY_KUBO": " "}).text("node.kubo") == "/usr/bin/ipfs"
    with pytest.raises(SettingRefused):
        Settings(file, {"REELKEY_LISTEN": "everywhere"}).get("node.listen")


def test_a_change_by_another_process_is_seen(settings: Settings, file: Path) -> None:
    assert settings.text("theme") == "system"
    Settings(file).set("theme", "dark")
    assert settings.text("theme") == "dark"
    Settings(file).set("theme", "light")
    assert settings.text("theme") == "light"


def test_a_list_of_folders_keeps_commas_and_semicolons(settings: Settings, file: Path) -> None:
    folders = ("/a, b;c", "/d:e f")
    settings.set("private_folders", "/a, b;c\n/d:e f\n")
    assert Settings(file).items("private_folders") == folders
    settings.set("private_folders", "")
    assert settings.items("private_folders") == ()


@pytest.mark.parametrize("empty", [[], "", ",", " , "])
def test_a_list_cannot_be_emptied_into_no_headers_at_all(
    settings: Settings, file: Path, empty: object
) -> None:
    file.write_text(json.dumps({"token_headers": empty}))
    assert settings.items("token_headers") == ("Token", "HTTP_TOKEN")


def test_folders_are_kept_whole(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    settings.set("private_dir", "blocks")
    assert settings.text("private_dir") == str(tmp_path / "blocks")
    if os.name != "nt":
        settings.set("private_dir", "~/blocks")
        assert settings.text("private_dir") == str(tmp_path / "home" / "blocks")


@pytest.mark.skipif(os.name == "nt", reason="modes and links of POSIX")
def test_the_file_is_for_this_user_and_a_link_stays_a_link(file: Path, tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles" / "reelkey.json"
    kept.parent.mkdir()
    kept.write_text("{}")
    file.symlink_to(kept)
    Settings(file).set("theme", "dark")
    assert file.is_symlink()
    assert json.loads(kept.read_text()) == {"theme": "dark"}
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_write_that_fails_changes_nothing_and_leaves_nothing(
    settings: Settings, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.set("theme", "dark")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.settings.files.fsync_file", full)
    with pytest.raises(TargetUnwritable, match="No space"):
        settings.set("theme", "light")
    assert Settings(file).text("theme") == "dark"
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(".")] == []


def test_who_can_not_get_the_lock_is_told(
    settings: Settings, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.settings.settings._LOCK_SECONDS", 0.05)
    with filelock.FileLock(f"{file}.lock"), pytest.raises(TargetUnwritable):
        settings.set("theme", "dark")
    settings.set("theme", "dark")


def _add_servers(path: str, start: int) -> None:
    settings = Settings(Path(path))
    for number in range(start, start + 10):
        settings.set(f"server.s{number}", f"https://s{number}.example")


def test_writers_in_several_processes_lose_nothing(file: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_add_servers, args=(str(file), start)) for start in (0, 100, 200)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert len(Settings(file).servers()) == 30


def test_asking_for_the_wrong_kind_is_a_fault_of_ours(settings: Settings) -> None:
    for ask, key in (
        (settings.text, "films"),
        (settings.number, "node.mdns"),
        (settings.seconds, "theme"),
        (settings.flag, "films_at_once"),
        (settings.items, "theme"),
    ):
        with pytest.raises(TypeError):
            ask(key)


PEER = "12D3KooWPqKfB2DYqN3fyhxaRfsQeZoBSU78mzMgMX5HxTym3thm"


def test_computers_have_names(settings: Settings, file: Path) -> None:
    settings.set("node.names", f"{PEER} Post house, room 2\n{PEER[:-1]}A  北辰影业 ")
    assert Settings(file).items("node.names") == (f"{PEER} Post house, room 2", f"{PEER[:-1]}A 北辰影业")
    for refused in ("Post house", PEER, f"{PEER} ", f"{PEER} {'x' * 61}", f"{PEER} a\u202eb", "12D3 x"):
        with pytest.raises(SettingRefused):
            settings.set("node.names", refused)


def test_the_window_tells_of_everything_until_it_is_told_not_to(settings: Settings, file: Path) -> None:
    for what in ("done", "failed", "block", "release"):
        assert settings.flag(f"notify.{what}") is True
        settings.set(f"notify.{what}", "off")
        assert Settings(file).flag(f"notify.{what}") is False


def test_the_first_start_is_asked_once(settings: Settings, file: Path) -> None:
    assert settings.flag("first_start") is False
    settings.set("first_start", "on")
    assert Settings(file).flag("first_start") is True


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from([*TABLE, "server.x"]), JSON | st.text(max_size=50))
def test_any_text_and_any_value_fits_or_is_refused(key: str, value: object) -> None:
    setting = find(key)
    assert setting is not None
    for read in (setting.from_json, lambda given: setting.from_text(str(given))):
        try:
            fitting = read(value)
        except Unfit as error:
            assert str(error)
        else:
            assert setting.from_json(json.loads(json.dumps(fitting))) == fitting
            assert setting.from_text(setting.to_text(fitting)) == fitting


def test_errors_are_ours(settings: Settings) -> None:
    with pytest.raises(ReelkeyError):
        settings.get("nonsense")
