"""Keeps settings in force during live view and during captures."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.pending_restore import PendingRestore
from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.model.setting_name import SettingName
from photonic.worker.link.messages import Note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.drivers.gphoto2.configuration import Configuration
    from photonic.worker.link.messages import Profiles
    from photonic.worker.roles import ParentLink

_STEMS: Mapping[str, str] = {SettingName.SHUTTER: "shutter_speed"}
"""Where the service's field (``shutter_speed_capture``) does not begin with the setting's name."""


class HeldProfiles:
    """Two sets of settings: the live one is in force except between ``enter_capture`` and ``leave_capture``.

    Settings that a capture changes are recorded in a file (``PendingRestore``) until they are restored; after a crash
    the next process restores them.
    """

    def __init__(self, configuration: Configuration, outbox: ParentLink) -> None:
        self._configuration = configuration
        self._outbox = outbox
        self._pending_restore = PendingRestore(None, "")
        self._live: dict[str, str] = {}
        self._capture: dict[str, str] = {}
        self._back: dict[str, str] = {}
        self.disable_viewfinder_before_capture = False

    @property
    def restoring(self) -> bool:
        """Whether settings still have to be restored, after a capture or once the camera is no longer busy."""
        return bool(self._back)

    def hold(self, profiles: Profiles) -> None:
        """Check every value against the camera's choices, then keep these settings in force; an error changes nothing.

        Settings that are no longer held keep their values. A new exposure mode offers other choices, so it is set
        first, and restored if another value turns out to be invalid.

        Raises:
            BadInput: With the service's field name and the camera's choices.
            CameraError: The camera failed.
        """
        undo: dict[str, str] = {}
        try:
            if profiles.exposure_mode is not None:
                mode = SettingName.EXPOSURE_MODE
                self._put(*self._configuration.resolve(mode, profiles.exposure_mode, mode), undo)
            live = self._resolve(profiles.live, "liveview")
            capture = self._resolve(profiles.capture, "capture")
            for name, choice in live.items():
                self._put_when_free(name, choice, undo)
        except (BadInput, CameraError):
            for name, value in reversed(undo.items()):
                self._configuration.write(name, value)
            raise
        self._live, self._capture = live, capture
        self.disable_viewfinder_before_capture = profiles.disable_viewfinder_before_capture

    def hold_changed(self, values: Mapping[str, str]) -> None:
        """Hold the new values of settings that were changed by hand and are held during live view."""
        self._live |= {name: value for name, value in values.items() if name in self._live}

    def recover(self, pending_restore: PendingRestore) -> None:
        """Record changes in ``pending_restore`` from now on, and restore what an earlier process changed.

        Raises ``CameraError`` if the connection broke.
        """
        self._pending_restore = pending_restore
        settings = pending_restore.settings()
        for name, value in settings.items():
            try:
                self._put_when_free(name, value, {})
            except CameraError as error:
                if not faults.connection_good(error):
                    raise
                text = f"cannot restore {name} to {value}; it keeps the value of an interrupted capture: {error.reason}"
                self._outbox.send(Note(level="warning", text=text))
        if settings and not self._back:
            pending_restore.settings_restored()

    def enter_capture(self, settings: Mapping[str, str] = MappingProxyType({})) -> None:
        """Apply the capture's settings, and remember what to restore.

        After an error ``leave_capture`` restores what was changed so far.

        Args:
            settings: Settings of this capture, which override those that are held for captures.

        Raises:
            CaptureError: One of ``settings`` is not possible (BAD_INPUT).
            CameraError: The camera failed.
        """
        try:
            wanted = self._capture | dict(self._configuration.resolve(name, settings[name], name) for name in settings)
        except BadInput as error:
            raise CaptureError(error.reason, kind=FailureKind.BAD_INPUT) from error
        self._leave_if_free()
        read = {name: self._configuration.read(name) for name in wanted}
        back = {
            # A setting that is still to be restored goes back to its value before the previous capture.
            name: self._back.get(name, self._live.get(name, setting.value))
            for name, setting in read.items()
            if setting is not None and setting.value != wanted[name]
        }
        if not back:
            return
        try:
            self._pending_restore.record_settings(self._back | back)
        except OSError as error:
            text = f"cannot record this capture's settings; if this process is killed, they stay in force: {error}"
            self._outbox.send(Note(level="warning", text=text))
        for name, value in back.items():
            self._back[name] = value
            self._configuration.write(name, wanted[name])

    def leave_capture(self) -> None:
        """Restore the live settings; those that fail remain to be restored (``restoring``).

        Raises ``CameraError``.
        """
        if not self._back:
            return
        while self._back:
            name = next(reversed(self._back))
            self._configuration.write(name, self._back[name])
            del self._back[name]
        self._pending_restore.settings_restored()

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

    def _put_when_free(self, name: str, choice: str, undo: dict[str, str]) -> None:
        """Set a value now, or once the camera is free: it may still expose for a process that was killed."""
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
