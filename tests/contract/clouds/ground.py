"""What the contract stands on: a stand-in as it sees it, and profiles that are signed in there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

import pytest

from app.cloud.kind import Kind
from app.journal.exports import ExportRow
from tests.contract.clouds.pattern import pattern
from tests.contract.clouds.profile import Nobody, Profile, copy_of, opened


@dataclass(frozen=True, slots=True)
class Found:
    """A file as the stand-in has it, decrypted where it is."""

    size: int
    sha256: str


class Ground(Protocol):
    """A stand-in, as the contract needs it. `piece`: how large the pieces of a large file are at least.
    `cut`: numbers of the destination's modules (``package.module.NAME``) that make them so small, and moments
    as short; as they are it would only take longer. `forgets`: the cloud has no call that throws an
    unfinished upload away, and drops it by itself some day. `elsewhere`: other processes reach it, by
    `env`."""

    kind: Kind
    env: Mapping[str, str]
    given: Mapping[str, str]
    piece: int
    cut: Mapping[str, int]
    forgets: bool
    elsewhere: bool

    def files(self) -> dict[str, Found]:
        """Every file by its path from the root; two of one name in one folder fail."""
        ...

    def folders(self) -> set[str]:
        """Every folder by its path; nothing of the trash, here as in `files`."""
        ...

    def take_away(self, path: str, *, for_good: bool) -> None:
        """A person removes the folder of that path, for good or into the trash."""
        ...

    def unfinished(self) -> int:
        """Uploads that are neither completed nor thrown away."""
        ...

    def fault(self, how: str, after: int) -> None:
        """The request after the next `after` ones meets ``ill`` (5xx), ``busy`` (429), ``reset`` (cut before
        anything was done), ``lost`` (done, and the answer cut) or ``held`` (done, and no answer comes)."""
        ...

    def met(self) -> bool:
        """Whether the fault was met; it is taken away."""
        ...

    def expire(self) -> None:
        """The sign-in ends; a new one can be made."""
        ...

    def fill(self, room: int | None) -> None:
        """Only `room` bytes more fit (None: enough)."""
        ...

    def lie(self) -> None:
        """The next completed file's hash is told wrong, or what is stored of it is wrong."""
        ...


class Home:
    """A profile signed in at the ground, of which copies start and die."""

    def __init__(self, ground: Ground, template: Path, folder: Path) -> None:
        self.ground = ground
        self.template = template
        self.folder = folder
        self._copies = 0

    def root(self) -> Path:
        self._copies += 1
        return copy_of(self.template, self.folder / f"profile {self._copies}")

    def file(self, name: str, size: int) -> Path:
        path = self.folder / "films" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pattern(size))
        return path


def cut_as(cut: Mapping[str, int], change: Callable[[object, str, int], object]) -> None:
    """Make pieces as small as `Ground.cut` says; `change` is `setattr` or a monkeypatch's."""
    for name, value in cut.items():
        module, _, constant = name.rpartition(".")
        change(import_module(module), constant, value)


@pytest.fixture
async def home(ground: Ground, tmp_path: Path) -> Home:
    template = tmp_path / "template"
    async with opened(template, ground.kind, ground.env) as profile:
        await profile.exports.sign_in(ground.kind.id, ground.given, Nobody())
    return Home(ground, template, tmp_path)


async def send(profile: Profile, folder: str, *paths: Path) -> ExportRow:
    row = await profile.exports.order_films(1, folder, paths=paths)
    return (await profile.exports.run([row.number]))[0].export


def there(ground: Ground, folder: str) -> dict[str, Found]:
    """The files below a folder, by their paths from there."""
    start = f"{folder}/"
    return {
        path.removeprefix(start): found for path, found in ground.files().items() if path.startswith(start)
    }


def of(path: Path) -> Found:
    data = path.read_bytes()
    return Found(len(data), hashlib.sha256(data).hexdigest())
