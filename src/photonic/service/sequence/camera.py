"""The interfaces through which sequences use the camera, which belongs to a higher layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.model.focus import FocusAction
    from photonic.model.setting import SettingList


class SettingsReader(Protocol):
    """Reads the camera's settings."""

    @property
    def held(self) -> Mapping[str, str]:
        """The settings that every capture uses, by common name; all others stay as they are on the camera."""
        ...

    async def read(self) -> SettingList:
        """Return every setting of the camera. Waits for a capture in progress. Raises ``CameraError``."""
        ...


class LensDrive(Protocol):
    """Drives the lens of the camera."""

    async def focus(self, action: FocusAction, size: int, steps: int) -> None:
        """Drive the lens by ``steps`` steps of ``size`` (1 small to 3 large). Raises ``BadInput``, ``CameraError``."""
        ...
