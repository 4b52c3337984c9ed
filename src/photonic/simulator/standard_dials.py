"""A body's dials as standard device properties: their codes and values on a Nikon and on a generic PTP camera.

Codes and values as libgphoto2 2.5.34 names them (``camlibs/ptp2/ptp.h``, ``config.c``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from photonic.ptp.codes import CanonProperty as P
from photonic.ptp.codes import NikonProperty
from photonic.ptp.codes import StandardProperty as S
from photonic.simulator.properties import (
    APERTURE_PRIORITY,
    CONTINUOUS,
    F_NUMBERS,
    ISOS,
    MANUAL,
    MANUAL_FOCUS,
    PROGRAM,
    SHUTTER_PRIORITY,
    SHUTTER_SECONDS,
    ImageFormat,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


class DataType(Enum):
    """How a value is encoded: the code of its type, and its ``struct`` letter."""

    U8 = (0x0002, "B")
    I16 = (0x0003, "h")
    U16 = (0x0004, "H")
    U32 = (0x0006, "I")


@dataclass(frozen=True, slots=True)
class StandardDial:
    """One device property: the dial of the body behind it, and the dial's position for each value."""

    code: int
    dial: P
    type: DataType
    positions: Mapping[int, int | ImageFormat]

    def value(self, position: object) -> int:
        """The value for a position of the dial."""
        return next(value for value, known in self.positions.items() if known == position)


def _fraction(seconds: float) -> int:
    """In Nikon's encoding: u16 numerator in the upper half, u16 denominator in the lower."""
    return (round(seconds * 10) << 16 | 10) if seconds >= 0.3 else (1 << 16 | round(1 / seconds))


COMMON_DIALS = (
    StandardDial(S.WHITE_BALANCE, P.WHITE_BALANCE, DataType.U16, {2: 0, 4: 1, 6: 3, 5: 4, 7: 5}),
    StandardDial(S.F_NUMBER, P.APERTURE, DataType.U16, {round(n * 100): at for at, n in F_NUMBERS.items()}),
    StandardDial(S.METERING, P.METERING, DataType.U16, {2: 5, 3: 3, 4: 1}),
    StandardDial(
        S.EXPOSURE_TIME, P.SHUTTER, DataType.U32, {int(s * 10_000 + 1e-6): at for at, s in SHUTTER_SECONDS.items()}
    ),
    StandardDial(
        S.EXPOSURE_PROGRAM, P.MODE, DataType.U16, {1: MANUAL, 2: PROGRAM, 3: APERTURE_PRIORITY, 4: SHUTTER_PRIORITY}
    ),
    StandardDial(S.EXPOSURE_INDEX, P.ISO, DataType.U16, {iso: at for at, iso in ISOS.items()}),
    StandardDial(
        S.EXPOSURE_BIAS,
        P.EXPOSURE_COMPENSATION,
        DataType.I16,
        {-2000: 0xF0, -1000: 0xF8, 0: 0, 1000: 0x08, 2000: 0x10},
    ),
)
"""The dials of both kinds. Raw formats are Canon's, and bulb needs vendor operations, so neither is offered."""

GENERIC_DIALS = (
    *COMMON_DIALS,
    StandardDial(S.FOCUS_MODE, P.FOCUS_MODE, DataType.U16, {1: MANUAL_FOCUS, 2: 0}),
    StandardDial(S.STILL_CAPTURE_MODE, P.DRIVE, DataType.U16, {1: 0}),
)
NIKON_DIALS = (
    *COMMON_DIALS,
    StandardDial(S.COMPRESSION, P.IMAGE_FORMAT, DataType.U8, {2: ImageFormat.L}),
    StandardDial(S.FOCUS_MODE, P.FOCUS_MODE, DataType.U16, {1: MANUAL_FOCUS, 0x8010: 0, 0x8011: 1, 0x8012: 2}),
    StandardDial(S.STILL_CAPTURE_MODE, P.DRIVE, DataType.U16, {1: 0, 2: CONTINUOUS, 0x8011: 0x10}),
    StandardDial(
        NikonProperty.EXPOSURE_TIME, P.SHUTTER, DataType.U32, {_fraction(s): at for at, s in SHUTTER_SECONDS.items()}
    ),
)
