"""The room on the photo root's disk, looked at off the loop, and the warning when it runs out."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from photonic.errors import StorageError
from photonic.model.status import StorageStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.service.files.photo_root import PhotoRoot

LOOK_SECONDS = 10.0
LOW_BYTES = 2_000_000_000

log = logging.getLogger(__name__)


class Space:
    """What is known of the room; ``low_bytes``: with less, there is a warning. ``on_change``: the warning changed."""

    def __init__(self, root: PhotoRoot, *, low_bytes: int, on_change: Callable[[], object]) -> None:
        self._root = root
        self._low_bytes = low_bytes
        self._on_change = on_change
        self._look = asyncio.Event()
        self.status: StorageStatus | None = None

    @property
    def warning(self) -> str | None:
        """For people; ``None`` when there is room enough, or nothing is known."""
        return None if self.status is None else self.status.warning

    def look(self) -> None:
        """Look again soon: something was written."""
        self._look.set()

    async def run(self) -> None:
        """Look every ``LOOK_SECONDS`` and when asked to, until cancelled."""
        while True:
            try:
                self._take(await asyncio.to_thread(self._root.free_bytes))
            except StorageError as error:
                self._show(StorageStatus(free_bytes=0, warning=error.reason))
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._look.wait()
            except TimeoutError:
                pass
            self._look.clear()

    def _take(self, free_bytes: int) -> None:
        warning = None
        if free_bytes < self._low_bytes:
            warning = (
                f"less than {self._low_bytes // 1_000_000} MB are left for photos in {self._root.path}: "
                "free some space, or change the disk"
            )
        self._show(StorageStatus(free_bytes=free_bytes, warning=warning))

    def _show(self, status: StorageStatus) -> None:
        before, self.status = self.warning, status
        if status.warning != before:
            if status.warning is not None:
                log.warning("%s", status.warning)
            self._on_change()
