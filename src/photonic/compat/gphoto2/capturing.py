"""Takes photos: one, or one at each interval (``capture_generic`` in gphoto2's ``main.c``)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from photonic.compat.gphoto2.results import ENDS_CAPTURING, ActionFailed, failed
from photonic.errors import ServiceError

if TYPE_CHECKING:
    from photonic.client.camera import CameraClient
    from photonic.compat.gphoto2.arrivals import Arrivals
    from photonic.compat.gphoto2.console import Console
    from photonic.compat.gphoto2.new_photos import NewPhotos
    from photonic.compat.gphoto2.run_options import RunOptions
    from photonic.compat.gphoto2.run_signals import RunSignals
    from photonic.model.api import CaptureRecord

SESSION = "gphoto2"
ON_SIGNAL = -1
"""The interval that means: a photo at each SIGUSR1."""

EVENT_SLICE_SECONDS = 10.0


class Capturing:
    """Takes photos with one camera.

    Args:
        camera: Its client.
        options: Interval, number of frames, exposure time.
        arrivals: Other new photos.
        photos: What happens with new photos.
        console: Where progress is printed.
        signals: End or hasten a series.
    """

    def __init__(
        self,
        camera: CameraClient,
        options: RunOptions,
        *,
        arrivals: Arrivals,
        photos: NewPhotos,
        console: Console,
        signals: RunSignals,
    ) -> None:
        self._camera = camera
        self._options = options
        self._arrivals = arrivals
        self._photos = photos
        self._console = console
        self._signals = signals
        self._taken = 0
        self._due = 0.0

    async def take(self, *, download: bool) -> None:
        """Take the photos of one ``--capture-image``, and download them. Raises ``ActionFailed``, ``ServiceError``.

        Some failures do not end the command, and it exits with 0 after them, as gphoto2 does.
        """
        interval, frames = self._options.interval_seconds, self._options.frames
        self._due = asyncio.get_running_loop().time() + interval
        self._introduce(interval)
        await self._arrivals.begin()
        frame = 0
        while True:
            frame += 1
            if interval:
                self._console.note(f"Capturing frame #{frame}{f'/{frames}' if frames else ''}...")
            record = await self._photographed()
            files = () if record is None else record.files
            if record is not None and not await self._photos.announce(
                [(record, photo) for photo in files], download=download
            ):
                return
            if not interval or frame == frames or self._signals.end_next or self._signals.cancelled:
                return
            if not await self._until_due(interval, download=download):
                return

    async def trigger(self) -> None:
        """Ask for a photo, and do not wait for it. Raises ``ActionFailed``."""
        await self._arrivals.begin()
        self._taken += 1
        try:
            await self._camera.capture(SESSION, self._taken, answer_at="accepted")
        except ServiceError as error:
            self._console.failure("Could not trigger capture.")
            raise failed(error) from error

    async def photograph(self) -> CaptureRecord:
        """Take one photo; its files are no arrivals. Raises ``ServiceError``."""
        self._taken += 1
        bulb = float(self._options.bulb_seconds) or None
        answer = await self._camera.capture(SESSION, self._taken, bulb_seconds=bulb)
        record = await self._camera.get_capture(answer.capture_id or "")
        self._arrivals.mark(record)
        return record

    def _introduce(self, interval: int) -> None:
        if interval == ON_SIGNAL:
            self._console.note("Standing by waiting for SIGUSR1 to capture.")
        elif interval:
            self._console.note(f"Time-lapse mode enabled (interval: {interval}s).")
        if self._options.bulb_seconds:
            self._console.note(f"Bulb mode enabled (exposure time: {self._options.bulb_seconds}s).")

    async def _photographed(self) -> CaptureRecord | None:
        """Take one photo; ``None``: it failed, which is printed, and the series continues."""
        try:
            return await self.photograph()
        except ServiceError as error:
            problem = failed(error)
            self._console.reason(problem.reason)
            self._console.failure("Could not capture image.")
            self._console.failure("Could not capture.")
            if problem.code in ENDS_CAPTURING:
                raise ActionFailed(problem.code) from error
            return None

    async def _until_due(self, interval: int, *, download: bool) -> bool:
        """Wait for the next photo of a series, and handle others meanwhile; whether there is a next one."""
        now = asyncio.get_running_loop().time
        if interval == ON_SIGNAL:
            while not (self._signals.capture_now or self._signals.cancelled or self._signals.end_next):
                if not await self._handle_events(EVENT_SLICE_SECONDS, download=download):
                    return False
            return self._awakened()
        remaining = self._due - now()
        if remaining > 0:
            self._console.note(f"Waiting for next capture slot {int(remaining)} seconds...")
            while (remaining := self._due - now()) > 0 and not (self._signals.capture_now or self._signals.cancelled):
                if self._signals.end_next:
                    return False
                if not await self._handle_events(remaining, download=download):
                    return False
        else:
            self._console.note(f"not sleeping ({int(-remaining)} seconds behind schedule)")
        if self._signals.capture_now:
            if self._options.reset_interval:
                self._due = now() + interval
            return self._awakened()
        self._due += interval * max(1, -int((self._due - now()) // interval))
        return not self._signals.cancelled

    def _awakened(self) -> bool:
        if self._signals.take_capture_now():
            self._console.note("Awakened by SIGUSR1...")
        return not (self._signals.cancelled or self._signals.end_next)

    async def _handle_events(self, seconds: float, *, download: bool) -> bool:
        files = await self._signals.until_signal(self._arrivals.next(seconds))
        return await self._photos.announce(files, download=download) if files else True
