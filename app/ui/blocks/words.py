"""What a row says of a film whose private block is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.domain.errors import revive
from app.domain.words import N_, tr
from app.journal import Run
from app.media import MediaFacts
from app.ui import amounts, counts
from app.ui.blocks.due import DueFilm, day
from app.ui.store import Store


@dataclass(frozen=True, slots=True)
class Result:
    """The result column: an icon in a tone of the palette, what it is, and below it more."""

    icon: str
    tone: str
    words: str
    more: str = ""


def facts(film: DueFilm) -> str:
    """Size and codec, as far as they are known."""
    codec = MediaFacts.from_dict(film.film.media).codec if film.film is not None else ""
    return " · ".join(part for part in (amounts.size(film.size), codec) if part)


def who(film: DueFilm) -> tuple[str, str]:
    """How many buyers wait, or have it, and since when."""
    moment = day(film.since())
    if not moment:
        since = ""
    elif len(film.waiting) == 1:
        since = tr(N_("Asked {date}"), date=moment)
    else:
        since = tr(N_("First asked {date}"), date=moment)
    buyers = counts.buyers(len(film.waiting))
    return tr(N_("Released to {buyers}"), buyers=buyers) if film.state == "done" else buyers, since


def result(film: DueFilm, store: Store, *, looking: bool) -> Result:
    """How it stands with the film's private block."""
    state = film.state
    if state in ("working", "done", "failed", "paused"):
        return _of_release(film, state, store)
    if film.match is None:
        words = tr(N_("Looking…")) if looking else tr(N_("Not looked for yet"))
        return Result("circle-dashed", "text2", words)
    return _of_match(film)


def _of_match(film: DueFilm) -> Result:
    match = film.match
    assert match is not None  # noqa: S101 - the caller looked
    name = match.path.name if match.path is not None else ""
    if match.state == "matched":
        words = tr(N_("Matched (file renamed)")) if film.renamed else tr(N_("Matched"))
        more = " · ".join(part for part in (name, amounts.size(match.size)) if part)
        return Result("circle-check", "done", words, more)
    if match.state == "other":
        words = tr(N_("Found a private block from another sending"))
        if film.film is None:
            return Result("triangle-alert", "error", words, tr(N_("Look for the one saved with it")))
        sent = amounts.clock(film.film.created)
        more = tr(N_("The buyer has the version sent on {date}; look for that block"), date=sent)
        return Result("triangle-alert", "error", words, more)
    if match.state == "damaged":
        error = match.error
        if error is not None and error.code != "damaged":
            return Result("octagon-alert", "error", error.title, error.hint)
        words = tr(N_("The private block is damaged"))
        return Result(
            "octagon-alert", "error", words, tr(N_("It was not used; look for a backup: {name}"), name=name)
        )
    return Result("circle-dashed", "key", tr(N_("No private block for it in these folders")), _kept(film))


def _kept(film: DueFilm) -> str:
    match = film.match
    place = match.kept_at if match is not None else ""
    if not place:
        return tr(N_("Connect the drive it is on, or look elsewhere"))
    return tr(N_("It was saved in “{place}”; connect that drive"), place=Path(place).parent)


def _of_release(film: DueFilm, state: str, store: Store) -> Result:
    if state == "working":
        return _working(film, store)
    if state == "failed":
        row = next(row for row in film.releases if row.run is Run.FAILED)
        if row.error:
            error = revive(row.error)
            return Result("octagon-alert", "error", error.title, error.hint)
        return Result("octagon-alert", "error", tr(N_("Stopped")))
    if state == "paused":
        return Result("pause", "text2", tr(N_("Paused")), tr(N_("Release it again to go on")))
    if any(row.number in store.unsent for row in film.releases):
        return Result("hourglass", "text2", tr(N_("Done, telling the server")))
    last = max((row.updated for row in film.releases), default=None)
    more = tr(N_("Buyers can open it · {time}"), time=day(last)) if last else ""
    return Result("circle-check", "done", tr(N_("Handed over")), more)


def _working(film: DueFilm, store: Store) -> Result:
    for row in film.releases:
        trouble = store.live[row.number].trouble if row.number in store.live else None
        if trouble is not None and row.run is not Run.DONE:
            return Result("hourglass", "key", trouble.title, trouble.hint)
    percents = []
    for row in film.releases:
        progress = store.progress_of(row.number, "release")
        if progress is not None and row.run is not Run.DONE:
            percents.append(min(99, progress.percent))
    words = tr(N_("Releasing"))
    if percents:
        words = f"{words} · {min(percents)} %"
    return Result("send", "accent", words, tr(N_("The block goes onto your node, then the library is told")))
