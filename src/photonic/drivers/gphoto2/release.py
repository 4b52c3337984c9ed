"""The shutter release: retried while the camera is busy, given up on request, forced where the lens finds no focus.

Once the shutter may have fired, nothing is tried again: a second press would be a second photo.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.bulb import (
    BULB,
    CANON_LET_GO,
    CANON_PRESS_WITHOUT_FOCUS,
    CANON_RELEASE,
    Held,
    button,
    canon_word,
)
from photonic.drivers.gphoto2.camera import ObjectAdded
from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.model.setting_name import SettingName

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.camera import Camera
    from photonic.drivers.gphoto2.configuration import Configuration
    from photonic.drivers.gphoto2.events import Events

QUIET_BUDGET_SECONDS = 2.0
"""How long events may keep coming before a shot: Fuji sends them late."""

BUSY_SECONDS = 5.0
BUSY_POLL_SECONDS = 0.1
HELD_POLL_SECONDS = 0.1
"""Between two looks at an open shutter: whether it is to be closed, and whether the camera is still there."""

NIKON_FOCUS = "autofocus"
"""Whether the release focuses first (2.5.34 ``library.c``, ``ptp2`` setting ``autofocus``)."""

FORCED = "taken without autofocus, because the camera could not focus"
NEEDS_FOCUS = "this camera focuses before each photo that is asked for from here: switch its lens to manual focus"
_BY_HAND = ("manual", "mf")
_BUTTON_LEFT = "the camera did not let its shutter button go; if it stays busy, switch it off and on"
_LEFT = {
    CANON_RELEASE: _BUTTON_LEFT,
    BULB: _BUTTON_LEFT,
    NIKON_FOCUS: "autofocus could not be switched on again; switch the camera off and on",
}


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
        camera: Camera,
        configuration: Configuration,
        events: Events,
        take: Callable[[ObjectAdded], None],
        *,
        clock: Callable[[], float],
        pause: Callable[[float], None],
    ) -> None:
        self._camera = camera
        self._configuration = configuration
        self._events = events
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
            warning = self._press(lambda: self._camera.trigger(limit_seconds), cancelled)
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
        what = button(self._configuration)

        def down() -> str | None:
            try:
                self._camera.write(what.name, what.down, limit_seconds)
            except CameraError:
                self._put_back(what.name, what.up)
                raise
            finally:
                self._configuration.doubt()
            return None

        self._press(down, cancelled)
        began = self._clock()
        opened()
        told: ObjectAdded | None = None
        try:
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
        except (CaptureError, CameraError) as error:
            if isinstance(error, CaptureError) or faults.connection_good(error):
                self._put_back(what.name, what.up)
            raise
        held = self._clock() - began
        warning = self._put_back(what.name, what.up)
        return Held(held, held < seconds, () if told is None else (told,), warning)

    def _press(self, press: Callable[[], str | None], cancelled: Callable[[], bool]) -> str | None:
        until = self._clock() + BUSY_SECONDS
        while True:
            refuse_cancelled(cancelled)
            self.pressed_at = self._clock()
            try:
                return press()
            except CameraError as error:
                if faults.connection_good(error) and faults.fired(error):
                    return self._let_go()
                if error.kind is not FailureKind.CAMERA_BUSY or self._clock() >= until:
                    raise
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
        if self._configuration.read(CANON_RELEASE) is not None:
            words = (CANON_PRESS_WITHOUT_FOCUS, CANON_LET_GO)
            press, let_go = (canon_word(self._configuration, word) for word in words)
            return None if press is None or let_go is None else lambda: self._canon_button(press, let_go, limit_seconds)
        focus = self._configuration.read(NIKON_FOCUS)
        # Sony has a half press by that name, which is no choice.
        if focus is not None and {"On", "Off"} <= set(focus.choices):
            return lambda: self._nikon_unfocused(limit_seconds)
        return None

    def _let_go(self) -> str | None:
        """The shutter has fired, and the library could not let the button go: once more; why it did not work."""
        let_go = canon_word(self._configuration, CANON_LET_GO)
        return _LEFT[CANON_RELEASE] if let_go is None else self._put_back(CANON_RELEASE, let_go)

    def _canon_button(self, press: str, let_go: str, limit_seconds: float) -> str | None:
        try:
            # Some bodies answer the full press only after the exposure.
            self._camera.write(CANON_RELEASE, press, limit_seconds)
        except CameraError:
            self._put_back(CANON_RELEASE, let_go)
            raise
        return self._put_back(CANON_RELEASE, let_go)

    def _nikon_unfocused(self, limit_seconds: float) -> str | None:
        self._camera.write(NIKON_FOCUS, "Off")
        try:
            self._camera.trigger(limit_seconds)
        except CameraError:
            self._put_back(NIKON_FOCUS, "On")
            raise
        return self._put_back(NIKON_FOCUS, "On")

    def _put_back(self, name: str, value: str | int) -> str | None:
        """Leave the button and the focus as they were, tried for as long as the camera is busy; why it did not work.

        Raises ``CameraError`` where the connection broke.
        """
        until = self._clock() + BUSY_SECONDS
        while True:
            try:
                self._camera.write(name, value)
            except CameraError as error:
                if not faults.connection_good(error):
                    raise
                if error.code != faults.BUSY or self._clock() >= until:
                    return f"{_LEFT[name]} ({error.reason})"
                self._pause(BUSY_POLL_SECONDS)
            else:
                return None
            finally:
                self._configuration.doubt()
