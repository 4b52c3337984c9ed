"""Where the camera puts photos: on its card, or into its RAM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2.makers import registry
from photonic.model.setting_name import SettingName

if TYPE_CHECKING:
    from photonic.drivers.gphoto2.configuration import Configuration


def choose_capture_target(configuration: Configuration, wanted: str, *, has_card: bool) -> str:
    """Set the capture target, and return the one in force.

    A camera without this setting, or without the wanted choice, uses its card if it has one.

    Args:
        configuration: The camera's settings.
        wanted: ``card``, which requires an inserted card, or ``ram``.
        has_card: Whether a card is inserted.

    Raises:
        CameraError: The camera failed.
    """
    target = "card" if wanted == "card" and has_card else "ram"
    setting = configuration.common(SettingName.CAPTURE_TARGET)
    choices = () if setting is None else setting.choices
    choice = next((choice for choice in choices if choice in registry.TARGETS[target]), None)
    if setting is None or choice is None:
        return "card" if has_card else "ram"
    configuration.write(setting.name, choice)
    return target
