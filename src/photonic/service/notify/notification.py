"""What others are told of a photo, and what became of telling them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.model.api import CaptureRecord
    from photonic.model.hook import PhotoEvent


@dataclass(frozen=True, slots=True)
class Notification:
    """One photo: its record, and of its files those that are new, by absolute paths and ids.

    ``id`` is the same for each try to tell of it.
    """

    id: str
    event: PhotoEvent
    record: CaptureRecord
    paths: tuple[Path, ...]
    photo_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delivered:
    """It is done."""


@dataclass(frozen=True, slots=True)
class DeliveryFailed:
    """It will not be tried again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Retry:
    """It may work later; ``after_seconds``: not before, as far as the receiver has said."""

    reason: str
    after_seconds: float = 0.0


Verdict = Delivered | DeliveryFailed | Retry


class Notifier(Protocol):
    """Tells somebody of one photo."""

    async def tell(self, notice: Notification) -> Verdict:
        """Do it once, within a deadline; raises nothing but at its cancellation."""
        ...
