"""What takes room, by what it means."""

from __future__ import annotations

from app.domain.status import TaskKind
from app.journal import Run, TaskRow
from app.ui.messages import NodeSeen
from app.ui.node.space import space_of
from tests.ui.fakes import make_row

GB = 10**9


def done(number: int, kind: TaskKind, cid: str, gigabytes: int, **more: object) -> TaskRow:
    return make_row(number, kind=kind, run=Run.DONE, cid=cid, public_size=gigabytes * GB, **more)


ROWS = [
    done(1, TaskKind.UPLOAD, "sent", 100),
    done(2, TaskKind.DOWNLOAD, "copy", 30),
    done(3, TaskKind.DOWNLOAD, "freed", 40),
    make_row(4, kind=TaskKind.DOWNLOAD, run=Run.ACTIVE, cid="coming", public_size=50 * GB),
    make_row(5, kind=TaskKind.UPLOAD, run=Run.CANCELLED, cid="given up", public_size=60 * GB),
    make_row(6, kind=TaskKind.RELEASE, run=Run.DONE, private_cid="block", private_size=GB),
]
NODE = NodeSeen("online", repo_bytes=151 * GB, free_bytes=600 * GB, total_bytes=1000 * GB)
PINNED = frozenset({"sent", "copy", "block", "given up"})


def test_each_byte_has_its_meaning() -> None:
    space = space_of(ROWS, NODE, PINNED)
    assert (space.sent, space.copies, space.work) == (101 * GB, 30 * GB, 20 * GB)
    assert space.blocks == GB
    assert space.other == (1000 - 600 - 151) * GB
    assert space.free == 600 * GB
    assert space.reelkey == 151 * GB
    assert [row.number for row in space.sent_films] == [1]
    assert [row.number for row in space.copied_films] == [2]
    assert space.in_work == 1
    assert space.known


def test_nothing_is_claimed_before_the_node_was_asked() -> None:
    space = space_of(ROWS, NODE, None)
    assert not space.known
    assert (space.sent, space.copies) == (0, 0)
    assert space.copied_films == ()


def test_what_was_sent_from_here_is_no_copy_that_may_go() -> None:
    """A seller who receives the own film to try it: freeing the copy would take the public block away."""
    rows = [done(1, TaskKind.UPLOAD, "same", 100), done(2, TaskKind.DOWNLOAD, "same", 100)]
    space = space_of(rows, NODE, frozenset({"same"}))
    assert space.copied_films == ()
    assert space.sent == 100 * GB


def test_a_film_received_twice_is_counted_once() -> None:
    rows = [done(1, TaskKind.DOWNLOAD, "same", 100), done(2, TaskKind.DOWNLOAD, "same", 100)]
    assert space_of(rows, NODE, frozenset({"same"})).copies == 100 * GB


def test_a_node_elsewhere_has_no_disk_here() -> None:
    space = space_of(ROWS, NodeSeen("online"), PINNED)
    assert (space.other, space.free, space.work) == (None, None, 0)
