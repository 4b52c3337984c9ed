-- second_copies: the copies on the second disk, one row for each file of a still that was stored while one was
-- configured. path: of the copy, below the second folder; NULL: it is yet to be made. state: waiting; paused, while the
-- still is in the trash; made; unwanted, once the still was removed permanently: the copy is yet to be deleted.
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
