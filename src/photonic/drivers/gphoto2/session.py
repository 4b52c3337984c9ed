"""One open camera: what is held, drained and told between its opening and its end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import bulb, faults
from photonic.drivers.gphoto2.battery import LOW_ADVICE, battery_low
from photonic.drivers.gphoto2.buttons import Buttons
from photonic.drivers.gphoto2.camera_clock import CameraClock
from photonic.drivers.gphoto2.card import Card
from photonic.drivers.gphoto2.card_audit import CardAudit
from photonic.drivers.gphoto2.configuration import CARD, RAM, Configuration
from photonic.drivers.gphoto2.events import Events
from photonic.drivers.gphoto2.focusing import Focusing
from photonic.drivers.gphoto2.liveview import NO_LIVE_VIEW, LiveView
from photonic.drivers.gphoto2.loan import Loan
from photonic.drivers.gphoto2.looking import Looking
from photonic.drivers.gphoto2.object_intake import ObjectIntake
from photonic.drivers.gphoto2.pace import Pace
from photonic.drivers.gphoto2.profile import HeldProfiles
from photonic.drivers.gphoto2.progress import PREPARING_SECONDS, Progress
from photonic.drivers.gphoto2.release import QUIET_BUDGET_SECONDS, refuse_cancelled
from photonic.drivers.gphoto2.settings import Settings
from photonic.drivers.gphoto2.shot import Shot
from photonic.drivers.gphoto2.shot_files import ShotFiles
from photonic.drivers.gphoto2.telemetry import Telemetry
from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.worker.link.messages import CameraOpened, Captured, Note
from photonic.worker.serials import same_serial

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.camera import GphotoCamera, ObjectAdded
    from photonic.model.focus import FocusAction
    from photonic.worker.link.messages import Capture, Configure, Profiles
    from photonic.worker.link.setting_messages import LookAt
    from photonic.worker.roles import ParentLink

DRAIN_EVERY_SECONDS = 0.7
"""Each live view picture queues events that nobody else takes; and a silent camera falls asleep."""

SETTLE_SECONDS = 0.03
CARD_EVERY_SECONDS = 2.0

RESTART_QUIET_SECONDS = 0.05
"""Before live view is restarted, what the camera has to tell is taken: the ladder's rung 1."""

LATE_MAKERS = ("fuji",)
LATE_SECONDS = 0.3
"""Fuji tells of one shot in events that are more than 50 ms apart, and refuses a release in between."""

_TARGETS = {"card": (CARD, "card"), "ram": (RAM, "sdram")}


class Session:
    """One open camera and all that belongs to it, from ``begin`` to ``end``."""

    def __init__(
        self, camera: GphotoCamera, outbox: ParentLink, clock: Callable[[], float], pause: Callable[[float], None]
    ) -> None:
        self._camera = camera
        self._outbox = outbox
        self._clock = clock
        self._pause = pause
        self._configuration = Configuration(camera, clock)
        self._pace = Pace(clock)
        self._buttons = Buttons(camera, self._configuration, outbox, clock=clock, pause=pause)
        self.profiles = HeldProfiles(self._configuration, outbox)
        self.live = LiveView(camera, self._configuration, pause)
        self._looking = Looking(camera, self._configuration, self._buttons)
        self._card_audit = CardAudit()
        self.card = Card(camera, outbox, self._card_audit, clock)
        self.has_live_view = False
        self._has_card = False
        self._resume = False
        self._in_ram = False
        self._late_seconds = 0.0
        self._events = self._new_events()
        self._camera_clock = CameraClock()
        self._intake = self._new_arrivals(None)
        self._drain_at = clock()
        self._card_at = clock()
        self._telemetry = Telemetry(camera, self._configuration, outbox, self._card_audit, clock=clock, pace=self._pace)
        self.settings = Settings(
            camera, self._configuration, self.profiles, outbox, clock=clock, pause=pause, pace=self._pace
        )

    def begin(self, configure: Configure) -> CameraOpened:
        """Choose where photos go and hold the profiles.

        Raises ``BadInput``, ``CameraError``.
        """
        identity = self._camera.identity()
        if configure.expected_serial is not None and not same_serial(configure.expected_serial, identity.serial):
            raise CameraError(
                f"another camera answers there: serial number {identity.serial} instead of {configure.expected_serial};"
                " plug the right one in, or change the configured camera",
                kind=FailureKind.CAMERA_ABSENT,
            )
        if identity.settings:
            self._configuration.learn(identity.settings)
        # Before anything else is asked: with its shutter open, a body is too busy for all that follows.
        pending_restore = Loan(
            None if configure.pending_restore is None else Path(configure.pending_restore), identity.serial
        )
        self._buttons.owe(pending_restore)
        storages = self._camera.storages()
        self._has_card = bool(storages)
        target = self._aim("card" if configure.capture_target == "card" and self._has_card else "ram")
        self._in_ram = target == "ram"
        self._late_seconds = LATE_SECONDS if identity.manufacturer.casefold().startswith(LATE_MAKERS) else 0.0
        if not self._in_ram:
            self._telemetry.account(storages)
        self._events = self._new_events()
        self.has_live_view = identity.preview and self.live.supported()
        if configure.staging is not None:
            self._intake = self._new_arrivals(Path(configure.staging))
        self.profiles.owe(pending_restore)
        if configure.profiles is not None:
            self.apply(configure.profiles)
        return CameraOpened(
            serial=identity.serial,
            model=identity.model,
            manufacturer=identity.manufacturer,
            version=identity.version,
            live_view=self.has_live_view,
            has_card=self._has_card,
            capture_target=target,
        )

    def apply(self, profiles: Profiles) -> None:
        """Hold these settings from now on, all or none.

        Raises ``BadInput``, also where the camera offers a value and then refuses it; ``CameraError`` where the
        connection broke.
        """
        try:
            self.profiles.take(profiles)
        except CameraError as error:
            if not faults.connection_good(error):
                raise
            raise BadInput(f"the camera did not take the settings, nothing was changed: {error.reason}") from error

    def start_live_view(self) -> None:
        """Live view on; where it is on already, off and on, and what the camera has to tell is taken before.

        Raises ``CameraError``.
        """
        if self.live.on:
            self._looking.give_back()
            try:
                self._events.drain(self._intake.take, QUIET_BUDGET_SECONDS, quiet_seconds=RESTART_QUIET_SECONDS)
            except CameraError as error:
                if not faults.connection_good(error):
                    raise
        self.live.start()

    def stop_live_view(self) -> None:
        """Live view off; what it magnified is given back. Raises ``CameraError``."""
        self._looking.give_back()
        self.live.stop()

    def look(self, wanted: LookAt) -> None:
        """See ``Looking``."""
        if not self.has_live_view:
            raise CameraError(NO_LIVE_VIEW, kind=FailureKind.NOT_SUPPORTED)
        if not self.live.on:
            raise BadInput("live view is off: somebody has to watch it", field="magnification")
        self._looking.look(wanted)

    def capture(self, command: Capture, cancelled: Callable[[], bool]) -> None:
        """Take one still; whatever comes of it, the live settings are back in force afterwards, or soon.

        Raises ``CaptureError`` where only this shot failed, ``CameraError`` where the camera is of no more use.
        """
        progress = Progress(command.capture_id, self._outbox, self._clock)
        progress.enter("preparing", PREPARING_SECONDS)
        failure: CaptureError | None = None
        try:
            self._take(command, progress, cancelled)
        except CaptureError as error:
            failure = error
        except CameraError as error:
            if not faults.connection_good(error):
                raise
            failure = self._failed_shot(error)
            failure.__cause__ = error
        self._restore()
        # Events may still come: drained between frames from now on.
        self._drain_at = self._clock()
        self._telemetry.after_capture()
        if failure is not None:
            raise failure

    def focus(self, action: FocusAction, size: int, steps: int) -> None:
        """See ``Focusing``."""
        Focusing(self._camera, self._events, self._intake.take, self._clock).act(action, size, steps)

    def settle(self) -> None:
        """Drain events when due (until quiet after a shot), tell facts that changed.

        Raises ``CameraError``.
        """
        now = self._clock()
        if now >= self._drain_at:
            quiet = self._events.drain(self._intake.take, SETTLE_SECONDS)
            if self.profiles.restoring or self._resume:
                self._restore()
            if quiet:
                self._drain_at = self._clock() + DRAIN_EVERY_SECONDS
        self._buttons.settle()
        if not self.live.on:
            self._telemetry.keep_awake()
        self._intake.retry()
        if self.live.on and (self.live.beginning or not self._pace.due):
            return
        with self._pace.slice():
            self._telemetry.look(settled=not self._in_ram and not self._intake.waiting)
            if not (self.profiles.restoring or self._intake.waiting or self._pace.spent):
                self.settings.look()

    def end(self) -> None:
        """Leave the camera in order, as far as the connection allows."""
        try:
            if self._camera.connected:
                self._buttons.end()
                if self.has_live_view:
                    self.stop_live_view()
        except CameraError as error:
            self._outbox.send(Note(level="warning", text=f"the camera was not left in order: {error.reason}"))
        self._camera.close()

    def _take(self, command: Capture, progress: Progress, cancelled: Callable[[], bool]) -> None:
        def take(added: ObjectAdded) -> None:
            self._intake.take(added, progress.fetching)
            refuse_cancelled(cancelled)

        refuse_cancelled(cancelled)
        self._events.drain(take, QUIET_BUDGET_SECONDS)
        self._events.finish_shot(take, QUIET_BUDGET_SECONDS)
        refuse_cancelled(cancelled)
        self._looking.open_aperture()
        settings = dict(command.options.settings)
        if command.options.bulb_seconds is not None:
            settings |= bulb.settings(self._configuration, self._buttons)
        self.profiles.enter_capture(settings)
        if self.profiles.disable_viewfinder_before_capture and self.has_live_view:
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
            meanwhile=self._while_late,
        )
        in_force, released = shot.take(command, shot_files, self._intake, progress, cancelled)
        self._outbox.send(
            Captured(
                capture_id=command.capture_id,
                iso=in_force.iso,
                shutter_speed=in_force.shutter_speed,
                aperture=in_force.aperture,
                warning=released.warning,
                attempts=released.attempts,
                forced=released.forced,
            )
        )

    def _while_late(self) -> None:
        """The photo is late: live view goes on, and a card that was taken out is noticed.

        Raises ``CaptureError`` (NO_CARD), and ``CameraError`` where the connection broke.
        """
        self._buttons.settle()
        if not self._in_ram and self._clock() >= self._card_at:
            self._card_at = self._clock() + CARD_EVERY_SECONDS
            if not self._camera.has_storage():
                raise CaptureError(
                    "the camera's card was taken out during the shot; put it back: a photo that is on it is brought in",
                    kind=FailureKind.NO_CARD,
                )
        if not self.live.on:
            return
        try:
            jpeg = self.live.frame()
        except CameraError as error:
            if not faults.connection_good(error):
                raise
            return  # why live view is refused is told when the shot has ended
        if jpeg is not None:
            self._outbox.frame(round(self._clock() * 1_000_000), jpeg)

    def _failed_shot(self, error: CameraError) -> CaptureError:
        # A body without a card refuses the release with a bare "general error".
        if error.code == faults.GENERIC and error.kind is FailureKind.CAMERA_FAULT and not self._in_ram:
            self._has_card = self._camera.has_storage()
            if not self._has_card:
                return CaptureError(
                    "the camera has no card any more; put one in, or capture to RAM", kind=FailureKind.NO_CARD
                )
        if error.code == faults.GENERIC and error.kind is FailureKind.CAMERA_FAULT and battery_low(self._configuration):
            return CaptureError(f"no photo: {LOW_ADVICE}", kind=FailureKind.BATTERY_LOW)
        return CaptureError(error.reason, kind=error.kind)

    def _restore(self) -> None:
        try:
            self.profiles.leave_capture()
            if self._resume:
                self._resume = False
                self.live.start()
        except CameraError as error:
            if not faults.connection_good(error):
                raise
            # Still busy with the shot: tried again between frames.
            self._drain_at = self._clock()

    def _aim(self, target: str) -> str:
        setting = self._configuration.read("capturetarget")
        if setting is None:
            return "card" if self._has_card else "ram"
        choice = next((choice for choice in setting.choices if choice in _TARGETS[target]), None)
        if choice is None:
            return "card" if self._has_card else "ram"
        self._configuration.write(setting.name, choice)
        return target

    def _new_arrivals(self, staging: Path | None) -> ObjectIntake:
        return ObjectIntake(
            self._camera, self._outbox, self._clock, self._card_audit, camera_clock=self._camera_clock, staging=staging
        )

    def _new_events(self) -> Events:
        return Events(
            self._camera,
            self._configuration,
            self._clock,
            self._pause,
            in_ram=self._in_ram,
            late_seconds=self._late_seconds,
            leave=self._leave,
        )

    def _leave(self, film: ObjectAdded) -> None:
        self._intake.leave(film)
