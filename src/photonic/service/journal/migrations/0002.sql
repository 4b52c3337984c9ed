-- objects: every camera photo that was imported. sights: each first scan of a card; the newest one counts.
-- baseline: what that scan found. owed: captures that ended without the photo that they may have taken.
-- deletions: copies on a card that are still to be deleted.
ALTER TABLE captures ADD COLUMN serial TEXT;
ALTER TABLE staged ADD COLUMN serial TEXT;
ALTER TABLE staged ADD COLUMN folder TEXT;
ALTER TABLE staged ADD COLUMN taken_at INTEGER;
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
