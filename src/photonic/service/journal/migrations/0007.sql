-- deliveries: the outbox, one row for each notification that a target has not received yet.
-- first_file: the number of the still's first new file.
CREATE TABLE deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,
    event TEXT NOT NULL,
    capture_id TEXT NOT NULL REFERENCES captures (id),
    first_file INTEGER NOT NULL,
    since INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveries_by_target ON deliveries (target);
