"""Stills by session: what there is to look at, in memory, newest first. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from photonic.errors import BadInput
from photonic.model.gallery import SessionPage, SessionSummary, StillPage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from photonic.model.api import CaptureRecord, PhotoFile

Place = tuple[int, str]
"""Where something stands in the order of time: microseconds of the wall clock, and a name for what is of one moment."""
_Item = TypeVar("_Item")


class Albums:
    """Saved stills of one camera that are not deleted, by session and by id; and those that can be restored.

    ``rev`` rises with every change.
    """

    def __init__(self) -> None:
        self._sessions: dict[str, dict[str, CaptureRecord]] = {}
        self._deleted: dict[str, CaptureRecord] = {}
        self.rev = 0

    def put(self, still: CaptureRecord) -> None:
        """A still with its files as it is now: new, with another file, deleted or restored."""
        self._remove(still)
        if still.deleted_at is not None:
            self._deleted[still.id] = still
        else:
            self._sessions.setdefault(still.session_id, {})[still.id] = still

    def forget(self, still: CaptureRecord) -> tuple[PhotoFile, ...]:
        """A still was removed for good; the files that it had."""
        return self._remove(still)

    def stills(self, session_id: str | None = None) -> list[CaptureRecord]:
        """The stills of a session, ``None``: all; in no order."""
        if session_id is not None:
            return list(self._sessions.get(session_id, {}).values())
        return [still for stills in self._sessions.values() for still in stills.values()]

    def deleted(self) -> list[CaptureRecord]:
        """Those that can be restored; in no order."""
        return list(self._deleted.values())

    def _remove(self, still: CaptureRecord) -> tuple[PhotoFile, ...]:
        self.rev += 1
        stills = self._sessions.get(still.session_id, {})
        before = self._deleted.pop(still.id, None) or stills.pop(still.id, None)
        if not stills:
            self._sessions.pop(still.session_id, None)
        return () if before is None else before.files


def sessions(stills: Iterable[CaptureRecord]) -> list[SessionSummary]:
    """The sessions of these stills, the one with the newest still first."""
    groups: dict[str, list[CaptureRecord]] = {}
    for still in stills:
        groups.setdefault(still.session_id, []).append(still)
    found: list[SessionSummary] = []
    for session_id, group in groups.items():
        newest = max(group, key=_when)
        found.append(
            SessionSummary(
                session_id=session_id,
                photo_count=len(group),
                first_at=min(group, key=_when).created_at,
                last_at=newest.created_at,
                cover=shown_by(newest),
            )
        )
    return sorted(found, key=lambda session: _place(session.last_at, session.session_id), reverse=True)


def session_page(found: Sequence[SessionSummary], cursor: str | None, limit: int) -> SessionPage:
    """``limit`` of these sessions, from after ``cursor``. Raises ``BadInput`` naming ``cursor``."""
    page, following = _page([(_place(one.last_at, one.session_id), one) for one in found], cursor, limit)
    return SessionPage(sessions=page, total=len(found), next_cursor=following)


def still_page(stills: Iterable[CaptureRecord], cursor: str | None, limit: int) -> StillPage:
    """``limit`` of these stills, newest first, from after ``cursor``. Raises ``BadInput`` naming ``cursor``."""
    found = sorted(((_when(still), still) for still in stills), key=lambda item: item[0], reverse=True)
    page, following = _page(found, cursor, limit)
    return StillPage(stills=page, total=len(found), next_cursor=following)


def shown_by(still: CaptureRecord) -> str:
    """The id of the file that shows a still best: its JPEG, else its first."""
    return next((file.id for file in still.files if file.media_type == "image/jpeg"), still.files[0].id)


def _when(still: CaptureRecord) -> Place:
    return _place(still.created_at, still.id)


def _place(moment: datetime, name: str) -> Place:
    return round(moment.timestamp() * 1_000_000), name


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
