CREATE TABLE staged (
    capture_id TEXT NOT NULL REFERENCES captures (id),
    name TEXT NOT NULL,
    camera_name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL, serial TEXT, folder TEXT, taken_at INTEGER, sha256 TEXT, in_ram INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (capture_id, name)
) STRICT;
CREATE TABLE files (
    capture_id TEXT NOT NULL REFERENCES captures (id),
    number INTEGER NOT NULL,
    path TEXT NOT NULL UNIQUE,
    size_bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL, exif TEXT,
    PRIMARY KEY (capture_id, number)
) STRICT;
CREATE TABLE sights (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    serial TEXT NOT NULL,
    card TEXT NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sights_by_card ON sights (serial, card);
CREATE TABLE baseline (
    sight INTEGER NOT NULL REFERENCES sights (number),
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    size_bytes INTEGER,
    taken_at INTEGER
) STRICT;
CREATE INDEX baseline_by_sight ON baseline (sight);
CREATE TABLE objects (
    serial TEXT,
    folder TEXT,
    name TEXT NOT NULL,
    stem TEXT NOT NULL,
    size_bytes INTEGER,
    taken_at INTEGER,
    sha256 TEXT NOT NULL,
    capture_id TEXT NOT NULL REFERENCES captures (id),
    sight INTEGER REFERENCES sights (number),
    removed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX objects_by_stem ON objects (stem);
CREATE INDEX objects_by_serial ON objects (serial);
CREATE TABLE owed (
    capture_id TEXT PRIMARY KEY REFERENCES captures (id),
    serial TEXT,
    since INTEGER NOT NULL
, running_at INTEGER NOT NULL DEFAULT 0, began_at REAL) STRICT;
CREATE TABLE deletions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    serial TEXT NOT NULL,
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    size_bytes INTEGER,
    taken_at INTEGER
) STRICT;
CREATE TABLE sequence_frames (
    sequence_id TEXT NOT NULL REFERENCES sequences (id),
    number INTEGER NOT NULL,
    capture_id TEXT REFERENCES captures (id),
    late_us INTEGER NOT NULL,
    error TEXT,
    error_type TEXT,
    PRIMARY KEY (sequence_id, number)
) STRICT;
CREATE TABLE sequence_gaps (
    sequence_id TEXT NOT NULL REFERENCES sequences (id),
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (sequence_id, first)
) STRICT;
CREATE TABLE trash (
    capture_id TEXT PRIMARY KEY REFERENCES captures (id),
    parent TEXT NOT NULL,
    deleted_at INTEGER NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0
, running_at INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,
    event TEXT NOT NULL,
    capture_id TEXT NOT NULL REFERENCES captures (id),
    first_file INTEGER NOT NULL,
    since INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveries_by_target ON deliveries (target);
CREATE TABLE running (seconds INTEGER NOT NULL, machine_boot TEXT, clean INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE TABLE "captures" (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT,
    idempotency_key TEXT,
    phase TEXT NOT NULL,
    directory TEXT NOT NULL,
    stem TEXT NOT NULL,
    record TEXT NOT NULL,
    serial TEXT,
    running_at INTEGER
, machine_boot TEXT, resolved_by TEXT) STRICT;
CREATE INDEX captures_by_phase ON captures (phase);
CREATE UNIQUE INDEX captures_by_key ON captures (idempotency_key, ifnull(owner, ''))
    WHERE idempotency_key IS NOT NULL;
CREATE TABLE "sequences" (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT,
    idempotency_key TEXT,
    phase TEXT NOT NULL,
    request TEXT NOT NULL,
    record TEXT NOT NULL,
    start_us INTEGER NOT NULL,
    machine_boot TEXT NOT NULL
) STRICT;
CREATE INDEX sequences_by_owner ON sequences (owner);
CREATE UNIQUE INDEX sequences_by_key ON sequences (idempotency_key, ifnull(owner, ''))
    WHERE idempotency_key IS NOT NULL;
CREATE INDEX files_by_sha256 ON files (sha256);
CREATE TABLE second_copies (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    capture_id TEXT NOT NULL,
    file INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    path TEXT,
    state TEXT NOT NULL,
    UNIQUE (capture_id, file)
) STRICT;
CREATE INDEX second_copies_waiting ON second_copies (number) WHERE state = 'waiting';
CREATE INDEX second_copies_waiting_by_sha256 ON second_copies (sha256) WHERE path IS NULL;
CREATE INDEX second_copies_unwanted ON second_copies (number) WHERE state = 'unwanted';
CREATE TABLE unrecorded (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    relation TEXT NOT NULL,
    row INTEGER NOT NULL,
    UNIQUE (relation, row)
) STRICT;
CREATE TABLE record (generation INTEGER NOT NULL, relation TEXT, row INTEGER NOT NULL) STRICT;
CREATE TABLE checks (
    capture_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (capture_id, number)
) STRICT;
CREATE TABLE verification (name TEXT PRIMARY KEY, report TEXT NOT NULL) STRICT;
