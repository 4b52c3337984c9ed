"""Smaller pictures, made off the event loop, once for all who want that size, and only while somebody does."""

from __future__ import annotations

import asyncio
import io
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import structlog
from PIL import Image

from photonic.errors import ProtocolError
from photonic.service.base.threads import step_back
from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.media.decoding import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.model.frame import Scale
    from photonic.service.live.frames import LiveFrame

QUALITY = 80
THREAD = "reducer"
COMPLAIN_EVERY_SECONDS = 60.0

log = structlog.stdlib.get_logger(__name__)


def reduce(jpeg: bytes | memoryview, scale: Scale) -> bytes | memoryview:
    """The picture with each side divided, rounded up; the given one where that would be no smaller.

    The decoder does the work on its coefficients (``draft``). Raises ``ProtocolError`` for what is no picture.
    """

    def fit(width: int, height: int) -> tuple[int, int]:
        return -(-width // scale.divisor), -(-height // scale.divisor)

    made = io.BytesIO()
    with opened(jpeg, fit) as (picture, size):
        exif, profile = picture.info.get("exif"), picture.info.get("icc_profile")
        smaller = picture if picture.size == size else picture.resize(size, Image.Resampling.BOX)
        smaller.save(made, "JPEG", quality=QUALITY, exif=exif or b"", icc_profile=profile, comment=b"")
    return made.getvalue() if made.tell() < len(jpeg) else jpeg


class Downscaler:
    """Makes the newest wanted frame of each size; ``deliver`` gets it, in the event loop's thread.

    ``want`` may be called while nothing runs: the work begins with ``run``.
    """

    def __init__(self, deliver: Callable[[LiveFrame], None], unexpected: Unexpected | None = None) -> None:
        self._deliver = deliver
        self._unexpected = unexpected or Unexpected()
        self._wanted: dict[Scale, LiveFrame] = {}
        self._more = asyncio.Event()
        self._complained_at: float | None = None

    def want(self, frame: LiveFrame, scale: Scale) -> None:
        """Have this frame made smaller; a frame that still waits for that is replaced."""
        self._wanted[scale] = frame
        self._more.set()

    async def run(self) -> None:
        """Do what is wanted, in one thread, until cancelled; then the thread has ended."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, THREAD, initializer=step_back) as thread:
            while True:
                await self._more.wait()
                self._more.clear()
                while self._wanted:
                    scale, frame = next(iter(self._wanted.items()))
                    del self._wanted[scale]
                    jpeg = await loop.run_in_executor(thread, self._reduced, frame.jpeg, scale)
                    self._deliver(frame.reduced(scale, jpeg))

    def _reduced(self, jpeg: bytes | memoryview, scale: Scale) -> bytes | memoryview:
        """A frame that cannot be made smaller is better than none."""
        try:
            return reduce(jpeg, scale)
        except ProtocolError as error:
            self._unexpected.refused(Where.SMALLER_FRAMES)
            now = time.monotonic()
            if self._complained_at is None or now - self._complained_at >= COMPLAIN_EVERY_SECONDS:
                self._complained_at = now
                log.warning("pictures cannot be made smaller; viewers get them as they are", reason=str(error))
            return jpeg
