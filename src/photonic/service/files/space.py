"""The free space on the photo root's disk, polled on a thread, and the warning when it runs low."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from photonic.errors import FailureKind, StorageError
from photonic.model.status import StorageStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.service.files.photo_root import PhotoRoot

POLL_SECONDS = 10.0
LOW_BYTES = 2_000_000_000

log = logging.getLogger(__name__)


class Space:
    """The free space at the last poll.

    Args:
        root: the photo root.
        low_bytes: with less free space, there is a warning.
        on_change: called when the warning appears, changes or disappears.

    ``status`` is ``None`` before the first poll.
    """

    def __init__(self, root: PhotoRoot, *, low_bytes: int, on_change: Callable[[], object]) -> None:
        self._root = root
        self._low_bytes = low_bytes
        self._on_change = on_change
        self._poll_now = asyncio.Event()
        self._is_low = False
        self.status: StorageStatus | None = None

    @property
    def warning(self) -> str | None:
        """The warning, for people; ``None`` with enough space, or before the first poll."""
        return None if self.status is None else self.status.warning

    def check_for_guest(self) -> None:
        """Raises ``StorageError`` (``host_storage_full``) if space is low: what is left is the operator's."""
        if self._is_low:
            reason = (
                f"less than {self._low_bytes // 1_000_000} MB are free for photos: only the operator can take photos "
                "until there is more space"
            )
            raise StorageError(reason, kind=FailureKind.HOST_STORAGE_FULL)

    def refresh(self) -> None:
        """Poll soon: something was written."""
        self._poll_now.set()

    async def run(self) -> None:
        """Poll every ``POLL_SECONDS`` and on ``refresh``, until cancelled."""
        while True:
            try:
                self._update(await asyncio.to_thread(self._root.free_bytes))
            except StorageError as error:
                self._show(StorageStatus(free_bytes=0, warning=error.reason))
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._poll_now.wait()
            except TimeoutError:
                pass
            self._poll_now.clear()

    def _update(self, free_bytes: int) -> None:
        warning = None
        self._is_low = free_bytes < self._low_bytes
        if self._is_low:
            warning = (
                f"less than {self._low_bytes // 1_000_000} MB are free for photos in {self._root.path}: "
                "free some space, or use another disk"
            )
        self._show(StorageStatus(free_bytes=free_bytes, warning=warning))

    def _show(self, status: StorageStatus) -> None:
        before, self.status = self.warning, status
        if status.warning != before:
            if status.warning is not None:
                log.warning("%s", status.warning)
            self._on_change()
