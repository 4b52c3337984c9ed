"""The names that photographers have for a camera's common settings, whatever its maker calls them."""

from __future__ import annotations

from enum import StrEnum


class SettingName(StrEnum):
    """The common settings. The others go by their path in libgphoto2's tree, ``/main/settings/artist``."""

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
    def words(self) -> str:
        """In a sentence: ``shutter speed``, ``white balance``."""
        return "shutter speed" if self is SettingName.SHUTTER else self.value.replace("_", " ")

    @classmethod
    def meant(cls, text: str) -> SettingName | None:
        """The name that somebody wrote, in whatever case and with ``-`` or blanks; ``None``: none of these."""
        plain = text.strip().casefold().replace("-", "_").replace(" ", "_")
        plain = {"shutter_speed": "shutter", "shutterspeed": "shutter", "f": "aperture", "wb": "white_balance"}.get(
            plain, plain
        )
        return next((name for name in cls if plain in {name.value, name.value.replace("_", "")}), None)
