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
    async def of(
        cls, destination: Destination, folder: str, wanted: Iterable[str], lately: Iterable[tuple[str, str]]
    ) -> Listing:
        """Read the folder of that id. `lately`: names and ids of what was sent into it a moment ago. Raises
        CloudError."""
        listing = cls(wanted)
        ids = [remote for name, remote in lately if listing.is_wanted(name)]
        async for entry in destination.list(folder, ids):
            listing.add(entry)
        return listing

    def add(self, entry: Entry) -> None:
        """Note an entry."""
        if self.is_wanted(entry.name):
            self._found.setdefault(fold(entry.name), []).append(entry)

    def is_wanted(self, name: str) -> bool:
        """Whether a name of the export can meet `name`."""
        return fold(name) in self._wanted or fold(untwin(name)) in self._wanted

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
