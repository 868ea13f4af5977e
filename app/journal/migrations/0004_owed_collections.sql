-- The node was told to let go of blocks, whose room comes back with its next collection: a row each time. A collection
-- answers for those that were there when it began.
CREATE TABLE owed_collections (
  id INTEGER PRIMARY KEY AUTOINCREMENT
);
