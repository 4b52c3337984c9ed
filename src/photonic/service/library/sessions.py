"""Stills by session, in memory, newest first. No I/O.

The newest still is the one that was accepted last. The time of day is only displayed, because the clock may be years
behind after a boot and be set later.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from photonic.errors import BadInput
from photonic.model.gallery import SessionPage, SessionSummary, StillPage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from photonic.model.api import CaptureRecord, PhotoFile

Place = tuple[int, str]
"""A position in the order of acceptance: a number as in ``SessionIndex.order``, and an id to break ties."""
Order = Mapping[str, int]
"""The position of each still by its id; a still without an entry is sorted by its time of day."""
_Item = TypeVar("_Item")
_NONE: Order = {}


class SessionIndex:
    """One camera's saved stills by session and by id, and its deleted stills that can be restored.

    ``rev`` increases with every change. ``order`` maps each still to its time of day in microseconds, increased if
    necessary so that it exceeds that of the still accepted before it. So one camera's stills are in the order of
    acceptance even if the clock is set back, and the positions of several cameras' stills are comparable.
    """

    def __init__(self) -> None:
        self._sessions: dict[str, dict[str, CaptureRecord]] = {}
        self._deleted: dict[str, CaptureRecord] = {}
        self._accepted: list[tuple[int, int]] = []
        self.order: dict[str, int] = {}
        self.rev = 0

    def put(self, still: CaptureRecord, ordinal: int = 0) -> None:
        """Add a still, or replace it after it received another file or was deleted or restored.

        ``ordinal`` is its number in the journal, which increases from capture to capture; 0: unknown, the still is
        sorted by its time of day.
        """
        self._remove(still)
        if ordinal and still.id not in self.order:
            self.order[still.id] = self._place_of(still, ordinal)
        if still.deleted_at is not None:
            self._deleted[still.id] = still
        else:
            self._sessions.setdefault(still.session_id, {})[still.id] = still

    def forget(self, still: CaptureRecord) -> tuple[PhotoFile, ...]:
        """Remove a permanently deleted still; return the files that it had."""
        self.order.pop(still.id, None)
        return self._remove(still)

    def stills(self, session_id: str | None = None) -> list[CaptureRecord]:
        """Return the stills of a session (``None``: of all sessions), in no particular order."""
        if session_id is not None:
            return list(self._sessions.get(session_id, {}).values())
        return [still for stills in self._sessions.values() for still in stills.values()]

    def deleted(self) -> list[CaptureRecord]:
        """Return the stills that can be restored, in no particular order."""
        return list(self._deleted.values())

    def _place_of(self, still: CaptureRecord, ordinal: int) -> int:
        index = bisect_left(self._accepted, (ordinal, 0))
        before = self._accepted[index - 1] if index else (0, 0)
        place = max(before[1] + 1, _microseconds(still.created_at))
        self._accepted.insert(index, (ordinal, place))
        return place

    def _remove(self, still: CaptureRecord) -> tuple[PhotoFile, ...]:
        self.rev += 1
        stills = self._sessions.get(still.session_id, {})
        before = self._deleted.pop(still.id, None) or stills.pop(still.id, None)
        if not stills:
            self._sessions.pop(still.session_id, None)
        return () if before is None else before.files


def sessions(stills: Iterable[CaptureRecord], order: Order = _NONE) -> list[SessionSummary]:
    """Group stills into sessions, the one with the newest still first; ``order`` decides which is newer."""
    groups: dict[str, list[CaptureRecord]] = {}
    for still in stills:
        groups.setdefault(still.session_id, []).append(still)
    found: list[SessionSummary] = []
    for session_id, group in groups.items():
        newest = max(group, key=lambda still: _place(still, order))
        found.append(
            SessionSummary(
                session_id=session_id,
                photo_count=len(group),
                first_at=min(group, key=lambda still: _place(still, order)).created_at,
                last_at=newest.created_at,
                cover=shown_by(newest),
            )
        )
    return sorted(found, key=lambda session: _session_place(session, order), reverse=True)


def session_page(found: Sequence[SessionSummary], cursor: str | None, limit: int, order: Order = _NONE) -> SessionPage:
    """Return at most ``limit`` of these sessions, after ``cursor``. Raises ``BadInput`` for a malformed cursor."""
    page, following = _page([(_session_place(one, order), one) for one in found], cursor, limit)
    return SessionPage(sessions=page, total=len(found), next_cursor=following)


def still_page(stills: Iterable[CaptureRecord], cursor: str | None, limit: int, order: Order = _NONE) -> StillPage:
    """Return at most ``limit`` of these stills, newest first, after ``cursor``.

    Raises ``BadInput`` for a malformed cursor.
    """
    found = sorted(((_place(still, order), still) for still in stills), key=lambda item: item[0], reverse=True)
    page, following = _page(found, cursor, limit)
    return StillPage(stills=page, total=len(found), next_cursor=following)


def shown_by(still: CaptureRecord) -> str:
    """Return the id of the file that best represents a still: its first JPEG, otherwise its first file."""
    return next((file.id for file in still.files if file.media_type == "image/jpeg"), still.files[0].id)


def in_order(stills: Iterable[CaptureRecord], order: Order) -> list[CaptureRecord]:
    """Sort stills, in the order of acceptance."""
    return sorted(stills, key=lambda still: _place(still, order))


def _place(still: CaptureRecord, order: Order) -> Place:
    found = order.get(still.id)
    return _microseconds(still.created_at) if found is None else found, still.id


def _session_place(session: SessionSummary, order: Order) -> Place:
    """Return the position of the session's newest still, to which the cover belongs."""
    found = order.get(session.cover.rpartition("-")[0])
    return _microseconds(session.last_at) if found is None else found, session.session_id


def _microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _page(items: Sequence[tuple[Place, _Item]], cursor: str | None, limit: int) -> tuple[tuple[_Item, ...], str | None]:
    """Return one page, and the cursor of the next one; ``None`` if this is the last.

    A cursor contains the position at which a page ended, so it stays valid when items are added or removed.
    """
    if cursor is not None:
        moment, dash, name = cursor.partition("-")
        if not (dash and moment.isascii() and moment.isdecimal() and len(moment) <= 20):
            raise BadInput("unknown cursor: start again without one", field="cursor")
        items = [item for item in items if item[0] < (int(moment), name)]
    page = items[:limit]
    last = page[-1][0] if len(items) > limit else None
    return tuple(item for _place_, item in page), None if last is None else f"{last[0]}-{last[1]}"
