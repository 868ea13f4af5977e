"""A delivery receipt: what this computer knows of one film's way, as a value and as a page to print.

It holds hashes, content identifiers and times, and nothing that opens a film: no sign-in, no uuid, no key, no
path of this computer. The same facts give the same page, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from html import escape
from pathlib import PurePath
from typing import Protocol

from app import __version__
from app.crypto.layout import VERSION
from app.domain.status import TaskKind
from app.domain.words import N_, language, tr
from app.jobs.wording import direction, happening, moment, shown, size, state, trouble
from app.journal import PartRow, Run, TaskRow


class Happening(Protocol):
    """A line of a film's history: when (seconds since 1970), what."""

    @property
    def at(self) -> float: ...

    @property
    def event(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Line:
    """A fact and its name, both to be shown; `exact` ones are hashes and the like, set in even letters."""

    name: str
    text: str
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says, in the language in which it was made. Times are texts with their zone."""

    title: str
    film: str
    state: str
    facts: tuple[Line, ...]
    seals: tuple[Line, ...]
    way: tuple[Line, ...]
    releases: tuple[Line, ...]
    foot: str
    language: str

    @property
    def file_name(self) -> str:
        """A name for the file, without its ending: that of the film and what this is."""
        return f"{PurePath(self.film).stem or self.film} – {self.title}"


def receipt_of(
    row: TaskRow,
    history: Iterable[Happening] = (),
    releases: Sequence[TaskRow] = (),
    parts: Iterable[PartRow] = (),
    *,
    library: str = "",
    account: str = "",
    zone: tzinfo | None = None,
) -> Receipt:
    """The receipt of a film in the chosen language.

    `releases` are the release tasks of a sent film, `parts` its parts (for their digests); `library` is the
    name that the settings have for the server, `account` who is signed in there; `zone` is for the times,
    this computer's where it is not given.
    """
    return Receipt(
        title=tr(N_("Delivery receipt")),
        film=shown(row.source_name),
        state=state(row),
        facts=_known(_facts(row, library, account)),
        seals=_known([*_seals(row), *_digests(row, parts)]),
        way=_known(_way(row, history, zone)),
        releases=_known(_releases(releases, zone)),
        foot=_foot(row, zone),
        language=language(),
    )


def _facts(row: TaskRow, library: str, account: str) -> list[Line]:
    media = {name: str(value) for name, value in row.media.items()}
    resolution = "×".join(part for part in (media.get("width", ""), media.get("height", "")) if part)
    picture = " · ".join(part for part in (media.get("codec", ""), resolution) if part)
    where = f"{library} ({row.server})" if library and library != row.server else row.server
    return [
        Line(tr(N_("Film")), row.source_name),
        Line(tr(N_("Folder")), "/".join(part for part in (row.folder, row.subpath) if part)),
        Line(tr(N_("Size")), size(row.size)),
        Line(tr(N_("Picture")), picture),
        Line(tr(N_("Running time")), _running_time(row.media.get("duration"))),
        Line(tr(N_("Time code")), media.get("timecode", "")),
        Line(tr(N_("Sound")), media.get("audio", "")),
        Line(tr(N_("Direction")), direction(row)),
        Line(tr(N_("State")), state(row)),
        Line(tr(N_("Why it stopped")), trouble(row)),
        Line(tr(N_("Library")), where),
        Line(tr(N_("Account")), account),
        Line(tr(N_("Series")), _number(row.series_id)),
        Line(tr(N_("Film's number there")), _number(row.source_id)),
        Line(tr(N_("Task's number there")), _number(row.remote_id)),
    ]


def _seals(row: TaskRow) -> list[Line]:
    return [
        Line(tr(N_("BLAKE3 of the film")), row.blake3, exact=True),
        Line(tr(N_("Public block")), row.cid, exact=True),
        Line(tr(N_("Size of the public block")), size(row.public_size)),
        # Only its name: where people keep their keys is nobody's business.
        Line(tr(N_("Private block's file")), PurePath(row.private_path.replace("\\", "/")).name),
        Line(tr(N_("Private block")), row.private_cid, exact=True),
        Line(tr(N_("Size of the private block")), size(row.private_size)),
        Line(tr(N_("Format of the blocks")), tr(N_("version {n}"), n=VERSION)),
    ]


def _digests(row: TaskRow, parts: Iterable[PartRow]) -> list[Line]:
    """Of a sent film there is one digest a part: it was read once, its parts in any order."""
    if row.kind is not TaskKind.UPLOAD:
        return []
    return [
        Line(
            tr(N_("BLAKE3 of the film's bytes in part {n}"), n=part.number + 1), part.digest.hex(), exact=True
        )
        for part in sorted(parts, key=lambda part: part.number)
        if part.digest
    ]


def _way(row: TaskRow, history: Iterable[Happening], zone: tzinfo | None) -> list[Line]:
    lines = [Line(happening(row, one.event), moment(one.at, zone)) for one in history]
    return [line for line in lines if line.name]


def _releases(releases: Sequence[TaskRow], zone: tzinfo | None) -> list[Line]:
    done = sorted((row for row in releases if row.run is Run.DONE), key=lambda row: row.number)
    return [
        Line(
            tr(N_("Release task {n}"), n=_number(row.remote_id)), f"{state(row)}, {moment(row.updated, zone)}"
        )
        for row in done
    ]


def _foot(row: TaskRow, zone: tzinfo | None) -> str:
    return tr(
        N_(
            "As Reelkey {version} on this computer recorded it; last change {when}. It is not signed: the"
            " hashes let anybody check a copy of the film or of its blocks."
        ),
        version=__version__,
        when=moment(row.updated, zone),
    )


def _known(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(Line(line.name, shown(line.text), line.exact) for line in lines if line.text)


def _number(number: int | None) -> str:
    return "" if number is None else str(number)


def _running_time(seconds: object) -> str:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return ""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


# --- the page --------------------------------------------------------------------------------------------

# Tables and few rules: Qt's text document, which makes the PDF, reads the same page.
_STYLE = """
@page { size: A4; margin: 18mm; }
body { font-family: system-ui, "Segoe UI", "PingFang SC", "Microsoft YaHei UI", "Noto Sans CJK SC",
  sans-serif; font-size: 10pt; color: #1b1c1f; background: #ffffff; max-width: 46em; margin: 2em auto; }
h1 { font-size: 18pt; font-weight: 600; margin-bottom: 2pt; }
h2 { font-size: 12pt; font-weight: 600; margin-top: 16pt; margin-bottom: 4pt; }
p.film { font-size: 12pt; margin-top: 0; overflow-wrap: anywhere; }
table { margin-bottom: 8pt; }
td { padding: 3pt 12pt 3pt 0; vertical-align: top; text-align: left; overflow-wrap: anywhere; }
td.name { color: #53565c; }
td.exact { font-family: ui-monospace, Consolas, "DejaVu Sans Mono", monospace; font-size: 8pt; }
p.gap { font-size: 3pt; margin: 0; }
p.foot { color: #53565c; font-size: 8.5pt; margin-top: 18pt; }
tr { break-inside: avoid; }
@media print { body { margin: 0; max-width: none; } }
"""


def as_html(receipt: Receipt) -> str:
    """The receipt as one page that needs nothing else: no script, no picture, no address is asked for it."""
    sections = (
        (tr(N_("The film")), receipt.facts),
        (tr(N_("Hashes and blocks")), receipt.seals),
        (tr(N_("Its way")), receipt.way),
        (tr(N_("Releases")), receipt.releases),
    )
    body = "\n".join(_section(title, lines) for title, lines in sections if lines)
    tongue = "zh-Hans" if receipt.language == "zh" else "en"
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!DOCTYPE html>\n<html lang="{tongue}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{escape(receipt.file_name)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(receipt.title)}</h1>\n"
        f'<p class="film"><bdi>{escape(receipt.film)}</bdi></p>\n{body}\n'
        f'<p class="foot">{escape(receipt.foot)}</p>\n</body>\n</html>\n'
    )


def _section(title: str, lines: Sequence[Line]) -> str:
    rows = "\n".join(
        f'<tr><td class="name" width="33%">{escape(line.name)}</td>'
        f'<td class="{"exact" if line.exact else "text"}"><bdi>{escape(line.text)}</bdi></td></tr>'
        for line in lines
    )
    return f'<p class="gap">&nbsp;</p>\n<h2>{escape(title)}</h2>\n<table width="100%">\n{rows}\n</table>'
