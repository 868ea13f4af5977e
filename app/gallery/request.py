"""What a gallery's export asks for, and the rule that leads from its archive address to its list.

The rule (the task for galleries): the host is replaced by the gallery service's main host, the query by
``json=true``; the path stays::

    https://arch-d.lite.gallery/g/api/stream/858329/f9d24b1d…?mod=web
    https://app.litegallery.io/g/api/stream/858329/f9d24b1d…?json=true
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import httpx2

from app.domain.errors import GalleryRefused
from app.domain.names import safe_name
from app.domain.words import N_, tr
from app.gallery.addresses import is_public_name, origin_of, url_of
from app.net.hosts import is_loopback

MAIN_HOST = "https://app.litegallery.io"
STAGE_HOST = "https://t.litegallery.io"
#: Puts a stand-in on this computer in the place of the main host.
STAND_IN = "REELKEY_GALLERY_ORIGIN"
_DONE = "/cloud_archive/done"
_LONGEST_NAME = 200


class ArchiveType(StrEnum):
    """Photos made for the web, or as they came from the camera. Which of them a gallery's list has is decided
    by its address alone; the service is told at the end which they were meant to be."""

    WEBS = "webs"
    ORIGINALS = "originals"


# The task knows ``mod=web``; for the others the service's own word is taken.
_MODS = {
    "web": ArchiveType.WEBS,
    "webs": ArchiveType.WEBS,
    "original": ArchiveType.ORIGINALS,
    "originals": ArchiveType.ORIGINALS,
}
_OTHERS = {
    ArchiveType.WEBS: N_("This address is that of the photos for the web: the originals may not come by it"),
    ArchiveType.ORIGINALS: N_("This address is that of the originals: photos for the web may not come by it"),
}


@dataclass(frozen=True, slots=True)
class GalleryRequest:
    """One gallery to export. `archive_url` is what its page copies: who has it can read the gallery, so it is
    no part of the repr. `main_host` is the origin that lists are asked of."""

    archive_url: str = field(repr=False)
    gallery_name: str
    archive_type: ArchiveType = ArchiveType.WEBS
    main_host: str = MAIN_HOST

    @classmethod
    def parse(
        cls, archive_url: str, gallery_name: str, archive_type: str = "", main_host: str = ""
    ) -> GalleryRequest:
        """A request from what a person or a page gave, checked. An empty `archive_type` is what the address
        says, an empty `main_host` the usual one. Raises GalleryRefused."""
        archive = _archive(archive_url)
        try:
            wanted = archive_type.strip().lower() or type_in(archive) or ArchiveType.WEBS
            kind = ArchiveType(wanted)
        except ValueError:
            raise GalleryRefused(reason=N_("Its kind is either webs or originals")) from None
        return cls(archive, _name(gallery_name), kind, _main(main_host))

    @classmethod
    def of_fields(cls, fields: Mapping[str, str]) -> GalleryRequest:
        """The request that `to_fields` was asked of. Raises GalleryRefused for fields of another kind."""
        return cls.parse(
            fields.get("archive_url", ""),
            fields.get("gallery_name", ""),
            fields.get("archive_type", ""),
            fields.get("main_host", ""),
        )

    def to_fields(self) -> dict[str, str]:
        """For the journal: texts by name."""
        return {
            "archive_url": self.archive_url,
            "gallery_name": self.gallery_name,
            "archive_type": self.archive_type.value,
            "main_host": self.main_host,
        }

    @property
    def folder(self) -> str:
        """The gallery's name as that of one folder."""
        return safe_name(self.gallery_name, platform="posix").name


def type_in(address: str) -> ArchiveType | None:
    """The photos that an archive address is of, as far as its ``mod`` says so."""
    try:
        return _MODS.get(url_of(address.strip()).params.get("mod", "").lower())
    except ValueError:
        return None


def mismatch(address: str, wanted: str) -> str:
    """What a person must know who wants photos of the type `wanted` by an archive address that is of others
    (a catalogue key); "" where it is not, as far as it says."""
    of = type_in(address)
    return _OTHERS[of] if of is not None and of != wanted else ""


def main_origin(request: GalleryRequest, env: Mapping[str, str]) -> str:
    """The origin that is asked for this request: its main host, or the stand-in that `env` names, which lies
    on this computer. Raises GalleryRefused for one that doesn't."""
    return stand_in_origin(env) or request.main_host


def stand_in_origin(env: Mapping[str, str]) -> str:
    """The stand-in's origin; "" where there is none. Raises GalleryRefused."""
    given = env.get(STAND_IN, "")
    if not given:
        return ""
    try:
        url = url_of(given)
    except ValueError:
        raise GalleryRefused(reason=STAND_IN) from None
    if not is_loopback(url.host) or url.path != "/" or url.query:
        raise GalleryRefused(reason=STAND_IN)
    return origin_of(url)


def list_url(request: GalleryRequest, origin: str = "") -> str:
    """Where the gallery's list is, by the rule. `origin` instead of the request's main host."""
    path = url_of(request.archive_url).raw_path.partition(b"?")[0].decode("ascii")
    return f"{origin or request.main_host}{path}?json=true"


def done_url(request: GalleryRequest, origin: str = "") -> str:
    """Where the gallery's service is told of the end."""
    return (origin or request.main_host) + _DONE


def _archive(text: str) -> str:
    """The address in its one form. Its host is replaced before anything is asked, so any will do."""
    wanted = N_("An archive address looks like https://…/g/api/stream/…")
    url = _read(text.strip(), wanted)
    if url.path.strip("/") == "":
        raise GalleryRefused(reason=tr(wanted))
    return str(url)


def _name(text: str) -> str:
    name = " ".join(safe_name(text, platform="posix").name.split()) if text.strip() else ""
    if not name.strip("_ ."):
        raise GalleryRefused(reason=N_("Its name is missing"))
    return text.strip()[:_LONGEST_NAME]


def _main(text: str) -> str:
    if not text.strip():
        return MAIN_HOST
    wanted = N_("The main host is written https://host")
    url = _read(text.strip(), wanted)
    plain = url.path in ("", "/") and not url.query
    if url.scheme != "https" or not plain or not is_public_name(url.raw_host.decode("ascii")):
        raise GalleryRefused(reason=tr(wanted))
    return origin_of(url)


def _read(text: str, otherwise: str) -> httpx2.URL:
    try:
        return url_of(text)
    except ValueError:
        raise GalleryRefused(reason=tr(otherwise)) from None
