"""The official Kubo archive, from either of its two publishers, if both say the same of it.

Each publisher has a ``.sha512`` file beside the archive. One of them alone could be tampered with, or serve
a tampered archive with a sum that fits: so both must agree, and with a sum of ours where one is known.
"""

from __future__ import annotations

import gzip
import hashlib
import platform
import re
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import copyfileobj
from typing import IO

import httpx2

from app.domain.errors import KuboUntrusted
from app.domain.words import N_, tr
from app.ipfs.binary import PROGRAM, Kubo, Progress, install

VERSION = "0.43.1"
BASES = (
    f"https://github.com/ipfs/kubo/releases/download/v{VERSION}",
    f"https://dist.ipfs.tech/kubo/v{VERSION}",
)
# Archive name to SHA-512, in hex, for those that were checked by hand.
PINS: Mapping[str, str] = {}

_ARCHIVE_LIMIT = 400 * 2**20
_PROGRAM_LIMIT = 600 * 2**20
_SUM_LIMIT = 4096
_TIMEOUT = httpx2.Timeout(30.0, connect=5.0)


class NotReached(Exception):
    """No archive from here: no network, none for this system, or one publisher is silent."""


def fetch_official(
    cache_dir: Path,
    *,
    version: str = VERSION,
    bases: Sequence[str] = BASES,
    pins: Mapping[str, str] = PINS,
    name: str | None = None,
    progress: Progress,
) -> Kubo:
    """Fetch, check and install the archive for this system; `bases` are the two publishers' folders.

    Raises NotReached where it can't be had, KuboUntrusted where the sums don't agree: then nothing is kept.
    """
    name = name or archive_name(version)
    cache_dir.mkdir(parents=True, exist_ok=True)
    try:
        with (
            httpx2.Client(follow_redirects=True, timeout=_TIMEOUT) as client,
            tempfile.TemporaryDirectory(dir=cache_dir, prefix="coming-") as folder,
        ):
            sums = {_published_sum(client, f"{base}/{name}.sha512", name) for base in bases}
            sums |= {pins[name]} if name in pins else set()
            if len(sums) != 1:
                raise KuboUntrusted(name=name)
            archive = Path(folder) / name
            progress(tr(N_("Fetching {name}"), name=name))
            if _fetch(client, [f"{base}/{name}" for base in bases], archive) != sums.pop():
                raise KuboUntrusted(name=name)
            return install(_unpack(archive, Path(folder) / PROGRAM), cache_dir, version)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise NotReached(str(error) or type(error).__name__) from error


def archive_name(version: str) -> str:
    """The archive's name for this system. Raises NotReached where none is published."""
    machines = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
    systems = {"linux": "linux", "darwin": "darwin", "win32": "windows"}
    machine, system = machines.get(platform.machine().lower()), systems.get(sys.platform)
    if machine is None or system is None:
        raise NotReached(f"{sys.platform} {platform.machine()}")
    return f"kubo_v{version}_{system}-{machine}.{'zip' if system == 'windows' else 'tar.gz'}"


def _published_sum(client: httpx2.Client, url: str, name: str) -> str:
    with client.stream("GET", url) as answer:
        answer.raise_for_status()
        text = b""
        for piece in answer.iter_bytes():
            text += piece
            if len(text) > _SUM_LIMIT:
                raise NotReached(url)
    match = re.match(rb"([0-9a-fA-F]{128})(?:\s+\*?(\S+))?\s*$", text)
    if match is None or (match[2] is not None and match[2].decode("utf-8", "replace") != name):
        raise NotReached(url)
    return match[1].decode().lower()


def _fetch(client: httpx2.Client, urls: Sequence[str], target: Path) -> str:
    """The archive from the first publisher that has it; its SHA-512."""
    failure: httpx2.HTTPError | None = None
    for url in urls:
        digest, size = hashlib.sha512(), 0
        try:
            with client.stream("GET", url) as answer, target.open("wb") as file:
                answer.raise_for_status()
                for piece in answer.iter_bytes():
                    size += len(piece)
                    if size > _ARCHIVE_LIMIT:
                        raise KuboUntrusted(name=target.name)
                    digest.update(piece)
                    file.write(piece)
            return digest.hexdigest()
        except httpx2.HTTPError as error:
            failure = error
    raise failure or NotReached(target.name)


def _unpack(archive: Path, target: Path) -> Path:
    """The one file that is wanted; nothing else of the archive touches the disk."""
    member = f"kubo/{PROGRAM}"
    try:
        if archive.suffix == ".zip":
            with zipfile.ZipFile(archive) as zipped, zipped.open(member) as source:
                _copy(source, target)
        else:
            with tarfile.open(archive, "r:gz") as tar:
                source_file = tar.extractfile(member)
                if source_file is None:
                    raise KeyError(member)
                with source_file as source:
                    _copy(source, target)
    except (KeyError, EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError, zipfile.BadZipFile) as error:
        raise KuboUntrusted(name=archive.name) from error
    return target


def _copy(source: IO[bytes], target: Path) -> None:
    with target.open("wb") as file:
        copyfileobj(source, file, 2**20)
        if file.tell() > _PROGRAM_LIMIT:
            raise KuboUntrusted(name=target.name)
