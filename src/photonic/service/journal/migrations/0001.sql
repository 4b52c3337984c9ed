-- captures: one row a capture; ordinal is the order of acceptance. staged: files that the camera process has
-- downloaded for a capture that has not ended. files: the photos in their final places.
CREATE TABLE captures (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    idempotency_key TEXT UNIQUE,
    phase TEXT NOT NULL,
    directory TEXT NOT NULL,
    record TEXT NOT NULL
) STRICT;
CREATE INDEX captures_by_phase ON captures (phase);
CREATE TABLE staged (
    capture_id TEXT NOT NULL REFERENCES captures (id),
    name TEXT NOT NULL,
    camera_name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
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
