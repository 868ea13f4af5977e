"""Reading a gallery's list: entry by entry as it comes in, so that a long one never stands in memory whole.

The list is a JSON array of objects (the task for galleries)::

    {"crc": "e7b057b2", "filesize": 268756, "created_at": "2024-08-17 12:54:32 +0300",
     "name": "Photos 1/Test_011.jpg", "url": "https://up-d.lite.gallery/…/Test_011.jpg", "id": 49851973}

An entry that can't be used becomes a photo with a `fault`; the rest of the gallery is not held up by it.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NoReturn

from app.domain.errors import GalleryRefused, NameRefused, PhotoNotWhole
from app.domain.names import safe_name, safe_parts
from app.domain.words import N_
from app.gallery.addresses import LONGEST_ADDRESS, is_public_name, may_hold_photos, origin_of, url_of

MAX_LIST = 64 * 1024 * 1024
MAX_PHOTOS = 100_000
LARGEST = 1 << 40
_LONGEST_ENTRY = 128 * 1024
_LONGEST_PATH = 2048
_DEEPEST = 32
_MARGIN = 16  # for " (2)", where two photos have one name
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}\Z")
# An address that all readers read alike: no dots between slashes, no query, nothing to be encoded.
_PLAIN = re.compile(r"https://([a-z0-9.-]{4,253})(?:/[A-Za-z0-9_~-][A-Za-z0-9_~.-]*)+", re.ASCII)
_BLANK = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo of a list. `key` is its own name within the gallery, the same each time the list is read (up
    to 40 ASCII characters). `name` is one safe file name, `subpath` its folders with ``/``, "" for none.
    `crc` is the CRC-32 in 8 hex digits, `size` in bytes, `created` seconds since 1970. With a `fault` (a
    catalogue key) it can't be fetched, and size, crc and url may be empty."""

    key: str
    id: int
    name: str
    subpath: str
    size: int
    crc: str
    url: str = field(repr=False)
    created: float | None = None
    fault: str = ""

    @property
    def refused(self) -> PhotoNotWhole | None:
        """Why it can't be fetched; None where it can."""
        return PhotoNotWhole(name=self.name, reason=self.fault) if self.fault else None


class Listing:
    """Photos from the pieces of a list, fed in order. `stand_in`: the one origin that may be no public
    one."""

    def __init__(self, stand_in: str = "") -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._json = json.JSONDecoder(parse_constant=_no_constant)
        self._text = ""
        self._fed = 0
        self._begun = self._ended = self._another = False
        self._names = _Names()
        self._stand_in = stand_in
        self._seen: dict[str, tuple[object, ...]] = {}
        self.photos: list[Photo] = []

    def feed(self, data: bytes) -> None:
        """The next piece of up to 1 MiB. Raises GalleryRefused."""
        self._fed += len(data)
        if self._fed > MAX_LIST:
            raise GalleryRefused(reason=N_("its list is too long"))
        try:
            self._text += self._decoder.decode(data)
            self._take()
        except (ValueError, RecursionError):
            raise _no_list() from None

    def finish(self) -> list[Photo]:
        """All photos, once everything is fed. Raises GalleryRefused where the list has no end."""
        whole = self._ended and not self._text.strip() and self._decoder.getstate()[0] == b""
        if not whole:
            raise _no_list()
        return self.photos

    def _take(self) -> None:
        """As many entries as there are whole ones. ValueError where it is no list."""
        at = self._skip(0)
        if not self._begun and at < len(self._text):
            if self._text[at] != "[":
                raise ValueError("no array")
            self._begun, at = True, self._skip(at + 1)
        while self._begun and not self._ended and at < len(self._text):
            if self._text[at] == "]" and not self._another:
                self._ended, at = True, at + 1
                break
            found = self._entry(at)
            if found is None:
                break
            entry, at = found
            self._another = self._text[at] == ","
            self._ended = not self._another
            at = self._skip(at + 1)
            self._add(entry)
        self._text = self._text[at:]
        if self._ended and self._text.strip(" \t\r\n"):
            raise ValueError("more behind the end")

    def _entry(self, at: int) -> tuple[Any, int] | None:
        """The entry at `at` and where its comma or bracket is; None where more has to come in first: without
        what follows it, ``0`` may be the beginning of ``0.5``."""
        try:
            entry, end = self._json.raw_decode(self._text, at)
            end = self._skip(end)
            if end < len(self._text) and self._text[end] in ",]":
                return entry, end
        except json.JSONDecodeError:
            pass
        if len(self._text) - at > _LONGEST_ENTRY:
            raise ValueError("an entry without an end")
        return None

    def _skip(self, at: int) -> int:
        found = _BLANK.match(self._text, at)
        return found.end() if found else at

    def _add(self, entry: object) -> None:
        if len(self.photos) >= MAX_PHOTOS:
            raise GalleryRefused(reason=N_("it has more than {count} photos"), count=MAX_PHOTOS)
        photo = _photo(entry, len(self.photos) + 1, self._names, self._stand_in)
        what = (photo.url, photo.subpath, photo.name, photo.size, photo.crc)
        key, number = photo.key, 1
        while key in self._seen:
            if self._seen[key] == what:
                return  # the very same entry once more
            number += 1
            key = f"{photo.key}-{number}"
        self._seen[key] = what
        self.photos.append(photo if key == photo.key else replace(photo, key=key))


def origins_of(addresses: Iterable[str], stand_in: str = "") -> frozenset[str]:
    """The origins of photos' addresses: where a gallery's photos, and what they are redirected to, may
    lie."""
    found = set()
    for address in addresses:
        with suppress(ValueError):
            url = url_of(address)
            if may_hold_photos(url, stand_in):
                found.add(origin_of(url))
    return frozenset(found)


class _Names:
    """Safe folders by the text they come from: an album's are made once."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def split(self, path: str) -> tuple[str, str]:
        """Folders and file name of an entry's `name`, each component safe; an empty name where there is
        none."""
        above, _, last = path.rpartition("/")
        subpath = self._known.get(above)
        if subpath is None:
            subpath = self._known[above] = "/".join(_parts(above))
        return subpath, "".join(_parts(last))


def _parts(path: str) -> list[str]:
    try:
        return [part.name for part in safe_parts(path, platform="posix", margin=_MARGIN)]
    except NameRefused:  # a drive letter: a folder's name like any other once its colon is gone
        return [part.name for part in safe_parts(path.replace(":", "_"), platform="posix", margin=_MARGIN)]


def _photo(entry: object, place: int, names: _Names, stand_in: str) -> Photo:
    """The photo of the entry at `place` (from 1)."""
    known: dict[Any, Any] = entry if isinstance(entry, dict) else {}
    number, size = _count(known.get("id"), 1 << 63), _count(known.get("filesize"), LARGEST)
    path = known.get("name")
    path = path if isinstance(path, str) else ""
    fits = len(path) <= _LONGEST_PATH and path.count("/") <= _DEEPEST
    subpath, name = names.split(path) if fits else ("", safe_name(path[-100:], platform="posix").name)
    url, crc = _url(known.get("url"), stand_in), _crc(known.get("crc"))
    if number is None:
        fault = N_("its entry in the gallery's list is not understood")
    elif not fits:
        fault = N_("its name is too long")
    elif not url:
        fault = N_("its address is none that may be asked")
    elif size is None:
        fault = N_("the gallery's list does not say its size")
    elif not crc:
        fault = N_("the gallery's list has no checksum of it")
    else:
        fault = ""
    return Photo(
        key=f"entry-{place}" if number is None else f"photo-{number}",
        id=-1 if number is None else number,
        name=name or _made_up(url, place if number is None else number),
        subpath=subpath,
        size=size or 0,
        crc=crc,
        url=url,
        created=_moment(known.get("created_at")),
        fault=fault,
    )


def _url(value: object, stand_in: str) -> str:
    """The address in its one form; "" where it is none that may be asked."""
    if not isinstance(value, str):
        return ""
    plain = _PLAIN.fullmatch(value) if len(value) <= LONGEST_ADDRESS else None
    if plain is not None and is_public_name(plain[1]):
        return value  # in its one form already: a list of 100,000 is read four times as fast
    try:
        url = url_of(value)
    except ValueError:
        return ""
    return str(url) if may_hold_photos(url, stand_in) else ""


def _crc(value: object) -> str:
    """The checksum in 8 digits. A program that writes a number in hex leaves its leading zeros out."""
    if not isinstance(value, str) or re.fullmatch(r"[0-9A-Fa-f]{1,8}", value) is None:
        return ""
    return value.lower().zfill(8)


def _count(value: object, limit: int) -> int | None:
    """`value` as a number from 0 to below `limit`; None for anything else."""
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < limit
    return value if fits and isinstance(value, int) else None


def _moment(value: object) -> float | None:
    """``2024-08-17 12:54:32 +0300`` as seconds since 1970; None for anything else: no photo fails by its
    date."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = datetime.fromisoformat(value.replace(" +", "+").replace(" -", "-"))
        return moment.timestamp() if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _made_up(url: str, number: int) -> str:
    ending = _ENDING.search(url.partition("?")[0])
    return f"{number}{ending[0].lower() if ending else ''}"


def _no_list() -> GalleryRefused:
    return GalleryRefused(reason=N_("what lies at its address is no list of photos"))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
