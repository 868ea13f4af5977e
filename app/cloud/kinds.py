"""The table of destinations: a row here is all that the rest of Reelkey has to know of one."""

from __future__ import annotations

from functools import cache

from app.cloud.kind import Kind
from app.domain.errors import UnknownCloud


@cache
def kinds() -> dict[str, Kind]:
    """Every kind of cloud by its id, in the order in which they are offered. Loaded when first asked for."""
    from app.cloud.destinations.google_drive.kind import KIND as GOOGLE_DRIVE  # noqa: PLC0415
    from app.cloud.destinations.mega.kind import KIND as MEGA  # noqa: PLC0415

    rows: tuple[Kind, ...] = (GOOGLE_DRIVE, MEGA)
    return {kind.id: kind for kind in rows}


def kind_of(name: str) -> Kind:
    """The kind of that id. Raises UnknownCloud."""
    try:
        return kinds()[name]
    except KeyError:
        raise UnknownCloud(name=name) from None
