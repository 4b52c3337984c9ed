"""Clean and unclean stops: which photos have to be read again before anything is deleted anywhere.

Theory of operation. Each transaction of the service is a heartbeat: it records the running time and, since the start,
the boot of the machine. The last transaction of a clean stop says so. If a start finds another boot and no clean stop,
the machine went down under the service. A disk may then have lost what it said was flushed, so the photos that were
recorded in the last ``SUSPECT_SECONDS`` before the last heartbeat are noted in ``checks``, in the transaction that
records the start, and stay there until each has been read and compared (``library.unclean_stop``).

A service that was killed leaves no doubt: what it wrote is in the page cache, and the next flush takes it along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

SUSPECT_SECONDS = 600
"""How far back photos are read after an unclean stop; disks and kernels keep data unwritten for half a minute."""


def started(connection: sqlite3.Connection, machine_boot: str) -> None:
    """Record a start; after an unclean stop of the machine, also which photos are to be read. One transaction."""
    with connection:
        seconds, boot, clean = connection.execute("SELECT seconds, machine_boot, clean FROM running").fetchone()
        if not clean and (boot or None) != (machine_boot or None):
            statement = "INSERT OR IGNORE INTO checks SELECT capture_id, number FROM files WHERE rowid > ?"
            connection.execute(statement, (_last_before(connection, seconds - SUSPECT_SECONDS),))
        connection.execute("UPDATE running SET machine_boot = ?, clean = 0", (machine_boot or None,))


def _last_before(connection: sqlite3.Connection, seconds: int) -> int:
    """The row of the newest still that was recorded before this running time; 0: there is none.

    Files have their rows in the order in which they were recorded, so those after it are newer, also late files of
    older captures. Reads no more stills than are newer.
    """
    statement = (
        "SELECT files.rowid, running_at + coalesce(json_extract(record, '$.capture_time_ms'), 0) / 1000.0 FROM files "
        "CROSS JOIN captures ON captures.id = files.capture_id WHERE number = 1 ORDER BY files.rowid DESC"
    )
    for row, recorded_at in connection.execute(statement):
        if recorded_at is None or recorded_at < seconds:
            return int(row)
    return 0


def stopped(connection: sqlite3.Connection) -> None:
    """Within the last transaction: record that the index was closed on purpose."""
    connection.execute("UPDATE running SET clean = 1")


def heartbeat(connection: sqlite3.Connection, seconds: int) -> None:
    """Within a transaction: record the running time.

    Always writes: SQLite skips a row that keeps its content, hence the two steps.
    """
    connection.execute("UPDATE running SET seconds = seconds + 1")
    connection.execute("UPDATE running SET seconds = max(seconds - 1, ?)", (seconds,))
