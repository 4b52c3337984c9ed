"""One capture: read the settings in force, release, and fetch every file of the shot.

Theory of operation
-------------------
The camera does not say which release an object belongs to. It only reports objects, perhaps late and out of order: of
this shot, of an earlier one, or of the body's own button. An object is of this shot when, in this order

1. it is the twin of a file of this shot (``ShotFiles.has_twin``), or
2. it is not the twin of a file of an earlier capture, the camera's clock does not show that it was taken before the
   release (``CameraClock``), and this shot has no still of its own yet, or may take several.

Where that clock does not tell, the stills that earlier releases owe may come first (``ShotFiles.owed``): so many more
are collected, and the service decides which one is this capture's.

All others go to ``ObjectIntake``. The caller has drained the events, since a release discards those that wait (2.5.34
``library.c``), and events that arrive while the release is retried go to the intake too; so this decision concerns only
objects that arrive after the release. Waiting ends when every expected file has arrived, or at a time limit; each limit
is sent to the parent first (``Progress``), because the parent kills a process that exceeds it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.camera import ObjectAdded, ShotDone
from photonic.drivers.gphoto2.configuration import IMAGE_FORMAT_NAMES, expected_objects, takes_several
from photonic.drivers.gphoto2.exposure import ExposureSettings, allowance, exposure_settings
from photonic.drivers.gphoto2.progress import SECOND_OBJECT_SECONDS
from photonic.drivers.gphoto2.refusal import NO_PHOTO_IN_TIME, refuse_full_card
from photonic.drivers.gphoto2.release import Release, Released
from photonic.drivers.gphoto2.shot_files import CardFile, ShotFiles, stage, staged, staging_path
from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.model.exposure_end import ExposureEnd
from photonic.model.setting_name import SettingName
from photonic.worker.link.messages import Captured

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.bulb import BulbExposure
    from photonic.drivers.gphoto2.buttons import Buttons
    from photonic.drivers.gphoto2.camera import CameraEvent, GphotoCamera
    from photonic.drivers.gphoto2.camera_clock import CameraClock
    from photonic.drivers.gphoto2.configuration import Configuration
    from photonic.drivers.gphoto2.events import Events
    from photonic.drivers.gphoto2.object_intake import ObjectIntake
    from photonic.drivers.gphoto2.progress import Progress
    from photonic.worker.link.messages import Capture

POLL_SECONDS = 0.025
"""In a long wait the library polls only every 200 ms; short waits notice a photo sooner."""

LATE_PHOTO_SECONDS = 3.0
"""A photo is normally reported within this time after its exposure; after that, live view continues while waiting."""

SEVERAL_SECONDS = 3.0
"""A camera that does not report the end of its shot has taken its last still if none arrived for this long."""

AFTER_END_SECONDS = 0.5

LONGEST_BURST_SECONDS = 60.0
"""A button held down on the body does not prolong a capture further: later photos are recorded as the body's own."""


class Shot:
    """Takes one still.

    ``in_ram``: photos go to the camera's RAM, so its card does not matter. ``meanwhile`` is called repeatedly while a
    photo is late; an error that it raises ends the shot.
    """

    def __init__(
        self,
        camera: GphotoCamera,
        configuration: Configuration,
        events: Events,
        buttons: Buttons,
        *,
        clock: Callable[[], float],
        pause: Callable[[float], None],
        camera_clock: CameraClock,
        in_ram: bool,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        self._camera = camera
        self._configuration = configuration
        self._events = events
        self._buttons = buttons
        self._clock = clock
        self._pause = pause
        self._camera_clock = camera_clock
        self._in_ram = in_ram
        self._meanwhile = meanwhile
        self._older_photo: str | None = None

    def take(
        self,
        command: Capture,
        shot_files: ShotFiles,
        intake: ObjectIntake,
        progress: Progress,
        cancelled: Callable[[], bool],
    ) -> Captured:
        """Release, and stage every object of the shot.

        Args:
            command: What to capture.
            shot_files: Collects the objects of this shot.
            intake: Receives objects of other shots, and those that cannot be stored now.
            progress: Sends the phases and deadlines.
            cancelled: Whether the capture was cancelled.

        Returns:
            The message that ends the capture: the settings in force, and how the release went.

        Raises:
            CaptureError: Only this shot failed.
            CameraError: The camera failed.
        """
        in_force = exposure_settings(self._configuration)
        image_format = self._configuration.read(*IMAGE_FORMAT_NAMES)
        shot_files.expected = expected_objects(image_format.value if image_format else None)
        shot_files.several = takes_several(self._configuration.value(SettingName.DRIVE_MODE))
        if not self._in_ram:
            refuse_full_card(self._camera, self._configuration)
        bulb_seconds = command.options.bulb_seconds
        limits = allowance(in_force.shutter_speed if bulb_seconds is None else f"{bulb_seconds:f}", shot_files.expected)
        deadline = self._clock() + limits.total
        # The wait for an event also fetches a photo from the camera's RAM.
        progress.enter("exposing", limits.total + self._events.transfer_seconds)
        release = Release(
            self._camera,
            self._configuration,
            self._events,
            self._buttons,
            partial(intake.ingest, begun=progress.fetching),
            clock=self._clock,
            pause=self._pause,
        )
        early_objects: tuple[ObjectAdded, ...] = ()
        if bulb_seconds is None:
            released = release.fire(
                limits.trigger,
                cancelled,
                autofocus=command.options.autofocus,
                retry_without_autofocus=command.options.retry_without_autofocus,
            )
        else:
            held = release.hold(
                bulb_seconds,
                limits.trigger,
                cancelled,
                opened=lambda: progress.open(bulb_seconds),
                of_earlier_shot=lambda added: self._is_earlier(added, shot_files, release.pressed_at, intake),
            )
            in_force = replace(in_force, shutter_speed=f"{held.seconds:.1f}")
            limits = allowance(in_force.shutter_speed, shot_files.expected).after_exposure
            deadline = self._clock() + limits.total
            # A camera that has reported a file meanwhile closed its shutter itself.
            over = ExposureEnd.FILE if held.objects else ExposureEnd.BUTTON
            progress.enter("exposing", limits.total + self._events.transfer_seconds, exposed_from=over)
            released, early_objects = Released(warning=_warning(held, bulb_seconds)), held.objects
        # Only now: an object that arrives while the release is retried is of an earlier shot or the body's button.
        shot_files.released_at = release.pressed_at
        self._events.released()
        intake.follow(shot_files)
        for added in early_objects:
            self._sort(shot_files, added, intake, progress)
        self._collect(shot_files, deadline, self._clock() + limits.exposure + LATE_PHOTO_SECONDS, intake, progress)
        if not shot_files.missing:
            return _captured(shot_files, in_force, released)
        late = (
            f"{len(shot_files.files)} of {len(shot_files.files) + shot_files.missing} files arrived within "
            f"{SECOND_OBJECT_SECONDS:.0f} s; the rest will be imported when the camera reports them"
        )
        released = replace(released, warning="; ".join(filter(None, (released.warning, late))))
        return _captured(shot_files, in_force, released)

    def _collect(
        self, shot_files: ShotFiles, deadline: float, late_at: float, intake: ObjectIntake, progress: Progress
    ) -> None:
        """Collect reported objects until every file of the shot has arrived.

        If the drive mode may take several stills with one release, this lasts until the camera reports the end of
        the shot: a body accepts no second press during a shot, so everything reported before is of this release.
        """
        newest = self._clock()
        over_at: float | None = None
        while shot_files.missing or shot_files.awaits_still or (shot_files.several and not self._is_over(over_at)):
            now = self._clock()
            if shot_files.files and now > deadline + LONGEST_BURST_SECONDS:
                return
            if shot_files.files and now > newest + (SECOND_OBJECT_SECONDS if shot_files.missing else SEVERAL_SECONDS):
                return
            # If the report of the photo was lost, waiting does not help, but a photo in RAM does not survive reopening.
            hopeless = self._events.unread is not None and not self._in_ram
            if not shot_files.files and now > (late_at if hopeless else deadline):
                raise self._no_photo_error()
            event = self._events.next_of_shot(POLL_SECONDS)
            self._check_supported(event)
            if over_at is not None and self._events.shot_in_progress:
                # Another shot has begun after this one's end: only the files that its stills still lack are its own.
                shot_files.several = False
            if isinstance(event, ObjectAdded):
                if self._sort(shot_files, event, intake, progress):
                    newest = self._clock()
            elif isinstance(event, ShotDone):
                # Before the first photo of this shot, it may be the end of an earlier one.
                over_at = now if shot_files.files else None
            elif now > late_at:
                self._meanwhile()

    def _no_photo_error(self) -> CameraError | CaptureError:
        if self._events.unread is not None:
            return faults.LostTrack("no photo arrived, and the report of one may be lost", self._events.unread)
        if self._older_photo is None:
            return CaptureError(NO_PHOTO_IN_TIME, kind=FailureKind.TIMEOUT)
        # The next capture must not fail for the same reason.
        self._camera_clock.reset()
        return CaptureError(
            f"no photo of this capture arrived, only {self._older_photo}, which was taken earlier according to the "
            "camera's clock and is recorded as taken with its own button; if the clock was just set back, try again",
            kind=FailureKind.TIMEOUT,
        )

    def _check_supported(self, event: CameraEvent) -> None:
        """Raise ``CaptureError`` if this camera reports no events, so that waiting is pointless."""
        if self._events.unsupported is not None and not isinstance(event, ObjectAdded):
            raise CaptureError(
                "the shutter has fired, but the camera does not report its photos over this connection; the photo "
                f"stays on its card and will be imported when the camera is reopened ({self._events.unsupported})",
                kind=FailureKind.NOT_SUPPORTED,
            )

    def _is_over(self, over_at: float | None) -> bool:
        """Whether no more objects follow after a shot that ended at ``over_at``.

        A camera may report its last photo after the end. If it also reports when a shot begins, another one may have
        begun, so this waits briefly for its end.
        """
        if over_at is None:
            return False
        return not self._events.no_shot_in_progress or self._clock() > over_at + AFTER_END_SECONDS

    def _sort(self, shot_files: ShotFiles, added: ObjectAdded, intake: ObjectIntake, progress: Progress) -> bool:
        """Stage an object, for this capture or through the intake; return whether it belongs to this capture."""
        file = intake.examine(added)
        if file is None:
            return False
        if not self._is_of(shot_files, file, intake):
            intake.ingest_examined(added, file, progress.fetching)
            return False
        progress.first_file()
        path = staging_path(shot_files.staging, shot_files.capture_id, shot_files.add(file), added.name)
        try:
            fetched = stage(self._camera, added, path, progress.fetching)
        except (CaptureError, CameraError) as error:
            if isinstance(error, CaptureError) or faults.session_good(error):
                intake.retry_later(added, file, shot_files, error.reason)
            raise
        intake.report(staged(shot_files.capture_id, added, fetched), file)
        return True

    def _is_of(self, shot_files: ShotFiles, file: CardFile, intake: ObjectIntake) -> bool:
        if shot_files.has_twin(file):
            return True
        if intake.of_earlier_capture(file, shot_files):
            return False
        if self._camera_clock.before(file.taken_at, shot_files.released_at):
            self._older_photo = file.name
            return False
        return shot_files.several or shot_files.awaits_still

    def _is_earlier(self, added: ObjectAdded, shot_files: ShotFiles, opened_at: float, intake: ObjectIntake) -> bool:
        file = CardFile.of(self._camera, added)
        before = self._camera_clock.before(file.taken_at, opened_at)
        return before or intake.may_be_owed or intake.of_earlier_capture(file, shot_files)


def _captured(shot_files: ShotFiles, in_force: ExposureSettings, released: Released) -> Captured:
    return Captured(
        capture_id=shot_files.capture_id,
        owed=shot_files.owed,
        iso=in_force.iso,
        shutter_speed=in_force.shutter_speed,
        aperture=in_force.aperture,
        warning=released.warning,
        attempts=released.attempts,
        forced=released.forced,
    )


def _warning(held: BulbExposure, wanted_seconds: float) -> str | None:
    early = f"the exposure ended after {held.seconds:.1f} s instead of {wanted_seconds:g} s" if held.early else None
    return "; ".join(filter(None, (early, held.warning))) or None
