"""The interface through which the card import uses the camera, which belongs to a higher layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from photonic.worker.link.card_messages import CardListed, CardObject, ObjectsFetched
    from photonic.worker.link.messages import CameraOpened


class CardCamera(Protocol):
    """Gives access to the camera's card. Every method raises ``CameraError``."""

    @property
    def opened(self) -> CameraOpened | None:
        """The camera's report when it was opened; ``None`` while it is closed."""
        ...

    async def list_card(self) -> CardListed:
        """List the photos and films on the card."""
        ...

    async def fetch(self, objects: Sequence[CardObject], staging: Path) -> ObjectsFetched:
        """Stage objects from the card; for a large object, only its next part."""
        ...

    async def delete(self, wanted: CardObject) -> None:
        """Delete an object from the card. Raises ``BadInput`` if a different object has taken its place."""
        ...

    def reopen(self, reason: str) -> None:
        """Close and reopen the camera, so that its card is listed again."""
        ...
