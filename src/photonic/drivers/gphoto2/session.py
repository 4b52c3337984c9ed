"""One open camera, from its opening to its end.

Theory of operation
-------------------
One thread calls everything here, so nothing runs in parallel; only what the camera does meanwhile interleaves. Its
owner, the loop of the camera process, alternates between a command, a frame and ``settle``. Held true in between:

- **The live settings are in force**, except between ``enter_capture`` and ``leave_capture`` of ``HeldProfiles``. A
  capture ends with ``_restore``; if the camera is still too busy for it, ``settle`` retries it between frames.
- **Nothing that has to be restored is forgotten.** A changed setting or a pressed button is recorded in a file
  (``PendingRestore``) before it is sent to the camera. ``begin`` restores what an earlier process left, before any
  other request: a body with an open shutter is too busy for anything else.
- **Each event is handled exactly once.** An object goes to the capture that waits for it (``Shot``), otherwise to
  ``ObjectIntake``, which knows the last two captures. So events are drained until quiet before a release, because the
  library discards those that are queued at that moment; and between frames after it, so that live view resumes first.
- **A refusal does not end the session; a broken connection or a misread card does.** ``faults.session_good`` decides. A
  refused capture fails alone (``CaptureError``); any other error leaves through the driver, and a new session opens.
- **Live view has priority.** Polls run in slices (``HousekeepingBudget``), and not before the first frame.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import bulb, faults
from photonic.drivers.gphoto2.buttons import Buttons
from photonic.drivers.gphoto2.camera_clock import CameraClock
from photonic.drivers.gphoto2.capture_target import choose_capture_target
from photonic.drivers.gphoto2.card import Card
from photonic.drivers.gphoto2.card_audit import CardAudit
from photonic.drivers.gphoto2.configuration import Configuration
from photonic.drivers.gphoto2.events import Events
from photonic.drivers.gphoto2.focusing import Focusing
from photonic.drivers.gphoto2.housekeeping import HousekeepingBudget
from photonic.drivers.gphoto2.late_photo import LatePhotoWatch
from photonic.drivers.gphoto2.makers import registry
from photonic.drivers.gphoto2.object_intake import ObjectIntake
from photonic.drivers.gphoto2.pending_restore import PendingRestore
from photonic.drivers.gphoto2.preview_stream import PreviewStream
from photonic.drivers.gphoto2.profile import HeldProfiles
from photonic.drivers.gphoto2.progress import PREPARING_SECONDS, Progress
from photonic.drivers.gphoto2.refusal import explain_refusal
from photonic.drivers.gphoto2.release import QUIET_BUDGET_SECONDS, refuse_cancelled
from photonic.drivers.gphoto2.settings import GphotoSettings
from photonic.drivers.gphoto2.shot import Shot
from photonic.drivers.gphoto2.shot_files import ShotFiles
from photonic.drivers.gphoto2.telemetry import Telemetry
from photonic.drivers.gphoto2.view_options import AppliedViewOptions
from photonic.errors import BadInput, CameraError, CaptureError
from photonic.worker.link.messages import CameraOpened, Note

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.camera import GphotoCamera, ObjectAdded
    from photonic.model.focus import FocusAction
    from photonic.worker.link.messages import Capture, Configure, Profiles
    from photonic.worker.roles import ParentLink

DRAIN_EVERY_SECONDS = 0.7
"""Each live view frame queues events that nothing else fetches, and a camera that receives no requests falls asleep."""

SETTLE_SECONDS = 0.03

RESTART_QUIET_SECONDS = 0.05
"""How long the camera has to be quiet before live view is restarted (the ladder's rung 1)."""


class CameraSession:
    """One open camera and everything that belongs to it, from ``begin`` to ``end``."""

    def __init__(
        self, camera: GphotoCamera, outbox: ParentLink, clock: Callable[[], float], pause: Callable[[float], None]
    ) -> None:
        self._camera = camera
        self._outbox = outbox
        self._clock = clock
        self._pause = pause
        self._configuration = Configuration(camera, clock)
        self._budget = HousekeepingBudget(clock)
        self._buttons = Buttons(camera, self._configuration, outbox, clock=clock, pause=pause)
        self.profiles = HeldProfiles(self._configuration, outbox)
        self.live = PreviewStream(camera, self._configuration, pause)
        self.view_options = AppliedViewOptions(camera, self._configuration, self._buttons, self.live)
        self._late_photo = LatePhotoWatch(camera, self.live, self._buttons, outbox, clock)
        self._card_audit = CardAudit()
        self.card = Card(camera, outbox, self._card_audit, clock)
        self._resume = False
        self._in_ram = False
        self._late_seconds = 0.0
        self._events = self._new_events()
        self._camera_clock = CameraClock()
        self._intake = self._new_intake(None)
        self._drain_at = clock()
        self._telemetry = Telemetry(
            camera, self._configuration, outbox, self._card_audit, clock=clock, budget=self._budget
        )
        self.settings = GphotoSettings(
            camera, self._configuration, self.profiles, outbox, clock=clock, pause=pause, budget=self._budget
        )

    def begin(self, configure: Configure) -> CameraOpened:
        """Restore what an earlier process left, choose where photos go, and apply the profiles.

        Raises ``BadInput``, ``CameraError``.
        """
        identity = self._camera.identity()
        identity.check_serial(configure.expected_serial)
        if identity.settings:
            self._configuration.learn(identity.settings)
        pending_restore = PendingRestore(
            None if configure.pending_restore is None else Path(configure.pending_restore), identity.serial
        )
        self._buttons.recover(pending_restore)
        storages = self._camera.storages()
        has_card = bool(storages)
        target = choose_capture_target(self._configuration, configure.capture_target, has_card=has_card)
        self._in_ram = target == "ram"
        self._late_seconds = registry.by_manufacturer(identity.manufacturer).late_event_seconds
        if not self._in_ram:
            self._telemetry.audit_card(storages)
        self._events = self._new_events()
        self.live.available = identity.preview and self.live.supported()
        self._intake = self._new_intake(None if configure.staging is None else Path(configure.staging))
        self.profiles.recover(pending_restore)
        if configure.profiles is not None:
            self.apply(configure.profiles)
        return CameraOpened(
            serial=identity.serial,
            model=identity.model,
            manufacturer=identity.manufacturer,
            version=identity.version,
            live_view=self.live.available,
            has_card=has_card,
            capture_target=target,
            usb_port=identity.usb_port,
        )

    def apply(self, profiles: Profiles) -> None:
        """Keep these settings in force from now on, all or none.

        Raises ``BadInput``, also if the camera offers a value but then refuses it; ``CameraError`` if the
        connection broke.
        """
        try:
            self.profiles.hold(profiles)
        except CameraError as error:
            if not faults.connection_good(error):
                raise
            raise BadInput(f"the camera did not accept the settings: {error.reason}; nothing was changed") from error

    def start_live_view(self) -> None:
        """Turn live view on; if it is on, drain the events, then turn it off and on.

        Raises ``CameraError``.
        """
        if self.live.on:
            self.view_options.reset()
            try:
                self._events.drain(self._intake.ingest, QUIET_BUDGET_SECONDS, quiet_seconds=RESTART_QUIET_SECONDS)
            except CameraError as error:
                if not faults.session_good(error):
                    raise
        self.live.start()

    def stop_live_view(self) -> None:
        """Reset the view options, and turn live view off. Raises ``CameraError``."""
        self.view_options.reset()
        self.live.stop()

    def capture(self, command: Capture, cancelled: Callable[[], bool]) -> None:
        """Take one still. In any case, the live settings are restored afterwards, or as soon as possible.

        Raises ``CaptureError`` if only this shot failed, ``CameraError`` if the camera has to be reopened.
        """
        progress = Progress(command.capture_id, self._outbox, self._clock)
        progress.enter("preparing", PREPARING_SECONDS)
        failure: CaptureError | None = None
        try:
            self._shoot(command, progress, cancelled)
        except CaptureError as error:
            failure = error
        except CameraError as error:
            if not faults.session_good(error):
                raise
            failure = explain_refusal(error, self._camera, self._configuration, in_ram=self._in_ram)
            failure.__cause__ = error
        self._restore()
        # More events may follow; from now on they are drained between frames.
        self._drain_at = self._clock()
        self._telemetry.after_capture()
        if failure is not None:
            raise failure

    def focus(self, action: FocusAction, size: int, steps: int) -> None:
        """See ``Focusing``."""
        Focusing(self._camera, self._events, self._intake.ingest, self._clock).act(action, size, steps)

    def settle(self) -> None:
        """Do what is due: drain events (until quiet after a shot), restore, retry, poll.

        Raises ``CameraError``.
        """
        now = self._clock()
        if now >= self._drain_at:
            quiet = self._events.drain(self._intake.ingest, SETTLE_SECONDS)
            if self.profiles.restoring or self._resume:
                self._restore()
            if quiet:
                self._drain_at = self._clock() + DRAIN_EVERY_SECONDS
        self._buttons.retry()
        if not self.live.on:
            self._telemetry.keep_awake()
        self._intake.retry()
        if self.live.on and (self.live.beginning or not self._budget.due):
            return
        with self._budget.slice():
            self._telemetry.poll(may_audit=not self._in_ram and not self._intake.waiting)
            if not (self.profiles.restoring or self._intake.waiting or self._budget.exhausted):
                self.settings.poll()

    def end(self) -> None:
        """Release buttons, stop live view and close the camera, as far as the connection allows."""
        try:
            if self._camera.connected:
                self._buttons.close()
                if self.live.available:
                    self.stop_live_view()
        except CameraError as error:
            self._outbox.send(Note(level="warning", text=f"could not close the camera cleanly: {error.reason}"))
        self._camera.close()

    def _shoot(self, command: Capture, progress: Progress, cancelled: Callable[[], bool]) -> None:
        def ingest(added: ObjectAdded) -> None:
            self._intake.ingest(added, progress.fetching)
            refuse_cancelled(cancelled)

        refuse_cancelled(cancelled)
        self._camera_clock.tell(command.earlier, self._clock())
        self._events.drain(ingest, QUIET_BUDGET_SECONDS)
        self._events.finish_shot(ingest, QUIET_BUDGET_SECONDS)
        refuse_cancelled(cancelled)
        self.view_options.open_aperture()
        settings = dict(command.options.settings)
        if command.options.bulb_seconds is not None:
            settings |= bulb.settings(self._configuration, self._buttons)
        self.profiles.enter_capture(settings)
        if self.profiles.disable_viewfinder_before_capture and self.live.available:
            self._resume = self.live.on
            self.stop_live_view()
        shot_files = ShotFiles(command.capture_id, Path(command.staging), 1)
        shot = Shot(
            self._camera,
            self._configuration,
            self._events,
            self._buttons,
            clock=self._clock,
            pause=self._pause,
            camera_clock=self._camera_clock,
            in_ram=self._in_ram,
            meanwhile=lambda: self._late_photo.step(in_ram=self._in_ram),
        )
        self._outbox.send(shot.take(command, shot_files, self._intake, progress, cancelled))

    def _restore(self) -> None:
        try:
            self.profiles.leave_capture()
            if self._resume:
                self._resume = False
                self.live.start()
        except CameraError as error:
            if not faults.connection_good(error):
                raise
            # The camera is still busy with the shot: retry between frames.
            self._drain_at = self._clock()

    def _new_intake(self, staging: Path | None) -> ObjectIntake:
        return ObjectIntake(
            self._camera,
            self._outbox,
            self._clock,
            self._card_audit,
            camera_clock=self._camera_clock,
            in_ram=self._in_ram,
            staging=staging,
        )

    def _new_events(self) -> Events:
        return Events(
            self._camera,
            self._configuration,
            self._clock,
            self._pause,
            in_ram=self._in_ram,
            late_seconds=self._late_seconds,
            leave_on_card=self._leave_on_card,
        )

    def _leave_on_card(self, film: ObjectAdded) -> None:
        self._intake.leave_on_card(film)
