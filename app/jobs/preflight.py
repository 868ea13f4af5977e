"""Looking before leaping: the server and token, the node, and room on every disk concerned.

Done before anything is created on the server, so that a film does not stop half-way for what could be seen.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from app.api_client.models import UserInfo
from app.api_client.retry import until_answered
from app.crypto.layout import Layout
from app.domain.errors import NoSpace, TargetUnwritable
from app.domain.events import warned
from app.domain.names import safe_name
from app.domain.words import N_
from app.jobs.desk import Desk
from app.jobs.places import make_folder, nearest
from app.journal import PartRow, TaskRow

# Kubo keeps a little beside the blocks themselves, and no disk likes to be filled to the last byte.
_OVERHEAD = 1.01
_SPARE = 64 * 2**20


async def check_server(desk: Desk, server: str) -> UserInfo | None:
    """The server answers and takes the token; who we are, where it says so.

    Raises ServerUnreachable after `preflight_patience`, TokenRefused, ServerRefused.
    """
    api = await desk.open_api(server)
    patience, on_wait = desk.preferences.preflight_patience, desk.tell_once()
    return await until_answered(api.who, give_up_after=patience, on_wait=on_wait)


def check_folder(folder: Path) -> None:
    """`folder` is there or can be made, and takes a file. Raises TargetUnwritable."""
    make_folder(folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise TargetUnwritable(path=str(folder), reason="permission")


def check_room_for_uploads(desk: Desk, films: Sequence[TaskRow], private_dir: Path) -> None:
    """Room for the public blocks in the node's repo and for the private blocks in their folder.

    Films that an earlier run began have part of theirs already and are not counted.
    """
    new = [film.size or 0 for film in films if film.secrets_sealed is None]
    check_room_for_films(desk, new, private_dir)


def check_room_for_films(desk: Desk, sizes: Iterable[int], private_dir: Path) -> None:
    """Room for sending new films of these sizes (bytes). Raises NoSpace."""
    public = private = 0
    for size in sizes:
        layout = Layout(size=size, fid=bytes(16), hold_back=desk.preferences.hold_back)
        public += layout.public_size
        private += layout.private_size_estimate
    check_room([(desk.repo_dir, int(public * _OVERHEAD)), (private_dir, private)])


def check_room_for_download(desk: Desk, task: TaskRow, parts: Mapping[int, PartRow]) -> None:
    """Room for what is still to come in the repo, and for the film where it will lie."""
    public = task.public_size or 0
    fetched = sum(part.size for part in parts.values() if part.fetched)
    film = 0 if task.final_path and Path(task.final_path + ".part").exists() else public
    check_room([(desk.repo_dir, int((public - fetched) * _OVERHEAD)), (Path(task.output_dir), film)])


def check_room(needs: Sequence[tuple[Path | None, int]]) -> None:
    """Each disk has what is asked of it, places on one disk added up. Raises NoSpace."""
    per_disk: dict[int, int] = {}
    places: dict[int, Path] = {}
    for path, need in needs:
        if path is None:  # on another computer
            continue
        there = nearest(path)
        disk = there.stat().st_dev
        per_disk[disk] = per_disk.get(disk, 0) + need
        places.setdefault(disk, there)
    for disk, need in per_disk.items():
        free = shutil.disk_usage(places[disk]).free
        if need and need + _SPARE > free:
            raise NoSpace(place=str(places[disk]), need=need + _SPARE, free=free)


def warn_of(desk: Desk, film: TaskRow) -> None:
    """What people should know of a film that is handed over all the same: it is empty, or its name will be
    another one on systems that can't hold it."""
    name = film.source_name
    if film.size == 0:
        desk.emit(warned(N_("{film} is empty; it is handed over all the same"), film.ref, film=name))
    below = film.subpath.split("/") if film.subpath else []
    if any(safe_name(part, platform="any").changed for part in (film.folder, *below, name)):
        desk.emit(
            warned(
                N_("{film}: not every system can hold this name; there it is changed"), film.ref, film=name
            )
        )
