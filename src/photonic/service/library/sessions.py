"""Stills by session: what there is to look at, in memory, newest first. No I/O.

Newest is what was accepted last: the time of day is only shown, since a machine may come up years ago and be set later.
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
"""Where something stands in the order of acceptance: see ``SessionIndex.order``, and a name for what has the same
number."""
Order = Mapping[str, int]
"""Stills' numbers by their ids; one that is not in it stands where the time of day puts it."""
_Item = TypeVar("_Item")
_NONE: Order = {}


class SessionIndex:
    """Saved stills of one camera that are not deleted, by session and by id; and those that can be restored.

    ``rev`` rises with every change. ``order``: of each still, microseconds of the time of day as far as that has gone
    forward: never less than of the still that was accepted before it. So one camera's stills stand in the order of
    acceptance whatever becomes of the clock, and several cameras' are comparable.
    """

    def __init__(self) -> None:
        self._sessions: dict[str, dict[str, CaptureRecord]] = {}
        self._deleted: dict[str, CaptureRecord] = {}
        self._accepted: list[tuple[int, int]] = []
        self.order: dict[str, int] = {}
        self.rev = 0

    def put(self, still: CaptureRecord, ordinal: int = 0) -> None:
        """A still with its files as it is now: new, with another file, deleted or restored.

        ``ordinal``: the journal's, which rises from capture to capture; 0: not known, the time of day has to do.
        """
        self._remove(still)
        if ordinal and still.id not in self.order:
            self.order[still.id] = self._place_of(still, ordinal)
        if still.deleted_at is not None:
            self._deleted[still.id] = still
        else:
            self._sessions.setdefault(still.session_id, {})[still.id] = still

    def forget(self, still: CaptureRecord) -> tuple[PhotoFile, ...]:
        """A still was removed for good; the files that it had."""
        self.order.pop(still.id, None)
        return self._remove(still)

    def stills(self, session_id: str | None = None) -> list[CaptureRecord]:
        """The stills of a session, ``None``: all; in no order."""
        if session_id is not None:
            return list(self._sessions.get(session_id, {}).values())
        return [still for stills in self._sessions.values() for still in stills.values()]

    def deleted(self) -> list[CaptureRecord]:
        """Those that can be restored; in no order."""
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
    """The sessions of these stills, the one with the newest still first; all is by ``order``."""
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
    """``limit`` of these sessions, from after ``cursor``. Raises ``BadInput`` naming ``cursor``."""
    page, following = _page([(_session_place(one, order), one) for one in found], cursor, limit)
    return SessionPage(sessions=page, total=len(found), next_cursor=following)


def still_page(stills: Iterable[CaptureRecord], cursor: str | None, limit: int, order: Order = _NONE) -> StillPage:
    """``limit`` of these stills, newest first, from after ``cursor``. Raises ``BadInput`` naming ``cursor``."""
    found = sorted(((_place(still, order), still) for still in stills), key=lambda item: item[0], reverse=True)
    page, following = _page(found, cursor, limit)
    return StillPage(stills=page, total=len(found), next_cursor=following)


def shown_by(still: CaptureRecord) -> str:
    """The id of the file that shows a still best: its JPEG, else its first."""
    return next((file.id for file in still.files if file.media_type == "image/jpeg"), still.files[0].id)


def in_order(stills: Iterable[CaptureRecord], order: Order) -> list[CaptureRecord]:
    """These stills, the one that was accepted first is first."""
    return sorted(stills, key=lambda still: _place(still, order))


def _place(still: CaptureRecord, order: Order) -> Place:
    found = order.get(still.id)
    return _microseconds(still.created_at) if found is None else found, still.id


def _session_place(session: SessionSummary, order: Order) -> Place:
    """That of its newest still, which its cover is of."""
    found = order.get(session.cover.rpartition("-")[0])
    return _microseconds(session.last_at) if found is None else found, session.session_id


def _microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _page(items: Sequence[tuple[Place, _Item]], cursor: str | None, limit: int) -> tuple[tuple[_Item, ...], str | None]:
    """A cursor says where a page ended, so that it holds whatever comes or goes before it."""
    if cursor is not None:
        moment, dash, name = cursor.partition("-")
        if not (dash and moment.isascii() and moment.isdecimal() and len(moment) <= 20):
            raise BadInput("cursor is none of ours: begin again without one", field="cursor")
        items = [item for item in items if item[0] < (int(moment), name)]
    page = items[:limit]
    last = page[-1][0] if len(items) > limit else None
    return tuple(item for _place_, item in page), None if last is None else f"{last[0]}-{last[1]}"
