"""Exposure values as people and cameras write them."""

from __future__ import annotations

import re

# At most 12 digits: a longer number is not an exposure, and Python refuses to parse thousands of digits.
_FRACTION = re.compile(r"^(\d{1,12}(?:\.\d{1,12})?)\s*/\s*(\d{1,12}(?:\.\d{1,12})?)$")
_NUMBER = re.compile(r"^\d{1,12}(?:\.\d{1,12})?$")
_EV = re.compile(r"^([+-]?)(?:(\d{1,12}(?:\.\d{1,12})?)|(\d{1,12})/(\d{1,12})|(\d{1,12}) (\d{1,12})/(\d{1,12}))$")


def shutter_seconds(text: str) -> float | None:
    """``1/125``, ``1/125s``, ``0.5``, ``0.0100s``, ``2"``, ``30 s`` in seconds; ``None`` for bulb and anything else."""
    bare = text.strip().casefold().replace(",", ".")
    bare = bare.removesuffix("seconds").removesuffix("sec").removesuffix("s").rstrip('" ″')
    if fraction := _FRACTION.match(bare):
        below = float(fraction[2])
        return float(fraction[1]) / below if below else None
    return float(bare) if _NUMBER.match(bare) else None


def aperture_number(text: str) -> float | None:
    """``f/5.6``, ``F5.6``, ``5.6`` as 5.6; ``None`` for anything else."""
    bare = text.strip().casefold().replace(",", ".").removeprefix("f").lstrip("/ ")
    return float(bare) if _NUMBER.match(bare) else None


def iso_number(text: str) -> float | None:
    """``400``, ``ISO 400``, ``iso400`` as 400; ``None`` for auto and anything else."""
    bare = text.strip().casefold().removeprefix("iso").lstrip(":= ")
    return float(bare) if _NUMBER.match(bare) else None


def ev_number(text: str) -> float | None:
    """``+1/3``, ``-0.7``, ``1 2/3 EV``, ``0`` in stops; ``None`` for anything else."""
    bare = text.strip().casefold().replace("−", "-").replace(",", ".").removesuffix("ev").strip()  # noqa: RUF001 - a typographer's minus
    found = _EV.match(bare)
    if found is None or any(below is not None and int(below) == 0 for below in (found[4], found[7])):
        return None
    sign, plain, above, below, whole, part, of = found.groups()
    size = float(plain) if plain else int(above) / int(below) if above else int(whole) + int(part) / int(of)
    return -size if sign == "-" else size


def shutter_text(seconds: float) -> str:
    """``1/125``, ``0.5``, ``30``: as cameras write a shutter speed. ``seconds`` must be above 0."""
    return f"1/{round(1 / seconds)}" if seconds < 0.3 else number_text(seconds)


def number_text(number: float) -> str:
    """``5.6``, ``8``: with at most one decimal."""
    return f"{number:.1f}".removesuffix(".0")
