-- sequences: start_us is when the first frame is due, on the monotonic clock of that boot (machine_boot).
-- sequence_frames: where capture_id is NULL the frame was not accepted, and error says why.
-- sequence_gaps: frames that were missed.
CREATE TABLE sequences (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    idempotency_key TEXT UNIQUE,
    phase TEXT NOT NULL,
    request TEXT NOT NULL,
    record TEXT NOT NULL,
    start_us INTEGER NOT NULL,
    machine_boot TEXT NOT NULL
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
