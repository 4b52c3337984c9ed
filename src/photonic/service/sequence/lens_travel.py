"""The lens of a focus stack: driven from photo to photo, and back to where it was."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol, Self

from photonic.errors import BadInput, CameraError, EndOfStream, FailureKind
from photonic.model.focus import FocusAction

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from types import TracebackType

    from photonic.service.live.waiter import FrameWaiter

STEPS_LIMIT = 50
"""At once; as many as ``POST /focus`` takes."""
SETTLE_SECONDS = 0.3
"""What the lens is given to come to rest before the photo."""
PATIENCE_SECONDS = 20.0
"""How long a camera that recovers, or live view that begins, is waited for at each move."""
AGAIN_SECONDS = 0.5

log = logging.getLogger(__name__)


class LensDrive(Protocol):
    """What a stack needs of a camera."""

    async def focus(self, action: FocusAction, size: int, steps: int) -> None:
        """Drive the lens. Raises ``BadInput``, ``CameraError``."""
        ...


class LensTravel:
    """One stack's travel along ``positions``, in steps of ``size`` from where the lens is.

    While the context lasts, live view is on (``watch``): without it a lens does not answer. ``at``: where the lens is.
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
        """Drive the lens to where photo ``number`` (from 0) is taken. Raises ``BadInput``, ``CameraError``."""
        if await self._drive(self._positions[number]):
            await asyncio.sleep(SETTLE_SECONDS)

    async def home(self) -> str | None:
        """Drive the lens back to where it was; why that is not sure."""
        try:
            await self._drive(0)
        except (BadInput, CameraError) as error:
            where = f"{abs(self.at)} steps {'nearer' if self.at < 0 else 'farther'} than it was"
            return f"the lens could not be driven back, it stands {where}: {error.reason}"
        return "a move of the lens broke off: it may not stand where it was" if self._lost else None

    async def _drive(self, wanted: int) -> bool:
        """Whether it had to move."""
        moved = self.at != wanted
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while self.at != wanted:
                    await self._step(wanted - self.at)
        except TimeoutError:
            reason = f"the lens could not be driven within {PATIENCE_SECONDS:.0f} s: there is no live view"
            raise CameraError(reason, kind=FailureKind.TIMEOUT) from None
        return moved

    async def _step(self, way: int) -> None:
        if self._viewer is None:
            raise CameraError("the sequence has ended", kind=FailureKind.SHUTTING_DOWN)
        steps = min(abs(way), STEPS_LIMIT)
        try:
            # A frame that nobody has seen: the camera is there, and its sensor is on.
            await self._viewer.next()
        except EndOfStream as error:
            raise CameraError(str(error), kind=FailureKind.SHUTTING_DOWN) from error
        try:
            await self._lens.focus(FocusAction.FAR if way > 0 else FocusAction.NEAR, self._size, steps)
        except CameraError as error:
            # It may have been on its way.
            self._lost = True
            log.warning("the lens was not driven: %s", error.reason)
            await asyncio.sleep(AGAIN_SECONDS)
            return
        self.at += steps if way > 0 else -steps
