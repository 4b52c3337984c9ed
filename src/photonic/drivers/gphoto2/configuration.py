"""The camera's settings by photographers' names, and values matched as people write them."""

from __future__ import annotations

import difflib
import math
from enum import StrEnum
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2.exposure import aperture_number, iso_number, shutter_seconds
from photonic.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from photonic.drivers.gphoto2.camera import Camera, Setting


class Quantity(StrEnum):
    """What a profile can set; the values are the keys of ``worker.messages.Profiles``."""

    ISO = "iso"
    SHUTTER_SPEED = "shutter_speed"
    APERTURE = "aperture"
    EXPOSURE_MODE = "exposure_mode"


# The first name that the camera has is taken: Canon EOS, then Nikon, then others (libgphoto2 2.5.34 config.c).
NAMES: Mapping[Quantity, tuple[str, ...]] = {
    Quantity.ISO: ("iso",),
    Quantity.SHUTTER_SPEED: ("shutterspeed", "shutterspeed2"),
    Quantity.APERTURE: ("aperture", "f-number"),
    Quantity.EXPOSURE_MODE: ("autoexposuremode", "expprogram", "exposuremode"),
}
IMAGE_FORMAT_NAMES = ("imageformat", "imagequality")
CARD = "Memory card"
RAM = "Internal RAM"

_NUMBERS: Mapping[Quantity, Callable[[str], float | None]] = {
    Quantity.ISO: iso_number,
    Quantity.SHUTTER_SPEED: shutter_seconds,
    Quantity.APERTURE: aperture_number,
}
_MODES = (
    frozenset({"m", "manual"}),
    frozenset({"p", "program", "program auto", "programmed auto"}),
    frozenset({"av", "a", "aperture priority", "aperture-priority"}),
    frozenset({"tv", "s", "shutter priority", "shutter-priority"}),
    frozenset({"b", "bulb"}),
)
_SAME = 1e-3
"""Two spellings of one value differ by less (``1/125`` and ``0.008``); ``401`` is no spelling of ``400``."""

_NEAREST = 3


def match(quantity: Quantity, wanted: str, choices: tuple[str, ...]) -> str | None:
    """The choice that ``wanted`` means, ``None`` when the camera has none such.

    ``1/125`` finds ``1/125s`` and ``0.0080s``, ``f/5.6`` finds ``5.6``, ``ISO 400`` finds ``400``, ``M`` finds
    ``Manual``. No value is rounded to a neighbour.
    """
    plain = _plain(wanted)
    for choice in choices:
        if _plain(choice) == plain:
            return choice
    number = _NUMBERS.get(quantity)
    if number is None:
        group = next((group for group in _MODES if plain in group), frozenset[str]())
        return next((choice for choice in choices if _plain(choice) in group), None)
    value = number(wanted)
    if value is None:
        return None
    distances = {
        choice: abs(value - other)
        for choice in choices
        if (other := number(choice)) is not None and _same_number(value, other, choice)
    }
    return min(distances, key=distances.__getitem__, default=None)


def nearest(quantity: Quantity, wanted: str, choices: tuple[str, ...]) -> tuple[str, ...]:
    """Up to three choices closest to ``wanted``: by ratio where both are numbers, else by spelling."""
    number = _NUMBERS.get(quantity, _no_number)
    value = number(wanted)
    if value is not None and value > 0:
        distances = {choice: abs(math.log(other / value)) for choice in choices if (other := number(choice))}
        return tuple(sorted(distances, key=distances.__getitem__)[:_NEAREST])
    return tuple(difflib.get_close_matches(wanted, choices, n=_NEAREST, cutoff=0.3))


def expected_objects(image_format: str | None) -> int:
    """How many files a shot makes: two with ``RAW + Large Fine JPEG`` or ``NEF+Fine``; ``None`` (no setting): one."""
    return 1 if image_format is None else image_format.count("+") + 1


class Configuration:
    """The settings of one camera, read when needed and remembered until the camera tells of a change.

    Call ``doubt`` when it does: each reading costs the camera a round trip.
    """

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._known: dict[str, Setting | None] = {}

    def doubt(self) -> None:
        """Something has changed: read anew from now on."""
        self._known.clear()

    def read(self, *names: str) -> Setting | None:
        """The first of these settings that the camera has; ``None`` where it has none of them."""
        for name in names:
            if name not in self._known:
                self._known[name] = self._camera.read(name)
            setting = self._known[name]
            if setting is not None:
                return setting
        return None

    def quantity(self, quantity: Quantity) -> Setting | None:
        """The camera's setting for this quantity."""
        return self.read(*NAMES[quantity])

    def value(self, quantity: Quantity) -> str | None:
        """Its value as the camera writes it."""
        setting = self.quantity(quantity)
        return setting.value if setting else None

    def write(self, name: str, value: str | int) -> None:
        """Set it where it differs from what is known to be in force."""
        setting = self._known.get(name)
        if setting is not None and setting.value == str(value):
            return
        self._camera.write(name, value)
        # Setting one value moves the choices of others (mode and shutter, ISO range and format).
        self.doubt()

    def resolve(self, quantity: Quantity, wanted: str, field: str) -> tuple[str, str]:
        """The setting's name and the choice for ``wanted``.

        Raises ``BadInput`` for ``field`` with the camera's choices: no such setting, not settable now, no such value.
        """
        setting = self.quantity(quantity)
        what = quantity.value.replace("_", " ")
        if setting is None:
            raise BadInput(f"{field}: this camera has no setting for {what}", field=field)
        free_text = setting.writable and not setting.choices
        choice = wanted if free_text else match(quantity, wanted, setting.choices)
        if choice is not None and (setting.writable or choice == setting.value):
            return setting.name, choice
        if not setting.writable:
            raise BadInput(
                f"{field}: the camera does not let {what} be set now (it stands at {setting.value!r}); "
                "turn the mode dial to M, or set the exposure mode",
                field=field,
                choices=setting.choices,
            )
        close = nearest(quantity, wanted, setting.choices)
        hint = f"; nearest: {', '.join(close)}" if close else ""
        raise BadInput(f"{field}: this camera has no {what} {wanted!r}{hint}", field=field, choices=setting.choices)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _no_number(_text: str) -> None:
    return None


def _same_number(value: float, other: float, printed: str) -> bool:
    if math.isclose(value, other, rel_tol=_SAME):
        return True
    # Nikon prints 1/800 s as "0.0012s": four digits after the point, cut or rounded.
    _, point, digits = printed.casefold().rstrip("s").partition(".")
    return bool(point) and len(digits) == 4 and abs(value - other) < 10**-4
