-- unrecorded: rows that have changed since they were last known to be in the record beside the photos. record: its newest
-- file, and how far the rows of this index are copied into it (relation NULL: all of them). running.machine_boot: the boot
-- of the newest transaction; clean: 1 if the service has closed the index since. checks: photos of the last minutes before
-- an unclean stop of the machine that have not been read since. verification: the last report, and the last clean one.
CREATE TABLE unrecorded (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    relation TEXT NOT NULL,
    row INTEGER NOT NULL,
    UNIQUE (relation, row)
) STRICT;
CREATE TABLE record (generation INTEGER NOT NULL, relation TEXT, row INTEGER NOT NULL) STRICT;
INSERT INTO record VALUES (0, NULL, 0);
ALTER TABLE running ADD COLUMN machine_boot TEXT;
ALTER TABLE running ADD COLUMN clean INTEGER NOT NULL DEFAULT 1;
CREATE TABLE checks (
    capture_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (capture_id, number)
) STRICT;
CREATE TABLE verification (name TEXT PRIMARY KEY, report TEXT NOT NULL) STRICT;
