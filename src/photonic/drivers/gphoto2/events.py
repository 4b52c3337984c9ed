"""What the camera tells, taken one event at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.camera import ObjectAdded, Quiet, Report, ShotDone
from photonic.errors import CameraError
from photonic.model.film import is_film

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.camera import CameraEvent, GphotoCamera
    from photonic.drivers.gphoto2.configuration import Configuration

TRANSFER_SECONDS = 120.0
"""Waiting for an event also fetches an object out of the camera's RAM; its size is not known before."""

CANON_SHOOTS = "Camera Status 1"
"""What the library reports when an EOS begins a shot (2.5.34 ``library.c``); it ends as ``ShotDone``."""

_BUSY_PAUSE_SECONDS = 0.05
_SHOT_POLL_SECONDS = 0.05
_MAX_EVENTS = 1000
_MOST_REFUSALS = 5


class Events:
    """The camera's events; a change that it reports makes the configuration doubt what it knows.

    ``in_ram``: photos go to the camera's RAM, so that any wait for events may fetch one. ``late_seconds``: how far
    apart this camera's events may be; after so long without one it is quiet. ``leave`` is told of films, and nobody
    else is. ``unsupported``: why this camera tells of nothing; its photos are then known only where a capture returns
    them, and from a list of its card.
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
        leave: Callable[[ObjectAdded], object] = lambda _film: None,
    ) -> None:
        self._camera = camera
        self._leave = leave
        self._configuration = configuration
        self._clock = clock
        self._pause = pause
        self._late_seconds = late_seconds
        self._refusals = 0
        self.unsupported: str | None = None
        self._shooting = False
        self._tells_shots = False
        self.transfer_seconds = TRANSFER_SECONDS if in_ram else 0.0

    def next(self, wait_seconds: float) -> CameraEvent:
        """The next event within that time; a camera that cannot say just now counts as quiet.

        Raises ``CameraError``: the connection broke, or the camera refused several times in a row.
        """
        try:
            event = self._camera.next_event(wait_seconds, self.transfer_seconds)
        except CameraError as error:
            if error.code == faults.NOT_SUPPORTED:
                # What it cannot do is no failure of the session.
                self.unsupported = error.reason
                self._pause(_BUSY_PAUSE_SECONDS)
                return Quiet()
            self._refusals += 1
            if error.code not in faults.PASSING or (error.code != faults.BUSY and self._refusals >= _MOST_REFUSALS):
                raise
            self._pause(_BUSY_PAUSE_SECONDS)
            return Quiet()
        self._refusals = 0
        self.unsupported = None
        if isinstance(event, ObjectAdded) and is_film(event.name) and not event.in_memory:
            # No still is waiting for it, whoever asks; and everybody would wait for it.
            self._leave(event)
            return Report(f"{event.folder}/{event.name}")
        if isinstance(event, Report):
            self._configuration.doubt()
            if event.text == CANON_SHOOTS:
                self._shooting = self._tells_shots = True
        elif isinstance(event, ShotDone):
            self._shooting = False
        return event

    @property
    def nothing_begun(self) -> bool:
        """Whether no other shot has begun since the last one ended: only where this camera says when one begins."""
        return self._tells_shots and not self._shooting

    def released(self) -> None:
        """The library has released, and thrown away the events that waited: the end of an earlier shot, too."""
        self._shooting = False

    def finish_shot(self, take: Callable[[ObjectAdded], None], budget_seconds: float) -> None:
        """Where the body has begun a shot of its own, let it end, for so long at the most: its photo comes before the
        next shot's then, and cannot be taken for that. Raises as ``drain``.
        """
        until = self._clock() + budget_seconds
        while self._shooting and self._clock() < until:
            event = self.next(_SHOT_POLL_SECONDS)
            if isinstance(event, ObjectAdded):
                take(event)

    def drain(self, take: Callable[[ObjectAdded], None], budget_seconds: float, *, quiet_seconds: float = 0.0) -> bool:
        """Take what waits, objects with ``take``, until the camera is quiet (true) or the budget is spent (false).

        ``quiet_seconds``: how long a prompt camera has to say nothing.

        Raises ``CameraError``, and what ``take`` raises.
        """
        until = self._clock() + budget_seconds
        # Between two frames there is no time for a camera that tells late.
        late_seconds = max(self._late_seconds, quiet_seconds)
        wait_seconds = late_seconds if budget_seconds > late_seconds else 0.0
        for _ in range(_MAX_EVENTS):
            event = self.next(wait_seconds)
            if isinstance(event, Quiet):
                return True
            if isinstance(event, ObjectAdded):
                take(event)
            if self._clock() > until:
                return False
        return False
