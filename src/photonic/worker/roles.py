"""What a driver, the child loop, the supervisor and its owner are to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from photonic.errors import CameraError
    from photonic.model.focus import FocusAction
    from photonic.worker.link.card_messages import CardListed, CardObject, ObjectsFetched
    from photonic.worker.link.messages import CameraOpened, Capture, Configure, Event, Profiles
    from photonic.worker.link.setting_messages import LookAt, SettingsRead


class ParentLink(Protocol):
    """The driver's way to the parent. Nothing here waits for the parent; one thread uses it."""

    def send(self, message: Event) -> None:
        """Say something to the parent; messages keep their order and are never dropped."""
        ...

    def frame(self, captured_us: int, jpeg: bytes) -> None:
        """Hand over a whole JPEG, taken at ``captured_us`` (microseconds of CLOCK_MONOTONIC).

        A frame that still waits for its turn is replaced.
        """
        ...

    def calling(self, call: str, limit_seconds: float) -> AbstractContextManager[None]:
        """Around a library call: announces it, and the longest time that it may take; past it, SIGKILL.

        May be nested: after the inner call the outer one's limit holds again.
        """
        ...


class Listener(Protocol):
    """Who hears of the camera in the parent; called in the event loop's thread, must not wait."""

    def frame(self, captured_us: int, jpeg: bytes | memoryview) -> None:
        """One live-view frame, to be kept; ``captured_us`` is microseconds of CLOCK_MONOTONIC."""
        ...

    def event(self, event: Event) -> None:
        """What the camera process says, but for ``Done``, ``Failed``, ``Calling`` and ``Idle``."""
        ...

    def down(self, failure: CameraError, retry_in_seconds: float, rung: int) -> None:
        """The camera is not open any more, or could not be opened; the next try comes by itself.

        ``rung`` is that of the recovery ladder, 0 where it waits outside the ladder (absent, blocked).
        """
        ...

    def recovered(self) -> None:
        """The rung has worked: a fresh valid frame has come; where no live view is wanted, the camera's facts."""
        ...


class Driver(Protocol):
    """One camera; every method is called by one thread, the main thread of the camera process.

    Each method raises ``CameraError`` when the camera is not open any more: the process tells the parent, and calls
    ``close``. Where ``reopenable`` says so it waits for another ``Configure``, and makes a new driver for it; else it
    ends. Two answers are no end: NOT_SUPPORTED; and out of ``start_preview`` and ``preview`` a kind of BLOCKED,
    BATTERY_LOW, NO_CARD or CAMERA_STORAGE_FULL, by which the camera refuses live view over a session that is still
    good: it is asked again every 10 to 30 s.
    """

    def open(self, configure: Configure) -> CameraOpened:
        """Open the camera. Raises ``BadInput`` for an address that is none. ``configure.profiles`` is ``None`` here."""
        ...

    def apply(self, profiles: Profiles) -> None:
        """Hold these settings from now on. Raises ``BadInput`` with field and choices, nothing changed then."""
        ...

    def settings(self) -> SettingsRead:
        """Everything that can be set, as it is now, common names first; of a slow camera what is known by now."""
        ...

    def change(self, values: Mapping[str, str]) -> None:
        """Set these now, all or none. Raises ``BadInput`` with field and choices, nothing changed then.

        What ``apply`` holds during live view is held at its new value.
        """
        ...

    def focus(self, action: FocusAction, size: int, steps: int) -> None:
        """Focus without a photo. Raises ``BadInput`` where it cannot; ``CaptureError`` where there was no focus."""
        ...

    def look(self, wanted: LookAt) -> None:
        """Have live view show that. Raises ``BadInput``, ``CameraError`` (NOT_SUPPORTED)."""
        ...

    def start_preview(self) -> None:
        """Live view on; when it is on already, off and on: it is stuck."""
        ...

    def stop_preview(self) -> None:
        """Live view off: mirror down, sensor cool."""
        ...

    def preview(self) -> bytes | None:
        """One attempt for one frame, at the camera's own pace.

        A whole JPEG; ``None``: not yet, or not valid, try again (after a pause that the driver has made).
        """
        ...

    def capture(self, command: Capture, cancelled: Callable[[], bool]) -> None:
        """Take one still: ``CaptureProgress``, ``Staged`` for each object, ``Captured``.

        The driver pauses live view by itself; the next ``preview`` resumes it, or frames that the driver sends while
        the photo is late. Returns as soon as the expected objects
        are staged. ``cancelled`` is asked last right before the shutter fires. Raises ``CaptureError`` when only this
        capture failed, CANCELLED when it was given up in time.
        """
        ...

    def list_card(self) -> CardListed:
        """What lies on the card, as of the opening of the camera."""
        ...

    def fetch(self, objects: Sequence[CardObject], staging: str) -> ObjectsFetched:
        """Stage these objects of the card: sends a ``Staged`` for each whole one, a ``Note`` for each failure.

        Fetches only a part of a large object, within a moment; the next call continues.
        """
        ...

    def delete(self, wanted: CardObject) -> None:
        """Delete this object from the card. Raises ``BadInput`` when another one lies there by that name."""
        ...

    def settle(self) -> None:
        """A short slice of housekeeping, between frames and at least every second when idle.

        Drains events, stages late objects, keeps the camera awake, sends ``Facts`` and ``SettingsTold`` when they
        changed.
        """
        ...

    def reopenable(self, failure: CameraError) -> bool:
        """Whether another driver in this process may open the camera anew after this failure, once this one is closed.

        Asked before ``close``. No, where the library cannot do that (virtual USB), or closing would block (a network
        camera whose connection was lost).
        """
        ...

    def close(self) -> None:
        """Leave the camera in order, as far as the connection allows. Called once, after an error too."""
        ...
