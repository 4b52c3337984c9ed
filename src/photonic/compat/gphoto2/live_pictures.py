"""Saves frames of live view: one as a preview, many as a film (motion JPEG)."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.compat.gphoto2.results import ActionFailed, ResultCode
from photonic.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from typing import BinaryIO

    from photonic.client.camera import CameraClient
    from photonic.client.live import LiveView
    from photonic.compat.gphoto2.console import Console
    from photonic.compat.gphoto2.run_options import RunOptions
    from photonic.compat.gphoto2.run_signals import RunSignals
    from photonic.compat.gphoto2.saving import FileSaver

FILM = "movie.mjpg"
_NUMBER = re.compile(r"\s*(\d+)")


class LivePictures:
    """Live view of one camera.

    Args:
        camera: Its client.
        view: Opens its live view.
        options: Say where the pictures go.
        saver: Saves previews.
        console: Where films report.
        signals: End a film.
    """

    def __init__(
        self,
        camera: CameraClient,
        view: Callable[[], LiveView],
        *,
        options: RunOptions,
        saver: FileSaver,
        console: Console,
        signals: RunSignals,
    ) -> None:
        self._camera = camera
        self._view = view
        self._options = options
        self._saver = saver
        self._console = console
        self._signals = signals

    async def save_preview(self) -> None:
        """Save the newest frame. Raises ``ActionFailed``, ``ServiceError``."""
        await self._saver.save_preview(await self._camera.snapshot_jpg(), "capture_preview")

    async def film(self, argument: str | None) -> None:
        """Save frames: so many, for so many seconds (``10s``), or until a signal. Raises ``ActionFailed``."""
        found = _NUMBER.match(argument or "")
        number = int(found[1]) if found else 0
        seconds = float(number) if argument and "s" in argument else None
        target = "stdout" if self._options.stdout else FILM
        self._console.error(_title(argument, target, number))
        # gphoto2 takes one frame more than it is asked for.
        wanted = number + 1 if argument and seconds is None else None
        async with AsyncExitStack() as stack:
            file = self._console.stream if self._options.stdout else stack.enter_context(self._film_file())
            taken = await self._write(file, wanted, seconds)
        self._console.error(f"Movie capture finished ({taken} frames)")

    def _film_file(self) -> BinaryIO:
        try:
            return Path(FILM).open("wb")
        except OSError as error:
            self._console.failure(f"Could not open '{FILM}'.")
            raise ActionFailed(ResultCode.UNSPECIFIED) from error

    async def _write(self, file: BinaryIO, wanted: int | None, seconds: float | None) -> int:
        """Write frames; returns how many there were."""
        loop = asyncio.get_running_loop()
        until = None if seconds is None else loop.time() + seconds
        taken = 0
        async with aclosing(self._frames()) as frames:
            async for jpeg in frames:
                file.write(jpeg)
                file.flush()
                taken += 1
                if self._signals.end_next:
                    self._console.error("Movie capture: SIGUSR2 signal received, stopping capture!")
                    self._signals.end_next = False
                    return taken
                if self._signals.cancelled:
                    self._console.error("Ctrl-C pressed ... Exiting.")
                    return taken
                if taken == wanted or (until is not None and loop.time() >= until):
                    return taken
        self._console.failure("Movie capture error... Exiting.")
        return taken

    async def _frames(self) -> AsyncGenerator[bytes]:
        """Frames until live view ends; none if the camera has none."""
        try:
            await self._camera.snapshot_jpg()
        except ServiceError as error:
            self._console.reason(error.reason)
            return
        async with self._view() as view:
            async for frame in view:
                yield frame.jpeg


def _title(argument: str | None, target: str, number: int) -> str:
    if argument is None:
        return f"Capturing preview frames as movie to '{target}'. Press Ctrl-C to abort."
    if "s" in argument:
        return f"Capturing preview frames as movie to '{target}' for {number} seconds."
    return f"Capturing {number} preview frames as movie to '{target}'."
