"""Waits for events of the camera, and downloads photos (``action_camera_wait_event`` in gphoto2's ``actions.c``)."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.compat.gphoto2.results import ActionFailed, ResultCode
from photonic.errors import ServiceError

if TYPE_CHECKING:
    from photonic.compat.gphoto2.arrivals import Arrivals
    from photonic.compat.gphoto2.capturing import Capturing
    from photonic.compat.gphoto2.console import Console
    from photonic.compat.gphoto2.new_photos import NewFile, NewPhotos
    from photonic.compat.gphoto2.run_options import RunOptions
    from photonic.compat.gphoto2.run_signals import RunSignals

FILE_ADDED = "FILEADDED"
CAPTURE_COMPLETE = "CAPTURECOMPLETE"
SLICE_SECONDS = 10.0
_EXTENT = re.compile(r"(\d+)(f|ms|s)?.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class WaitExtent:
    """How long to wait; ``None`` each: no such limit.

    Args:
        text: The line that says it.
        events: Number of events.
        frames: Number of new files.
        seconds: Time.
        event: Name of an event, or a part of it.
    """

    text: str
    events: int | None = None
    frames: int | None = None
    seconds: float | None = None
    event: str | None = None


def wait_extent(argument: str | None) -> WaitExtent:
    """Read the argument of ``--wait-event``: ``5`` events, ``3f`` files, ``10s``, ``200ms``, or an event's name."""
    ending = "Press Ctrl-C to abort."
    if not argument:
        return WaitExtent(f"Waiting for events from camera. {ending}")
    found = _EXTENT.fullmatch(argument)
    if found is None:
        return WaitExtent(f"Waiting for '{argument}' event from camera. {ending}", event=argument)
    number = int(found[1])
    match found[2]:
        case "f" if argument.endswith("f"):
            return WaitExtent(f"Waiting for {number} frames from the camera. {ending}", frames=number)
        case "ms" if argument.endswith("ms"):
            text = f"Waiting for {number} milliseconds for events from camera. {ending}"
            return WaitExtent(text, seconds=number / 1000)
        case "s" if argument.endswith("s"):
            return WaitExtent(f"Waiting for {number} seconds for events from camera. {ending}", seconds=float(number))
        case _:
            return WaitExtent(f"Waiting for {number} events from camera. {ending}", events=number)


class Waiting:
    """Waits for new photos of one camera.

    Args:
        options: Say which files stay on the camera.
        capturing: Takes a photo at a signal.
        arrivals: The new photos.
        photos: What happens with them.
        console: Where events are printed.
        signals: End the wait.
    """

    def __init__(
        self,
        options: RunOptions,
        capturing: Capturing,
        *,
        arrivals: Arrivals,
        photos: NewPhotos,
        console: Console,
        signals: RunSignals,
    ) -> None:
        self._options = options
        self._arrivals = arrivals
        self._photos = photos
        self._capturing = capturing
        self._console = console
        self._signals = signals

    async def wait(self, argument: str | None, *, download: bool) -> None:
        """Print events until enough have come. Raises ``ActionFailed``, ``ServiceError``."""
        extent = wait_extent(argument)
        self._console.line(extent.text)
        await self._arrivals.begin()
        self._signals.end_next = False
        loop = asyncio.get_running_loop()
        until = None if extent.seconds is None else loop.time() + extent.seconds
        events = frames = 0
        while not self._signals.cancelled:
            if self._signals.end_next:
                self._console.line("SIGUSR2 signal received, stopping wait!")
                self._signals.end_next = False
                return
            if extent.event is not None and extent.event in "TIMEOUT":
                self._found()
                return
            if _reached(events, extent.events) or _reached(frames, extent.frames):
                return
            remaining = SLICE_SECONDS if until is None else until - loop.time()
            if remaining <= 0:
                return
            for file in await self._next(min(remaining, SLICE_SECONDS)):
                frames += 1
                events += 2
                if await self._on_file(file, extent, download=download) or _reached(frames, extent.frames):
                    return
                if self._on_complete(file, extent):
                    return

    async def _next(self, seconds: float) -> list[NewFile]:
        if self._signals.take_capture_now():
            self._console.line("SIGUSR1 signal received, triggering capture!")
            try:
                record = await self._capturing.photograph()
            except ServiceError as error:
                self._console.reason(error.reason)
                return []
            return [(record, photo) for photo in record.files]
        return await self._signals.until_signal(self._arrivals.next(seconds)) or []

    async def _on_file(self, file: NewFile, extent: WaitExtent, *, download: bool) -> bool:
        """Handle a new file; whether it is the event that was waited for."""
        copy = self._photos.named(file)
        if not download or (self._options.keep_raw and copy.raw):
            self._console.line(f"{FILE_ADDED} {copy.name} {copy.folder}")
        else:
            if not await self._photos.save(copy):
                raise ActionFailed(ResultCode.UNSPECIFIED)
            await self._photos.discard([copy], of=len(file[0].files))
        if extent.event is not None and extent.event in FILE_ADDED:
            self._found()
            return True
        return False

    def _on_complete(self, file: NewFile, extent: WaitExtent) -> bool:
        """Say that a photo is complete after its last file; whether that was waited for."""
        if file[1] != file[0].files[-1]:
            return False
        self._console.line(CAPTURE_COMPLETE)
        if extent.event is None or extent.event not in CAPTURE_COMPLETE:
            return False
        self._found()
        return True

    def _found(self) -> None:
        self._console.line("event found, stopping wait!")


def _reached(count: int, limit: int | None) -> bool:
    return limit is not None and count >= limit
