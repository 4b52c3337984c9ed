"""Pages of captures, newest first: those that have ended, from the journal, and those that only memory knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.model.api import CapturePage
from photonic.model.reach import EVERYTHING, Reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.model.api import CaptureRecord
    from photonic.service.library.index import CaptureIndex

PAGE_LIMIT = 500
_UNRECORDED = 2**63
"""Stands for the ordinal of a capture that is not recorded yet: it is the newest."""


async def capture_page(
    capture_index: CaptureIndex,
    running: Sequence[tuple[int, CaptureRecord]],
    cursor: str | None,
    limit: int,
    reach: Reach = EVERYTHING,
) -> CapturePage:
    """Return one page of captures, newest first. Each page but the last is full.

    Args:
        capture_index: The captures that have ended.
        running: Captures that have not ended, oldest first, with their ordinals (0: not recorded yet).
        cursor: The id of the last capture on the previous page; ``None`` for the first page.
        limit: The maximum number of captures on the page.
        reach: Which captures exist for the reader; the id of another one is an unknown cursor.

    Raises:
        BadInput: Names ``cursor`` or ``limit``.
        StorageError: The journal cannot be read.
    """
    if not 1 <= limit <= PAGE_LIMIT:
        raise BadInput(f"limit must be from 1 to {PAGE_LIMIT}", field="limit")
    pending = [(ordinal or _UNRECORDED, record) for ordinal, record in running[::-1] if reach.includes(record)]
    refused = [(await capture_index.lists.position(reach, one.record.id), one) for one in capture_index.unrecorded]
    pending += [(at[0], capture_index.presentation.shown(one)) for at, one in refused if at is not None]
    pending.sort(key=lambda item: item[0], reverse=True)
    before = None
    if cursor is not None:
        ids = [record.id for _ordinal, record in pending]
        before = await capture_index.lists.position(reach, cursor)
        if before is not None:
            pending = [item for item in pending if item[0] < before[0]]
        elif cursor in ids:
            del pending[: ids.index(cursor) + 1]
        else:
            raise BadInput("unknown cursor: start again without one", field="cursor")
    ended = await capture_index.lists.captures(reach, before, limit + 1)
    found = {record.id: (ordinal, record) for ordinal, record in pending}
    found |= {result.record.id: (result.ordinal, capture_index.presentation.shown(result)) for result in ended}
    newest_first = sorted(found.values(), key=lambda item: item[0], reverse=True)
    page = tuple(record for _ordinal, record in newest_first[:limit])
    return CapturePage(captures=page, next_cursor=page[-1].id if len(newest_first) > limit else None)
