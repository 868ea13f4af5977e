"""How far a film is, beyond the server's status: each step is committed before the next is begun."""

from __future__ import annotations

from enum import StrEnum


class UploadStep(StrEnum):
    """Sending: registered, keys kept, root joined, private block in its place; blocks let go when all was
    done."""

    NEW = "new"
    CREATED = "created"
    KEYED = "keyed"
    JOINED = "joined"
    PLACED = "placed"
    FREED = "freed"


class DownloadStep(StrEnum):
    """Receiving: registered, all parts here, private block here, film verified under its final name."""

    NEW = "new"
    CREATED = "created"
    FETCHED = "fetched"
    KEYED = "keyed"
    PLACED = "placed"


class ReleaseStep(StrEnum):
    """Releasing: matched, on IPFS."""

    NEW = "new"
    ADDED = "added"
