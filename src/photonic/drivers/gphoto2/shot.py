"""One capture: wait until the camera is quiet, release, take every file of the shot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.camera import ObjectAdded, ShotDone
from photonic.drivers.gphoto2.configuration import IMAGE_FORMAT_NAMES, expected_objects, takes_several
from photonic.drivers.gphoto2.exposure import allowance
from photonic.drivers.gphoto2.progress import SECOND_OBJECT_SECONDS
from photonic.drivers.gphoto2.release import Release, Released
from photonic.drivers.gphoto2.shot_files import CardFile, ShotFiles, stage, staged, staging_path
from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.model.setting_name import SettingName

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.bulb import Held
    from photonic.drivers.gphoto2.buttons import Buttons
    from photonic.drivers.gphoto2.camera import CameraEvent, GphotoCamera
    from photonic.drivers.gphoto2.camera_clock import CameraClock
    from photonic.drivers.gphoto2.configuration import Configuration
    from photonic.drivers.gphoto2.events import Events
    from photonic.drivers.gphoto2.object_intake import ObjectIntake
    from photonic.drivers.gphoto2.progress import Progress
    from photonic.worker.link.messages import Capture

POLL_SECONDS = 0.025
"""The library backs off to 200 ms between looks when it waits by itself; short waits see a photo sooner."""

LATE_PHOTO_SECONDS = 3.0
"""A photo is told of within this time after its exposure, or something is wrong: nobody has to look at a still picture
until it comes, or does not."""

SEVERAL_SECONDS = 3.0
"""A camera that does not say when its shot is over has taken its last still when none came for so long."""


AFTER_END_SECONDS = 0.5

LONGEST_BURST_SECONDS = 60.0
"""A button that somebody holds down keeps no capture longer: what comes later is recorded as the body's own."""


@dataclass(frozen=True, slots=True)
class InForce:
    """The exposure settings of a shot, as the camera writes them; ``None`` where it has no such setting."""

    iso: str | None
    shutter_speed: str | None
    aperture: str | None


class Shot:
    """Takes one still after the other.

    ``in_ram``: photos go to the camera's RAM, the card is not asked. ``meanwhile`` is called again and again while a
    photo is late; what it raises ends the shot.
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
        self._older: str | None = None

    def take(
        self,
        command: Capture,
        shot_files: ShotFiles,
        intake: ObjectIntake,
        progress: Progress,
        cancelled: Callable[[], bool],
    ) -> tuple[InForce, Released]:
        """Release and stage every object of the shot; the settings in force, and how it went.

        ``shot_files`` collects the objects; ``intake`` gets those of earlier shots, and those that cannot be stored
        now. The caller has drained the events: the trigger throws waiting ones away (2.5.34 ``library.c``).

        Raises ``CaptureError`` and ``CameraError``.
        """
        in_force = self._in_force()
        image_format = self._configuration.read(*IMAGE_FORMAT_NAMES)
        shot_files.expected = expected_objects(image_format.value if image_format else None)
        shot_files.several = takes_several(self._configuration.value(SettingName.DRIVE_MODE))
        self._refuse_full_card()
        bulb_seconds = command.options.bulb_seconds
        limits = allowance(in_force.shutter_speed if bulb_seconds is None else f"{bulb_seconds:f}", shot_files.expected)
        deadline = self._clock() + limits.total
        # A photo in the camera's RAM is fetched while its event is waited for.
        progress.enter("exposing", limits.total + self._events.transfer_seconds)
        release = Release(
            self._camera,
            self._configuration,
            self._events,
            self._buttons,
            partial(intake.take, begun=progress.fetching),
            clock=self._clock,
            pause=self._pause,
        )
        told: tuple[ObjectAdded, ...] = ()
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
                of_earlier_shot=lambda added: self._of_earlier_shot(added, shot_files, release.pressed_at, intake),
            )
            in_force = replace(in_force, shutter_speed=f"{held.seconds:.1f}")
            limits = allowance(in_force.shutter_speed, shot_files.expected).after_exposure
            deadline = self._clock() + limits.total
            progress.enter("exposing", limits.total + self._events.transfer_seconds)
            released, told = Released(warning=_words(held, bulb_seconds)), held.objects
        # Not before: what comes while the release is refused is of an earlier shot, or of the body's own button.
        shot_files.released_at = release.pressed_at
        self._events.released()
        intake.follow(shot_files)
        for added in told:
            self._sort(shot_files, added, intake, progress)
        self._collect(shot_files, deadline, self._clock() + limits.exposure + LATE_PHOTO_SECONDS, intake, progress)
        if not shot_files.missing:
            return in_force, released
        late = (
            f"{len(shot_files.files) + shot_files.missing} files were due, "
            f"{len(shot_files.files)} came within {SECOND_OBJECT_SECONDS:.0f} s; "
            "the rest is taken in when the camera offers it"
        )
        return in_force, replace(released, warning="; ".join(filter(None, (released.warning, late))))

    def _in_force(self) -> InForce:
        return InForce(
            iso=self._configuration.value(SettingName.ISO),
            shutter_speed=self._configuration.value(SettingName.SHUTTER),
            aperture=self._configuration.value(SettingName.APERTURE),
        )

    def _refuse_full_card(self) -> None:
        if self._in_ram:
            return
        shots = self._configuration.read("availableshots")
        if shots is not None and shots.value == "0":
            self._configuration.doubt()
            if not self._camera.has_storage():
                raise CaptureError(
                    "the camera has no card any more; put one in, or capture to RAM", kind=FailureKind.NO_CARD
                )
            raise CaptureError(
                "the camera's card is full; change it or delete photos", kind=FailureKind.CAMERA_STORAGE_FULL
            )

    def _collect(
        self, shot_files: ShotFiles, deadline: float, late_at: float, intake: ObjectIntake, progress: Progress
    ) -> None:
        """Take what is told of until every file of the shot is here.

        Where the drive mode may take several stills with one release, until the camera says that the shot is over: what
        it has told of up to then was taken by this release, since a body takes no second press during a shot.
        """
        newest = self._clock()
        over_at: float | None = None
        while shot_files.missing or (shot_files.several and not self._is_over(over_at)):
            now = self._clock()
            if shot_files.files and now > deadline + LONGEST_BURST_SECONDS:
                return
            if shot_files.files and now > newest + (SECOND_OBJECT_SECONDS if shot_files.missing else SEVERAL_SECONDS):
                return
            if not shot_files.files and now > deadline:
                raise self._nothing_came()
            event = self._events.next(POLL_SECONDS)
            self._check_told(event)
            if isinstance(event, ObjectAdded):
                if self._sort(shot_files, event, intake, progress):
                    newest = self._clock()
            elif isinstance(event, ShotDone):
                # Before its photos are told of, it may be the end of an earlier shot.
                over_at = now if shot_files.files else None
            elif now > late_at:
                self._meanwhile()

    def _nothing_came(self) -> CaptureError:
        if self._older is None:
            return CaptureError(
                "the camera took the picture or not, but no photo of it came within the time that this exposure "
                "needs; check the card, the lens and the drive mode",
                kind=FailureKind.TIMEOUT,
            )
        # The next capture must not fail for the same reason.
        self._camera_clock.learn_anew()
        return CaptureError(
            f"no photo of it came, only {self._older}, which by the camera's clock was taken before: it is recorded as "
            "the body's own; if the camera's clock was set back just now, try again",
            kind=FailureKind.TIMEOUT,
        )

    def _check_told(self, event: CameraEvent) -> None:
        """Raises ``CaptureError`` where this camera tells of nothing: waiting would be in vain."""
        if self._events.unsupported is not None and not isinstance(event, ObjectAdded):
            raise CaptureError(
                "the shutter has fired, but over this connection the camera does not tell of its photos; the "
                f"photo stays on its card and is fetched when the camera is opened again ({self._events.unsupported})",
                kind=FailureKind.NOT_SUPPORTED,
            )

    def _is_over(self, over_at: float | None) -> bool:
        """Whether nothing more is told of a shot that ended then. A camera may tell of its last photo after the end;
        where it also says when another shot begins, that is waited for a moment."""
        if over_at is None:
            return False
        return not self._events.nothing_begun or self._clock() > over_at + AFTER_END_SECONDS

    def _sort(self, shot_files: ShotFiles, added: ObjectAdded, intake: ObjectIntake, progress: Progress) -> bool:
        """Stage an object, for this capture where it is of it; whether it is."""
        file = intake.examine(added)
        if file is None:
            return False
        if not self._is_of(shot_files, file, intake):
            intake.take_examined(added, file, progress.fetching)
            return False
        progress.advance("downloading")
        path = staging_path(shot_files.staging, shot_files.capture_id, shot_files.add(file), added.name)
        try:
            details = stage(self._camera, added, path, progress.fetching)
        except (CaptureError, CameraError) as error:
            if isinstance(error, CaptureError) or faults.connection_good(error):
                intake.keep(added, file, shot_files, error.reason)
            raise
        intake.tell(staged(shot_files.capture_id, added, path, details), file)
        return True

    def _is_of(self, shot_files: ShotFiles, file: CardFile, intake: ObjectIntake) -> bool:
        if shot_files.has_twin(file):
            return True
        if intake.of_earlier_capture(file, shot_files):
            return False
        if self._camera_clock.before(file.taken_at, shot_files.released_at):
            self._older = file.name
            return False
        return shot_files.several or not shot_files.files

    def _of_earlier_shot(
        self, added: ObjectAdded, shot_files: ShotFiles, opened_at: float, intake: ObjectIntake
    ) -> bool:
        file = CardFile.of(self._camera, added)
        return intake.of_earlier_capture(file, shot_files) or self._camera_clock.before(file.taken_at, opened_at)


def _words(held: Held, wanted_seconds: float) -> str | None:
    early = f"the exposure ended after {held.seconds:.1f} s of {wanted_seconds:g} s" if held.early else None
    return "; ".join(filter(None, (early, held.warning))) or None
