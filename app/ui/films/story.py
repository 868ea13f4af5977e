"""A film's details, as lines: its way with times, the three things that open it, its facts. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from app.domain.status import TaskKind, TaskStatus
from app.domain.words import N_, tr
from app.jobs.steps import DownloadStep, UploadStep
from app.journal import Run, TaskRow
from app.media import MediaFacts
from app.ui import amounts
from app.ui.films import measures
from app.ui.films.card import name_of
from app.ui.films.values import Card, Fill, Film
from app.ui.messages import FilmStory, HistoryLine


class At(Enum):
    """How a step of the way stands; its value is the icon's name and the palette's."""

    DONE = ("circle-check", "done")
    NOW = ("circle-dot", "accent")
    WAITS = ("hourglass", "key")
    FAILED = ("circle-alert", "error")
    PAUSED = ("pause", "text2")
    TODO = ("circle", "text3")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the way: its words, when it was done or began, a line below."""

    at: At
    words: str
    when: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True)
class Opener:
    """One of the three things that open a film: where it is, and whether it is here (`tone`: palette)."""

    icon: str
    title: str
    where: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact with its name; `copied` what its button copies, "" for none; `mono` for hashes and addresses."""

    name: str
    text: str
    copied: str = ""
    mono: bool = False


_UP_TODO = (N_("Register"), N_("Seal"), N_("Store on your node"), N_("Held by you"), N_("Release"),
            N_("Handed over"))  # fmt: skip
_UP_DONE = (N_("Registered"), N_("Sealed"), N_("Stored on your node"), N_("Asked for"), N_("Released"),
            N_("Handed over"))  # fmt: skip
_DOWN_TODO = (N_("Register"), N_("Fetch"), N_("Await the seller's release"), N_("Get the private block"),
              N_("Open and check"), N_("Ready"))  # fmt: skip
_DOWN_DONE = (N_("Registered"), N_("Fetched"), N_("Released by the seller"), N_("Private block received"),
              N_("Opened and checked"), N_("Ready"))  # fmt: skip
# The line of the history that tells when each step was through.
_UP_MARKS = ("status 1", "status 3", "status 8", "", "", "")
_DOWN_MARKS = ("status 4", "status 5", "status 6", "status 7", "status 8", "done")
_STANDS = {Fill.WAITS: At.WAITS, Fill.FAILED: At.FAILED, Fill.PAUSED: At.PAUSED}


# --- its way ---------------------------------------------------------------------------------------------


def way_of(film: Film, card: Card, story: FilmStory | None) -> list[Step]:
    """The six steps, those that are through with their times."""
    todo, done, marks = (
        (_UP_TODO, _UP_DONE, _UP_MARKS) if film.sending else (_DOWN_TODO, _DOWN_DONE, _DOWN_MARKS)
    )
    times = _times(film, story.history if story is not None else ())
    final = all(piece.fill is Fill.FINAL for piece in card.way.strip)
    steps = []
    for number in range(measures.STEPS):
        when = times.get(marks[number] or f"step {number}")
        said = amounts.clock(when) if when is not None else ""
        if final or number + 1 < card.way.step:
            steps.append(Step(At.DONE, tr(done[number]), said))
        elif number + 1 == card.way.step:
            steps.append(_here(film, card, tr(todo[number]), number))
        else:
            steps.append(Step(At.TODO, tr(todo[number])))
    return steps


def _here(film: Film, card: Card, name: str, number: int) -> Step:
    """The step where it stands; one that stopped keeps its `name`, with the reason below."""
    way = card.way
    fill = way.strip[number].fill if number < len(way.strip) else Fill.TODO
    if film.row.run in (Run.PAUSED, Run.CANCELLED) and fill is not Fill.FAILED:
        fill = Fill.PAUSED
    stands = _STANDS.get(fill, At.NOW)
    failed = stands is At.FAILED
    parts = (way.stage if failed else "", way.below, way.right)
    below = " · ".join(part for part in parts if part and part != measures.step_words(way.step))
    event = {At.FAILED: "failed", At.PAUSED: "paused"}.get(stands)
    when = film.live.marks.get(event) if event is not None else None
    return Step(stands, name if failed else way.stage, amounts.clock(when) if when is not None else "", below)


def _times(film: Film, history: Sequence[HistoryLine]) -> Mapping[str, float]:
    """When each event last happened; a wait that was skipped (released before) ended with the next step."""
    times = {line.event: line.at for line in history}
    if "status 6" in times:
        times.setdefault("status 5", times["status 6"])
    released = [live.marks.get("done", one.updated) for one, live in film.releases if one.run is Run.DONE]
    if released:
        times["step 3"] = min(one.created for one, _ in film.releases)
        times["step 4"] = times["step 5"] = max(released)
    return times


# --- what opens it ---------------------------------------------------------------------------------------


def openers_of(film: Film, card: Card, library: str) -> list[Opener]:
    """Public block, private block, permission: the product's model in three lines."""
    return _openers_sent(film, library) if film.sending else _openers_received(film, card, library)


def _openers_sent(film: Film, library: str) -> list[Opener]:
    row = film.row
    joined = row.kind is TaskKind.RELEASE or row.step in (
        UploadStep.JOINED,
        UploadStep.PLACED,
        UploadStep.FREED,
    )
    placed = row.kind is TaskKind.RELEASE or row.step in (UploadStep.PLACED, UploadStep.FREED)
    return [
        Opener(
            "film",
            tr(N_("Public block")),
            tr(N_("On your node; buyers fetch it from there")),
            tr(N_("Here")) if joined else tr(N_("Being made")),
            "done" if joined else "text2",
        ),
        Opener(
            "key-round",
            tr(N_("Private block")),
            row.private_path or row.private_dir or tr(N_("In your folder")),
            tr(N_("With you")) if placed else tr(N_("Being made")),
            "key" if placed else "text2",
        ),
        Opener(
            "shield-check",
            tr(N_("The buyer's permission")),
            tr(N_("{library} gives it to each buyer"), library=library),
            tr(N_("With the library")),
            "text2",
        ),
    ]


def _openers_received(film: Film, card: Card, library: str) -> list[Opener]:
    row = film.row
    whole = row.run is Run.DONE or row.status in (
        TaskStatus.AWAITING_PRIVATE, TaskStatus.FETCHING_PRIVATE, TaskStatus.MERGING, TaskStatus.DONE,
    )  # fmt: skip
    percent = measures.percent(film, "fetch", TaskStatus.DOWNLOADING)
    failed = any(piece.fill is Fill.FAILED for piece in card.way.strip)
    partly = tr(N_("{percent} % here"), percent=percent) if percent else tr(N_("Not fetched yet"))
    has_block = row.step in (DownloadStep.KEYED, DownloadStep.PLACED)
    if row.run is Run.DONE:
        block = (tr(N_("It opened the film and is not kept")), tr(N_("Used")), "done")
    elif has_block:
        block = (tr(N_("Kept in this profile")), tr(N_("Here")), "done")
    elif row.private_cid:
        block = (tr(N_("On the seller's node")), tr(N_("Released")), "key")
    else:
        block = (tr(N_("With the seller until the release")), tr(N_("Not released")), "key")
    known = row.remote_id is not None
    return [
        Opener(
            "film",
            tr(N_("Public block")),
            _public_place(row) if whole else tr(N_("On the seller's node")),
            tr(N_("Fetched")) if whole else partly,
            "done" if whole else "error" if failed and percent else "text2",
        ),
        Opener("key-round", tr(N_("Private block")), *block),
        Opener(
            "shield-check",
            tr(N_("Your permission")),
            tr(N_("From {library}"), library=library),
            tr(N_("Here")) if known else tr(N_("Not received yet")),
            "done" if known else "text2",
        ),
    ]


def _public_place(row: TaskRow) -> str:
    if row.run is Run.DONE:
        return tr(N_("On your node until you free its space"))
    return tr(N_("On your node"))


# --- facts -----------------------------------------------------------------------------------------------


def facts_of(row: TaskRow, library: str) -> list[Fact]:
    """What is known of the film, to be read and copied."""
    media = MediaFacts.from_dict(row.media)
    rate = tr(N_("{n} fps"), n=f"{media.frame_rate:g}") if media.frame_rate else ""
    start = tr(N_("from {timecode}"), timecode=media.timecode) if media.timecode else ""
    size = row.size if row.kind is not TaskKind.RELEASE else row.private_size
    exact = tr(N_("{n} bytes"), n=amounts.count(size)) if size is not None else ""
    place = row.final_path or row.source_path or row.private_path or row.output_dir
    facts = [
        Fact(tr(N_("File")), name_of(row)),
        Fact(tr(N_("Picture")), _dotted(media.codec, media.resolution, rate)),
        Fact(tr(N_("Sound")), media.audio),
        Fact(tr(N_("Length")), _dotted(amounts.duration(media.duration), start)),
        Fact(tr(N_("Size")), _dotted(amounts.size(size), exact)),
        Fact(tr(N_("Series")), row.folder or str(row.series_id or "")),
        Fact(tr(N_("Place")), place, place),
        Fact(tr(N_("Library")), library),
        Fact(tr(N_("Task")), str(row.remote_id or "")),
        Fact(tr(N_("Address (CID)")), row.cid, row.cid, mono=True),
        Fact("BLAKE3", row.blake3, row.blake3, mono=True),
    ]
    return [fact for fact in facts if fact.text]


def _dotted(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
