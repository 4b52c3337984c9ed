"""What the index derives from its own rows: which stills are listed, the sessions, and the counts.

Triggers keep it (``migrations/0013.sql``). Where rows were put into the index by other means than its own transactions,
it is derived again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_STEPS = """
UPDATE captures SET listed = CASE
    WHEN id NOT IN (SELECT capture_id FROM files) THEN 0 WHEN id IN (SELECT capture_id FROM trash) THEN 2 ELSE 1 END;
DELETE FROM sessions;
DELETE FROM counts;
INSERT INTO sessions SELECT '', session_id, count(*), max(place) FROM captures WHERE listed = 1 GROUP BY session_id;
INSERT INTO sessions SELECT owner, session_id, count(*), max(place) FROM captures
    WHERE listed = 1 AND owner IS NOT NULL GROUP BY owner, session_id;
INSERT INTO counts SELECT 'saved', '', count(*) FROM captures WHERE phase = 'saved';
INSERT INTO counts SELECT 'deleted', '', count(*) FROM captures WHERE listed = 2;
"""


def derive_again(connection: sqlite3.Connection) -> None:
    """Derive everything again, within a transaction. Reads every capture."""
    for step in filter(str.strip, _STEPS.split(";")):
        connection.execute(step)
