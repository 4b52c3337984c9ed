"""The camera's events, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.camera import ObjectAdded, OtherEvent, Quiet, ShotDone
from photonic.drivers.gphoto2.makers import registry
from photonic.errors import CameraError, FailureKind
from photonic.model.film import is_film

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.camera import CameraEvent, GphotoCamera
    from photonic.drivers.gphoto2.configuration import Configuration

TRANSFER_SECONDS = 120.0
"""A wait for an event also fetches an object from the camera's RAM; its size is not known in advance."""

_BUSY_PAUSE_SECONDS = 0.05
_SHOT_POLL_SECONDS = 0.05
_MAX_EVENTS = 1000
_MOST_REFUSALS = 5


class Events:
    """The camera's events. A reported change invalidates the cached configuration.

    ``unsupported``: why this camera reports no events, else ``None``; its photos are then known only from captures that
    return them and from listing its card. ``unread``: why an event since the last release could not be read, if so; the
    library has dropped it.

    Args:
        camera: The open camera.
        configuration: Its cached settings.
        clock: Seconds, monotonic.
        pause: Waits for some seconds.
        in_ram: Photos go to the camera's RAM, so any wait for events may fetch one.
        late_seconds: How far apart this camera's events may be; it counts as quiet after that long without one.
        leave_on_card: Called for each film, which ``next`` then does not return as an object.
    """

    def __init__(
        self,
        camera: GphotoCamera,
        configuration: Configuration,
        clock: Callable[[], float],
        pause: Callable[[float], None],
        *,
        in_ram: bool,
        late_seconds: float = 0.0,
        leave_on_card: Callable[[ObjectAdded], object] = lambda _film: None,
    ) -> None:
        self._camera = camera
        self._leave_on_card = leave_on_card
        self._configuration = configuration
        self._clock = clock
        self._pause = pause
        self._late_seconds = late_seconds
        self._refusals = 0
        self.unsupported: str | None = None
        self.unread: CameraError | None = None
        self._shooting = False
        self._reports_shots = False
        self.transfer_seconds = TRANSFER_SECONDS if in_ram else 0.0

    def next(self, wait_seconds: float) -> CameraEvent:
        """The next event within that time. A camera that is too busy to answer counts as quiet.

        Raises ``CameraError``: the connection broke, or the camera refused several times in a row.
        """
        try:
            event = self._camera.next_event(wait_seconds, self.transfer_seconds)
        except CameraError as error:
            if error.code == faults.NOT_SUPPORTED:
                # A missing ability does not end the session.
                self.unsupported = error.reason
                self._pause(_BUSY_PAUSE_SECONDS)
                return Quiet()
            self._refusals += 1
            if error.code not in faults.PASSING or (error.code != faults.BUSY and self._refusals >= _MOST_REFUSALS):
                raise
            if error.code == faults.GENERIC and error.kind is FailureKind.CAMERA_FAULT:
                self.unread = error
            self._pause(_BUSY_PAUSE_SECONDS)
            return Quiet()
        self._refusals = 0
        self.unsupported = None
        if isinstance(event, ObjectAdded) and is_film(event.name) and not event.in_memory:
            # No capture waits for a film, and fetching it would delay all captures.
            self._leave_on_card(event)
            return OtherEvent(f"{event.folder}/{event.name}")
        if isinstance(event, OtherEvent):
            self._configuration.invalidate()
            if event.text in registry.SHOT_BEGINS:
                self._shooting = self._reports_shots = True
        elif isinstance(event, ShotDone):
            self._shooting = False
        return event

    def next_of_shot(self, wait_seconds: float) -> CameraEvent:
        """Like ``next``, after a release, when a lost event may be the photo's.

        Raises ``CameraError``: the connection broke; ``LostTrack``: no events can be read over a good connection.
        """
        try:
            return self.next(wait_seconds)
        except CameraError as error:
            if not faults.connection_good(error):
                raise
            raise faults.LostTrack("the reports of the camera cannot be read", error) from error

    @property
    def shot_in_progress(self) -> bool:
        """Whether a shot has begun, and not ended, according to the camera; false if it does not report that."""
        return self._shooting

    @property
    def no_shot_in_progress(self) -> bool:
        """Whether no other shot has begun since the last one ended; false if the camera does not report that."""
        return self._reports_shots and not self._shooting

    def released(self) -> None:
        """Note a release: the library discarded the queued events with it, including the end of an earlier shot."""
        self._shooting = False
        self.unread = None

    def finish_shot(self, ingest: Callable[[ObjectAdded], None], budget_seconds: float) -> None:
        """Wait, within the budget, until a shot of the body's own button is over.

        Its photo then arrives before the next shot, and is not mistaken for that shot's. Raises the same errors as
        ``drain``.
        """
        until = self._clock() + budget_seconds
        while self._shooting and self._clock() < until:
            event = self.next(_SHOT_POLL_SECONDS)
            if isinstance(event, ObjectAdded):
                ingest(event)

    def drain(
        self, ingest: Callable[[ObjectAdded], None], budget_seconds: float, *, quiet_seconds: float = 0.0
    ) -> bool:
        """Handle the queued events.

        Args:
            ingest: Called for each object.
            budget_seconds: How long this may take.
            quiet_seconds: How long a camera without late events has to report nothing to count as quiet.

        Returns:
            True when the camera is quiet, false when the budget is used up.

        Raises:
            CameraError: See ``next``. Errors of ``ingest`` propagate, too.
        """
        until = self._clock() + budget_seconds
        # Between two frames there is no time to wait for late events.
        late_seconds = max(self._late_seconds, quiet_seconds)
        wait_seconds = late_seconds if budget_seconds > late_seconds else 0.0
        for _ in range(_MAX_EVENTS):
            event = self.next(wait_seconds)
            if isinstance(event, Quiet):
                return True
            if isinstance(event, ObjectAdded):
                ingest(event)
            if self._clock() > until:
                return False
        return False
