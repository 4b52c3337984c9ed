"""The events that a body has for its client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.simulator.card import StoredObject


@dataclass(frozen=True, slots=True)
class PropertyChanged:
    """A property has a new value."""

    code: int


@dataclass(frozen=True, slots=True)
class Added:
    """A photo is stored on the card or in the RAM (storage 0)."""

    stored: StoredObject


@dataclass(frozen=True, slots=True)
class Focused:
    """A half press has ended."""

    sharp: bool


@dataclass(frozen=True, slots=True)
class Status:
    """A shot has begun, or is complete."""

    busy: bool


@dataclass(frozen=True, slots=True)
class CardMoved:
    """The card was inserted or removed, which changes the capture destinations."""

    present: bool


BodyEvent = PropertyChanged | Added | Focused | Status | CardMoved
