"""What both ways, there and back, say alike. No Qt."""

from __future__ import annotations

from dataclasses import replace

from app.domain.errors import ReelkeyError
from app.domain.status import TaskKind, TaskStatus
from app.domain.words import N_, tr
from app.jobs.steps import UploadStep
from app.journal import TaskRow
from app.ui import amounts, hints
from app.ui.films import measures
from app.ui.films.stopped import lowered, mend
from app.ui.films.values import Act, Button, Film, Group, Tone, Way


def with_seller(row: TaskRow, group: Group) -> Way:
    """What is the same at each stage until the release: only the sender can open the film.

    There is a block to be held only once it is written under its name."""
    written = row.kind is TaskKind.RELEASE or row.step == UploadStep.PLACED or row.status is TaskStatus.DONE
    why = N_("You hold the block") if written else N_("Not sealed yet")
    return Way(group, 1, "", "", (), "lock", tr(N_("Only you")), tr(why))


def troubled(way: Way, film: Film) -> Way:
    """At work, but something is away: it goes on by itself."""
    error = film.live.trouble
    if error is None:
        return way
    if error.code == "server_unreachable":
        return replace(
            way,
            stage=tr(N_("Offline, reconnecting")),
            tone=Tone.QUIET,
            right=measures.step_words(way.step),
            next=tr(N_("Next: it goes on by itself when the library answers")),
            time="—",
        )
    return replace(
        way,
        stage=error.title,
        tone=Tone.QUIET,
        right=measures.step_words(way.step),
        next=tr(N_("Reelkey keeps trying; nothing is lost")),
        time="—",
        main=mend(film.row, error) if error.code == "no_provider" else way.main,
    )


def queued_words(ahead: int) -> str:
    """``Queued (2 ahead)``."""
    return tr(N_("Queued ({n} ahead)"), n=ahead) if ahead else tr(N_("Queued"))


def paused_words(when: float, percent: int) -> str:
    """``You paused it at 14:20; it goes on from 36 %``."""
    at = amounts.clock(when)
    if percent:
        return tr(N_("You paused it at {time}; it picks up from {percent} %"), time=at, percent=percent)
    return tr(N_("You paused it at {time}; it picks up where it left off"), time=at)


def next_of(error: ReelkeyError | None) -> str:
    """An error's hint as the sentence of what to do next."""
    words = hints.hint(error) if error is not None else ""
    if not words:
        return tr(N_("Next: try it again; all progress is kept"))
    return tr(N_("Next: {hint}"), hint=lowered(words))


def telling(way: Way, film: Film) -> Way:
    """All is done here; it is final once the library has heard of it."""
    way = replace(
        way,
        stage=tr(N_("Done, telling the server")),
        tone=Tone.PLAIN,
        next=tr(N_("Next: the library confirms it")),
        time="—",
        below="",
        main=Button(Act.FOLDER),
    )
    if not film.signed_out:
        return way
    return replace(
        way,
        next=tr(N_("Next: sign in on the site again; all progress is kept")),
        main=Button(Act.LIBRARY, N_("Open library")),
    )
