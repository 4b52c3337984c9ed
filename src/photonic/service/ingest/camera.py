"""What the import from the card needs of the camera, which belongs to a higher room: one role."""

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
        """What the camera reported when it was opened; ``None`` while it is not open."""
        ...

    async def list_card(self) -> CardListed:
        """List the photos and films on the card."""
        ...

    async def fetch(self, objects: Sequence[CardObject], staging: Path) -> ObjectsFetched:
        """Stage objects of the card; of a large one, the next part."""
        ...

    async def delete(self, wanted: CardObject) -> None:
        """Delete an object from the card. Raises ``BadInput`` if there is now a different object in its place."""
        ...

    def reopen(self, reason: str) -> None:
        """Close and reopen the camera, so that its card is listed afresh."""
        ...
