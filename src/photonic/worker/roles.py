"""The roles on both sides of the process boundary: driver and outbox in the child, listener in the parent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from photonic.errors import CameraError
    from photonic.worker.messages import Capture, Configure, Event, Opened, Profiles


class Outbox(Protocol):
    """The driver's way to its parent; nothing here waits for the parent."""

    def send(self, message: Event) -> None:
        """Say something; messages arrive in order, and none is lost."""
        ...

    def frame(self, captured_us: int, jpeg: bytes) -> None:
        """Show one frame; a waiting frame that the parent has not taken yet is replaced."""
        ...

    def calling(self, call: str, limit_seconds: float) -> AbstractContextManager[None]:
        """Announce a library call that takes ``limit_seconds`` at the most: past that the parent kills this process."""
        ...


class Driver(Protocol):
    """One camera. One thread of the camera process calls every method, one at a time."""

    def open(self, configure: Configure) -> Opened:
        """Open the camera. Raises ``BadInput``, ``CameraError``."""
        ...

    def apply(self, profiles: Profiles) -> None:
        """Hold these settings from now on, all or none. Raises ``BadInput``, ``CameraError``."""
        ...

    def start_preview(self) -> None:
        """Live view on, or off and on again when it is on. Raises ``CameraError``."""
        ...

    def stop_preview(self) -> None:
        """Live view off. Raises ``CameraError``."""
        ...

    def preview(self) -> bytes | None:
        """One whole JPEG at the camera's own pace; ``None``: not this time, ask again. Raises ``CameraError``."""
        ...

    def capture(self, command: Capture) -> None:
        """Take one still; returns when every expected object is staged.

        Sends ``CaptureProgress``, ``Staged`` and ``Captured``. Raises ``CaptureError`` where only this shot failed,
        ``CameraError`` where the camera is of no more use.
        """
        ...

    def settle(self) -> None:
        """A short, bounded slice of housekeeping between frames, and every second without live view.

        Raises ``CameraError``.
        """
        ...

    def close(self) -> None:
        """Leave the camera in order, as far as it still answers; bounded."""
        ...


class Listener(Protocol):
    """Who hears of the camera in the parent; called in the event loop's thread, must not wait."""

    def frame(self, captured_us: int, jpeg: bytes) -> None:
        """One live-view frame; ``captured_us`` is CLOCK_MONOTONIC in microseconds."""
        ...

    def event(self, event: Event) -> None:
        """What the camera process says, but for answers to requests and its announcements of calls."""
        ...

    def down(self, failure: CameraError, retry_in_seconds: float) -> None:
        """The camera process has ended; the next one starts in ``retry_in_seconds``."""
        ...
