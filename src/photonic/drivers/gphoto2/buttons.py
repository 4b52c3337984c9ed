"""Buttons that are held down remotely: recorded before they are pressed, and always released.

A shutter that stays open blocks the camera until it is switched off. So each press is recorded in a file first
(``PendingRestore``), and it is always released: after an error, after a cancellation, after the process was killed.
This process releases the button if it can; otherwise the next process does so before anything else.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.makers import registry
from photonic.drivers.gphoto2.makers.maker import Button, ShutterButton
from photonic.drivers.gphoto2.pending_restore import PendingRestore
from photonic.errors import CameraError
from photonic.model.setting_name import SettingName
from photonic.worker.link.messages import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from photonic.drivers.gphoto2.camera import GphotoCamera
    from photonic.drivers.gphoto2.configuration import Configuration
    from photonic.worker.roles import ParentLink

RELEASE_SECONDS = 5.0
"""How long a release is retried before anything else is done; a body writing its buffer is busy for that long."""

RELEASE_POLL_SECONDS = 0.1
RETRY_SECONDS = 1.0
GIVE_UP_SECONDS = 60.0
"""By then the body has released the button itself, or it never will."""

BUTTON_DOWN = "the camera did not release its shutter button; if it stays busy, switch it off and on"
_DOWN = {
    **{button.name: BUTTON_DOWN for button in (*registry.SHUTTER_BUTTONS, *registry.BULBS)},
    **{
        button.name: "the camera did not reopen its aperture; switch it off and on"
        for button in registry.CLOSED_APERTURES
    },
    **{
        button.name: "autofocus could not be switched back on; switch the camera off and on"
        for button in registry.AUTOFOCUS_SWITCHES
    },
}
"""The message for each button that could not be released."""


class Buttons:
    """The buttons of one open camera. ``clock`` and ``pause`` are seconds, monotonic."""

    def __init__(
        self,
        camera: GphotoCamera,
        configuration: Configuration,
        outbox: ParentLink,
        *,
        clock: Callable[[], float],
        pause: Callable[[float], None],
    ) -> None:
        self._camera = camera
        self._configuration = configuration
        self._outbox = outbox
        self._clock = clock
        self._pause = pause
        self._pending_restore = PendingRestore(None, "")
        self._stuck: dict[str, str | int] = {}
        self._retry_at = self._give_up_at = 0.0
        self._shutter: tuple[Button | None] | None = None

    @property
    def shutter(self) -> Button | None:
        """The camera's shutter button, pressed without focusing; ``None`` if it has none."""
        if self._shutter is None:
            found = (button for one in registry.SHUTTER_BUTTONS if (button := self._offered(one)) is not None)
            self._shutter = (next(found, None),)
        return self._shutter[0]

    def recover(self, pending_restore: PendingRestore) -> None:
        """Record presses in ``pending_restore`` from now on, and release what an earlier process held.

        Raises ``CameraError`` if the connection broke.
        """
        self._pending_restore = pending_restore
        held = pending_restore.buttons()
        if any(button.sets_target and button.name in held for button in registry.SHUTTER_BUTTONS):
            self._store_capture_target()
        for name, up in held.items():
            if (warning := self._release(name, up)) is not None:
                self._outbox.send(Note(level="warning", text=warning))

    def press(self, button: Button, limit_seconds: float) -> None:
        """Press a button; the caller has to release it.

        Args:
            button: What to press.
            limit_seconds: The longest time that the camera may take to answer.

        Raises:
            CameraError: The press failed; the button is released again.
        """
        self.record_press(button)
        try:
            self._camera.write(button.name, button.down, limit_seconds)
        except CameraError:
            self.try_release(button)
            raise
        finally:
            self._configuration.invalidate()

    def release(self, button: Button) -> str | None:
        """Release a button, and retry for a while if the camera refuses.

        Returns a warning if that did not help; ``retry`` then continues. Raises ``CameraError`` if the connection
        broke: the next process releases it.
        """
        return self._release(button.name, button.up)

    def try_release(self, button: Button) -> None:
        """Release a button if the connection allows, without raising: for use while another error propagates."""
        if not self._camera.connected:
            return
        try:
            self._release(button.name, button.up)
        except CameraError as error:
            self._outbox.send(Note(level="warning", text=f"{_DOWN[button.name]} ({error.reason})"))

    @contextmanager
    def pressed_by_library(self) -> Generator[None]:
        """Record the shutter button around a library call that presses and releases it, in case the call hangs."""
        button = self.shutter
        if button is None:
            yield
            return
        self.record_press(button)
        try:
            yield
        except CameraError as error:
            if faults.connection_good(error):
                self.record_release(button.name)
            raise
        self.record_release(button.name)

    def retry(self) -> None:
        """Retry the buttons that could not be released; nearly free if there are none.

        Raises ``CameraError`` if the connection broke.
        """
        if not self._stuck or self._clock() < self._retry_at:
            return
        self._retry_at = self._clock() + RETRY_SECONDS
        for name, up in tuple(self._stuck.items()):
            try:
                self._write(name, up)
            except CameraError as error:
                if not faults.connection_good(error):
                    raise
                if self._clock() >= self._give_up_at:
                    self.record_release(name)
                    self._outbox.send(Note(level="error", text=f"{_DOWN[name]} ({error.reason})"))
            else:
                self.record_release(name)

    def close(self) -> None:
        """Retry one last time. Raises ``CameraError`` if the connection broke."""
        self._retry_at = 0.0
        self.retry()

    def record_press(self, button: Button) -> None:
        """Record a button that is about to be pressed, by ``press`` or otherwise."""
        try:
            self._pending_restore.record_press(button.name, button.up)
        except OSError as error:
            text = f"cannot record that {button.name} is pressed; if this process is killed, it stays pressed: {error}"
            self._outbox.send(Note(level="warning", text=text))

    def record_release(self, name: str) -> None:
        """Record that this button is no longer held."""
        self._stuck.pop(name, None)
        self._pending_restore.button_released(name)

    def _offered(self, button: ShutterButton) -> Button | None:
        entry = self._configuration.read(button.name)
        choices = () if entry is None else entry.choices
        down = next((name for name in button.press if name in choices), None)
        up = next((name for name in button.release if name in choices), None)
        return None if down is None or up is None else Button(button.name, down, up)

    def _store_capture_target(self) -> None:
        """Make the library store the capture target that the camera already has; a busy body accepts no other.

        See ``ShutterButton.sets_target``.
        """
        target = self._configuration.common(SettingName.CAPTURE_TARGET)
        if target is not None:
            for choice in (target.value, *target.choices):
                try:
                    self._camera.write(target.name, choice)
                except CameraError as error:
                    if not faults.connection_good(error):
                        raise
                else:
                    break
        self._configuration.invalidate()

    def _release(self, name: str, up: str | int) -> str | None:
        until = self._clock() + RELEASE_SECONDS
        while True:
            try:
                self._write(name, up)
            except CameraError as error:
                if not faults.connection_good(error):
                    raise
                if error.code not in faults.PASSING or self._clock() >= until:
                    self._stuck[name] = up
                    self._retry_at = self._clock() + RETRY_SECONDS
                    self._give_up_at = self._clock() + GIVE_UP_SECONDS
                    return f"{_DOWN.get(name, name)} ({error.reason})"
                self._pause(RELEASE_POLL_SECONDS)
            else:
                self.record_release(name)
                return None

    def _write(self, name: str, up: str | int) -> None:
        try:
            self._camera.write(name, up)
        finally:
            self._configuration.invalidate()
