"""The captures of several cameras as one list, newest first. Its cursor holds the position in each camera's list."""

from __future__ import annotations

import heapq
from operator import itemgetter
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.model.api import CapturePage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from photonic.model.api import CaptureRecord, PhotoFile
    from photonic.service.library.table import CaptureFilter

    PageReader = Callable[[str | None, int, CaptureFilter], CapturePage]
    """``CameraControl.captures_page`` of one camera."""

PAGE_LENGTH = 200
BETWEEN = "~"
"""Separates the positions in a cursor; ids do not contain it."""
BEGIN = ""
END = "."


def captures_of(readers: Sequence[PageReader], cursor: str | None, limit: int, visible: CaptureFilter) -> CapturePage:
    """A page of the merged list, in the order of each camera's own list. Raises ``BadInput``, naming ``cursor``.

    ``visible``: which captures exist for the reader of the page.
    """
    if len(readers) == 1:
        return readers[0](cursor, limit, visible)
    places = [BEGIN] * len(readers) if cursor is None else cursor.split(BETWEEN)
    if len(places) != len(readers):
        raise BadInput("cursor is not from this list: start again without a cursor", field="cursor")
    lists = [_rest(reader, place, limit, visible) for reader, place in zip(readers, places, strict=True)]
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


def photos_of(readers: Sequence[PageReader], limit: int, visible: CaptureFilter) -> Iterator[PhotoFile]:
    """The newest photos of all cameras, at most ``limit``, of the captures that are ``visible``."""
    cursor: str | None = None
    while True:
        page = captures_of(readers, cursor, PAGE_LENGTH, visible)
        for record in page.captures:
            files = record.files[: -limit - 1 : -1]
            yield from files
            limit -= len(files)
        cursor = page.next_cursor
        if cursor is None or limit <= 0:
            return


def _rest(reader: PageReader, place: str, limit: int, visible: CaptureFilter) -> CapturePage:
    return CapturePage(captures=()) if place == END else reader(place or None, limit, visible)


def _numbered(number: int, records: Sequence[CaptureRecord]) -> Iterator[tuple[int, CaptureRecord]]:
    for record in records:
        yield number, record


def _place_after(taken: Sequence[str], page: CapturePage, before: str) -> str:
    """The position in one camera's list after the records ``taken`` from its ``page``."""
    if len(taken) == len(page.captures) and page.next_cursor is None:
        return END
    return taken[-1] if taken else before
