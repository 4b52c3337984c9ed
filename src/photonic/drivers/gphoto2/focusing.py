"""Focuses without taking a photo: by autofocus, or by moving the lens nearer or farther in steps."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.camera import ObjectAdded, OtherEvent, Quiet, SettingKind
from photonic.drivers.gphoto2.makers import registry
from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.model.focus import FocusAction

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.camera import GphotoCamera, Setting
    from photonic.drivers.gphoto2.events import Events

AUTO_SECONDS = 15.0
"""Limit for the call: a half press has taken 8 s on a 5D Mark II with a slow lens (libgphoto2 ``library.c``)."""

RESULT_SECONDS = 1.0
"""How long after the call a camera may report whether it has focused; without a report, the call's success counts."""

_EVENT_SECONDS = 0.1


class Focusing:
    """Focuses the lens of one open camera.

    Args:
        camera: The open camera.
        events: The camera's events.
        ingest: Called for photos taken with the body's own button that arrive meanwhile.
        clock: Seconds, monotonic.
    """

    def __init__(
        self, camera: GphotoCamera, events: Events, ingest: Callable[[ObjectAdded], None], clock: Callable[[], float]
    ) -> None:
        self._camera = camera
        self._events = events
        self._ingest = ingest
        self._clock = clock

    def act(self, action: FocusAction, size: int, steps: int) -> None:
        """Carry out one action.

        Args:
            action: Autofocus, cancel, nearer or farther.
            size: Size of a step for nearer and farther: 1 small to 3 large.
            steps: Number of steps for nearer and farther.

        Raises:
            BadInput: This camera cannot do it, at least not now.
            CaptureError: The lens could not focus (AUTOFOCUS_FAILED).
            CameraError: The connection broke.
        """
        try:
            match action:
                case FocusAction.AUTO:
                    self._find()
                case FocusAction.CANCEL:
                    # Without an entry for it, switching autofocus off cancels.
                    found = self._entry(*registry.CANCEL_FOCUS, *registry.FOCUS).name
                    self._camera.write(found, 1 if found in registry.CANCEL_FOCUS else 0)
                case FocusAction.NEAR | FocusAction.FAR:
                    self._drive(action, size, steps)
        except CameraError as error:
            if not faults.session_good(error):
                raise
            hint = "turn live view on, and switch the lens to autofocus"
            raise BadInput(f"the camera cannot focus now: {error.reason}; {hint}", field="action") from error

    def _find(self) -> None:
        auto = self._entry(*registry.FOCUS).name
        try:
            self._camera.write(auto, 1, AUTO_SECONDS)
            self._await_result()
        except BaseException:
            self._stop()
            raise

    def _stop(self) -> None:
        """Stop focusing after an error: some cameras continue until they receive a command to stop."""
        with suppress(CameraError):
            for name in registry.CANCEL_FOCUS:
                if self._camera.connected and self._camera.read(name) is not None:
                    self._camera.write(name, 1)

    def _await_result(self) -> None:
        until = self._clock() + RESULT_SECONDS
        while self._clock() < until:
            match self._events.next(_EVENT_SECONDS):
                case OtherEvent(text):
                    for report in registry.FOCUS_REPORTS:
                        if text == report.prefix + report.sharp:
                            return
                        if text.startswith(report.prefix):
                            raise CaptureError(
                                "the lens could not focus; point at something with contrast, or focus manually",
                                kind=FailureKind.AUTOFOCUS_FAILED,
                            )
                case ObjectAdded() as added:
                    self._ingest(added)
                case Quiet() | _:
                    pass

    def _drive(self, action: FocusAction, size: int, steps: int) -> None:
        setting = self._entry(*registry.DRIVE_FOCUS)
        if setting.kind is SettingKind.RANGE:
            pulses = registry.FOCUS_PULSES[size] * steps
            self._camera.write(setting.name, -pulses if action is FocusAction.NEAR else pulses)
            return
        wanted = f"{action.value} {size}"
        choice = next((choice for choice in setting.choices if choice.casefold() == wanted), None)
        if choice is None:
            raise BadInput(f"this lens does not offer the step {wanted!r}", field="size", choices=setting.choices)
        for _step in range(steps):
            self._camera.write(setting.name, choice)

    def _entry(self, *names: str) -> Setting:
        for name in names:
            if (setting := self._camera.read(name)) is not None:
                return setting
        raise BadInput("this camera's lens cannot be focused over this connection", field="action")
