"""The exposure of a shot: the settings in force, and how long it may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.model.exposure import shutter_seconds
from photonic.model.setting_name import SettingName

if TYPE_CHECKING:
    from photonic.drivers.gphoto2.configuration import Configuration

UNKNOWN_EXPOSURE_SECONDS = 30.0
"""The longest exposure that a camera chooses automatically; assumed if the setting is not a time."""

FOCUS_SECONDS = 10.0
"""A half press has taken 8 s on a 5D Mark II with a slow lens (libgphoto2 2.5.34 ``library.c``)."""

PROCESSING_SECONDS = 10.0
FETCH_SECONDS = 20.0
LONGEST_EXPOSURE_SECONDS = 86_400.0
LONGEST_FETCH_SECONDS = 3600.0
"""Bounds for deadlines that are computed from the camera's numbers, which may be wrong."""

FETCH_BYTES_PER_SECOND = 500_000.0
"""The slowest link worth waiting for: a camera's own access point at its range limit."""


@dataclass(frozen=True, slots=True)
class ExposureSettings:
    """The exposure settings of a shot, as the camera writes them; ``None`` if it has no such setting."""

    iso: str | None
    shutter_speed: str | None
    aperture: str | None


@dataclass(frozen=True, slots=True)
class Allowance:
    """How long each part of a shot may take, in seconds."""

    focus: float
    exposure: float
    processing: float
    fetching: float

    @property
    def trigger(self) -> float:
        """Focus and release; some bodies answer the full press only after the exposure."""
        return self.focus + self.exposure + self.processing

    @property
    def after_exposure(self) -> Allowance:
        """The same once the shutter has closed, when only the dark frame remains."""
        return Allowance(focus=0.0, exposure=self.exposure / 2, processing=self.processing, fetching=self.fetching)

    @property
    def total(self) -> float:
        """From the trigger to the last file."""
        return self.trigger + self.fetching


def exposure_settings(configuration: Configuration) -> ExposureSettings:
    """The exposure settings in force. Raises ``CameraError``."""
    return ExposureSettings(
        iso=configuration.value(SettingName.ISO),
        shutter_speed=configuration.value(SettingName.SHUTTER),
        aperture=configuration.value(SettingName.APERTURE),
    )


def allowance(shutter: str | None, expected_objects: int) -> Allowance:
    """How long a shot may take.

    From one second on, cameras take as long again for a dark frame (noise reduction; libgphoto2 issue 94).

    Args:
        shutter: The shutter setting; ``None`` if the camera has none.
        expected_objects: How many files the shot produces.
    """
    seconds = shutter_seconds(shutter) if shutter is not None else None
    exposure = min(UNKNOWN_EXPOSURE_SECONDS if seconds is None else seconds, LONGEST_EXPOSURE_SECONDS)
    dark_frame = exposure if exposure >= 1 else 0.0
    return Allowance(
        focus=FOCUS_SECONDS,
        exposure=exposure + dark_frame,
        processing=PROCESSING_SECONDS,
        fetching=FETCH_SECONDS * expected_objects,
    )


def fetch_seconds(size_bytes: int | None) -> float:
    """How long fetching an object of that size may take; ``None`` (unknown) counts as a large RAW file."""
    seconds = FETCH_SECONDS + (80_000_000 if size_bytes is None else size_bytes) / FETCH_BYTES_PER_SECOND
    return min(seconds, LONGEST_FETCH_SECONDS)
