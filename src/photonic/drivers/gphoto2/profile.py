"""The settings to hold during live view and during captures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.errors import BadInput, CameraError
from photonic.model.setting_name import SettingName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.drivers.gphoto2.configuration import Configuration
    from photonic.worker.messages import Profiles

_STEMS: Mapping[str, str] = {SettingName.SHUTTER: "shutter_speed"}
"""Where the service's field (``shutter_speed_capture``) begins otherwise than the setting's name."""


class HeldProfiles:
    """Two sets of settings: the live one is in force except between ``enter_capture`` and ``leave_capture``."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._live: dict[str, str] = {}
        self._capture: dict[str, str] = {}
        self._back: dict[str, str] = {}
        self.disable_viewfinder_before_capture = False

    @property
    def restoring(self) -> bool:
        """Whether a capture's settings are still in force and have to be taken back."""
        return bool(self._back)

    def take(self, profiles: Profiles) -> None:
        """Check every value against the camera's choices, then take them all, or none.

        Values that are absent stay as they are. A new exposure mode has other choices, so it is set first, and set
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
                self._put(name, choice, undo)
        except (BadInput, CameraError):
            for name, value in reversed(undo.items()):
                self._configuration.write(name, value)
            raise
        self._live.update(live)
        self._capture.update(capture)
        self.disable_viewfinder_before_capture = profiles.disable_viewfinder_before_capture

    def overrule(self, values: Mapping[str, str]) -> None:
        """These were set by hand: where they are held during live view, hold them as they are now."""
        self._live |= {name: value for name, value in values.items() if name in self._live}

    def enter_capture(self) -> None:
        """Put the capture's settings in force, and remember what to go back to.

        Raises ``CameraError``; ``leave_capture`` then takes back what was set.
        """
        for name, choice in self._capture.items():
            setting = self._configuration.read(name)
            if setting is None or setting.value == choice:
                continue
            self._back[name] = self._live.get(name, setting.value)
            self._configuration.write(name, choice)

    def leave_capture(self) -> None:
        """Put the live settings back in force; what fails stays to be done (``restoring``).

        Raises ``CameraError``.
        """
        while self._back:
            name = next(reversed(self._back))
            self._configuration.write(name, self._back[name])
            del self._back[name]

    def _resolve(self, values: Mapping[str, str], use: str) -> dict[str, str]:
        resolved: dict[str, str] = {}
        for key, wanted in values.items():
            name, choice = self._configuration.resolve(key, wanted, f"{_STEMS.get(key, key)}_{use}")
            resolved[name] = choice
        return resolved

    def _put(self, name: str, choice: str, undo: dict[str, str]) -> None:
        before = self._configuration.read(name)
        if before is not None:
            if before.value == choice:
                return
            undo[name] = before.value
        self._configuration.write(name, choice)
