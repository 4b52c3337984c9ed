"""The kinds of bodies that can be simulated, and what each is called."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class BodyKind(StrEnum):
    """Whose operations a body has."""

    CANON = "canon"
    NIKON = "nikon"
    GENERIC = "generic"


@dataclass(frozen=True, slots=True)
class Make:
    """What a body of a kind says of itself; ``folder`` is the card's for photos, ``label`` the card's own name."""

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
