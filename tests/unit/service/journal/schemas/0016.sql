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
, machine_boot TEXT, resolved_by TEXT, session_id TEXT AS (json_extract(record, '$.session_id')), sequence_number INTEGER AS (json_extract(record, '$.sequence_number')), place INTEGER NOT NULL DEFAULT 0, listed INTEGER NOT NULL DEFAULT 0) STRICT;
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
CREATE TABLE sessions (
    owner TEXT NOT NULL,
    session_id TEXT NOT NULL,
    stills INTEGER NOT NULL,
    newest INTEGER NOT NULL,
    PRIMARY KEY (owner, session_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_newest ON sessions (owner, newest, session_id);
CREATE TABLE counts (
    what TEXT NOT NULL,
    owner TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (what, owner)
) STRICT, WITHOUT ROWID;
CREATE INDEX captures_listed ON captures (place) WHERE listed = 1;
CREATE INDEX captures_deleted ON captures (place) WHERE listed = 2;
CREATE INDEX captures_in_session ON captures (session_id, place) WHERE listed = 1;
CREATE INDEX captures_in_own_session ON captures (owner, session_id, place) WHERE listed = 1;
CREATE INDEX captures_by_owner ON captures (owner, place);
CREATE INDEX captures_by_number ON captures (session_id, sequence_number);
CREATE INDEX captures_resolved ON captures (ordinal) WHERE resolved_by IS NOT NULL;
CREATE INDEX captures_timed ON captures (ordinal) WHERE json_extract(record, '$.capture_time_ms') IS NOT NULL
    AND json_extract(record, '$.kind') NOT IN ('body', 'reconciled');
CREATE INDEX sequences_by_phase ON sequences (phase);
CREATE INDEX objects_by_stem ON objects (stem, taken_at);
CREATE INDEX objects_by_capture ON objects (capture_id);
CREATE INDEX objects_by_time ON objects (serial) WHERE taken_at IS NOT NULL;
CREATE INDEX objects_on_card ON objects (sight) WHERE removed = 0;
CREATE INDEX trash_by_age ON trash (running_at) WHERE removed = 0;
CREATE TRIGGER capture_accepted AFTER INSERT ON captures BEGIN
    UPDATE captures SET place = max(
        coalesce(
            CAST(strftime('%s', json_extract(new.record, '$.created_at')) AS INTEGER) * 1000000
            + CAST(substr(strftime('%f', json_extract(new.record, '$.created_at')), 4) AS INTEGER) * 1000, 0),
        coalesce((SELECT place + 1 FROM captures WHERE ordinal < new.ordinal ORDER BY ordinal DESC LIMIT 1), 0)
    ) WHERE ordinal = new.ordinal;
    INSERT INTO counts SELECT 'saved', '', 1 WHERE new.phase = 'saved' ON CONFLICT DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER capture_advanced AFTER UPDATE OF phase ON captures
    WHEN (new.phase = 'saved') <> (old.phase = 'saved') BEGIN
    INSERT INTO counts VALUES ('saved', '', 1)
        ON CONFLICT DO UPDATE SET value = value + (new.phase = 'saved') - (old.phase = 'saved');
END;
CREATE TRIGGER file_added AFTER INSERT ON files BEGIN
    UPDATE captures SET listed = 1 + EXISTS (SELECT 1 FROM trash WHERE capture_id = new.capture_id)
        WHERE id = new.capture_id AND listed = 0;
END;
CREATE TRIGGER file_gone AFTER DELETE ON files BEGIN
    UPDATE captures SET listed = 0 WHERE id = old.capture_id AND listed > 0
        AND NOT EXISTS (SELECT 1 FROM files WHERE capture_id = old.capture_id);
END;
CREATE TRIGGER still_deleted AFTER INSERT ON trash BEGIN
    UPDATE captures SET listed = 2 WHERE id = new.capture_id AND listed = 1;
END;
CREATE TRIGGER still_restored AFTER DELETE ON trash BEGIN
    UPDATE captures SET listed = 1 WHERE id = old.capture_id AND listed = 2;
END;
CREATE TRIGGER still_in_trash AFTER UPDATE OF listed ON captures WHEN (new.listed = 2) <> (old.listed = 2) BEGIN
    INSERT INTO counts VALUES ('deleted', '', 1)
        ON CONFLICT DO UPDATE SET value = value + (new.listed = 2) - (old.listed = 2);
END;
CREATE TRIGGER still_listed AFTER UPDATE OF listed ON captures WHEN new.listed = 1 AND old.listed <> 1 BEGIN
    INSERT INTO sessions VALUES ('', new.session_id, 1, new.place)
        ON CONFLICT DO UPDATE SET stills = stills + 1, newest = max(newest, excluded.newest);
    INSERT INTO sessions SELECT new.owner, new.session_id, 1, new.place WHERE new.owner IS NOT NULL
        ON CONFLICT DO UPDATE SET stills = stills + 1, newest = max(newest, excluded.newest);
END;
CREATE TRIGGER still_unlisted AFTER UPDATE OF listed ON captures WHEN new.listed <> 1 AND old.listed = 1 BEGIN
    UPDATE sessions SET stills = stills - 1, newest = coalesce((SELECT place FROM captures
        WHERE listed = 1 AND session_id = old.session_id ORDER BY place DESC LIMIT 1), 0)
        WHERE owner = '' AND session_id = old.session_id;
    UPDATE sessions SET stills = stills - 1, newest = coalesce((SELECT place FROM captures
        WHERE listed = 1 AND owner = old.owner AND session_id = old.session_id ORDER BY place DESC LIMIT 1), 0)
        WHERE owner = old.owner AND session_id = old.session_id;
    DELETE FROM sessions WHERE owner = '' AND session_id = old.session_id AND stills <= 0;
    DELETE FROM sessions WHERE owner = old.owner AND session_id = old.session_id AND stills <= 0;
END;
CREATE TRIGGER session_begun AFTER INSERT ON sessions BEGIN
    INSERT INTO counts VALUES ('sessions', new.owner, 1) ON CONFLICT DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER session_emptied AFTER DELETE ON sessions BEGIN
    UPDATE counts SET value = value - 1 WHERE what = 'sessions' AND owner = old.owner;
END;
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
CREATE INDEX deletions_by_name ON deletions (serial, name);
CREATE INDEX second_copies_made ON second_copies (number) WHERE path IS NOT NULL;
