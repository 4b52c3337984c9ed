-- running: how many seconds the service has run in total; every age is measured on this clock, so an older row ages
-- from the migration on. captures.running_at: when the capture was accepted; NULL before this version.
-- deliveries.since: was a time of day. owed.began_at: unix seconds at which the exposure began; NULL: unknown.
CREATE TABLE running (seconds INTEGER NOT NULL) STRICT;
INSERT INTO running VALUES (0);
ALTER TABLE captures ADD COLUMN running_at INTEGER;
ALTER TABLE trash ADD COLUMN running_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE owed ADD COLUMN running_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE owed ADD COLUMN began_at REAL;
UPDATE deliveries SET since = 0;
