"""The longer questions to the journal about exports and their items."""

TALLY = (
    "SELECT export, COUNT(*) AS items, SUM(run = 'done' AND skipped = 0) AS sent, "
    "SUM(run = 'done' AND skipped = 1) AS skipped, SUM(run = 'failed') AS failed, "
    "SUM(COALESCE(size, 0)) AS bytes_total, "
    "SUM(CASE run WHEN 'done' THEN COALESCE(size, 0) WHEN 'failed' THEN 0 ELSE sent END) AS bytes_done "
    "FROM items {where} GROUP BY export"
)
# A name is taken by what stands or comes in the same folder: by this export's items and by those of others
# that go on; what others ended long ago is seen at the destination. That the name isn't '' says nothing new,
# but only so SQLite sees that its index may be used: else each name reads all items of all exports.
TAKEN = (
    "SELECT 1 FROM items JOIN exports ON exports.id = items.export "
    "WHERE items.remote_name = :name COLLATE NOCASE AND items.remote_name != '' AND items.id != :me "
    "AND items.run NOT IN ('failed', 'cancelled') AND (items.export = :export OR items.run != 'done') "
    "AND exports.account = :account AND exports.folder = :folder AND items.subpath = :subpath LIMIT 1"
)

# What was put into which folder of an account, by what name and id.
SENT_LATELY = (
    "SELECT folder, subpath, remote_name, remote_id FROM items JOIN exports ON exports.id = export "
    "WHERE account = ? AND items.run = 'done' AND items.updated >= ? AND remote_id != ''"
)

# A page of what is still to be sent, in the order of the numbers. The signs keep SQLite from the one by run:
# with that it would sort all that are queued for each page.
QUEUED = (
    "SELECT * FROM items WHERE id > :after AND +export = :export AND +run = 'queued' ORDER BY id LIMIT :limit"
)

# What an export left to be done when it ended: unfinished uploads of a cancelled one that still lie at the
# cloud, and the word to a gallery once nothing of it is to be sent any more.
LOOSE_ENDS = (
    "SELECT * FROM exports WHERE (:number IS NULL OR id = :number) AND ("
    "run = 'cancelled' AND (error != '' OR EXISTS (SELECT 1 FROM items "
    "WHERE export = exports.id AND run != 'done' AND state_sealed IS NOT NULL)) "
    "OR what = 'gallery' AND run IN ('done', 'failed') AND listed = 1 AND told = 0 AND NOT EXISTS "
    "(SELECT 1 FROM items WHERE export = exports.id AND run NOT IN ('done', 'failed'))) ORDER BY id"
)
