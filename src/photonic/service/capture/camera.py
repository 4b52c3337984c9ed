"""What captures need of a camera, as a role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.model.capture_options import CaptureOptions
    from photonic.protocol.capture import CaptureFailure


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the camera can take a still now. ``refusal``: why it cannot, and will not by waiting a while."""

    ready: bool
    refusal: CaptureFailure | None = None


class CaptureCamera(Protocol):
    """What captures need of a camera."""

    @property
    def camera_id(self) -> str:
        """The camera's name on the wire."""
        ...

    @property
    def model(self) -> str | None:
        """The camera's model, ``None`` before it is known."""
        ...

    @property
    def serial(self) -> str | None:
        """The camera's serial number, ``None`` before it is known."""
        ...

    @property
    def in_ram(self) -> bool:
        """Whether stills go to the camera's own memory, which does not outlive its process."""
        ...

    def readiness(self) -> Readiness:
        """Whether it can take a still now."""
        ...

    async def change(self) -> None:
        """Wait until ``readiness`` may have changed."""
        ...

    async def shoot(
        self,
        capture_id: str,
        staging: Path,
        options: CaptureOptions = ...,
    ) -> None:
        """Take one still; its events go to ``Captures.event``.

        Raises ``CaptureError``, and ``CameraError`` when the camera went down, before the capture began or in it.
        """
        ...

    async def cancel(self, capture_id: str) -> None:
        """Have a capture given up if its shutter has not fired, and a bulb exposure ended: ``shoot`` tells.

        Raises ``CameraError``.
        """
        ...
