"""The node: a Kubo of our own, started when it is needed and left running, or one that is there already.

A profile has one node whichever process started it: a lock lets one start it, the others find it. It serves
buyers after we end, until it is told to stop.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from app.domain.errors import NodeError, NodeUnavailable, RepoNewer, SettingRefused
from app.domain.words import N_, tr
from app.ipfs.announced import announce
from app.ipfs.binary import Kubo
from app.ipfs.node_config import NodeSettings, configure, peer_id_of, read_config
from app.ipfs.node_log import reason_in, shorten
from app.ipfs.process import clean_env, end, mark_of, start_detached
from app.ipfs.rpc import KuboRpc

__all__ = ["ExternalNode", "ManagedNode", "NodeInfo", "NodeSettings"]

_LOOK_EVERY = 0.05
_ANSWER_SECONDS = 10.0
_START_SECONDS = 120.0
_STOP_SECONDS = 15.0
_TERM_SECONDS = 10.0
_STARTS_AT_MOST = 3
_PORT_TAKEN = re.compile(r"address already in use|bind: Only one usage of each socket", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """A running node. `api` is its RPC's multiaddr or URL, `addrs` are its multiaddrs with ``/p2p/``;
    repo, binary and pid are empty (None) for a node that is not ours.
    """

    api: str
    peer_id: str
    addrs: tuple[str, ...]
    version: str
    repo: str = ""
    binary: str = ""
    pid: int | None = None

    def as_dict(self) -> dict[str, object]:
        """For JSON printers."""
        return asdict(self) | {"addrs": list(self.addrs)}

    def announce(self, setting: str = "", form: str = "multiaddr") -> str:
        """The text for a task's `ip` field: see `announced.announce`."""
        return announce(self.addrs, self.peer_id, setting, form)


class ExternalNode:
    """A node that runs already, known by its RPC's address. It is used and never stopped."""

    def __init__(self, api: str) -> None:
        self._api = api

    async def ensure_running(self) -> NodeInfo:
        """The node. Raises NodeUnavailable where it does not answer, NodeFault where it is no Kubo."""
        return await _ask(self._api)

    async def status(self) -> NodeInfo | None:
        """The node, None where it does not answer."""
        with suppress(NodeError):
            return await _ask(self._api)
        return None

    async def stop(self) -> None:
        """Nothing: it is not ours."""


class ManagedNode:
    """A profile's own node. Its repo is ``profile_dir/node``, beside it a lock, a log and who runs it.

    `find` gives the Kubo to run; `listen` the swarm's multiaddrs, where port 0 is a free one that is kept
    for the next start (None: everywhere, on free ports).
    """

    def __init__(
        self,
        profile_dir: Path,
        find: Callable[[], Awaitable[Kubo]],
        *,
        listen: Sequence[str] | None = None,
        settings: NodeSettings | None = None,
        start_seconds: float = _START_SECONDS,
    ) -> None:
        self.repo = profile_dir / "node"
        self._find = find
        self._listen = listen
        self._settings = settings or NodeSettings()
        self._start_seconds = start_seconds
        self._lock_file = profile_dir / "node.lock"
        self._log = profile_dir / "node.log"
        self._record_file = profile_dir / "node.json"

    async def ensure_running(self) -> NodeInfo:
        """The node, started where it does not run.

        Raises NoKubo, RepoNewer, SettingRefused, and NodeUnavailable with what its log says.
        """
        if (info := await self.status()) is not None:
            return info
        async with self._locked():
            if (info := await self.status()) is not None:
                return info
            kubo = await self._find()
            await self._end(self._record())  # one of ours that runs and answers nobody
            for attempt in range(1, _STARTS_AT_MOST + 1):
                try:
                    return await self._start(kubo)
                except NodeUnavailable as error:
                    # Somebody took a port between our look and Kubo's: the next look finds another.
                    if attempt == _STARTS_AT_MOST or not _PORT_TAKEN.search(str(error.facts["reason"])):
                        raise
        raise AssertionError

    async def status(self) -> NodeInfo | None:
        """The node if it runs and answers, else None."""
        shorten(self._log)
        try:
            api = (self.repo / "api").read_text("ascii").strip()
            peer_id = peer_id_of(read_config(self.repo))
            info = await _ask(api)
        except (OSError, ValueError, NodeError, SettingRefused):
            return None
        # After a crash another program, or another profile's node, may listen where the `api` file points.
        if info.peer_id != peer_id:
            return None
        record = self._record()
        binary = record.binary if record is not None else ""
        pid = record.pid if record is not None and mark_of(record.pid) == record.mark else None
        return NodeInfo(api, info.peer_id, info.addrs, info.version, str(self.repo), binary, pid)

    async def stop(self) -> None:
        """Stop the node and wait until it is gone. Does nothing where it does not run."""
        async with self._locked():
            record = self._record()
            info = await self.status()
            if info is not None:
                async with KuboRpc(info.api) as rpc:
                    with suppress(NodeError):
                        await rpc.shutdown()
                if info.pid is None:  # started by hand, or its record is lost
                    await self._until(lambda: not (self.repo / "api").exists(), _STOP_SECONDS)
            await self._end(record, patience=_STOP_SECONDS if info is not None else 0)
            self._record_file.unlink(missing_ok=True)

    # --- starting ------------------------------------------------------------------------------------

    async def _start(self, kubo: Kubo) -> NodeInfo:
        if not (self.repo / "config").exists():
            await asyncio.to_thread(_init, kubo, self.repo)
        self._check_repo_version(kubo)
        closed = await asyncio.to_thread(configure, self.repo, self._settings, self._listen, kubo.version)
        _clear_after_crash(self.repo)
        shorten(self._log)
        begins_at = self._log.stat().st_size if self._log.exists() else 0
        env = _env(self.repo) | ({"LIBP2P_FORCE_PNET": "1"} if closed else {})
        try:
            argv = [str(kubo.path), "daemon", "--migrate=true"]
            pid = start_detached(argv, env=env, cwd=self.repo, log=self._log)
        except OSError as error:
            raise NodeUnavailable(reason=f"{kubo.path}: {error.strerror}") from error
        record = _Record(pid, mark_of(pid), str(kubo.path))
        self._record_file.write_text(json.dumps(asdict(record)), "utf-8")
        try:
            return await self._wait_until_it_answers(record, begins_at)
        except BaseException:
            # Nobody knows of it yet: a node that is not up is not left behind, on cancelling neither.
            await asyncio.shield(self._end(record))
            raise

    async def _wait_until_it_answers(self, record: _Record, log_begins_at: int) -> NodeInfo:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._start_seconds
        while loop.time() < until:
            if mark_of(record.pid) != record.mark:
                raise NodeUnavailable(reason=reason_in(self._log, log_begins_at))
            if (self.repo / "api").exists() and (info := await self.status()) is not None:
                return info
            await asyncio.sleep(_LOOK_EVERY)
        raise NodeUnavailable(reason=reason_in(self._log, log_begins_at))

    def _check_repo_version(self, kubo: Kubo) -> None:
        try:
            found = int((self.repo / "version").read_text("ascii"))
        except (OSError, ValueError):
            raise NodeUnavailable(
                reason=tr(N_("The node's configuration can't be read: {path}"), path=self.repo / "version")
            ) from None
        if found > kubo.repo:
            raise RepoNewer(repo=found, known=kubo.repo, version=kubo.version)

    # --- who runs ------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[None]:
        self._lock_file.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._lock_file, thread_local=False)
        while True:
            try:
                lock.acquire(blocking=False)
                break
            except Timeout:
                await asyncio.sleep(_LOOK_EVERY)
        try:
            yield
        finally:
            lock.release()

    def _record(self) -> _Record | None:
        try:
            fields = json.loads(self._record_file.read_text("utf-8"))
            return _Record(int(fields["pid"]), str(fields["mark"]), str(fields["binary"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    async def _end(self, record: _Record | None, patience: float = 0) -> None:
        """Wait `patience` for our process to end by itself, then ask it to, then end it."""
        if record is None:
            return
        gone = lambda: mark_of(record.pid) != record.mark  # noqa: E731
        for hard, seconds in ((None, patience), (False, _TERM_SECONDS), (True, _TERM_SECONDS)):
            if hard is not None:
                end(record.pid, record.mark, hard=hard)
            if await self._until(gone, seconds):
                return

    async def _until(self, done: Callable[[], bool], seconds: float) -> bool:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while not done():
            if loop.time() >= until:
                return False
            await asyncio.sleep(_LOOK_EVERY)
        return True


@dataclass(frozen=True, slots=True)
class _Record:
    """Who runs the node: pid, what tells it from others of that pid, and the program."""

    pid: int
    mark: str
    binary: str


async def _ask(api: str) -> NodeInfo:
    async with KuboRpc(api) as rpc:
        found = await rpc.id(seconds=_ANSWER_SECONDS)
        version = await rpc.version()
    return NodeInfo(api, found.peer_id, found.addresses, version.version)


def _env(repo: Path) -> dict[str, str]:
    extra = {"IPFS_PATH": str(repo), "IPFS_TELEMETRY": "off", "GOLOG_LOG_LEVEL": "error"}
    return clean_env(os.environ, extra)


def _clear_after_crash(repo: Path) -> None:
    """Remove what a node leaves behind that did not end by itself. Only where none of ours runs."""
    (repo / "api").unlink(missing_ok=True)
    # The lock itself is the system's and died with its process; but Kubo refuses a lock file with content.
    lock = repo / "repo.lock"
    if os.name == "posix" and lock.exists() and lock.stat().st_size:
        lock.unlink()


def _init(kubo: Kubo, repo: Path) -> None:
    """A new repo, there whole or not at all. Raises NodeUnavailable."""
    coming = repo.with_name(repo.name + ".coming")
    shutil.rmtree(coming, ignore_errors=True)
    coming.mkdir(parents=True)
    try:
        subprocess.run(
            [str(kubo.path), "init", "--empty-repo"],
            env=_env(coming),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=True,
        )
        with suppress(FileNotFoundError):
            repo.rmdir()
        coming.rename(repo)
    except subprocess.SubprocessError as error:
        said = getattr(error, "stderr", b"") or b""
        raise NodeUnavailable(reason=said[-300:].decode("utf-8", "replace").strip() or str(error)) from error
    except OSError as error:
        raise NodeUnavailable(reason=f"{error.filename}: {error.strerror}") from error
    finally:
        shutil.rmtree(coming, ignore_errors=True)
