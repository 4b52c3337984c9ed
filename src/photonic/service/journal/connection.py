"""The connection to the index, which really closes the file.

SQLite keeps a file open, and locked, until the last statement of its connection is gone, and a cursor of
``executemany`` keeps its statement. A failed change leaves such a cursor in the traceback of its error, which lives as
long as somebody remembers the error (a log, for example). So the cursors are closed before the connection.
"""

from __future__ import annotations

import sqlite3
from typing import Any
from weakref import WeakSet


class IndexConnection(sqlite3.Connection):
    """A connection that closes its cursors when it is closed, so that the file can be opened again at once."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._cursors: WeakSet[sqlite3.Cursor] = WeakSet()

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """See ``sqlite3.Connection``."""
        return self._remembered().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:
        """See ``sqlite3.Connection``."""
        return self._remembered().executemany(sql, parameters)

    def close(self) -> None:
        """Close the cursors, then the file."""
        for cursor in list(self._cursors):
            cursor.close()
        super().close()

    def _remembered(self) -> sqlite3.Cursor:
        cursor = self.cursor()
        self._cursors.add(cursor)
        return cursor
