-- owner: whose photo or sequence it is (photonic.access.visibility); NULL: no client requested it, or an earlier version
-- recorded it. An idempotency key now belongs to one owner. SQLite cannot drop the old UNIQUE constraints, so both tables
-- are copied; foreign keys are not enforced meanwhile.
CREATE TABLE new_captures (
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
) STRICT;
INSERT INTO new_captures
    SELECT ordinal, id, NULL, idempotency_key, phase, directory, stem, record, serial, running_at FROM captures;
DROP TABLE captures;
ALTER TABLE new_captures RENAME TO captures;
CREATE INDEX captures_by_phase ON captures (phase);
CREATE UNIQUE INDEX captures_by_key ON captures (idempotency_key, ifnull(owner, ''))
    WHERE idempotency_key IS NOT NULL;
CREATE TABLE new_sequences (
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
INSERT INTO new_sequences
    SELECT ordinal, id, NULL, idempotency_key, phase, request, record, start_us, machine_boot FROM sequences;
DROP TABLE sequences;
ALTER TABLE new_sequences RENAME TO sequences;
CREATE INDEX sequences_by_owner ON sequences (owner);
CREATE UNIQUE INDEX sequences_by_key ON sequences (idempotency_key, ifnull(owner, ''))
    WHERE idempotency_key IS NOT NULL;
