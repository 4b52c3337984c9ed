"""Sessions in the journal: how many stills each has, and when its first and its last one were accepted.

One statement reads a page: of each session, only its two ends, by their places in the index, and of these no more than
a list of sessions shows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

Place = tuple[int, str]
"""A position in the order of acceptance: ``captures.place``, and an id or a session to break ties between cameras."""
ALL_OWNERS = ""

# A photo's id has its place among the files that its still has now (``library.presentation``).
_COVER = (
    "(SELECT count(*) FROM files WHERE capture_id = last.id AND number <= coalesce("
    "(SELECT min(number) FROM files WHERE capture_id = last.id AND media_type = 'image/jpeg'), "
    "(SELECT min(number) FROM files WHERE capture_id = last.id)))"
)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session.

    Args:
        session_id: Its name.
        stills: How many stills it has.
        first_place: The place of its first still.
        first_at: When that one was accepted.
        last_place: The place of its last still.
        last_at: When that one was accepted.
        cover: The id of the photo that represents the session.
    """

    session_id: str
    stills: int
    first_place: Place
    first_at: datetime
    last_place: Place
    last_at: datetime
    cover: str

    @property
    def place(self) -> Place:
        """Its place among the sessions of all cameras: that of its last still."""
        return self.last_place[0], self.session_id

    def with_others(self, other: SessionRow) -> SessionRow:
        """The session together with further stills: those of another camera, or those that are not on record."""
        first = min(self, other, key=lambda one: one.first_place)
        last = max(self, other, key=lambda one: one.last_place)
        return replace(last, stills=self.stills + other.stills, first_place=first.first_place, first_at=first.first_at)


def page(connection: sqlite3.Connection, owner: str | None, before: Place | None, limit: int) -> list[SessionRow]:
    """At most ``limit`` sessions of an owner (``None``: of all), the one with the newest still first."""
    rest = "" if before is None else "AND (newest, session_id) < (:newest, :session)"
    chosen = f"{rest} ORDER BY newest DESC, session_id DESC LIMIT :limit"
    newest, session_id = before or (0, "")
    values = {"owner": owner or ALL_OWNERS, "newest": newest, "session": session_id, "limit": limit}
    rows = connection.execute(_statement(owner, chosen), values)
    return sorted((_row(*row) for row in rows), key=lambda one: one.place, reverse=True)


def one(connection: sqlite3.Connection, owner: str | None, session_id: str) -> SessionRow | None:
    """The session with this name; ``None``: it has no stills. ``owner``: as in ``page``."""
    values = {"owner": owner or ALL_OWNERS, "session": session_id}
    row = connection.execute(_statement(owner, "AND session_id = :session"), values).fetchone()
    return None if row is None else _row(*row)


def _statement(owner: str | None, chosen: str) -> str:
    owned = "" if owner is None else "AND owner = :owner"
    first, last = (
        f"(SELECT ordinal FROM captures WHERE session_id = page.session_id AND listed = 1 {owned} "  # noqa: S608 - our own words
        f"ORDER BY place {order} LIMIT 1)"
        for order in ("ASC", "DESC")
    )
    return (
        "SELECT page.session_id, stills, first.place, first.id, json_extract(first.record, '$.created_at'), "  # noqa: S608 - our own words
        f"last.place, last.id, json_extract(last.record, '$.created_at'), {_COVER} "
        f"FROM (SELECT session_id, stills FROM sessions WHERE owner = :owner {chosen}) AS page "
        f"CROSS JOIN captures AS first ON first.ordinal = {first} CROSS JOIN captures AS last ON last.ordinal = {last}"
    )


def _row(  # noqa: PLR0917 - the columns of the statement
    session_id: str,
    stills: int,
    first_place: int,
    first_id: str,
    first_at: str,
    last_place: int,
    last_id: str,
    last_at: str,
    cover: int,
) -> SessionRow:
    return SessionRow(
        session_id,
        stills,
        (first_place, first_id),
        datetime.fromisoformat(first_at),
        (last_place, last_id),
        datetime.fromisoformat(last_at),
        f"{last_id}-{cover}",
    )
