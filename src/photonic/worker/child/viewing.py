"""Live view in the camera process: on, off, paused, restarted, or refused by the camera and retried later."""

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
"""How long live view may take to resume after a capture: the first rung's budget."""

FIRST_PAUSE_SECONDS = 15.0
"""How long a capture may take before it reports its own deadline."""

STARTING_SECONDS = 4.0
STUCK_SECONDS = 1.5
"""A running live view without a frame for this long is stuck, and is restarted on request."""

RECHECKS = (10.0, 20.0, 30.0)
"""Delays in seconds before a refused live view is retried; the last one repeats."""

REFUSALS = frozenset(
    {FailureKind.BLOCKED, FailureKind.BATTERY_LOW, FailureKind.NO_CARD, FailureKind.CAMERA_STORAGE_FULL}
)
"""Refusals by a camera whose session is still good: nothing is restarted, and no recovery budget is used."""


@contextmanager
def _ignoring_unsupported() -> Generator[None]:
    """Ignore NOT_SUPPORTED: a missing ability is not a failure of the session."""
    try:
        yield
    except CameraError as error:
        if error.kind is not FailureKind.NOT_SUPPORTED:
            raise


class View(Enum):
    """The state of live view; the values are those of ``PreviewChanged``, except BLOCKED."""

    OFF = "off"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    RESUMING = "resuming"
    RECOVERING = "recovering"
    BLOCKED = "blocked"


class Viewing:
    """The live view of the current driver. ``clock`` returns seconds of CLOCK_MONOTONIC."""

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
        """Whether to try for a frame now."""
        if self._view is View.BLOCKED:
            return self._clock() - self._since >= delay_after(self._rechecks, RECHECKS)
        return self._view is not View.OFF

    def start(self, driver: Driver) -> None:
        """Start live view, unless it is healthy or was refused a moment ago. Raises ``CameraError``."""
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
        """Stop live view. Raises ``CameraError``."""
        driver.stop_preview()
        self._show(View.OFF)

    def reset(self) -> None:
        """The driver was closed: live view is off until it is started on the next driver."""
        self._view, self._refusal, self._rechecks = View.OFF, None, 0

    def attempt(self, driver: Driver) -> None:
        """Try to get one frame. Raises ``CameraError`` if recovery has to continue in the parent."""
        # ``_try`` has reported it, and no command is waiting for an answer.
        with _ignoring_unsupported():
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
        """Pause live view for the duration of the context, if it is on; it resumes with the next frame."""
        if self._view in {View.OFF, View.BLOCKED}:
            yield
            return
        self._view, self._capturing = View.PAUSED, True
        self._report_pause(FIRST_PAUSE_SECONDS)
        self._record.paused(self._clock())
        try:
            yield
        finally:
            self._capturing = False
            self._record.resumed(self._clock())
            if self._view is View.PAUSED:
                self._view, self._since = View.RESUMING, self._clock()
                self._report_pause(RESUME_SECONDS)

    def on_frame_during_capture(self) -> None:
        """The driver sent a frame while it still waits for the photo of a capture: the pause is over."""
        if self._view is View.PAUSED:
            self._show(View.RUNNING)
        self._since = self._clock()
        self._record.fresh(self._since)
        self._record.paused(self._since)

    def on_capture_deadline(self, remaining_seconds: float) -> None:
        """A capture has reported a new deadline: live view is paused (again) until then at the latest."""
        if self._capturing:
            self._view = View.PAUSED
            self._report_pause(remaining_seconds + RESUME_SECONDS)

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
                self._show(View.RECOVERING, "no valid frame from the camera: restarting live view", rung=1)
                driver.start_preview()
                self._record.resumed(self._clock())
            case Remedy.GIVE_UP:
                raise CameraError("no valid frame from the camera, even after restarting live view")

    def _try(self, driver: Driver, ask: Callable[[], None]) -> bool:
        """Call ``ask``; returns whether the camera accepted.

        After a refusal live view is off, so that the sensor cools until the retry.
        """
        try:
            ask()
        except CameraError as error:
            if error.kind is FailureKind.NOT_SUPPORTED:
                self._on_unsupported(driver, error.reason)
                raise
            if error.kind not in REFUSALS:
                raise
            self._rechecks += self._refusal is not None
            reported, self._refusal = self._refusal, error.reason
            self._view, self._since = View.BLOCKED, self._clock()
            if reported != error.reason:
                self._outbox.send(PreviewChanged(state="recovering", reason=error.reason, blocked=error.kind))
            driver.stop_preview()
            return False
        return True

    def _on_unsupported(self, driver: Driver, reason: str) -> None:
        """The camera has no live view after all: it stays off, and the session goes on."""
        self._view = View.OFF
        self._outbox.send(PreviewChanged(state="unsupported", reason=reason))
        # Lower the mirror if it is up; the camera may not support that operation either.
        with _ignoring_unsupported():
            driver.stop_preview()

    def _show(self, view: View, reason: str | None = None, *, rung: int = 0) -> None:
        self._view, self._since = view, self._clock()
        self._outbox.send(PreviewChanged(state=view.value, reason=reason, rung=rung))

    def _report_pause(self, resume_by_seconds: float) -> None:
        self._outbox.send(PreviewChanged(state="paused", reason="capture", resume_by_seconds=resume_by_seconds))
