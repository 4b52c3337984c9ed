"""The driver for cameras that only deliver pictures: without a card, a shutter or a lens to focus."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.drivers.webcam.settings import WebcamSettings
from photonic.drivers.webcam.sources import source_of
from photonic.drivers.webcam.staging import stage
from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.model.camera_address import SourceAddress
from photonic.model.exposure_end import ExposureEnd
from photonic.model.frame import is_whole_jpeg
from photonic.worker.link.card_messages import CardListed, ObjectsFetched
from photonic.worker.link.messages import CameraOpened, Captured, CaptureProgressed, Facts
from photonic.worker.link.setting_messages import SettingsRead

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from photonic.drivers.webcam.source import Source
    from photonic.model.focus import FocusAction
    from photonic.worker.link.card_messages import CardObject
    from photonic.worker.link.messages import Capture, Configure, Profiles
    from photonic.worker.link.setting_messages import LookAt
    from photonic.worker.roles import ParentLink

OPEN_SECONDS = 20.0
CALL_SECONDS = 15.0
PICTURE_SECONDS = 0.9
"""Four attempts without a picture take less time than live view has before it is restarted."""

STILL_SECONDS = 15.0
CHECK_EVERY_SECONDS = 5.0
NO_SHUTTER = "this camera has no shutter to hold open: take the photo without bulb_seconds"


class WebcamDriver:
    """One source of pictures as a camera; implements ``worker.roles.Driver``.

    Args:
        outbox: The link to the parent.
        make: Creates the source of an address.
        clock: Seconds of CLOCK_MONOTONIC.
        wall: Seconds since 1970.
    """

    def __init__(
        self,
        outbox: ParentLink,
        *,
        make: Callable[[SourceAddress], Source] = source_of,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._outbox = outbox
        self._make = make
        self._clock = clock
        self._wall = wall
        self._source: Source | None = None
        self._settings: WebcamSettings | None = None
        self._viewing = False
        self._facts_sent = False
        self._check_at = 0.0

    def open(self, configure: Configure) -> CameraOpened:
        """Open the source. Raises ``BadInput`` for an invalid address, ``CameraError``."""
        source = self._make(SourceAddress.parse(configure.address))
        self._source = source
        self._settings = WebcamSettings(source)
        with self._outbox.calling("open", OPEN_SECONDS):
            identity = source.open()
        if configure.expected_serial is not None and configure.expected_serial != identity.serial:
            raise CameraError(
                f"found a different camera: {identity.serial} instead of {configure.expected_serial}; "
                "connect the right one, or change the configured camera",
                kind=FailureKind.CAMERA_ABSENT,
            )
        if configure.profiles is not None:
            self.apply(configure.profiles)
        self._check_at = self._clock() + CHECK_EVERY_SECONDS
        return CameraOpened(
            serial=identity.serial,
            model=identity.model,
            manufacturer=identity.manufacturer,
            version=identity.version,
            live_view=True,
            has_card=False,
            capture_target="host",
        )

    def apply(self, profiles: Profiles) -> None:
        """Keep these settings in force. Raises ``BadInput``, in which case nothing was changed; ``CameraError``."""
        with self._outbox.calling("set", CALL_SECONDS):
            self._held.apply(profiles)

    def settings(self) -> SettingsRead:
        """The controls of a device; other sources have none. Raises ``CameraError``."""
        with self._outbox.calling("get", CALL_SECONDS):
            return SettingsRead(settings=self._held.listed())

    def change(self, values: Mapping[str, str]) -> None:
        """Set these now, all or none. Raises ``BadInput`` with field and choices; ``CameraError``."""
        with self._outbox.calling("set", CALL_SECONDS):
            self._held.change(values)

    def focus(self, action: FocusAction, size: int, steps: int) -> None:  # noqa: ARG002 - the role's signature
        """Raise ``BadInput``: a webcam's focus is a setting."""
        raise BadInput(
            "this camera cannot be focused on command; a webcam may have focus_automatic_continuous and focus_absolute "
            "among its settings",
            field="action",
        )

    def look(self, wanted: LookAt) -> None:  # noqa: ARG002 - the role's signature
        """Raise ``CameraError``: NOT_SUPPORTED."""
        raise CameraError(
            "this camera has no view options; a webcam may have zoom_absolute among its settings",
            kind=FailureKind.NOT_SUPPORTED,
        )

    def start_preview(self) -> None:
        """Start pictures. Raises ``CameraError``."""
        with self._outbox.calling("start", CALL_SECONDS):
            self._open.start()
        self._viewing = True

    def stop_preview(self) -> None:
        """Stop pictures. Raises ``CameraError``."""
        self._viewing = False
        with self._outbox.calling("stop", CALL_SECONDS):
            self._open.stop()

    def preview(self) -> bytes | None:
        """The next picture, if it arrives soon. Raises ``CameraError``."""
        with self._outbox.calling("preview", CALL_SECONDS):
            return self._open.picture(PICTURE_SECONDS)

    def capture(self, command: Capture, cancelled: Callable[[], bool]) -> None:
        """Store the best picture that the source has. Raises ``CaptureError``, ``CameraError``."""
        if command.options.bulb_seconds is not None:
            raise CaptureError(NO_SHUTTER, kind=FailureKind.NOT_SUPPORTED)
        self._progress(command, "preparing")
        if cancelled():
            raise CaptureError("the capture was cancelled", kind=FailureKind.CANCELLED)
        self._progress(command, "exposing")
        with (
            self._outbox.calling("still", STILL_SECONDS + CALL_SECONDS),
            self._held.for_capture(command.options.settings),
        ):
            jpeg = self._open.still(STILL_SECONDS)
        if not is_whole_jpeg(jpeg):
            raise CaptureError("the camera sent an incomplete JPEG; try again", kind=FailureKind.CAMERA_FAULT)
        self._progress(command, "downloading", ExposureEnd.PICTURE)
        self._outbox.send(stage(jpeg, Path(command.staging), command.capture_id, self._wall()))
        self._outbox.send(Captured(capture_id=command.capture_id))

    def list_card(self) -> CardListed:
        """A webcam has no card."""
        return CardListed(card=None)

    def fetch(self, objects: Sequence[CardObject], staging: str) -> ObjectsFetched:  # noqa: ARG002 - the role's signature
        """Do nothing: a webcam has no card."""
        return ObjectsFetched()

    def delete(self, wanted: CardObject) -> None:
        """Raise ``BadInput``: a webcam has no card."""
        raise BadInput(f"there is no {wanted.name}: this camera has no card")

    def settle(self) -> None:
        """Send the facts once, and check now and then that the source still exists while live view is off.

        Raises ``CameraError``.
        """
        if not self._facts_sent:
            self._facts_sent = True
            self._outbox.send(Facts(storage_available=False))
        now = self._clock()
        if not self._viewing and now >= self._check_at:
            with self._outbox.calling("check", CALL_SECONDS):
                self._open.check()
            self._check_at = self._clock() + CHECK_EVERY_SECONDS

    def reopenable(self, failure: CameraError) -> bool:  # noqa: ARG002 - the role's signature
        """Always true: a source can be reopened in this process."""
        return True

    def close(self) -> None:
        """Close the source."""
        if (source := self._source) is not None:
            self._source = self._settings = None
            source.close()

    def _progress(self, command: Capture, phase: str, exposed_from: ExposureEnd | None = None) -> None:
        self._outbox.send(
            CaptureProgressed(
                capture_id=command.capture_id,
                phase=phase,
                remaining_seconds=STILL_SECONDS + CALL_SECONDS,
                exposed_from=exposed_from,
            )
        )

    @property
    def _open(self) -> Source:
        if self._source is None:
            raise CameraError("the camera is not open", kind=FailureKind.DISCONNECTED)
        return self._source

    @property
    def _held(self) -> WebcamSettings:
        if self._settings is None:
            raise CameraError("the camera is not open", kind=FailureKind.DISCONNECTED)
        return self._settings
