"""Stills and sessions of several cameras as one list, in pages; each camera is read only as far as a page needs."""

from __future__ import annotations

import asyncio
import heapq
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.model.gallery import SessionPage, StillPage
from photonic.service.library.sessions import summary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from photonic.model.reach import Reach
    from photonic.service.http.gallery_control import GalleryControl
    from photonic.service.journal.session_rows import Place, SessionRow
    from photonic.service.library.sessions import PlacedStill

    StillReader = Callable[[Place | None, int], Awaitable[Sequence[PlacedStill]]]
    """Stills of one camera before a place, newest first, at most so many."""

COUNTED_SESSIONS = 10_000
"""Up to so many sessions of several cameras are counted exactly."""
SESSION_IDS = 200


async def still_page(
    galleries: Sequence[GalleryControl], reach: Reach, session_id: str, cursor: str | None, limit: int
) -> StillPage:
    """A page of a session's stills, newest first. Raises ``BadInput`` for a malformed cursor."""
    counts = await asyncio.gather(*(gallery.still_count(reach, session_id) for gallery in galleries))
    return await _still_page(
        [_reader(gallery, reach, session_id) for gallery in galleries], cursor, limit, total=sum(counts)
    )


async def deleted_page(galleries: Sequence[GalleryControl], cursor: str | None, limit: int) -> StillPage:
    """A page of the stills that can be restored, newest first. Raises ``BadInput`` for a malformed cursor."""
    counts = await asyncio.gather(*(gallery.deleted_count() for gallery in galleries))
    return await _still_page([gallery.deleted for gallery in galleries], cursor, limit, total=sum(counts))


async def newest_stills(galleries: Sequence[GalleryControl], reach: Reach, limit: int) -> Sequence[PlacedStill]:
    """The newest stills of all sessions."""
    return await _newest([_reader(gallery, reach, None) for gallery in galleries], None, limit)


async def session_page(
    galleries: Sequence[GalleryControl], reach: Reach, cursor: str | None, limit: int
) -> SessionPage:
    """A page of the sessions, the one with the newest still first. Raises ``BadInput`` for a malformed cursor.

    ``total`` is exact for one camera, and up to ``COUNTED_SESSIONS``; beyond that, a session that several cameras have
    counts several times.
    """
    found: list[SessionRow] = []
    async for session in _newest_sessions(galleries, reach, _place(cursor), limit):
        found.append(session)
        if len(found) > limit:
            break
    page = found[:limit]
    return SessionPage(
        sessions=tuple(summary(session) for session in page),
        total=await _session_count(galleries, reach),
        next_cursor=_cursor(page[-1].place) if len(found) > limit else None,
    )


async def oldest_first(
    galleries: Sequence[GalleryControl], reach: Reach, session_id: str
) -> AsyncIterator[Sequence[PlacedStill]]:
    """Yield the stills of a session in the order of acceptance, piece by piece."""
    if len(galleries) == 1:
        async for stills in galleries[0].oldest_first(reach, session_id):
            yield stills
        return
    readers = [_one_by_one(gallery.oldest_first(reach, session_id)) for gallery in galleries]
    heads: list[tuple[Place, int, PlacedStill]] = []
    for number, reader in enumerate(readers):
        async for still in reader:
            heapq.heappush(heads, (still.place, number, still))
            break
    while heads:
        _next, number, still = heapq.heappop(heads)
        yield (still,)
        async for following in readers[number]:
            heapq.heappush(heads, (following.place, number, following))
            break


def _reader(gallery: GalleryControl, reach: Reach, session_id: str | None) -> StillReader:
    return lambda before, limit: gallery.stills(reach, session_id, before, limit)


async def _still_page(
    readers: Sequence[StillReader],
    cursor: str | None,
    limit: int,
    *,
    total: int,
) -> StillPage:
    found = await _newest(readers, _place(cursor), limit + 1)
    page = found[:limit]
    return StillPage(
        stills=tuple(still.record for still in page),
        total=total,
        next_cursor=_cursor(page[-1].place) if len(found) > limit else None,
    )


async def _newest(
    readers: Sequence[StillReader],
    before: Place | None,
    limit: int,
) -> list[PlacedStill]:
    lists = await asyncio.gather(*(reader(before, limit) for reader in readers))
    merged = heapq.merge(*lists, key=lambda still: still.place, reverse=True)
    return [still for still, _ in zip(merged, range(limit), strict=False)]


async def _newest_sessions(
    galleries: Sequence[GalleryControl], reach: Reach, before: Place | None, limit: int
) -> AsyncIterator[SessionRow]:
    """Yield the sessions before a place, the one with the newest still first; read in pieces of ``limit`` + 1.

    A session that several cameras have is yielded once, at its newest still of all of them.
    """
    while True:
        lists = await asyncio.gather(*(gallery.sessions(reach, before, limit + 1) for gallery in galleries))
        full = [found[-1].place for found in lists if len(found) == limit + 1]
        # Beyond the end of a full list, that camera may have sessions which this piece does not know.
        end = max(full, default=None)
        numbered = ([(session, number) for session in found] for number, found in enumerate(lists))
        for session, number in heapq.merge(*numbered, key=lambda item: item[0].place, reverse=True):
            if end is not None and session.place < end:
                break
            if (complete := await _with_others(galleries, reach, session, number)) is not None:
                yield complete
        if end is None:
            return
        before = end


async def _with_others(
    galleries: Sequence[GalleryControl], reach: Reach, session: SessionRow, number: int
) -> SessionRow | None:
    """The session with the stills of other cameras; ``None``: one of those is newer, so it has been listed."""
    complete = session
    for other, gallery in enumerate(galleries):
        if other == number:
            continue
        there = await gallery.session(reach, session.place[1])
        if there is None:
            continue
        if (there.place, -other) > (session.place, -number):
            return None
        complete = complete.with_others(there)
    return complete


async def _session_count(galleries: Sequence[GalleryControl], reach: Reach) -> int:
    counts = await asyncio.gather(*(gallery.session_count(reach) for gallery in galleries))
    total = sum(counts)
    if len(galleries) == 1 or total > COUNTED_SESSIONS:
        return total
    names: set[str] = set()
    for gallery in galleries:
        after = ""
        while found := await gallery.session_ids(reach, after, SESSION_IDS):
            names.update(found)
            after = found[-1]
    return len(names)


async def _one_by_one(pieces: AsyncIterator[Sequence[PlacedStill]]) -> AsyncIterator[PlacedStill]:
    async for stills in pieces:
        for still in stills:
            yield still


def _place(cursor: str | None) -> Place | None:
    """The place in a cursor, at which a page ended, so that it stays valid when items are added or removed."""
    if cursor is None:
        return None
    number, dash, name = cursor.partition("-")
    if not (dash and number.isascii() and number.isdecimal() and len(number) <= 20) or int(number) >= 2**63:
        raise BadInput("unknown cursor: start again without one", field="cursor")
    return int(number), name


def _cursor(place: Place) -> str:
    return f"{place[0]}-{place[1]}"
