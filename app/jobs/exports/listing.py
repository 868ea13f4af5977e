"""What lies in a destination's folder already, as far as the names of an export can meet it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.cloud.destination import Destination, Entry
from app.jobs.exports.names import fold, twins, untwin


class Listing:
    """The entries of one folder whose names, or whose twins' names, an export wants. A folder may hold a
    hundred thousand others: those aren't kept."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self._wanted = {fold(name) for name in wanted}
        self._found: dict[str, list[Entry]] = {}

    @classmethod
    async def of(cls, destination: Destination, folder: str, wanted: Iterable[str]) -> Listing:
        """Read the folder of that id. Raises CloudError."""
        listing = cls(wanted)
        async for entry in destination.list(folder):
            listing.add(entry)
        return listing

    def add(self, entry: Entry) -> None:
        """Note an entry."""
        if fold(entry.name) in self._wanted or fold(untwin(entry.name)) in self._wanted:
            self._found.setdefault(fold(entry.name), []).append(entry)

    def alike(self, name: str, size: int) -> list[Entry]:
        """Files of that name, or of its twins', and of that size."""
        found: list[Entry] = []
        for twin in twins(name):
            entries = self._found.get(fold(twin))
            if entries is None:
                break
            found += [entry for entry in entries if not entry.is_folder and entry.size == size]
        return found

    def free(self, name: str) -> Iterator[str]:
        """`name` and its twins, but for those that stand there."""
        return (twin for twin in twins(name) if fold(twin) not in self._found)
