"""The simulated EOS's settings: real property codes, the values that a body offers, and their meaning.

Codes and values as libgphoto2 2.5.34 names them (``camlibs/ptp2/config.c``, ``ptp.h``).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum

from photonic.errors import BadInput
from photonic.ptp.codes import CanonProperty as P

BULB = 0x000C
CARD, RAM = 2, 4
MANUAL_FOCUS = 3
PROGRAM, SHUTTER_PRIORITY, APERTURE_PRIORITY, MANUAL, BULB_MODE = range(5)
VIEWFINDER_TO_PC = 2

SHUTTER_SECONDS: dict[int, float] = {
    0x10: 30, 0x13: 25, 0x15: 20, 0x18: 15, 0x1B: 13, 0x1D: 10, 0x20: 8, 0x23: 6, 0x25: 5, 0x28: 4, 0x2B: 3.2,
    0x2D: 2.5, 0x30: 2, 0x33: 1.6, 0x35: 1.3, 0x38: 1, 0x3B: 0.8, 0x3D: 0.6, 0x40: 0.5, 0x43: 0.4, 0x45: 0.3,
    0x48: 1 / 4, 0x4B: 1 / 5, 0x4D: 1 / 6, 0x50: 1 / 8, 0x53: 1 / 10, 0x55: 1 / 13, 0x58: 1 / 15, 0x5B: 1 / 20,
    0x5D: 1 / 25, 0x60: 1 / 30, 0x63: 1 / 40, 0x65: 1 / 50, 0x68: 1 / 60, 0x6B: 1 / 80, 0x6D: 1 / 100,
    0x70: 1 / 125, 0x73: 1 / 160, 0x75: 1 / 200, 0x78: 1 / 250, 0x7B: 1 / 320, 0x7D: 1 / 400, 0x80: 1 / 500,
    0x83: 1 / 640, 0x85: 1 / 800, 0x88: 1 / 1000, 0x8B: 1 / 1250, 0x90: 1 / 2000, 0x98: 1 / 4000, 0xA0: 1 / 8000,
}  # fmt: skip
SHUTTER_CHOICES = (BULB, *SHUTTER_SECONDS)
F_NUMBERS: dict[int, float] = {
    0x20: 2.8, 0x23: 3.2, 0x25: 3.5, 0x28: 4, 0x2B: 4.5, 0x2D: 5, 0x30: 5.6, 0x33: 6.3, 0x35: 7.1, 0x38: 8,
    0x3B: 9, 0x3D: 10, 0x40: 11, 0x43: 13, 0x45: 14, 0x48: 16, 0x4B: 18, 0x4D: 20, 0x50: 22,
}  # fmt: skip
ISOS: dict[int, int] = {
    0x48: 100, 0x4B: 125, 0x4D: 160, 0x50: 200, 0x53: 250, 0x55: 320, 0x58: 400, 0x5B: 500, 0x5D: 640, 0x60: 800,
    0x63: 1000, 0x65: 1250, 0x68: 1600, 0x6B: 2000, 0x6D: 2500, 0x70: 3200, 0x73: 4000, 0x75: 5000, 0x78: 6400,
}  # fmt: skip
BIASES: dict[int, float] = {0xF0: -2.0, 0xF8: -1.0, 0: 0.0, 8: 1.0, 0x10: 2.0}
"""Exposure compensation, in stops."""
CONTINUOUS = 1
"""The drive mode that keeps releasing."""
TIMER_SECONDS: dict[int, int] = {0x10: 10, 0x11: 2}
"""Drive modes that wait before they release."""

COOL, TOO_HOT_FOR_LIVE_VIEW = 0, 3
"""Temperature status as in Canon's EDSDK (``kEdsPropID_TempStatus``): 1 warning, 3 no live view, 4 no shooting."""

BATTERY_STEPS = ((88, 2), (63, 4), (38, 1), (13, 5), (0, 0))
"""The minimum percentage, and the code that libgphoto2 shows as 100%, 75%, 50%, 25% and Low."""


class ImageFormat(Enum):
    """The files that a shot produces: each as (type 1 JPEG or 6 raw, size, compression)."""

    L = ((1, 0, 3),)
    M = ((1, 1, 3),)
    S = ((1, 2, 3),)
    RAW = ((6, 0, 4),)
    RAW_L = ((6, 0, 4), (1, 0, 3))

    def pack(self) -> bytes:
        """As the property's value: u32 files, then for each u32 16, type, size, compression."""
        return struct.pack("<I", len(self.value)) + b"".join(struct.pack("<4I", 16, *file) for file in self.value)

    @classmethod
    def unpack(cls, data: bytes) -> ImageFormat:
        """The format in a property's value. Raises ``BadInput``."""
        for image_format in cls:
            if image_format.pack() == data[: 4 + 16 * len(image_format.value)]:
                return image_format
        raise BadInput("this camera does not have that image format")


@dataclass(frozen=True, slots=True)
class Property:
    """One property: its value, and the choices for clients; without any it is read-only, unless it is ``free`` text.

    To a camera, text is bytes in any encoding: bytes that are not UTF-8 are escaped here as in PEP 383.
    """

    value: int | str | ImageFormat
    choices: tuple[int | ImageFormat, ...] = ()
    free: bool = False

    def pack(self, value: int | str | ImageFormat | None = None) -> bytes:
        """Encode a value of this property (``None``: the current one) as in an event, padded to 32-bit words."""
        value = self.value if value is None else value
        if isinstance(value, ImageFormat):
            return value.pack()
        if isinstance(value, str):
            text = value.encode("utf-8", "surrogateescape") + b"\0"
            return text + b"\0" * (-len(text) % 4)
        return struct.pack("<I", value)

    def unpack(self, data: bytes) -> int | str | ImageFormat:
        """Decode the value that a client sent. Raises ``BadInput`` if it is not one of the choices."""
        if self.free:
            return data.partition(b"\0")[0].decode("utf-8", "surrogateescape")
        if isinstance(self.value, ImageFormat):
            value: int | ImageFormat = ImageFormat.unpack(data)
        elif len(data) >= 4:
            (value,) = struct.unpack_from("<I", data)
        else:
            value = int.from_bytes(data, "little")
        if value not in self.choices:
            raise BadInput(f"{value} is not one of the property's values")
        return value


def factory_settings(*, serial: str, lens: str, has_card: bool, card_storage: int) -> dict[int, Property]:
    """All properties of a new body, with or without a card."""
    destinations = capture_destinations(has_card=has_card)
    return {
        P.APERTURE: Property(0x30, tuple(F_NUMBERS)),
        P.SHUTTER: Property(0x70, SHUTTER_CHOICES),
        P.ISO: Property(0x58, tuple(ISOS)),
        P.EXPOSURE_COMPENSATION: Property(0, tuple(BIASES)),
        P.MODE: Property(MANUAL, (PROGRAM, SHUTTER_PRIORITY, APERTURE_PRIORITY, MANUAL, BULB_MODE)),
        P.DRIVE: Property(0, (0, CONTINUOUS, 0x10, 0x11)),
        P.METERING: Property(3, (1, 3, 4, 5)),
        P.FOCUS_MODE: Property(0, (0, 1, 2, MANUAL_FOCUS)),
        P.WHITE_BALANCE: Property(0, (0, 1, 2, 3, 4, 5, 8)),
        P.BATTERY: Property(2),
        P.AUTO_POWER_OFF: Property(0, (0, 60, 120, 240, 480)),
        P.OWNER: Property("", free=True),
        P.ARTIST: Property("", free=True),
        P.COPYRIGHT: Property("", free=True),
        P.AVAILABLE_SHOTS: Property(0),
        P.CAPTURE_DESTINATION: Property(destinations[0], destinations),
        P.CURRENT_STORAGE: Property(card_storage if has_card else 0),
        P.IMAGE_FORMAT: Property(ImageFormat.L, tuple(ImageFormat)),
        # Version 7 of the on-screen information: six bytes of focus result.
        P.SCREEN_INFO_VERSION: Property(7),
        P.TEMPERATURE_STATUS: Property(COOL),
        P.SERIAL_NUMBER: Property(serial),
        P.LENS_NAME: Property(lens),
        P.VIEWFINDER_OUTPUT: Property(0, (0, 1, 2, 3)),
        P.VIEWFINDER_MODE: Property(0, (0, 1)),
        P.DEPTH_OF_FIELD_PREVIEW: Property(0, (0, 1)),
    }


def capture_destinations(*, has_card: bool) -> tuple[int, ...]:
    """The possible destinations of photos."""
    return (CARD, RAM) if has_card else (RAM,)


def battery_code(percent: float) -> int:
    """The battery property's value for a charge."""
    return next(code for least, code in BATTERY_STEPS if percent >= least)
