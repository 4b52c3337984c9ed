"""The photographers' names for the common settings of a camera, regardless of the manufacturer."""

from __future__ import annotations

from enum import StrEnum


class SettingName(StrEnum):
    """The common settings. The others are named by their path in libgphoto2's tree, as in ``/main/settings/artist``."""

    ISO = "iso"
    APERTURE = "aperture"
    SHUTTER = "shutter"
    EXPOSURE_MODE = "exposure_mode"
    EXPOSURE_COMPENSATION = "exposure_compensation"
    WHITE_BALANCE = "white_balance"
    COLOR_TEMPERATURE = "color_temperature"
    FOCUS_MODE = "focus_mode"
    DRIVE_MODE = "drive_mode"
    IMAGE_FORMAT = "image_format"
    CAPTURE_TARGET = "capture_target"
    METERING = "metering"

    @property
    def plain_name(self) -> str:
        """The name in a sentence: ``shutter speed``, ``white balance``."""
        return "shutter speed" if self is SettingName.SHUTTER else self.value.replace("_", " ")

    @classmethod
    def parse(cls, text: str) -> SettingName | None:
        """Parse a name in any case, with ``-`` or spaces; ``None``: not a common setting."""
        plain = text.strip().casefold().replace("-", "_").replace(" ", "_")
        plain = {"shutter_speed": "shutter", "shutterspeed": "shutter", "f": "aperture", "wb": "white_balance"}.get(
            plain, plain
        )
        return next((name for name in cls if plain in {name.value, name.value.replace("_", "")}), None)
