"""Whether a collection of the node's is owed: blocks were let go of, and their room is not free yet."""

from __future__ import annotations

from app.journal.database import Database


class OwedCollections:
    """Outlives whoever owes it: films that are in work may put it off for days."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def owe(self) -> None:
        """Blocks are about to be let go of."""
        await self._db.run(lambda db: db.execute("INSERT INTO owed_collections DEFAULT VALUES"))

    async def owed(self) -> int:
        """What `done` is told after a collection that begins now; 0 where none is owed."""
        query = "SELECT COALESCE(MAX(id), 0) AS last FROM owed_collections"
        return await self._db.run(lambda db: int(db.execute(query).fetchone()["last"]))

    async def done(self, last: int) -> None:
        """A collection is over. What was owed since it began stays owed."""
        await self._db.run(lambda db: db.execute("DELETE FROM owed_collections WHERE id <= ?", (last,)))
