"""Focus without a photo: the lens finds it by itself, or is driven nearer and farther by steps."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.camera import ObjectAdded, Quiet, Report, SettingKind
from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.model.focus import FocusAction

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.camera import GphotoCamera, Setting
    from photonic.drivers.gphoto2.events import Events

AUTO, CANCEL, DRIVE = "autofocusdrive", "cancelautofocus", "manualfocusdrive"
AUTO_SECONDS = 15.0
"""Longest time for the call: a half press has taken 8 s on a 5D Mark II with a slow lens (libgphoto2 ``library.c``)."""

RESULT_SECONDS = 1.0
"""What an EOS is given to tell how it went, once the lens has stopped; other makers' calls fail by themselves."""

_EVENT_SECONDS = 0.1
_RESULT = "Focus Info "
_SHARP = "000000000101"
_PULSES = {1: 30, 2: 150, 3: 600}
"""Of a Nikon's 32,767: small, medium and large steps like those that an EOS has by itself."""


class Focusing:
    """The lens of one open camera. ``take``: for photos of the body's button that come meanwhile."""

    def __init__(
        self, camera: GphotoCamera, events: Events, take: Callable[[ObjectAdded], None], clock: Callable[[], float]
    ) -> None:
        self._camera = camera
        self._events = events
        self._take = take
        self._clock = clock

    def act(self, action: FocusAction, size: int, steps: int) -> None:
        """Carry it out; ``size`` (1 small to 3 large) and ``steps`` are for near and far.

        Raises ``BadInput`` where this camera cannot, or not now; ``CaptureError`` (AUTOFOCUS_FAILED) where the lens
        found no focus; ``CameraError`` where the connection broke.
        """
        try:
            match action:
                case FocusAction.AUTO:
                    self._find()
                case FocusAction.CANCEL:
                    # Where there is no entry for it, switching the other one off does it.
                    found = self._named(CANCEL, AUTO).name
                    self._camera.write(found, 1 if found == CANCEL else 0)
                case FocusAction.NEAR | FocusAction.FAR:
                    self._drive(action, size, steps)
        except CameraError as error:
            if not faults.connection_good(error):
                raise
            hint = "live view has to be on, and the lens not on manual focus"
            raise BadInput(f"the camera does not focus now: {error.reason}; {hint}", field="action") from error

    def _find(self) -> None:
        auto = self._named(AUTO).name
        try:
            self._camera.write(auto, 1, AUTO_SECONDS)
            self._await_result()
        except BaseException:
            self._stop()
            raise

    def _stop(self) -> None:
        """On the way out of an error: an EOS goes on focusing, as with its button held half down, until it is told."""
        with suppress(CameraError):
            if self._camera.connected and self._camera.read(CANCEL) is not None:
                self._camera.write(CANCEL, 1)

    def _await_result(self) -> None:
        until = self._clock() + RESULT_SECONDS
        while self._clock() < until:
            match self._events.next(_EVENT_SECONDS):
                case Report(text) if text.startswith(_RESULT):
                    if text.removeprefix(_RESULT) != _SHARP:
                        raise CaptureError(
                            "the lens found no focus: aim at something with contrast, or focus by hand",
                            kind=FailureKind.AUTOFOCUS_FAILED,
                        )
                    return
                case ObjectAdded() as added:
                    self._take(added)
                case Quiet() | _:
                    pass

    def _drive(self, action: FocusAction, size: int, steps: int) -> None:
        setting = self._named(DRIVE)
        if setting.kind is SettingKind.RANGE:
            pulses = _PULSES[size] * steps
            self._camera.write(DRIVE, -pulses if action is FocusAction.NEAR else pulses)
            return
        wanted = f"{action.value} {size}"
        choice = next((choice for choice in setting.choices if choice.casefold() == wanted), None)
        if choice is None:
            raise BadInput(f"this lens has no step {wanted!r}", field="size", choices=setting.choices)
        for _step in range(steps):
            self._camera.write(DRIVE, choice)

    def _named(self, *names: str) -> Setting:
        for name in names:
            if (setting := self._camera.read(name)) is not None:
                return setting
        raise BadInput("this camera's lens cannot be focused from here", field="action")
