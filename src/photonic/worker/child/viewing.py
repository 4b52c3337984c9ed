"""Live view in the camera process: on, off, paused, started anew, or refused by the camera and asked for again."""

from __future__ import annotations

from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING

from photonic.errors import CameraError, FailureKind
from photonic.model.frame import is_whole_jpeg
from photonic.model.jpeg_head import is_showable
from photonic.protocol.backoff import delay_after
from photonic.worker.child.preview import PreviewRecord, Remedy
from photonic.worker.link.messages import PreviewChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from photonic.worker.roles import Driver, ParentLink

RESUME_SECONDS = 4.0
"""What live view is given to come back after a capture: the first rung's budget."""

FIRST_PAUSE_SECONDS = 15.0
"""What a capture is given before it names its own deadline."""

STARTING_SECONDS = 4.0
STUCK_SECONDS = 1.5
"""A running live view without a frame for so long is stuck, and started anew on demand."""

RECHECKS = (10.0, 20.0, 30.0)
"""Seconds before a camera that refuses live view is asked again; the last one for ever."""

REFUSALS = frozenset(
    {FailureKind.BLOCKED, FailureKind.BATTERY_LOW, FailureKind.NO_CARD, FailureKind.CAMERA_STORAGE_FULL}
)
"""By these the camera says no over a session that is still good: nothing is restarted, nothing is spent."""


@contextmanager
def _unsupported_is_no_failure() -> Generator[None]:
    """What a camera cannot do is an ability, not a failure of its session."""
    try:
        yield
    except CameraError as error:
        if error.kind is not FailureKind.NOT_SUPPORTED:
            raise


class View(Enum):
    """What live view is doing."""

    OFF = "off"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    RESUMING = "resuming"
    RECOVERING = "recovering"
    BLOCKED = "blocked"


class Viewing:
    """The live view of one driver after the other. ``clock`` gives seconds of CLOCK_MONOTONIC."""

    def __init__(self, outbox: ParentLink, clock: Callable[[], float]) -> None:
        self._outbox = outbox
        self._clock = clock
        self._record = PreviewRecord(clock())
        self._view = View.OFF
        self._since = clock()
        self._refusal: str | None = None
        self._rechecks = 0
        self._capturing = False

    @property
    def due(self) -> bool:
        """Whether there is a frame to be tried for now."""
        if self._view is View.BLOCKED:
            return self._clock() - self._since >= delay_after(self._rechecks, RECHECKS)
        return self._view is not View.OFF

    def start(self, driver: Driver) -> None:
        """Live view on; one that is healthy, or was refused a moment ago, is left alone. Raises ``CameraError``."""
        waited = self._clock() - self._since
        if self._view in {View.STARTING, View.RESUMING, View.RECOVERING} and waited < STARTING_SECONDS:
            return
        if self._view is View.RUNNING and waited < STUCK_SECONDS:
            return
        if self._view is View.BLOCKED and waited < RECHECKS[0]:
            return
        self._refusal, self._rechecks = None, 0
        self._show(View.STARTING)
        self._record = PreviewRecord(self._clock())
        self._try(driver, driver.start_preview)

    def stop(self, driver: Driver) -> None:
        """Live view off. Raises ``CameraError``."""
        driver.stop_preview()
        self._show(View.OFF)

    def forget(self) -> None:
        """The driver is closed: there is no live view until the next one is asked for it."""
        self._view, self._refusal, self._rechecks = View.OFF, None, 0

    def attempt(self, driver: Driver) -> None:
        """One attempt for one frame, and what follows from it. Raises ``CameraError`` when the ladder goes on above."""
        # It has been told already; nobody waits for an answer.
        with _unsupported_is_no_failure():
            self._attempt(driver)

    def _attempt(self, driver: Driver) -> None:
        if self._view is View.BLOCKED:
            self._view, self._since = View.STARTING, self._clock()
            self._record = PreviewRecord(self._clock())
            if not self._try(driver, driver.start_preview):
                return
        self._try(driver, lambda: self._frame(driver))

    @contextmanager
    def pause(self) -> Generator[None]:
        """Around a capture: live view that is on pauses, and resumes with its next frame."""
        if self._view in {View.OFF, View.BLOCKED}:
            yield
            return
        self._view, self._capturing = View.PAUSED, True
        self._tell_pause(FIRST_PAUSE_SECONDS)
        self._record.paused(self._clock())
        try:
            yield
        finally:
            self._capturing = False
            self._record.resumed(self._clock())
            if self._view is View.PAUSED:
                self._view, self._since = View.RESUMING, self._clock()
                self._tell_pause(RESUME_SECONDS)

    def shown_meanwhile(self) -> None:
        """The driver gives frames while it still waits for the photo of a capture: the pause is over."""
        if self._view is View.PAUSED:
            self._show(View.RUNNING)
        self._since = self._clock()
        self._record.fresh(self._since)
        self._record.paused(self._since)

    def capture_lasts(self, remaining_seconds: float) -> None:
        """A capture has named its deadline, which is live view's too; what was shown meanwhile ends with it."""
        if self._capturing:
            self._view = View.PAUSED
            self._tell_pause(remaining_seconds + RESUME_SECONDS)

    def _frame(self, driver: Driver) -> None:
        jpeg = driver.preview()
        now = self._clock()
        if jpeg is not None and is_whole_jpeg(jpeg) and is_showable(jpeg):
            self._record.fresh(now)
            if self._view is not View.RUNNING:
                self._refusal, self._rechecks = None, 0
                self._show(View.RUNNING)
            self._since = now
            self._outbox.frame(round(now * 1_000_000), jpeg)
            return
        match self._record.failed(now):
            case Remedy.RETRY:
                pass
            case Remedy.RESTART:
                self._refusal = None
                self._show(View.RECOVERING, "the camera gave no valid frame: live view is started anew", rung=1)
                driver.start_preview()
                self._record.resumed(self._clock())
            case Remedy.GIVE_UP:
                raise CameraError("the camera gave no valid frame, although live view was started anew")

    def _try(self, driver: Driver, ask: Callable[[], None]) -> bool:
        """Whether the camera did not refuse live view; if so, its sensor is left to cool until it is asked again."""
        try:
            ask()
        except CameraError as error:
            if error.kind is FailureKind.NOT_SUPPORTED:
                self._lacks(driver, error.reason)
                raise
            if error.kind not in REFUSALS:
                raise
            self._rechecks += self._refusal is not None
            told, self._refusal = self._refusal, error.reason
            self._view, self._since = View.BLOCKED, self._clock()
            if told != error.reason:
                self._outbox.send(PreviewChanged(state="recovering", reason=error.reason, blocked=error.kind))
            driver.stop_preview()
            return False
        return True

    def _lacks(self, driver: Driver, reason: str) -> None:
        """The camera has no live view after all: it is off for good, and the session goes on."""
        self._view = View.OFF
        self._outbox.send(PreviewChanged(state="unsupported", reason=reason))
        # A mirror that went up for it comes down; the camera may not know that operation either.
        with _unsupported_is_no_failure():
            driver.stop_preview()

    def _show(self, view: View, reason: str | None = None, *, rung: int = 0) -> None:
        self._view, self._since = view, self._clock()
        self._outbox.send(PreviewChanged(state=view.value, reason=reason, rung=rung))

    def _tell_pause(self, resume_by_seconds: float) -> None:
        self._outbox.send(PreviewChanged(state="paused", reason="capture", resume_by_seconds=resume_by_seconds))
