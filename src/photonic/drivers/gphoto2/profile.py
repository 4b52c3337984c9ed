"""The settings to hold during live view and during captures."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.loan import Loan
from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.model.setting_name import SettingName
from photonic.worker.link.messages import Note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.drivers.gphoto2.configuration import Configuration
    from photonic.worker.link.messages import Profiles
    from photonic.worker.roles import ParentLink

_STEMS: Mapping[str, str] = {SettingName.SHUTTER: "shutter_speed"}
"""Where the service's field (``shutter_speed_capture``) begins otherwise than the setting's name."""


class HeldProfiles:
    """Two sets of settings: the live one is in force except between ``enter_capture`` and ``leave_capture``.

    What a capture sets and has not set back is in a file (``owe``): the next process sets it back.
    """

    def __init__(self, configuration: Configuration, outbox: ParentLink) -> None:
        self._configuration = configuration
        self._outbox = outbox
        self._pending_restore = Loan(None, "")
        self._live: dict[str, str] = {}
        self._capture: dict[str, str] = {}
        self._back: dict[str, str] = {}
        self.disable_viewfinder_before_capture = False

    @property
    def restoring(self) -> bool:
        """Whether settings have to be put back in force, after a capture or when the camera is no longer busy."""
        return bool(self._back)

    def take(self, profiles: Profiles) -> None:
        """Check every value against the camera's choices, then hold these and no others, or go on as before.

        What is no longer held stays as it is set. A new exposure mode has other choices, so it is set first, and set
        back when another value turns out not to fit it.

        Raises ``BadInput`` with the service's field name and the camera's choices; ``CameraError``.
        """
        undo: dict[str, str] = {}
        try:
            if profiles.exposure_mode is not None:
                mode = SettingName.EXPOSURE_MODE
                self._put(*self._configuration.resolve(mode, profiles.exposure_mode, mode), undo)
            live = self._resolve(profiles.live, "liveview")
            capture = self._resolve(profiles.capture, "capture")
            for name, choice in live.items():
                self._put_soon(name, choice, undo)
        except (BadInput, CameraError):
            for name, value in reversed(undo.items()):
                self._configuration.write(name, value)
            raise
        self._live, self._capture = live, capture
        self.disable_viewfinder_before_capture = profiles.disable_viewfinder_before_capture

    def overrule(self, values: Mapping[str, str]) -> None:
        """These were set by hand: where they are held during live view, hold them as they are now."""
        self._live |= {name: value for name, value in values.items() if name in self._live}

    def owe(self, pending_restore: Loan) -> None:
        """Keep there what captures owe the camera from now on, and set back what an earlier process left.

        Raises ``CameraError`` where the connection broke.
        """
        self._pending_restore = pending_restore
        owed = pending_restore.owed()
        for name, value in owed.items():
            try:
                self._put_soon(name, value, {})
            except CameraError as error:
                if not faults.connection_good(error):
                    raise
                text = f"{name} was left as a capture had set it: it could not be set back to {value}: {error.reason}"
                self._outbox.send(Note(level="warning", text=text))
        if owed and not self._back:
            pending_restore.repay()

    def enter_capture(self, settings: Mapping[str, str] = MappingProxyType({})) -> None:
        """Put the capture's settings in force, ``settings`` over those that are held; remember what to go back to.

        Raises ``CaptureError`` (BAD_INPUT) where one of ``settings`` cannot be, and ``CameraError``; ``leave_capture``
        then takes back what was set.
        """
        try:
            wanted = self._capture | dict(self._configuration.resolve(name, settings[name], name) for name in settings)
        except BadInput as error:
            raise CaptureError(error.reason, kind=FailureKind.BAD_INPUT) from error
        self._leave_if_free()
        read = {name: self._configuration.read(name) for name in wanted}
        back = {
            # One that is still to be set back goes back to what it was before the capture before.
            name: self._back.get(name, self._live.get(name, setting.value))
            for name, setting in read.items()
            if setting is not None and setting.value != wanted[name]
        }
        if not back:
            return
        try:
            self._pending_restore.take(self._back | back)
        except OSError as error:
            text = f"settings of this capture are not on record, a killed process leaves them: {error}"
            self._outbox.send(Note(level="warning", text=text))
        for name, value in back.items():
            self._back[name] = value
            self._configuration.write(name, wanted[name])

    def leave_capture(self) -> None:
        """Put the live settings back in force; what fails stays to be done (``restoring``).

        Raises ``CameraError``.
        """
        if not self._back:
            return
        while self._back:
            name = next(reversed(self._back))
            self._configuration.write(name, self._back[name])
            del self._back[name]
        self._pending_restore.repay()

    def _leave_if_free(self) -> None:
        try:
            self.leave_capture()
        except CameraError as error:
            if error.code != faults.BUSY:
                raise

    def _resolve(self, values: Mapping[str, str], use: str) -> dict[str, str]:
        resolved: dict[str, str] = {}
        for key, wanted in values.items():
            name, choice = self._configuration.resolve(key, wanted, f"{_STEMS.get(key, key)}_{use}")
            resolved[name] = choice
        return resolved

    def _put_soon(self, name: str, choice: str, undo: dict[str, str]) -> None:
        """Now, or when the camera has ended what it is doing: it may still expose for a process that was killed."""
        try:
            self._put(name, choice, undo)
        except CameraError as error:
            if error.code != faults.BUSY:
                raise
            self._back[name] = choice

    def _put(self, name: str, choice: str, undo: dict[str, str]) -> None:
        before = self._configuration.read(name)
        if before is not None:
            if before.value == choice:
                return
            undo[name] = before.value
        self._configuration.write(name, choice)
