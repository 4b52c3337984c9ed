"""Moves the lens of a focus stack from photo to photo, and back to its initial position."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Self

from photonic.errors import BadInput, CameraError, EndOfStream, FailureKind
from photonic.model.focus import FocusAction

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from types import TracebackType

    from photonic.service.live.waiter import FrameWaiter
    from photonic.service.sequence.camera import LensDrive

STEPS_LIMIT = 50
"""Steps in one command, as for ``POST /focus``."""
SETTLE_SECONDS = 0.3
"""Time for the lens to come to rest before the photo."""
PATIENCE_SECONDS = 20.0
"""How long each move may take, including the wait for a recovering camera or for live view."""
RETRY_SECONDS = 0.5

log = logging.getLogger(__name__)


class LensTravel:
    """Moves the lens through the positions of one stack.

    Use it as a context manager: it keeps live view on until exit, because a lens can be driven only during live view.
    ``at`` is the current lens position, in steps from the initial position.

    Args:
        lens: The camera's lens.
        watch: Returns a context manager that keeps live view on.
        positions: The position for each photo, in steps from the initial position; negative is nearer.
        size: The size of a step, 1 (small) to 3 (large).
    """

    def __init__(
        self,
        lens: LensDrive,
        watch: Callable[[], AbstractContextManager[FrameWaiter]],
        positions: tuple[int, ...],
        size: int,
    ) -> None:
        self._lens = lens
        self._watching = watch()
        self._positions = positions
        self._size = size
        self._viewer: FrameWaiter | None = None
        self._lost = False
        self.at = 0

    def __enter__(self) -> Self:
        self._viewer = self._watching.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watching.__exit__(kind, error, trace)

    async def go(self, number: int) -> None:
        """Move the lens to the position of photo ``number`` (from 0). Raises ``BadInput``, ``CameraError``."""
        if await self._drive(self._positions[number]):
            await asyncio.sleep(SETTLE_SECONDS)

    async def home(self) -> str | None:
        """Move the lens back to its initial position; return a warning if it may not have arrived there."""
        try:
            await self._drive(0)
        except (BadInput, CameraError) as error:
            where = f"{abs(self.at)} steps {'nearer' if self.at < 0 else 'farther'} than before"
            return f"the lens could not be moved back and is {where}: {error.reason}"
        return "a lens movement was interrupted: the lens may not be where it was before" if self._lost else None

    async def _drive(self, wanted: int) -> bool:
        """Move the lens to position ``wanted``; return whether it had to move."""
        moved = self.at != wanted
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while self.at != wanted:
                    await self._step(wanted - self.at)
        except TimeoutError:
            reason = f"the lens could not be moved within {PATIENCE_SECONDS:.0f} s: live view was not running"
            raise CameraError(reason, kind=FailureKind.TIMEOUT) from None
        return moved

    async def _step(self, distance: int) -> None:
        if self._viewer is None:
            raise CameraError("the sequence has ended", kind=FailureKind.SHUTTING_DOWN)
        steps = min(abs(distance), STEPS_LIMIT)
        try:
            # A new frame shows that the camera is connected and its sensor is on.
            await self._viewer.next()
        except EndOfStream as error:
            raise CameraError(str(error), kind=FailureKind.SHUTTING_DOWN) from error
        try:
            await self._lens.focus(FocusAction.FAR if distance > 0 else FocusAction.NEAR, self._size, steps)
        except CameraError as error:
            # The lens may have moved part of the way.
            self._lost = True
            log.warning("the lens was not moved: %s", error.reason)
            await asyncio.sleep(RETRY_SECONDS)
            return
        self.at += steps if distance > 0 else -steps
