"""What the HTTP surface needs of a station, as roles: the routes know these, never how a station does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from photonic.model.api import (
        CapturePage,
        CaptureRecord,
        CaptureRequest,
        CaptureStatusAnswer,
        ConfigRequest,
        PhotoFile,
        StatusAnswer,
    )
    from photonic.model.frame import Frame
    from photonic.model.status import Snapshot


class FrameViewer(Protocol):
    """One viewer's slot: the newest frame that it has not seen."""

    @property
    def missed(self) -> int:
        """Frames that a newer one replaced before this viewer took them."""
        ...

    async def next(self, timeout_seconds: float | None = None) -> Frame:
        """The newest unseen frame.

        Raises ``TimeoutError`` after the time or a nudge, and ``EndOfStream`` when the service has ended the stream.
        """
        ...

    def nudge(self) -> None:
        """Let ``next`` give up now: there is something else to say."""
        ...


class FrameHub(Protocol):
    """Newest frame to every viewer; each transport's bytes are made once per frame."""

    @property
    def newest(self) -> Frame | None:
        """The last frame that came, however old; ``None`` before the first."""
        ...

    def join(self, kind: str, wants_preview: bool = True) -> AbstractContextManager[FrameViewer]:
        """A viewer for as long as the context lasts; one that wants preview starts it."""
        ...

    def live_message(self, frame: Frame) -> bytes:
        """The frame as a binary message of ``photonic.live.v1``."""
        ...

    def part(self, frame: Frame) -> bytes:
        """The frame as a part of a multipart stream."""
        ...


class Ticket(Protocol):
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


class CameraStation(Protocol):
    """The service's view of one camera."""

    @property
    def camera_id(self) -> str:
        """The configured name, or the serial number."""
        ...

    @property
    def hub(self) -> FrameHub:
        """Where its live view comes out."""
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

    def status(self) -> StatusAnswer:
        """Part A's status."""
        ...

    def capture_status(self) -> CaptureStatusAnswer:
        """Part A's capture status and the snapshot."""
        ...

    async def submit(self, request: CaptureRequest, idempotency_key: str | None) -> Ticket:
        """Accept a capture. Raises ``CaptureError``, ``StorageError``, ``BadInput``."""
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
