-- Accounts at clouds, and what is exported to them. Secrets of a sign-in are in the system's keyring; where a computer
-- has none, sealed here under the profile's key, as are the states of uploads.
CREATE TABLE accounts (
  id                 INTEGER PRIMARY KEY AUTOINCREMENT,
  kind               TEXT    NOT NULL,
  name               TEXT    NOT NULL,
  label              TEXT    NOT NULL DEFAULT '',
  options            TEXT    NOT NULL DEFAULT '{}',
  credentials_sealed BLOB,
  signed_in          INTEGER NOT NULL DEFAULT 1,
  total              INTEGER,
  used               INTEGER,
  created            REAL    NOT NULL,
  updated            REAL    NOT NULL
);

-- One export: what one person sent off at once. It stays when its account is signed out.
CREATE TABLE exports (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  account   INTEGER NOT NULL REFERENCES accounts (id),
  what      TEXT    NOT NULL CHECK (what IN ('films', 'gallery')),
  title     TEXT    NOT NULL,
  folder    TEXT    NOT NULL DEFAULT '',
  gallery   TEXT    NOT NULL DEFAULT '{}',
  run       TEXT    NOT NULL DEFAULT 'queued'
            CHECK (run IN ('queued', 'active', 'waiting', 'paused', 'failed', 'done', 'cancelled')),
  wanted    TEXT    NOT NULL DEFAULT 'run' CHECK (wanted IN ('run', 'pause', 'cancel')),
  listed    INTEGER NOT NULL DEFAULT 0,
  told      INTEGER NOT NULL DEFAULT 0,
  error     TEXT    NOT NULL DEFAULT '',
  created   REAL    NOT NULL,
  updated   REAL    NOT NULL,
  ended     REAL
);
CREATE INDEX exports_by_run ON exports (run);

-- One file of an export.
CREATE TABLE items (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  export       INTEGER NOT NULL REFERENCES exports (id) ON DELETE CASCADE,
  source       TEXT    NOT NULL CHECK (source IN ('file', 'film', 'block', 'photo')),
  place        TEXT    NOT NULL,
  key          TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  subpath      TEXT    NOT NULL DEFAULT '',
  size         INTEGER,
  mtime_ns     INTEGER,
  crc          TEXT    NOT NULL DEFAULT '',
  run          TEXT    NOT NULL DEFAULT 'queued'
               CHECK (run IN ('queued', 'active', 'waiting', 'paused', 'failed', 'done', 'cancelled')),
  skipped      INTEGER NOT NULL DEFAULT 0,
  tries        INTEGER NOT NULL DEFAULT 0,
  sent         INTEGER NOT NULL DEFAULT 0,
  state_sealed BLOB,
  remote_name  TEXT    NOT NULL DEFAULT '',
  remote_id    TEXT    NOT NULL DEFAULT '',
  link         TEXT    NOT NULL DEFAULT '',
  hashes       TEXT    NOT NULL DEFAULT '{}',
  error        TEXT    NOT NULL DEFAULT '',
  updated      REAL    NOT NULL,
  UNIQUE (export, key)
);
-- All that a tally sums: 10,000 items are counted without their rows being read.
CREATE INDEX items_by_export ON items (export, run, skipped, size, sent);
-- For names that are taken, and for films that are waited for.
CREATE INDEX items_by_remote_name ON items (remote_name COLLATE NOCASE) WHERE remote_name != '';

-- Folders that were made or found at an account, and when: a cloud's list may lag behind what was just made, so for a
-- while this is believed instead; after that the folder is looked for again, for a person may have removed it.
CREATE TABLE folders (
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  path    TEXT    NOT NULL,
  remote  TEXT    NOT NULL,
  at      REAL    NOT NULL,
  PRIMARY KEY (account, path)
) WITHOUT ROWID;
