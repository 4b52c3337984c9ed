-- Everything that lists, counts or looks up photos has an index, however many there are.
-- captures.session_id, sequence_number: of the record. place: the position in the order of acceptance, comparable between
-- cameras: the time of acceptance in microseconds, increased if necessary so that it exceeds that of the capture before.
-- listed: 0: no files, 1: a still with files, 2: it is in the trash. sessions: the listed stills by session, of all owners
-- ('') and of each owner; newest is the largest place. counts: of 'sessions' by owner ('': all), and of all 'saved'
-- captures and 'deleted' stills. Triggers keep place, listed, sessions and counts.
ALTER TABLE captures ADD COLUMN session_id TEXT AS (json_extract(record, '$.session_id'));
ALTER TABLE captures ADD COLUMN sequence_number INTEGER AS (json_extract(record, '$.sequence_number'));
ALTER TABLE captures ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE captures ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;
UPDATE captures SET place = placed.place FROM (
    SELECT ordinal, max(at - number) OVER (ORDER BY ordinal) + number AS place FROM (
        SELECT ordinal, row_number() OVER (ORDER BY ordinal) AS number, coalesce(
            CAST(strftime('%s', json_extract(record, '$.created_at')) AS INTEGER) * 1000000
            + CAST(substr(strftime('%f', json_extract(record, '$.created_at')), 4) AS INTEGER) * 1000, 0) AS at
        FROM captures)
    ) AS placed WHERE placed.ordinal = captures.ordinal;
UPDATE captures SET listed = 1 WHERE id IN (SELECT capture_id FROM files);
UPDATE captures SET listed = 2 WHERE listed = 1 AND id IN (SELECT capture_id FROM trash);
CREATE TABLE sessions (
    owner TEXT NOT NULL,
    session_id TEXT NOT NULL,
    stills INTEGER NOT NULL,
    newest INTEGER NOT NULL,
    PRIMARY KEY (owner, session_id)
) STRICT, WITHOUT ROWID;
INSERT INTO sessions SELECT '', session_id, count(*), max(place) FROM captures WHERE listed = 1 GROUP BY session_id;
INSERT INTO sessions SELECT owner, session_id, count(*), max(place) FROM captures
    WHERE listed = 1 AND owner IS NOT NULL GROUP BY owner, session_id;
CREATE INDEX sessions_by_newest ON sessions (owner, newest, session_id);
CREATE TABLE counts (
    what TEXT NOT NULL,
    owner TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (what, owner)
) STRICT, WITHOUT ROWID;
INSERT INTO counts SELECT 'sessions', owner, count(*) FROM sessions GROUP BY owner;
INSERT INTO counts SELECT 'saved', '', count(*) FROM captures WHERE phase = 'saved';
INSERT INTO counts SELECT 'deleted', '', count(*) FROM captures WHERE listed = 2;
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
DROP INDEX objects_by_stem;
CREATE INDEX objects_by_stem ON objects (stem, taken_at);
CREATE INDEX objects_by_capture ON objects (capture_id);
CREATE INDEX objects_by_time ON objects (serial) WHERE taken_at IS NOT NULL;
CREATE INDEX objects_on_card ON objects (sight) WHERE removed = 0;
DROP INDEX objects_by_serial;
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
