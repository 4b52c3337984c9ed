"""The interface between the routes and one camera.

``CameraController`` implements it in the service. It is a protocol because the tests of every route run on a second
implementation, a camera without a device (``tests``): the type checker holds both to one interface.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from photonic.model.api import (
        CapturePage,
        CaptureRecord,
        CaptureRequest,
        CaptureStatusAnswer,
        ConfigRequest,
        FocusRequest,
        PhotoFile,
        StatusAnswer,
    )
    from photonic.model.exposure_end import ExposureEnd
    from photonic.model.health import CameraHealth
    from photonic.model.profile import ProfileList
    from photonic.model.reach import Reach
    from photonic.model.requester import Requester
    from photonic.model.saved import SaveLevel
    from photonic.model.sequence import SequencePage, SequenceRecord, SequenceReport, SequenceRequest
    from photonic.model.setting import SettingList
    from photonic.model.setting_name import SettingName
    from photonic.model.status import Snapshot
    from photonic.model.verification import VerificationStatus
    from photonic.model.view_options import ViewOptions
    from photonic.service.base.unexpected import Unexpected
    from photonic.service.http.gallery_control import GalleryControl
    from photonic.service.live.hub import Hub


class AcceptedCapture(Protocol):
    """One accepted capture."""

    @property
    def id(self) -> str:
        """The capture's id."""
        ...

    @property
    def record(self) -> CaptureRecord:
        """Its current record."""
        ...

    @property
    def exposed_from(self) -> ExposureEnd | None:
        """What told that its exposure is over; ``None`` until then."""
        ...

    async def exposure_over(self) -> CaptureRecord:
        """Wait until its exposure is over or it has ended; cancelling the wait does not affect the capture."""
        ...

    async def ended(self) -> CaptureRecord:
        """Wait for the final record; cancelling the wait does not affect the capture."""
        ...


class SettingsControl(Protocol):
    """The settings of one camera."""

    @property
    def held(self) -> Mapping[str, str]:
        """Values that every capture uses, by common name, regardless of the camera's current settings."""
        ...

    async def read(self) -> SettingList:
        """Read all settings. Raises ``CameraError``."""
        ...

    async def value(self, name: SettingName) -> str | None:
        """A common setting as the next capture uses it; ``None``: the camera does not have it. Raises ``CameraError``.

        The camera is queried only if nothing is known of it yet.
        """
        ...

    async def change(self, values: Mapping[str, str]) -> SettingList:
        """Change all of these settings or none. Raises ``BadInput``, ``CameraError``."""
        ...


class ProfileControl(Protocol):
    """The named profiles of one camera."""

    def listed(self) -> ProfileList:
        """All profiles, and the active one."""
        ...

    async def choose(self, name: str | None) -> ProfileList:
        """Activate a profile; ``None`` deactivates the active one. Raises ``BadInput``, ``CameraError``."""
        ...


class SequenceControl(Protocol):
    """The sequences of one camera."""

    @property
    def running(self) -> SequenceRecord | None:
        """The running sequence."""
        ...

    async def submit(
        self, request: SequenceRequest, idempotency_key: str | None, requester: Requester
    ) -> tuple[SequenceRecord, bool]:
        """Accept a sequence; ``requester`` owns its photos. The second value is false if it used the key before.

        Raises ``CaptureError``, ``StorageError``, ``BadInput``.
        """
        ...

    async def cancel(self, sequence_id: str) -> SequenceRecord:
        """End a sequence between two frames. Raises ``CaptureError``, ``StorageError``."""
        ...

    async def report(self, sequence_id: str, first: int, limit: int) -> SequenceReport:
        """A sequence with up to ``limit`` frames from ``first`` on. Raises ``CaptureError``, ``StorageError``."""
        ...

    async def page(self, cursor: str | None, limit: int, owner: str | None) -> SequencePage:
        """Sequences of ``owner`` (``None``: of all), newest first, after ``cursor``.

        Raises ``BadInput``, ``StorageError``.
        """
        ...


class VerificationControl(Protocol):
    """The checks of one camera's stored photos."""

    def status(self) -> VerificationStatus:
        """The check in progress and the last ones."""
        ...

    def request(self, *, repair: bool, adopt: bool) -> VerificationStatus:
        """Begin a check; never waits."""
        ...


class CameraControl(Protocol):
    """One camera as the routes see it. Statuses come from memory: they touch neither the camera nor the disk."""

    @property
    def camera_id(self) -> str:
        """The configured name, or the serial number."""
        ...

    @property
    def serial(self) -> str | None:
        """The serial number; ``None`` until the camera has been opened once."""
        ...

    @property
    def address(self) -> str:
        """The configured address of the camera."""
        ...

    @property
    def hub(self) -> Hub:
        """Distributes the frames of its live view."""
        ...

    @property
    def saved_levels(self) -> Mapping[SaveLevel, int]:
        """How many captures reached each level of "saved" before they were answered, since the service started."""
        ...

    @property
    def outages(self) -> int:
        """How often the camera or its process was lost since the service started."""
        ...

    @property
    def unexpected(self) -> Unexpected:
        """Counts invalid data from the camera, and failures in handling it."""
        ...

    @property
    def settings(self) -> SettingsControl:
        """Its settings."""
        ...

    @property
    def profiles(self) -> ProfileControl:
        """Its named profiles."""
        ...

    @property
    def sequences(self) -> SequenceControl:
        """Its bursts, time-lapses, brackets and focus stacks."""
        ...

    @property
    def gallery(self) -> GalleryControl:
        """Its photos."""
        ...

    @property
    def verification(self) -> VerificationControl:
        """The checks of its stored photos."""
        ...

    async def run(self) -> None:
        """Own the camera until cancelled, then release it properly."""
        ...

    def answers(self, camera_id: str) -> bool:
        """Whether ``camera_id`` is the name or the serial number of this camera."""
        ...

    def snapshot(self) -> Snapshot:
        """The whole current status."""
        ...

    async def changed(self, boot_id: str, rev: int, timeout_seconds: float) -> Snapshot:
        """Wait for a status of another boot or newer than ``rev``; on timeout, return the current one."""
        ...

    def snapshots(self) -> AsyncIterator[Snapshot]:
        """The current status, again on every change, and at least every second."""
        ...

    async def connect(self) -> None:
        """Open the camera and keep it open. Raises ``CameraError``."""
        ...

    async def disconnect(self) -> None:
        """Release the camera until ``connect`` is called."""
        ...

    async def start_live(self) -> None:
        """Start live view, or restart it if it is stuck. Raises ``CameraError``."""
        ...

    async def stop_live(self) -> None:
        """Close the compat API's streams; live view stops when no other viewer is left."""
        ...

    async def apply(self, config: ConfigRequest) -> None:
        """Apply all given settings or none. Raises ``BadInput``, ``CameraError``."""
        ...

    async def focus(self, request: FocusRequest) -> None:
        """Focus without taking a photo. Raises ``BadInput``, ``CameraError``."""
        ...

    async def look(self, wanted: ViewOptions) -> None:
        """Change what live view shows. Raises ``BadInput``, ``CameraError``."""
        ...

    def status(self) -> StatusAnswer:
        """The status in the compat API's form."""
        ...

    def capture_status(self) -> CaptureStatusAnswer:
        """The capture status in the compat API's form, with the snapshot."""
        ...

    def health(self) -> CameraHealth:
        """Viewers, recovery attempts and free space on the card."""
        ...

    async def submit(
        self, request: CaptureRequest, idempotency_key: str | None, requester: Requester
    ) -> AcceptedCapture:
        """Accept a capture; ``requester`` owns its photo. Raises ``CaptureError``, ``StorageError``, ``BadInput``."""
        ...

    async def index_read(self) -> None:
        """Wait until the index of captures has been read. Raises ``StorageError``."""
        ...

    async def knows_key(self, idempotency_key: str, requester: Requester) -> bool:
        """Whether ``requester`` has requested a capture with this key before; false also if that is unknown."""
        ...

    def current_capture(self, capture_id: str) -> CaptureRecord | None:
        """A capture that runs or has just ended; ``None`` for any other id."""
        ...

    async def capture(self, capture_id: str) -> CaptureRecord | None:
        """A capture, running or ended; ``None`` if the id is unknown. Raises ``StorageError``."""
        ...

    async def captures_page(self, cursor: str | None, limit: int, reach: Reach) -> CapturePage:
        """The captures within reach, newest first, after ``cursor``.

        Raises ``BadInput`` for an invalid cursor, ``StorageError``.
        """
        ...

    async def cancel(self, capture_id: str) -> CaptureRecord:
        """Cancel a capture that has not been exposed yet. Raises ``CaptureError`` when it is too late."""
        ...

    async def photo(self, photo_id: str) -> tuple[PhotoFile, Path] | None:
        """A photo and its path; ``None`` if the id is unknown. Raises ``StorageError``."""
        ...
