"""Whether what stands at a destination is what we have: sizes and hashes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from app.cloud.destination import Entry, Source
from app.cloud.kind import Abilities
from app.domain.errors import NotTheSame


async def is_same(entry: Entry, source: Source, size: int, abilities: Abilities) -> bool:
    """Whether the entry has these bytes, by the strongest hash that both know; False where there is none."""
    if entry.size != size:
        return False
    name = next((name for name in abilities.hashers if name in entry.hashes), None)
    if name is None:
        return False
    return await _hashed(name, entry, source, size, abilities) == entry.hashes[name].lower()


async def compared(
    entry: Entry, digests: Mapping[str, str], source: Source, size: int, abilities: Abilities, cloud: str
) -> dict[str, str]:
    """The hashes that were compared and are equal, at least one. `digests` are of what was sent; where none
    of them is known there, the source is read once more. Raises NotTheSame."""
    if entry.size != size:
        raise NotTheSame(cloud=cloud, name=entry.name, what="size")
    ours = {name: digest.lower() for name, digest in digests.items() if name in entry.hashes}
    if not ours:
        name = next((name for name in abilities.hashers if name in entry.hashes), None)
        if name is None:
            raise NotTheSame(cloud=cloud, name=entry.name, what="hash")
        ours = {name: await _hashed(name, entry, source, size, abilities)}
    for name, digest in ours.items():
        if entry.hashes[name].lower() != digest:
            raise NotTheSame(cloud=cloud, name=entry.name, what=name)
    return ours


async def _hashed(name: str, entry: Entry, source: Source, size: int, abilities: Abilities) -> str:
    hasher = abilities.hashers[name](entry)
    async for chunk in source.read(0, size):
        await asyncio.to_thread(hasher.update, chunk)
    return (await asyncio.to_thread(hasher.hexdigest)).lower()
