"""The shutter release: retried while the camera is busy, given up on request, forced where the lens finds no focus.

Once the shutter may have fired, nothing is tried again: a second press would be a second photo.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.bulb import Held, button
from photonic.drivers.gphoto2.buttons import BUTTON_LEFT, NIKON_FOCUS, Button
from photonic.drivers.gphoto2.camera import ObjectAdded
from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.model.setting_name import SettingName

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.buttons import Buttons
    from photonic.drivers.gphoto2.camera import GphotoCamera
    from photonic.drivers.gphoto2.configuration import Configuration
    from photonic.drivers.gphoto2.events import Events

QUIET_BUDGET_SECONDS = 2.0
"""How long events may keep coming before a shot: Fuji sends them late."""

BUSY_SECONDS = 5.0
BUSY_POLL_SECONDS = 0.1
HELD_POLL_SECONDS = 0.1
"""Between two looks at an open shutter: whether it is to be closed, and whether the camera is still there."""

FORCED = "taken without autofocus, because the camera could not focus"
NEEDS_FOCUS = "this camera focuses before each photo that is asked for from here: switch its lens to manual focus"
_BY_HAND = ("manual", "mf")
_NIKON_UNFOCUSED = Button(NIKON_FOCUS, "Off", "On")


@dataclass(frozen=True, slots=True)
class Released:
    """The shutter has fired. ``attempts``: how often it was asked to, waits for a busy camera apart; ``forced``: the
    last one went without autofocus."""

    attempts: int = 1
    forced: bool = False
    warning: str | None = None


def refuse_cancelled(cancelled: Callable[[], bool]) -> None:
    """Raises ``CaptureError`` (CANCELLED) when the capture was given up."""
    if cancelled():
        raise CaptureError("cancelled on request before the exposure", kind=FailureKind.CANCELLED)


class Release:
    """Fires the shutter once. ``take`` gets photos of earlier shots that come meanwhile.

    ``pressed_at``: when the camera was asked to fire the last time, on ``clock``.
    """

    def __init__(
        self,
        camera: GphotoCamera,
        configuration: Configuration,
        events: Events,
        buttons: Buttons,
        take: Callable[[ObjectAdded], None],
        *,
        clock: Callable[[], float],
        pause: Callable[[float], None],
    ) -> None:
        self._camera = camera
        self._configuration = configuration
        self._events = events
        self._buttons = buttons
        self._take = take
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
        """Focus, if that is wanted, and release; where the lens finds no focus and that is wanted, release without.

        Raises ``CaptureError`` (CANCELLED, NOT_SUPPORTED), ``CameraError``: nothing was exposed.
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
    ) -> Held:
        """Hold the shutter open for ``seconds``, or until it is given up; ``opened`` is called when it is open.

        A camera that tells of the photo before has closed it by itself. ``limit_seconds``: the most that the camera may
        take to answer. Raises ``CaptureError`` (NOT_SUPPORTED, CANCELLED) and ``CameraError``: nothing was exposed; and
        ``CameraError`` where the connection broke while the shutter was open.
        """
        what = button(self._configuration, self._buttons)
        self._press(lambda: self._buttons.press(what, limit_seconds), cancelled)
        told: ObjectAdded | None = None
        try:
            began = self._clock()
            opened()
            while told is None and not cancelled() and (left := began + seconds - self._clock()) > 0:
                if left < HELD_POLL_SECONDS:
                    self._pause(left)
                    continue
                event = self._events.next(HELD_POLL_SECONDS / 2)
                if isinstance(event, ObjectAdded):
                    if of_earlier_shot(event):
                        self._take(event)
                    else:
                        told = event
        except BaseException:
            self._buttons.abandon(what)
            raise
        early = self._clock() - began < seconds
        warning = self._buttons.let_go(what)
        return Held(self._clock() - began, early, () if told is None else (told,), warning)

    def _press(self, press: Callable[[], str | None], cancelled: Callable[[], bool]) -> str | None:
        """Press, again and again while the camera is busy.

        An EOS tells when a shot begins and when it is over. Where the second word is lost, the library takes it for
        busy from then on, and does not ask it any more, until capture is prepared anew (2.5.34 ``library.c``,
        ``config.c``: ``eos_camerastatus``). So that is done once, before the camera is believed to be busy.
        """
        until, prepared = self._clock() + BUSY_SECONDS, False
        while True:
            refuse_cancelled(cancelled)
            self.pressed_at = self._clock()
            try:
                return press()
            except CameraError as error:
                if faults.connection_good(error) and faults.fired(error):
                    return self._let_go()
                if error.kind is not FailureKind.CAMERA_BUSY:
                    raise
                if self._clock() >= until:
                    if prepared or not self._camera.prepare():
                        raise
                    prepared = True
                    continue
            # Busy means: an object waits to be taken, or the buffer is being written.
            event = self._events.next(BUSY_POLL_SECONDS)
            if isinstance(event, ObjectAdded):
                self._take(event)
            self._events.drain(self._take, QUIET_BUDGET_SECONDS)

    @property
    def _focused_by_hand(self) -> bool:
        return (self._configuration.value(SettingName.FOCUS_MODE) or "").casefold().startswith(_BY_HAND)

    def _without_focus(self, limit_seconds: float) -> Callable[[], str | None] | None:
        """How this camera fires without focusing first; ``None``: it cannot."""
        if (canon := self._buttons.canon) is not None:
            return lambda: self._press_once(canon, limit_seconds)
        focus = self._configuration.read(NIKON_FOCUS)
        # Sony has a half press by that name, which is no choice.
        if focus is not None and {"On", "Off"} <= set(focus.choices):
            return lambda: self._nikon_unfocused(limit_seconds)
        return None

    def _trigger(self, limit_seconds: float) -> str | None:
        with self._buttons.pressed_by_library():
            self._camera.trigger(limit_seconds)

    def _let_go(self) -> str | None:
        """The shutter has fired, and the library could not let the button go: once more; why it did not work."""
        return BUTTON_LEFT if self._buttons.canon is None else self._buttons.let_go(self._buttons.canon)

    def _press_once(self, button: Button, limit_seconds: float) -> str | None:
        # Some bodies answer the full press only after the exposure.
        self._buttons.press(button, limit_seconds)
        return self._buttons.let_go(button)

    def _nikon_unfocused(self, limit_seconds: float) -> str | None:
        self._buttons.press(_NIKON_UNFOCUSED, limit_seconds)
        try:
            self._camera.trigger(limit_seconds)
        except BaseException:
            self._buttons.abandon(_NIKON_UNFOCUSED)
            raise
        return self._buttons.let_go(_NIKON_UNFOCUSED)
