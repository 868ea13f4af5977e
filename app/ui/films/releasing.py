"""A film that was sent: held by its sender, asked for, released, handed over. No Qt."""

from __future__ import annotations

from dataclasses import replace

from app.domain.status import TaskKind, TaskStatus
from app.domain.words import N_, tr
from app.jobs.wording import state
from app.journal import Run, TaskRow
from app.ui import amounts, counts
from app.ui.films import measures
from app.ui.films.common import next_of, paused_words, queued_words, telling, troubled, with_seller
from app.ui.films.measures import UP
from app.ui.films.stopped import brief_words, mend, stopped_words
from app.ui.films.times import since_of
from app.ui.films.values import Act, Button, Fill, Film, Group, Tone, Way
from app.ui.store import Live


def held(film: Film, group: Group) -> Way:
    return replace(
        with_seller(film.row, group),
        step=4,
        stage=state(film.row),
        right=measures.step_words(4),
        strip=measures.strip(UP, [1.0, 1.0, 1.0, 1.0], 3, Fill.WAITS),
        next=tr(N_("Next: a buyer asks for it")),
        time=tr(N_("Up to a buyer")),
        below=measures.so_far(film.mark("done"), film.now),
        main=Button(Act.FOLDER),
    )


def asked_for(film: Film, group: Group) -> Way:
    waiting, released = len(film.due), buyers(film)
    one = waiting == 1
    words = N_("A buyer waits for your release") if one else N_("{n} buyers wait for your release")
    since = min((since_of(task.since) or film.now for task in film.due), default=film.now)
    return replace(
        with_seller(film.row, group),
        step=4,
        stage=tr(words, n=waiting),
        tone=Tone.KEY,
        right=measures.step_words(4),
        strip=measures.strip(UP, [1.0, 1.0, 1.0, 1.0], 3, Fill.WAITS),
        next=tr(N_("Next: release the private block; then they can open it")),
        who=counts.buyers(released) if released else tr(N_("Only you")),
        who_icon="lock-open" if released else "lock",
        why=tr(N_("1 buyer waiting") if one else N_("{n} buyers waiting"), n=waiting),
        time=tr(N_("Up to you")),
        below=measures.so_far(since, film.now),
        main=Button(Act.RELEASE, N_("Release…")),
    )


def current_release(film: Film) -> tuple[TaskRow, Live] | None:
    """A release that runs, waits or stopped; those that were given up count for nothing."""
    unfinished = [one for one in film.releases if one[0].run not in (Run.DONE, Run.CANCELLED)]
    return max(unfinished, key=lambda one: one[0].run is Run.FAILED, default=None)


def buyers(film: Film) -> int:
    """Release tasks that this client reported as done: never a guess."""
    done = {one.remote_id for one, _ in film.releases if one.run is Run.DONE}
    if film.row.kind is TaskKind.RELEASE and film.row.run is Run.DONE:
        done.add(film.row.remote_id)
    return len(done)


def releasing(film: Film, release: TaskRow, live: Live, group: Group) -> Way:
    """The release of its private block: here, or of a film that was sent from elsewhere."""
    if release.run is Run.DONE:
        return handed_over(film, group)
    theirs = replace(film, row=release, live=live)
    percent = measures.percent(theirs, "release", TaskStatus.UPLOADING)
    way = replace(
        with_seller(film.row, group),
        step=5,
        stage=tr(N_("Releasing · {percent} %"), percent=percent) if percent else tr(N_("Releasing")),
        right=(percent and measures.amount(theirs, "release", percent, release.private_size))
        or measures.step_words(5),
        strip=measures.strip(UP, [1.0, 1.0, 1.0, 1.0, max(0.05, percent / 100)]),
        next=tr(N_("Next: the buyer's Reelkey fetches it and opens the film")),
        why=tr(N_("Being released")),
        time=measures.time_words(measures.left(live, "release", film.now)),
        below=measures.rate_words(live, "release", film.now),
        percent=percent or None,
        main=Button(Act.PAUSE),
        target=release.number,
    )
    if release.run is Run.FAILED or (release.run is Run.QUEUED and release.error):
        return _release_stopped(way, theirs)
    if release.run is Run.PAUSED:
        return _release_paused(way, theirs, percent)
    if release.run is Run.QUEUED:
        turn = tr(N_("Waits its turn"))
        return replace(way, stage=queued_words(film.ahead), tone=Tone.QUIET, time=turn, below="")
    if release.status is TaskStatus.DONE:
        told = replace(way, right=measures.step_words(5), strip=measures.strip(UP, [1.0] * 5))
        return telling(told, film)
    return troubled(way, theirs) if live.trouble is not None and not way.below else way


def _release_stopped(way: Way, theirs: Film) -> Way:
    error = theirs.error
    return replace(
        way,
        stage=stopped_words(error),
        brief=brief_words(error),
        tone=Tone.ERROR,
        right="",
        strip=measures.strip(UP, [1.0] * 5, 4, Fill.FAILED),
        next=next_of(error),
        why=tr(N_("Not released")),
        main=mend(theirs.row, error),
    )


def _release_paused(way: Way, theirs: Film, percent: int) -> Way:
    return replace(
        way,
        stage=tr(N_("Paused")),
        tone=Tone.QUIET,
        strip=measures.strip(UP, [1.0, 1.0, 1.0, 1.0, percent / 100], fill=Fill.PAUSED),
        next=paused_words(theirs.mark("paused"), percent),
        why=tr(N_("Not released")),
        main=Button(Act.RESUME),
    )


def handed_over(film: Film, group: Group) -> Way:
    done = [live.marks.get("done", one.updated) for one, live in film.releases if one.run is Run.DONE]
    when = max(done, default=film.mark("done"))
    return replace(
        with_seller(film.row, group),
        step=6,
        stage=tr(N_("Handed over")),
        tone=Tone.DONE,
        right=amounts.clock(when),
        strip=measures.final_strip(UP),
        next=tr(N_("Stay online: there is no telling who has fetched it")),
        who_icon="lock-open",
        who=counts.buyers(buyers(film)),
        why=tr(N_("Released by you")),
        time=tr(N_("Done")),
        main=Button(Act.RECEIPT),
    )
