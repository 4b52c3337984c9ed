"""A notification of a photo, and the result of delivering it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.model.api import CaptureRecord
    from photonic.model.hook import PhotoEvent


@dataclass(frozen=True, slots=True)
class Notification:
    """One photo: its record, and the absolute paths, ids and SHA-256 of its new files.

    ``id`` is the same for each try to deliver it.
    """

    id: str
    event: PhotoEvent
    record: CaptureRecord
    paths: tuple[Path, ...]
    photo_ids: tuple[str, ...]
    hashes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delivered:
    """The target has accepted the notification."""


@dataclass(frozen=True, slots=True)
class DeliveryFailed:
    """The delivery failed permanently, for this reason, and is not retried."""

    reason: str


@dataclass(frozen=True, slots=True)
class Retry:
    """The delivery failed temporarily; ``after_seconds``: the wait that the receiver requested, 0 if it did not."""

    reason: str
    after_seconds: float = 0.0


Verdict = Delivered | DeliveryFailed | Retry


class Notifier(Protocol):
    """Delivers notifications to one target."""

    async def deliver(self, notification: Notification) -> Verdict:
        """Try once, within a deadline. Raises nothing unless it is cancelled."""
        ...
