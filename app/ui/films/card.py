"""A film's card: what its row says, as one pure function of what is known. No Qt."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from app.domain.errors import is_control
from app.domain.status import TaskKind, TaskStatus
from app.domain.words import N_, tr
from app.journal import Run, TaskRow
from app.journal.records import FINISHED
from app.media import MediaFacts
from app.ui import amounts
from app.ui.films import measures
from app.ui.films.receiving import way_of_receiving
from app.ui.films.sending import way_of_sending
from app.ui.films.stopped import may_move
from app.ui.films.values import GROUPS, Act, Card, Film, Group, Way

_NOT_YET = N_("Film with no name yet")


def card_of(film: Film, group: Group | None = None) -> Card:
    """The card, in the language of now. `group`: where the list keeps it at the moment, if not where it
    belongs."""
    row = film.row
    there = group_of(film) if group is None else group
    way = way_of_sending(film, there) if film.sending else way_of_receiving(film, there)
    name = name_of(row)
    bell, menu = _bell(film), _menu(film, way)
    return Card(row.number, film.sending, name, facts_of(row), way, menu, _sentence(name, way, bell), bell)


def name_of(row: TaskRow) -> str:
    """The film's full name; a download has none before the library told it. Control marks as ␣."""
    shown = "".join("␣" if is_control(char) else char for char in row.source_name)
    return shown or tr(_NOT_YET)


# --- who must act ----------------------------------------------------------------------------------------


def group_of(film: Film) -> Group:
    """In which group of the list the film belongs. Cheap: it is asked for all films."""
    row = film.row
    if row.run is Run.DONE:
        return _group_of_done(film)
    if row.run is Run.CANCELLED:
        return _finished(film.mark("cancelled"), film.now)
    stopped = row.run is Run.FAILED or (row.run is Run.QUEUED and row.error)
    if stopped or (film.signed_out and film.unsent and row.status is TaskStatus.DONE):
        return Group.NEEDS_YOU
    waits = row.run in (Run.PAUSED, Run.WAITING) or _waits_for_release(film) or _held_up(film)
    return Group.WAITING if waits else Group.UNDER_WAY


def _group_of_done(film: Film) -> Group:
    row = film.row
    if row.kind is TaskKind.DOWNLOAD:
        return _finished(film.mark("done"), film.now)
    unfinished = [one for one, _ in film.releases if one.run not in FINISHED]
    if any(one.run is Run.FAILED or (one.run is Run.QUEUED and one.error) for one in unfinished):
        return Group.NEEDS_YOU
    if unfinished:
        return Group.WAITING if all(one.run is Run.PAUSED for one in unfinished) else Group.UNDER_WAY
    if film.due:
        return Group.NEEDS_YOU
    done = [live.marks.get("done", one.updated) for one, live in film.releases if one.run is Run.DONE]
    if row.kind is TaskKind.RELEASE:
        done.append(film.mark("done"))
    return _finished(max(done), film.now) if done else Group.WAITING


def _finished(moment: float, now: float) -> Group:
    return Group.TODAY if moment >= _midnight(int(now // 60)) else Group.EARLIER


@lru_cache(maxsize=4)
def _midnight(minute: int) -> float:
    """When the day of that minute (since 1970) began here."""
    day = datetime.fromtimestamp(minute * 60).astimezone()
    return day.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def _waits_for_release(film: Film) -> bool:
    return film.row.status is TaskStatus.AWAITING_PRIVATE and not film.row.private_cid


def _held_up(film: Film) -> bool:
    """Something is away and nothing moves."""
    moving = any(measures.running(film.live, phase, film.now) for phase in film.live.progress)
    return film.live.trouble is not None and not moving


# --- facts, menu, sentence -------------------------------------------------------------------------------


def facts_of(row: TaskRow) -> tuple[str, ...]:
    """Size, codec, resolution, duration: those that are known."""
    if row.kind is TaskKind.RELEASE:
        return tuple(fact for fact in (tr(N_("Private block")), amounts.size(row.private_size)) if fact)
    media = MediaFacts.from_dict(row.media)
    size = amounts.size(row.size or row.public_size)
    found = (size, media.codec, media.resolution, amounts.duration(media.duration))
    return tuple(fact for fact in found if fact)


def _speaks(film: Film) -> bool:
    """Whether something may still be told of it; of a sent film that is held, that a buyer asks."""
    row = film.row
    return row.run not in FINISHED or (row.kind is TaskKind.UPLOAD and row.run is Run.DONE)


def _bell(film: Film) -> bool | None:
    """Whether the row's bell is on. It has one while a person waits for somebody else, and where they chose
    for this film alone; None: no bell, it goes by the settings."""
    if not _speaks(film) or (film.bell is None and not _waits_for_release(film)):
        return None
    return film.rings


def _menu(film: Film, way: Way) -> tuple[Act | None, ...]:
    """What can be done now, the ones that are for good at the end. Of a film that is released, pausing, going
    on and cancelling mean the release."""
    row = film.row
    finished = row.run in FINISHED
    over = finished and all(one.run in FINISHED for one, _ in film.releases)
    moving = next((one for one, _ in film.releases if one.number == way.target), row)
    now = [
        Act.RELEASE if film.due else None,
        Act.LIBRARY if film.signed_out and film.unsent else None,
        Act.PAUSE if _may_pause(moving) else None,
        Act.RESUME if moving.run is Run.PAUSED else None,
        Act.RETRY if moving.error and moving.run in (Run.FAILED, Run.QUEUED) else None,
        Act.REMIND if _waits_for_release(film) else None,
        Act.ASK if _waits_for_release(film) and not finished else None,
    ]
    look = [
        Act.DETAILS,
        Act.FOLDER if row.source_path or row.final_path or row.output_dir or row.private_path else None,
        Act.COPY_CID if row.cid else None,
        Act.RECEIPT if row.run is Run.DONE else None,
        (Act.MUTE if film.rings else Act.RING) if _speaks(film) else None,
        Act.EXPORT if _may_export(row) else None,
    ]
    places = [
        Act.MOVE if may_move(row) else None,
        Act.FREE if over and row.cid and row.kind is not TaskKind.RELEASE else None,
    ]
    ends = [
        _cancel(moving),
        Act.REMOVE if (over or row.run is Run.FAILED) and not film.unsent else None,
    ]
    menu: list[Act | None] = []
    for part in (now, look, places, ends):
        acts = [act for act in part if act is not None]
        if acts and menu:
            menu.append(None)
        menu += acts
    return tuple(menu)


def _may_pause(row: TaskRow) -> bool:
    if row.run is Run.QUEUED:
        return not row.error
    return row.run in (Run.ACTIVE, Run.WAITING) and row.status is not TaskStatus.DONE


def _may_export(row: TaskRow) -> bool:
    """Whether there is a whole file of it here that a cloud can take."""
    return row.run is Run.DONE and bool(row.final_path if row.kind is TaskKind.DOWNLOAD else row.cid)


def _cancel(row: TaskRow) -> Act | None:
    if row.run in FINISHED or row.status is TaskStatus.DONE:
        return None
    return Act.CALL_OFF if row.kind is TaskKind.RELEASE else Act.CANCEL


def _sentence(name: str, way: Way, bell: bool | None) -> str:
    """The row for ears: name, stage with percent, what is next, who can open it, time left, its bell."""
    who = f"{way.who}, {way.why}" if way.why else way.who
    time = " ".join(part for part in (way.time, way.below) if part and part != "—")
    rings = "" if bell is None else tr(N_("You are notified")) if bell else tr(N_("Muted"))
    said = (name, way.stage, way.next, tr(N_("Who can open it: {who}"), who=who), time, rings)
    return ". ".join(part.rstrip(".") for part in said if part) + "."


def group_words(group: Group) -> str:
    return tr(GROUPS[group])
