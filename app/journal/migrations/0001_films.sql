-- What this profile sends, receives and releases. Blobs named *_sealed are sealed under the profile's key.
CREATE TABLE tasks (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  kind           TEXT    NOT NULL CHECK (kind IN ('upload', 'download', 'release')),
  server         TEXT    NOT NULL,
  created        REAL    NOT NULL,
  updated        REAL    NOT NULL,
  run            TEXT    NOT NULL DEFAULT 'queued'
                 CHECK (run IN ('queued', 'active', 'waiting', 'paused', 'failed', 'done', 'cancelled')),
  wanted         TEXT    NOT NULL DEFAULT 'run' CHECK (wanted IN ('run', 'pause', 'cancel')),
  step           TEXT    NOT NULL DEFAULT 'new',
  status         INTEGER NOT NULL DEFAULT 0,
  percent        INTEGER NOT NULL DEFAULT 0,
  remote_id      INTEGER,
  source_id      INTEGER,
  series_id      INTEGER,
  source_name    TEXT    NOT NULL DEFAULT '',
  folder         TEXT    NOT NULL DEFAULT '',
  subpath        TEXT    NOT NULL DEFAULT '',
  source_path    TEXT    NOT NULL DEFAULT '',
  size           INTEGER,
  mtime_ns       INTEGER,
  hold_back      INTEGER,
  uuid_sealed    BLOB,
  secrets_sealed BLOB,
  cid            TEXT    NOT NULL DEFAULT '',
  public_size    INTEGER,
  announced      TEXT    NOT NULL DEFAULT '',
  private_dir    TEXT    NOT NULL DEFAULT '',
  private_path   TEXT    NOT NULL DEFAULT '',
  private_cid    TEXT    NOT NULL DEFAULT '',
  private_size   INTEGER,
  output_dir     TEXT    NOT NULL DEFAULT '',
  final_path     TEXT    NOT NULL DEFAULT '',
  overwrite      INTEGER NOT NULL DEFAULT 0,
  blake3         TEXT    NOT NULL DEFAULT '',
  media          TEXT    NOT NULL DEFAULT '{}',
  error          TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX tasks_by_run ON tasks (run);
CREATE INDEX tasks_by_source ON tasks (kind, server, source_path, source_id);

-- Upload: what a part of the public block became on IPFS, and the digest of the film's bytes in it.
-- Download: which parts are here (fetched) and which stand verified and fsynced in NAME.part (opened).
CREATE TABLE parts (
  task    INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  number  INTEGER NOT NULL,
  cid     TEXT    NOT NULL,
  size    INTEGER NOT NULL,
  tsize   INTEGER NOT NULL DEFAULT 0,
  digest  BLOB,
  fetched INTEGER NOT NULL DEFAULT 0,
  opened  INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (task, number)
) WITHOUT ROWID;

-- The outbox: reports wait here until the server has answered.
CREATE TABLE reports (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  task    INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  status  INTEGER NOT NULL,
  percent INTEGER,
  form    TEXT    NOT NULL,
  moves   INTEGER NOT NULL,
  state   TEXT    NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'refused')),
  error   TEXT    NOT NULL DEFAULT '',
  created REAL    NOT NULL
);
CREATE INDEX reports_by_task ON reports (task, state, id);

-- What happened when: the stages of a film with their times, and why it stopped.
CREATE TABLE history (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  task   INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  at     REAL    NOT NULL,
  event  TEXT    NOT NULL,
  detail TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX history_by_task ON history (task, id);
