"""The dials and menus of a body: its properties, and the exposure settings derived from them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.ptp.codes import CanonProperty as P
from photonic.simulator.body_events import PropertyChanged
from photonic.simulator.properties import (
    APERTURE_PRIORITY,
    BIASES,
    BULB,
    BULB_MODE,
    CARD,
    CONTINUOUS,
    F_NUMBERS,
    ISOS,
    MANUAL,
    MANUAL_FOCUS,
    SHUTTER_CHOICES,
    SHUTTER_PRIORITY,
    SHUTTER_SECONDS,
    TIMER_SECONDS,
    ImageFormat,
)
from photonic.simulator.renderer import FrameExposure

if TYPE_CHECKING:
    from collections import deque

    from photonic.simulator.body_events import BodyEvent
    from photonic.simulator.properties import Property


class Dials:
    """A body's properties by code. Each new value adds a ``PropertyChanged`` event."""

    def __init__(self, properties: dict[int, Property], body_events: deque[BodyEvent]) -> None:
        self.properties = properties
        self._body_events = body_events

    def number(self, code: int) -> int:
        """The value of a numeric property."""
        value = self.properties[code].value
        if not isinstance(value, int):
            raise TypeError(f"property {code:#06x} is {value!r}")
        return value

    def preset(self, code: int, value: int | str | ImageFormat) -> None:
        """Set a property without an event."""
        self.properties[code] = replace(self.properties[code], value=value)

    def turn(self, code: int, value: int | str | ImageFormat) -> None:
        """Set a property; a new value adds an event."""
        if self.properties[code].value != value:
            self.preset(code, value)
            self._body_events.append(PropertyChanged(code))
            if code == P.MODE:
                self._follow_mode()

    def _follow_mode(self) -> None:
        """Offer choices only for settings that the body does not control automatically in this mode."""
        mode = self.number(P.MODE)
        for code, every, modes in (
            (P.SHUTTER, SHUTTER_CHOICES, (SHUTTER_PRIORITY, MANUAL)),
            (P.APERTURE, tuple(F_NUMBERS), (APERTURE_PRIORITY, MANUAL, BULB_MODE)),
        ):
            self.offer(code, every if mode in modes else ())
            self._body_events.append(PropertyChanged(code))

    def offer(self, code: int, choices: tuple[int, ...]) -> None:
        """Change the choices of a property without an event; its value stays."""
        self.properties[code] = replace(self.properties[code], choices=choices)

    def read(self, code: int, data: bytes) -> int | str | ImageFormat:
        """Decode a client's value for a property. Raises ``BadInput`` for an invalid one."""
        known = self.properties.get(code)
        if known is None or not (known.choices or known.free):
            raise BadInput(f"property {code:#06x} cannot be set")
        return known.unpack(data)

    @property
    def exposure(self) -> FrameExposure:
        """The exposure settings; bulb counts as 0 seconds."""
        seconds = SHUTTER_SECONDS.get(self.number(P.SHUTTER), 0.0)
        return FrameExposure(
            seconds,
            F_NUMBERS[self.number(P.APERTURE)],
            ISOS[self.number(P.ISO)],
            bias_ev=BIASES[self.number(P.EXPOSURE_COMPENSATION)],
        )

    @property
    def closed_stops(self) -> int:
        """By how many stops the aperture is closed for the viewfinder: 0 except during depth-of-field preview."""
        if not self.number(P.DEPTH_OF_FIELD_PREVIEW):
            return 0
        return round(2 * math.log2(self.exposure.f_number / min(F_NUMBERS.values())))

    @property
    def image_format(self) -> ImageFormat:
        """The files that a shot produces."""
        value = self.properties[P.IMAGE_FORMAT].value
        if not isinstance(value, ImageFormat):
            raise TypeError(f"the image format is {value!r}")
        return value

    @property
    def bulb(self) -> bool:
        """Whether the exposure lasts as long as the button is held."""
        return self.number(P.SHUTTER) == BULB or self.number(P.MODE) == BULB_MODE

    @property
    def manual_focus(self) -> bool:
        """Whether the lens is set to manual focus."""
        return self.number(P.FOCUS_MODE) == MANUAL_FOCUS

    @property
    def timer_seconds(self) -> float:
        """How long the self-timer waits; 0: it is off."""
        return TIMER_SECONDS.get(self.number(P.DRIVE), 0)

    @property
    def continuous(self) -> bool:
        """Whether one release takes several photos."""
        return self.number(P.DRIVE) == CONTINUOUS

    @property
    def wants_card(self) -> bool:
        """Whether photos should go to the card."""
        return self.number(P.CAPTURE_DESTINATION) == CARD
