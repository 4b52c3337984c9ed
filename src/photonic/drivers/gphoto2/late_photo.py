"""Keeps live view running while a photo is late, and detects a removed card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.errors import CameraError, CaptureError, FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.buttons import Buttons
    from photonic.drivers.gphoto2.camera import GphotoCamera
    from photonic.drivers.gphoto2.preview_stream import PreviewStream
    from photonic.worker.roles import ParentLink

CARD_EVERY_SECONDS = 2.0


class LatePhotoWatch:
    """Called repeatedly while a photo is late; exists as long as its session.

    Args:
        camera: The open camera.
        live: Its live view.
        buttons: Its buttons, whose release is retried.
        outbox: Receives the frames.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        camera: GphotoCamera,
        live: PreviewStream,
        buttons: Buttons,
        outbox: ParentLink,
        clock: Callable[[], float],
    ) -> None:
        self._camera = camera
        self._live = live
        self._buttons = buttons
        self._outbox = outbox
        self._clock = clock
        self._card_at = clock()

    def step(self, *, in_ram: bool) -> None:
        """Send a frame, and check for the card now and then, unless photos go to the camera's RAM (``in_ram``).

        Raises ``CaptureError`` (NO_CARD), and ``CameraError`` if the connection broke.
        """
        self._buttons.retry()
        if not in_ram and self._clock() >= self._card_at:
            self._card_at = self._clock() + CARD_EVERY_SECONDS
            if not self._camera.has_storage():
                raise CaptureError(
                    "the camera's card was removed during the shot; put it back, and a photo on it will be imported",
                    kind=FailureKind.NO_CARD,
                )
        if not self._live.on:
            return
        try:
            jpeg = self._live.frame()
        except CameraError as error:
            if not faults.connection_good(error):
                raise
            return  # the reason for the refusal is reported after the shot
        if jpeg is not None:
            self._outbox.frame(round(self._clock() * 1_000_000), jpeg)
