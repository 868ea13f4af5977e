"""Manifests: written by us, checked by the tool of those who wrote the format."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path

import pytest
import xxhash

from app.domain.errors import Cancelled, NameRefused, SourceGone, SourceUnreadable, TargetUnwritable
from app.media import mhl
from app.media.mhl import FilmDiffers, Manifest, ManifestUnreadable, write_manifest

CONTENT = bytes(range(256)) * 40_000  # 10 MB: more than one read


def tool(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the real command line of `ascmhl`; it would ask the network for a newer version of itself."""
    scripts = Path(sysconfig.get_path("scripts"))
    nowhere = {f"{kind}_proxy": "http://127.0.0.1:9" for kind in ("http", "https", "HTTP", "HTTPS")}
    return subprocess.run(
        [scripts / name, *map(str, arguments)],
        env=os.environ | nowhere,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


def verified(folder: Path) -> bool:
    return tool("ascmhl-debug", "verify", folder).returncode == 0


@pytest.fixture
def film(tmp_path: Path) -> Path:
    folder = tmp_path / "仙剑 奇侠传 & Co"
    folder.mkdir()
    path = folder / "仙剑奇侠传-第21集 <1>.mov"
    path.write_bytes(CONTENT)
    return path


def leftovers(film: Path) -> list[str]:
    return sorted(path.name for path in film.parent.iterdir() if path.name not in (film.name, "ascmhl"))


def test_the_tool_of_the_format_finds_the_film_as_it_was_recorded(film: Path) -> None:
    manifest = write_manifest(film)
    assert manifest == Manifest(manifest.path, 1, xxhash.xxh3_128(CONTENT).hexdigest())
    assert manifest.path.parent == film.parent / "ascmhl"
    assert verified(film.parent)
    assert tool("ascmhl", "diff", film.parent).returncode == 0
    shown = tool("ascmhl", "info", "-sf", film, film.parent)
    assert manifest.hash in shown.stdout
    assert leftovers(film) == []


def test_the_tool_finds_one_flipped_byte(film: Path) -> None:
    write_manifest(film)
    with film.open("r+b") as file:
        file.seek(7_000_000)
        file.write(bytes([CONTENT[7_000_000] ^ 1]))
    assert not verified(film.parent)


def test_a_second_film_and_a_second_time_go_on_in_the_same_history(film: Path) -> None:
    other = film.with_name("E22.mov")
    assert write_manifest(film).generation == 1
    other.write_bytes(b"another")
    assert write_manifest(other).generation == 2
    third = write_manifest(film)
    assert third.generation == 3
    assert 'action="verified"' in third.path.read_text("utf-8")
    assert verified(film.parent)
    assert len(list((film.parent / "ascmhl").glob("*.mhl"))) == 3
    assert leftovers(film) == ["E22.mov"]


def test_a_history_that_the_tool_began_goes_on(film: Path) -> None:
    assert tool("ascmhl", "create", "-h", "md5", film.parent).returncode == 0
    manifest = write_manifest(film)
    text = manifest.path.read_text("utf-8")
    assert manifest.generation == 2
    assert "<md5 " in text  # the older hash is checked and carried on
    assert "<xxh128 " in text
    assert verified(film.parent)


def test_a_film_that_changed_since_is_not_recorded_anew(film: Path) -> None:
    first = write_manifest(film)
    film.write_bytes(CONTENT[:-1] + b"\0")
    with pytest.raises(FilmDiffers) as caught:
        write_manifest(film)
    assert first.hash in caught.value.message
    assert sorted(path.name for path in first.path.parent.iterdir()) == [first.path.name, "ascmhl_chain.xml"]
    assert leftovers(film) == []


def test_progress_is_told_and_ends_at_the_size(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mhl, "_TELL_EVERY", 1)
    told: list[tuple[int, int]] = []
    write_manifest(film, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert len(told) >= 3
    assert told == sorted(told)


def test_cancelled_it_leaves_nothing(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mhl, "_TELL_EVERY", 1)
    cancelled = threading.Event()
    with pytest.raises(Cancelled):
        write_manifest(film, progress=lambda *_: cancelled.set(), cancelled=cancelled)
    assert [path.name for path in film.parent.iterdir()] == [film.name]


def test_an_empty_film(film: Path) -> None:
    film.write_bytes(b"")
    write_manifest(film)
    assert verified(film.parent)


def test_a_film_that_is_gone_or_grows(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceGone):
        write_manifest(film.with_name("gone.mov"))
    monkeypatch.setattr(mhl, "_TELL_EVERY", 1)

    def grow(_done: int, _total: int) -> None:
        if film.stat().st_size == len(CONTENT):
            with film.open("ab") as file:
                file.write(b"more")

    with pytest.raises(SourceUnreadable):
        write_manifest(film, progress=grow)
    assert leftovers(film) == []
    assert not (film.parent / "ascmhl").exists()


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # the library leaves one open
@pytest.mark.parametrize("damage", ["no list", "changed", "missing", "no xml", "link"])
def test_a_history_that_is_damaged_is_left_as_it_is(film: Path, tmp_path: Path, damage: str) -> None:
    manifest = write_manifest(film)
    folder = manifest.path.parent
    chain = folder / "ascmhl_chain.xml"
    match damage:
        case "no list":
            chain.unlink()
        case "changed":
            manifest.path.write_text(manifest.path.read_text("utf-8") + " ", "utf-8")
        case "missing":
            manifest.path.unlink()
        case "no xml":
            chain.write_text("not xml")
        case "link":
            folder.rename(tmp_path / "elsewhere")
            folder.symlink_to(tmp_path / "elsewhere")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ManifestUnreadable) as caught:
        write_manifest(film)
    assert caught.value.message
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert leftovers(film) == []


@pytest.mark.parametrize("failing", ["ascmhl.chain_xml_parser.write_chain", "app.domain.durable.rename_new"])
@pytest.mark.parametrize("again", [False, True])
def test_a_disk_that_is_full_leaves_all_as_it_was(
    film: Path, monkeypatch: pytest.MonkeyPatch, failing: str, again: bool
) -> None:
    if again:
        write_manifest(film)
    before = {path: path.read_bytes() for path in film.parent.rglob("*") if path.is_file()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(failing, full)
    with pytest.raises(TargetUnwritable):
        write_manifest(film)
    assert {path: path.read_bytes() for path in film.parent.rglob("*") if path.is_file()} == before
    assert leftovers(film) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
@pytest.mark.parametrize("name", [b"a\x01.mov", b"\xff.mov"])
def test_a_name_that_xml_can_not_hold(film: Path, name: bytes) -> None:
    odd = film.parent / os.fsdecode(name)
    odd.write_bytes(b"film")
    with pytest.raises(NameRefused):
        write_manifest(odd)
    assert not (film.parent / "ascmhl").exists()
