"""Makes frames smaller: off the event loop, once per size for all viewers, and only while a viewer wants that size."""

from __future__ import annotations

import asyncio
import io
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
WARN_EVERY_SECONDS = 60.0

log = structlog.stdlib.get_logger(__name__)


def reduce(jpeg: bytes | memoryview, scale: Scale) -> bytes | memoryview:
    """The JPEG with each side divided and rounded up; the given one if the result would not be smaller.

    The decoder does the scaling (Pillow's ``draft``). Raises ``ProtocolError`` if it is not a JPEG.
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
    """Makes the newest requested frame of each size.

    ``request`` may be called before ``run``, which does the work.

    Args:
        deliver: Called with each smaller frame, in the event loop's thread.
        clock: Seconds, monotonic.
        unexpected: Counts frames that could not be scaled.
    """

    def __init__(
        self, deliver: Callable[[LiveFrame], None], clock: Callable[[], float], unexpected: Unexpected | None = None
    ) -> None:
        self._deliver = deliver
        self._clock = clock
        self._unexpected = unexpected or Unexpected()
        self._requested: dict[Scale, LiveFrame] = {}
        self._more = asyncio.Event()
        self._warned_at: float | None = None

    def request(self, frame: LiveFrame, scale: Scale) -> None:
        """Make this frame smaller; it replaces one of that size that is still waiting."""
        self._requested[scale] = frame
        self._more.set()

    async def run(self) -> None:
        """Work through the requests in one thread, until cancelled; the thread has ended on return."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, THREAD, initializer=step_back) as thread:
            while True:
                await self._more.wait()
                self._more.clear()
                while self._requested:
                    scale, frame = next(iter(self._requested.items()))
                    del self._requested[scale]
                    jpeg = await loop.run_in_executor(thread, self._reduced, frame.jpeg, scale)
                    self._deliver(frame.reduced(scale, jpeg))

    def _reduced(self, jpeg: bytes | memoryview, scale: Scale) -> bytes | memoryview:
        """The smaller JPEG, or the given one if scaling fails: better than no frame."""
        try:
            return reduce(jpeg, scale)
        except ProtocolError as error:
            self._unexpected.refused(Where.SMALLER_FRAMES)
            now = self._clock()
            if self._warned_at is None or now - self._warned_at >= WARN_EVERY_SECONDS:
                self._warned_at = now
                log.warning("cannot make frames smaller; sending them in full size", reason=str(error))
            return jpeg
