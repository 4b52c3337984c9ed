"""The interfaces between driver and child loop, camera process and supervisor, and supervisor and owner."""

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
    """The driver's link to the parent process. No method waits for the parent; used from one thread."""

    def send(self, message: Event) -> None:
        """Send a message to the parent; messages keep their order and are never dropped."""
        ...

    def frame(self, captured_us: int, jpeg: bytes) -> None:
        """Send a whole JPEG, captured at ``captured_us`` (microseconds of CLOCK_MONOTONIC).

        A frame that has not been sent yet is replaced.
        """
        ...

    def calling(self, call: str, limit_seconds: float) -> AbstractContextManager[None]:
        """Announce a library call and its time limit for the duration of the context; past the limit, SIGKILL follows.

        May be nested: after the inner call the limit of the outer one applies again.
        """
        ...


class Receiver(Protocol):
    """What receives the output of one camera process: its supervisor."""

    def frame(self, captured_us: int, jpeg: bytes | memoryview) -> None:
        """See ``Listener.frame``."""
        ...

    def event(self, event: Event) -> None:
        """See ``Listener.event``."""
        ...

    def tick(self, now: float) -> None:
        """Time has passed; called several times a second while the process runs. ``now``: monotonic seconds."""
        ...


class Listener(Protocol):
    """What a supervisor reports to; called in the event loop's thread, must not block."""

    def frame(self, captured_us: int, jpeg: bytes | memoryview) -> None:
        """One live-view frame, which may be kept; ``captured_us``: microseconds of CLOCK_MONOTONIC."""
        ...

    def event(self, event: Event) -> None:
        """An event of the camera process, other than ``Done``, ``Failed``, ``Calling`` and ``Idle``."""
        ...

    def down(self, failure: CameraError, retry_in_seconds: float, rung: int) -> None:
        """The camera was lost or could not be opened; the next attempt follows automatically.

        Args:
            failure: Why, for people.
            retry_in_seconds: Time until the next attempt.
            rung: Of the recovery ladder; 0: a wait outside the ladder (absent, blocked).
        """
        ...

    def recovered(self) -> None:
        """The latest step has worked: a fresh valid frame has arrived or, without live view, the camera's facts."""
        ...


class Driver(Protocol):
    """One camera. All methods are called from one thread, the main thread of the camera process.

    A ``CameraError`` from any method means that the camera is no longer open: the process reports it and calls
    ``close``. If ``reopenable`` allows it, the process then waits for another ``Configure`` and creates a new driver;
    otherwise it exits. Two kinds of error do not end the session: NOT_SUPPORTED; and, from ``start_preview`` and
    ``preview``, BLOCKED, BATTERY_LOW, NO_CARD and CAMERA_STORAGE_FULL, by which the camera refuses live view only: live
    view is retried every 10 to 30 s.
    """

    def open(self, configure: Configure) -> CameraOpened:
        """Open the camera; ``configure.profiles`` is ``None`` here. Raises ``BadInput`` for an invalid address."""
        ...

    def apply(self, profiles: Profiles) -> None:
        """Hold these settings from now on. Raises ``BadInput`` with field and choices; nothing is changed then."""
        ...

    def settings(self) -> SettingsRead:
        """All current settings, common names first; of a slow camera, those that have been read so far."""
        ...

    def change(self, values: Mapping[str, str]) -> None:
        """Change these settings, all or none. Raises ``BadInput`` with field and choices; nothing is changed then.

        A setting that ``apply`` holds during live view is held at its new value.
        """
        ...

    def focus(self, action: FocusAction, size: int, steps: int) -> None:
        """Focus without taking a photo.

        Args:
            action: Focus automatically, cancel that, or move the lens.
            size: Of each step, from 1 (small) to 3 (large); for near and far only.
            steps: How many; for near and far only.

        Raises ``BadInput`` if the camera cannot, ``CaptureError`` if it did not find the focus.
        """
        ...

    def look(self, wanted: LookAt) -> None:
        """Change what live view shows. Raises ``BadInput``, ``CameraError`` (NOT_SUPPORTED)."""
        ...

    def start_preview(self) -> None:
        """Start live view; if it is on already, it is stuck: restart it."""
        ...

    def stop_preview(self) -> None:
        """Stop live view: mirror down, sensor cool."""
        ...

    def preview(self) -> bytes | None:
        """Try once to get a frame, at the camera's own pace.

        Returns: A whole JPEG. ``None``: not yet, or not valid; try again (the driver has already paused).
        """
        ...

    def capture(self, command: Capture, cancelled: Callable[[], bool]) -> None:
        """Take one still: sends ``CaptureProgressed``, a ``Staged`` for each object, and ``Captured``.

        The driver pauses live view itself; the next ``preview`` resumes it, or frames that the driver sends while the
        photo is late. Returns as soon as the expected objects are staged.

        Args:
            command: What to take, and where to stage it.
            cancelled: Whether the capture was cancelled; checked for the last time just before the shutter fires.

        Raises ``CaptureError`` if only this capture failed: CANCELLED if it was cancelled in time.
        """
        ...

    def list_card(self) -> CardListed:
        """The photos and films on the card, as of the opening of the camera."""
        ...

    def fetch(self, objects: Sequence[CardObject], staging: str) -> ObjectsFetched:
        """Stage these objects of the card: sends a ``Staged`` for each whole one, a ``Note`` for each failure.

        Of a large object, fetches only a part, so that the call returns soon; the next call continues.
        """
        ...

    def delete(self, wanted: CardObject) -> None:
        """Delete this object from the card. Raises ``BadInput`` if its name belongs to another object now."""
        ...

    def settle(self) -> None:
        """A short slice of housekeeping, between frames and at least every second when idle.

        Drains events, stages late objects, keeps the camera awake, sends ``Facts`` and ``SettingsChanged`` when they
        have changed.
        """
        ...

    def reopenable(self, failure: CameraError) -> bool:
        """Whether a new driver in this process may reopen the camera after this failure, once this one is closed.

        Called before ``close``. False if the library cannot reopen it (virtual USB), or if closing would block (a
        network camera whose connection was lost).
        """
        ...

    def close(self) -> None:
        """Close the camera as properly as the connection allows. Called once, even after an error."""
        ...
