"""The kinds of bodies that can be simulated, and how each identifies itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class BodyKind(StrEnum):
    """The maker whose operations a body implements."""

    CANON = "canon"
    NIKON = "nikon"
    GENERIC = "generic"


@dataclass(frozen=True, slots=True)
class Make:
    """How a body identifies itself; ``folder`` is the card's folder for photos, ``label`` the card's name."""

    maker: str
    model: str
    version: str
    lens: str
    folder: str
    label: str


MAKES: dict[BodyKind, Make] = {
    BodyKind.CANON: Make("Canon", "Canon EOS 5D Mark III", "3-1.1.0", "EF50mm f/1.8 STM", "100CANON", "EOS_DIGITAL"),
    BodyKind.NIKON: Make("NIKON CORPORATION", "D750", "V1.15", "AF-S NIKKOR 50mm f/1.8G", "100D750", "NIKON D750"),
    BodyKind.GENERIC: Make("Photonic", "Generic PTP Camera", "1.0", "50mm f/1.8", "100PHOTO", "CARD"),
}
