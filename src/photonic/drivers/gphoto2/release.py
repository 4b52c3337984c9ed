"""The shutter release: retried while the camera is busy, cancelled on request, forced if the lens cannot focus.

Once the shutter may have fired, nothing is retried: a second press would be a second photo.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.bulb import BulbExposure, button
from photonic.drivers.gphoto2.buttons import BUTTON_DOWN
from photonic.drivers.gphoto2.camera import ObjectAdded
from photonic.drivers.gphoto2.makers import registry
from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.model.setting_name import SettingName

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.buttons import Buttons
    from photonic.drivers.gphoto2.camera import GphotoCamera
    from photonic.drivers.gphoto2.configuration import Configuration
    from photonic.drivers.gphoto2.events import Events
    from photonic.drivers.gphoto2.makers.maker import Button

QUIET_BUDGET_SECONDS = 2.0
"""The longest time that events are drained before a shot: some cameras send them late."""

BUSY_SECONDS = 5.0
BUSY_POLL_SECONDS = 0.1
HELD_POLL_SECONDS = 0.1
"""How often a bulb exposure checks for a cancellation and for a lost camera."""

FORCED = "taken without autofocus, because the camera could not focus"
NEEDS_FOCUS = "this camera focuses before each remote photo: switch its lens to manual focus"
_BY_HAND = ("manual", "mf")


@dataclass(frozen=True, slots=True)
class Released:
    """The shutter has fired.

    ``attempts``: the number of release attempts, not counting retries while the camera was busy. ``forced``: the last
    attempt was made without autofocus.
    """

    attempts: int = 1
    forced: bool = False
    warning: str | None = None


def refuse_cancelled(cancelled: Callable[[], bool]) -> None:
    """Raise ``CaptureError`` (CANCELLED) if the capture was cancelled."""
    if cancelled():
        raise CaptureError("cancelled on request before the exposure", kind=FailureKind.CANCELLED)


class Release:
    """Fires the shutter once.

    ``ingest`` is called for photos of earlier shots that arrive meanwhile. ``pressed_at``: when the camera was last
    asked to fire, on ``clock`` (seconds, monotonic).
    """

    def __init__(
        self,
        camera: GphotoCamera,
        configuration: Configuration,
        events: Events,
        buttons: Buttons,
        ingest: Callable[[ObjectAdded], None],
        *,
        clock: Callable[[], float],
        pause: Callable[[float], None],
    ) -> None:
        self._camera = camera
        self._configuration = configuration
        self._events = events
        self._buttons = buttons
        self._ingest = ingest
        self._clock = clock
        self._pause = pause
        self.pressed_at = clock()

    def fire(
        self,
        limit_seconds: float,
        cancelled: Callable[[], bool],
        *,
        autofocus: bool = True,
        retry_without_autofocus: bool = False,
    ) -> Released:
        """Focus if requested, and release.

        Args:
            limit_seconds: The longest time that the camera may take to answer.
            cancelled: Whether the capture was cancelled; checked for the last time right before the release.
            autofocus: Focus first.
            retry_without_autofocus: Release without focus if the lens cannot focus.

        Raises:
            CaptureError: CANCELLED or NOT_SUPPORTED; nothing was exposed.
            CameraError: The release failed; nothing was exposed.
        """
        if not autofocus and not self._focused_by_hand:
            press = self._without_focus(limit_seconds)
            if press is None:
                raise CaptureError(NEEDS_FOCUS, kind=FailureKind.NOT_SUPPORTED)
            return Released(warning=self._press(press, cancelled))
        try:
            warning = self._press(lambda: self._trigger(limit_seconds), cancelled)
        except CameraError as error:
            if error.kind is not FailureKind.AUTOFOCUS_FAILED or not retry_without_autofocus:
                raise
            press = self._without_focus(limit_seconds)
            if press is None:
                raise
            warning = self._press(press, cancelled)
            return Released(attempts=2, forced=True, warning="; ".join(filter(None, (FORCED, warning))))
        return Released(warning=warning)

    def hold(
        self,
        seconds: float,
        limit_seconds: float,
        cancelled: Callable[[], bool],
        *,
        opened: Callable[[], None],
        of_earlier_shot: Callable[[ObjectAdded], bool],
    ) -> BulbExposure:
        """Hold the shutter open.

        A camera that reports the shot's photo during the exposure has closed its shutter itself.

        Args:
            seconds: How long to hold it open, unless cancelled.
            limit_seconds: The longest time that the camera may take to answer.
            cancelled: Whether the capture was cancelled; ends the exposure.
            opened: Called when the shutter is open.
            of_earlier_shot: Whether an object that arrives meanwhile is from an earlier shot.

        Raises:
            CaptureError: NOT_SUPPORTED or CANCELLED; nothing was exposed.
            CameraError: The press failed and nothing was exposed, or the connection broke while the shutter was open.
        """
        held = button(self._configuration, self._buttons)
        self._press(lambda: self._buttons.press(held, limit_seconds), cancelled)
        own: ObjectAdded | None = None
        try:
            began = self._clock()
            opened()
            while own is None and not cancelled() and (left := began + seconds - self._clock()) > 0:
                if left < HELD_POLL_SECONDS:
                    self._pause(left)
                    continue
                event = self._events.next(HELD_POLL_SECONDS / 2)
                if isinstance(event, ObjectAdded):
                    if of_earlier_shot(event):
                        self._ingest(event)
                    else:
                        own = event
        except BaseException:
            self._buttons.try_release(held)
            raise
        early = self._clock() - began < seconds
        warning = self._buttons.release(held)
        return BulbExposure(self._clock() - began, early, () if own is None else (own,), warning)

    def _press(self, press: Callable[[], str | None], cancelled: Callable[[], bool]) -> str | None:
        """Press, and retry while the camera is busy.

        An EOS reports when a shot begins and when it is over. If the second report is lost, the library considers the
        camera busy and sends it no requests until capture is prepared again (2.5.34 ``library.c``, ``config.c``:
        ``eos_camerastatus``). So capture is prepared once before the camera is reported as busy.
        """
        until, prepared = self._clock() + BUSY_SECONDS, False
        while True:
            refuse_cancelled(cancelled)
            self.pressed_at = self._clock()
            try:
                return press()
            except CameraError as error:
                if faults.connection_good(error) and faults.fired(error):
                    return self._release_button()
                if error.kind is not FailureKind.CAMERA_BUSY:
                    raise
                if self._clock() >= until:
                    if prepared or not self._camera.prepare():
                        raise
                    prepared = True
                    continue
            # Busy means that an object waits to be fetched, or that the buffer is being written.
            event = self._events.next(BUSY_POLL_SECONDS)
            if isinstance(event, ObjectAdded):
                self._ingest(event)
            self._events.drain(self._ingest, QUIET_BUDGET_SECONDS)

    @property
    def _focused_by_hand(self) -> bool:
        return (self._configuration.value(SettingName.FOCUS_MODE) or "").casefold().startswith(_BY_HAND)

    def _without_focus(self, limit_seconds: float) -> Callable[[], str | None] | None:
        """How this camera releases without focusing first; ``None`` if it cannot."""
        if (shutter := self._buttons.shutter) is not None:
            return lambda: self._press_once(shutter, limit_seconds)
        for switch in registry.AUTOFOCUS_SWITCHES:
            entry = self._configuration.read(switch.name)
            if entry is not None and {switch.down, switch.up} <= set(entry.choices):
                return lambda switch=switch: self._trigger_unfocused(switch, limit_seconds)
        return None

    def _trigger(self, limit_seconds: float) -> str | None:
        with self._buttons.pressed_by_library():
            self._camera.trigger(limit_seconds)

    def _release_button(self) -> str | None:
        """The shutter has fired, but the library could not release the button: release it, or return a warning."""
        return BUTTON_DOWN if self._buttons.shutter is None else self._buttons.release(self._buttons.shutter)

    def _press_once(self, shutter: Button, limit_seconds: float) -> str | None:
        # Some bodies answer the full press only after the exposure.
        self._buttons.press(shutter, limit_seconds)
        return self._buttons.release(shutter)

    def _trigger_unfocused(self, switch: Button, limit_seconds: float) -> str | None:
        self._buttons.press(switch, limit_seconds)
        try:
            self._camera.trigger(limit_seconds)
        except BaseException:
            self._buttons.try_release(switch)
            raise
        return self._buttons.release(switch)
