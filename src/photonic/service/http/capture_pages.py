"""The captures of several cameras as one list, newest first. Its cursor holds the position in each camera's list."""

from __future__ import annotations

import asyncio
import heapq
from operator import itemgetter
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.model.api import CapturePage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from photonic.model.api import CaptureRecord
    from photonic.model.reach import Reach

    PageReader = Callable[[str | None, int, Reach], Awaitable[CapturePage]]
    """``CameraControl.captures_page`` of one camera."""

BETWEEN = "~"
"""Separates the positions in a cursor; ids do not contain it."""
BEGIN = ""
END = "."


async def captures_of(readers: Sequence[PageReader], cursor: str | None, limit: int, reach: Reach) -> CapturePage:
    """A page of the merged list, in the order of each camera's own list. Raises ``BadInput``, naming ``cursor``.

    ``reach``: which captures exist for the reader of the page. Raises ``StorageError``, too.
    """
    if len(readers) == 1:
        return await readers[0](cursor, limit, reach)
    places = [BEGIN] * len(readers) if cursor is None else cursor.split(BETWEEN)
    if len(places) != len(readers):
        raise BadInput("cursor is not from this list: start again without a cursor", field="cursor")
    rest = (_rest(reader, place, limit, reach) for reader, place in zip(readers, places, strict=True))
    lists = await asyncio.gather(*rest)
    newest_first = heapq.merge(
        *(_numbered(number, page.captures) for number, page in enumerate(lists)),
        key=lambda found: found[1].created_at,
        reverse=True,
    )
    page = [found for found, _ in zip(newest_first, range(limit), strict=False)]
    taken = [[record.id for camera, record in page if camera == number] for number in range(len(readers))]
    following = [_place_after(ids, page_of, place) for ids, page_of, place in zip(taken, lists, places, strict=True)]
    ended = all(place == END for place in following)
    return CapturePage(captures=tuple(map(itemgetter(1), page)), next_cursor=None if ended else BETWEEN.join(following))


async def _rest(reader: PageReader, place: str, limit: int, reach: Reach) -> CapturePage:
    return CapturePage(captures=()) if place == END else await reader(place or None, limit, reach)


def _numbered(number: int, records: Sequence[CaptureRecord]) -> Iterator[tuple[int, CaptureRecord]]:
    for record in records:
        yield number, record


def _place_after(taken: Sequence[str], page: CapturePage, before: str) -> str:
    """The position in one camera's list after the records ``taken`` from its ``page``."""
    if len(taken) == len(page.captures) and page.next_cursor is None:
        return END
    return taken[-1] if taken else before
