CREATE TABLE captures (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    idempotency_key TEXT UNIQUE,
    phase TEXT NOT NULL,
    directory TEXT NOT NULL,
    record TEXT NOT NULL
, serial TEXT) STRICT;
CREATE INDEX captures_by_phase ON captures (phase);
CREATE TABLE staged (
    capture_id TEXT NOT NULL REFERENCES captures (id),
    name TEXT NOT NULL,
    camera_name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL, serial TEXT, folder TEXT, taken_at INTEGER,
    PRIMARY KEY (capture_id, name)
) STRICT;
CREATE TABLE files (
    capture_id TEXT NOT NULL REFERENCES captures (id),
    number INTEGER NOT NULL,
    path TEXT NOT NULL UNIQUE,
    size_bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL,
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
) STRICT;
CREATE TABLE deletions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    serial TEXT NOT NULL,
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    size_bytes INTEGER,
    taken_at INTEGER
) STRICT;
