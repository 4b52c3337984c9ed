"""Reaches the level at which the photo of a capture counts as saved, before its end is recorded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.model.reason import Reason
from photonic.service.photo.saved_level import with_level
from photonic.service.photo.staged import StoredFile

if TYPE_CHECKING:
    from photonic.model.saved import SaveLevel
    from photonic.service.journal.capture_rows import CaptureResult

Copies = Sequence[PurePosixPath | None]
"""Where stored files have their copies on the second disk, in their order; ``None``: a file has none."""
Copy = Callable[[Sequence[StoredFile]], Awaitable[tuple[Copies, Reason | None]]]
"""Copies stored files to the second disk, as ``SecondCopies.copy``: their copies, and why one was not made."""


class CaptureLevel:
    """Has photos copied, if they are.

    Args:
        wanted: when a photo counts as saved.
        copy: copies stored files; ``None``: there is no second disk.
    """

    def __init__(self, wanted: SaveLevel, copy: Copy | None) -> None:
        self._wanted = wanted
        self._copy = copy

    async def reached(self, result: CaptureResult) -> tuple[CaptureResult, Copies]:
        """The result with the level that its photo has reached, and its copies on the second disk; waits for them."""
        if not result.files:
            return result, ()
        if self._copy is None:
            return replace(result, record=with_level(result.record, self._wanted, result.files)), ()
        copies, short = await self._copy(result.files)
        return replace(result, record=with_level(result.record, self._wanted, result.files, second=short)), copies
