"""What the HTTP surface needs of a station, as roles: the routes know these, never how a station does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping
    from contextlib import AbstractAsyncContextManager, AbstractContextManager
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
    from photonic.model.gallery import ThumbnailSize
    from photonic.model.health import CameraHealth, ViewerHealth
    from photonic.model.hints import Hints
    from photonic.model.profile import ProfileList
    from photonic.model.sequence import SequencePage, SequenceRecord, SequenceReport, SequenceRequest
    from photonic.model.setting import SettingList
    from photonic.model.status import Snapshot
    from photonic.model.view_options import ViewOptions
    from photonic.service.base.unexpected import Unexpected
    from photonic.service.library.sessions import Order
    from photonic.service.live.frames import Form, LiveFrame
    from photonic.service.live.sender import FrameSender
    from photonic.service.live.subscriber import StatusText


class FrameViewer(Protocol):
    """One viewer's slot: the newest frame that it has not seen."""

    async def next(self, timeout_seconds: float | None = None) -> LiveFrame:
        """The newest unseen frame.

        Raises ``TimeoutError`` after the time, and ``EndOfStream`` when the service has ended the stream.
        """
        ...


class FrameStream(Protocol):
    """One viewer's stream."""

    @property
    def stuck(self) -> bool:
        """Whether the stream was ended because its viewer took nothing."""
        ...

    def opened(self) -> AbstractAsyncContextManager[None]:
        """Frames flow while the context lasts; ``EndOfStream`` is raised in it when the service ends the stream."""
        ...

    def send_status(self) -> None:
        """Send the newest words, as soon as the viewer takes them."""
        ...

    def dismiss(self, reason: str) -> None:
        """End the stream."""
        ...


class FrameHub(Protocol):
    """Newest frame to every viewer; each way of sending has its bytes made once per frame."""

    @property
    def newest(self) -> LiveFrame | None:
        """The last frame that came, however old; ``None`` before the first."""
        ...

    @property
    def dropped(self) -> int:
        """Frames that were shown to nobody."""
        ...

    @property
    def missed(self) -> int:
        """Frames that streams missed because they were still sending."""
        ...

    @property
    def stuck(self) -> int:
        """Streams that were ended because their viewer took nothing."""
        ...

    def health(self) -> tuple[ViewerHealth, ...]:
        """Every viewer that is here now."""
        ...

    def join(self, kind: str, wants_preview: bool = True) -> AbstractContextManager[FrameViewer]:
        """A viewer that asks for frames itself, for as long as the context lasts."""
        ...

    def attach(
        self, kind: str, sender: FrameSender, form: Form, *, hints: Hints = ..., status_text: StatusText | None = None
    ) -> AbstractContextManager[FrameStream]:
        """A stream of frames to ``sender`` for as long as the context lasts."""
        ...


class AcceptedCapture(Protocol):
    """One accepted capture."""

    @property
    def id(self) -> str:
        """The capture's identity."""
        ...

    @property
    def record(self) -> CaptureRecord:
        """How far it is now."""
        ...

    async def ended(self) -> CaptureRecord:
        """The final record; giving up on this wait does not touch the capture."""
        ...


class SettingsDesk(Protocol):
    """What one camera is set to."""

    @property
    def held(self) -> Mapping[str, str]:
        """What captures are taken with, whatever the camera stands at, by common name."""
        ...

    async def read(self) -> SettingList:
        """Everything that can be set. Raises ``CameraError``."""
        ...

    async def change(self, values: Mapping[str, str]) -> SettingList:
        """Set these, all or none. Raises ``BadInput``, ``CameraError``."""
        ...


class ProfileShelf(Protocol):
    """The named profiles of one camera."""

    def listed(self) -> ProfileList:
        """Which there are, and which is held."""
        ...

    async def choose(self, name: str | None) -> ProfileList:
        """Hold this one, or none. Raises ``BadInput``, ``CameraError``."""
        ...


class CameraSequences(Protocol):
    """One camera's sequences."""

    @property
    def running(self) -> SequenceRecord | None:
        """The one that runs."""
        ...

    async def submit(self, request: SequenceRequest, idempotency_key: str | None) -> tuple[SequenceRecord, bool]:
        """Accept one; whether it is new. Raises ``CaptureError``, ``StorageError``, ``BadInput``."""
        ...

    async def cancel(self, sequence_id: str) -> SequenceRecord:
        """End one between two frames. Raises ``CaptureError``, ``StorageError``."""
        ...

    async def report(self, sequence_id: str, first: int, limit: int) -> SequenceReport:
        """One with a stretch of its frames. Raises ``CaptureError``, ``StorageError``."""
        ...

    async def page(self, cursor: str | None, limit: int) -> SequencePage:
        """All, newest first. Raises ``BadInput``, ``StorageError``."""
        ...


class CameraGallery(Protocol):
    """One camera's photos as people look at them; a still is known by the id of any of its files."""

    @property
    def order(self) -> Order:
        """Where the stills stand in the order of acceptance, deleted ones too."""
        ...

    def stills(self, session_id: str | None = None) -> Iterable[CaptureRecord]:
        """The stills of a session, or all; in no order."""
        ...

    def deleted(self) -> Iterable[CaptureRecord]:
        """Those that can be restored; in no order."""
        ...

    def photo(self, photo_id: str) -> tuple[PhotoFile, Path] | None:
        """One photo and where it lies, in the trash too."""
        ...

    async def thumbnail(self, photo: PhotoFile, path: Path, size: ThumbnailSize) -> bytes:
        """It as a small JPEG. Raises ``CaptureError``."""
        ...

    async def delete(self, photo_id: str) -> CaptureRecord | None:
        """Into the trash; ``None``: there is none. Raises ``StorageError``, ``CaptureError``."""
        ...

    async def restore(self, photo_id: str) -> CaptureRecord | None:
        """Out of the trash; ``None``: there is none. Raises ``StorageError``, ``CaptureError``."""
        ...


class CameraControl(Protocol):
    """The service's view of one camera."""

    @property
    def camera_id(self) -> str:
        """The configured name, or the serial number."""
        ...

    @property
    def serial(self) -> str | None:
        """The serial number; ``None`` before the camera was first opened."""
        ...

    @property
    def address(self) -> str:
        """Where the camera is looked for."""
        ...

    @property
    def hub(self) -> FrameHub:
        """Where its live view comes out."""
        ...

    @property
    def outages(self) -> int:
        """How often the camera was lost, or its process ended, since the start."""
        ...

    @property
    def unexpected(self) -> Unexpected:
        """What it sent that was of no use."""
        ...

    @property
    def settings(self) -> SettingsDesk:
        """What it is set to."""
        ...

    @property
    def profiles(self) -> ProfileShelf:
        """Its named profiles."""
        ...

    @property
    def sequences(self) -> CameraSequences:
        """Its bursts and time-lapses."""
        ...

    @property
    def gallery(self) -> CameraGallery:
        """Its photos, as people look at them."""
        ...

    async def run(self) -> None:
        """Own the camera until cancelled; then leave it in order."""
        ...

    def answers(self, camera_id: str) -> bool:
        """Whether this camera is meant: its name or its serial number."""
        ...

    def snapshot(self) -> Snapshot:
        """The whole status now."""
        ...

    async def changed(self, boot_id: str, rev: int, timeout_seconds: float) -> Snapshot:
        """The status as soon as it is another boot's or newer than ``rev``, or after the time."""
        ...

    def snapshots(self) -> AsyncIterator[Snapshot]:
        """The status now, on every change, and at least every second."""
        ...

    async def connect(self) -> None:
        """Have the camera open. Raises ``CameraError``."""
        ...

    async def disconnect(self) -> None:
        """Let go of the camera until ``connect``."""
        ...

    async def start_live(self) -> None:
        """Live view on, or started anew where it is stuck. Raises ``CameraError``."""
        ...

    async def stop_live(self) -> None:
        """Live view off as soon as nobody wants it."""
        ...

    async def apply(self, config: ConfigRequest) -> None:
        """Take every given setting, or none. Raises ``BadInput``, ``CameraError``."""
        ...

    async def focus(self, request: FocusRequest) -> None:
        """Focus without a photo. Raises ``BadInput``, ``CameraError``."""
        ...

    async def look(self, wanted: ViewOptions) -> None:
        """Have live view show that. Raises ``BadInput``, ``CameraError``."""
        ...

    def status(self) -> StatusAnswer:
        """Part A's status."""
        ...

    def capture_status(self) -> CaptureStatusAnswer:
        """Part A's capture status and the snapshot."""
        ...

    def health(self) -> CameraHealth:
        """Its viewers, what recovery has tried, the room on its card."""
        ...

    async def submit(
        self, request: CaptureRequest, idempotency_key: str | None, *, guest: bool = False
    ) -> AcceptedCapture:
        """Accept a capture; the last place in the queue is not for guests.

        Raises ``CaptureError``, ``StorageError``, ``BadInput``.
        """
        ...

    async def index_read(self) -> None:
        """Wait until its index has been read. Raises ``StorageError``."""
        ...

    def capture(self, capture_id: str) -> CaptureRecord | None:
        """One capture, running or ended."""
        ...

    def captures_page(self, cursor: str | None, limit: int) -> CapturePage:
        """Captures, newest first. Raises ``BadInput`` for a cursor that is none."""
        ...

    async def cancel(self, capture_id: str) -> CaptureRecord:
        """Cancel what has not been exposed yet. Raises ``CaptureError`` when it is too late."""
        ...

    def photo(self, photo_id: str) -> tuple[PhotoFile, Path] | None:
        """One photo and where it lies."""
        ...

    def photos(self) -> Iterable[PhotoFile]:
        """Every photo of this camera, newest first."""
        ...
