-- trash: stills that were deleted; parent is the folder below the photo root that held their files.
-- removed: 1 once the files are deleted permanently.
CREATE TABLE trash (
    capture_id TEXT PRIMARY KEY REFERENCES captures (id),
    parent TEXT NOT NULL,
    deleted_at INTEGER NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0
) STRICT;
