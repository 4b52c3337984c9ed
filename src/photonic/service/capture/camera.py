"""The interfaces through which captures use the camera and the import, which belong to higher layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.model.capture_options import ArrivedPhoto, CaptureOptions
    from photonic.protocol.capture import CaptureFailure
    from photonic.service.photo.staged import StagedFile


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the camera can take a still now.

    Args:
        ready: Whether it can.
        refusal: Why it cannot even after a wait; ``None``: it is ready or will be soon.
    """

    ready: bool
    refusal: CaptureFailure | None = None


class CaptureCamera(Protocol):
    """Takes stills."""

    @property
    def camera_id(self) -> str:
        """The camera's id in the API."""
        ...

    @property
    def model(self) -> str | None:
        """The camera's model; ``None`` until it is known."""
        ...

    @property
    def serial(self) -> str | None:
        """The camera's serial number; ``None`` until it is known."""
        ...

    @property
    def in_ram(self) -> bool:
        """Whether stills go to the camera's memory, whose contents are lost when the camera process ends."""
        ...

    @property
    def opened_at(self) -> float | None:
        """When the camera was opened last, in unix seconds; ``None``: not yet. Its memory holds no older photos."""
        ...

    def readiness(self) -> Readiness:
        """Return whether the camera can take a still now."""
        ...

    async def change(self) -> None:
        """Wait until ``readiness`` may have changed."""
        ...

    async def shoot(
        self,
        capture_id: str,
        staging: Path,
        options: CaptureOptions = ...,
        earlier: ArrivedPhoto | None = ...,
    ) -> None:
        """Take one still; its events go to ``CaptureService.event``. ``earlier``: a photo that arrived from it.

        Raises ``CaptureError``, and ``CameraError`` if the camera process ended before or during the capture.
        """
        ...

    async def cancel(self, capture_id: str) -> None:
        """Cancel a capture before its shutter fires, or end a bulb exposure now; ``shoot`` reports the outcome.

        Raises ``CameraError``.
        """
        ...


class WhosePhoto(Protocol):
    """Tells whether a staged file that a capture was given is the late photo of a failed capture."""

    async def __call__(self, file: StagedFile, exposed_at: float, *, unless_proven: bool) -> bool:
        """Return whether it is.

        Args:
            file: The first file of a still.
            exposed_at: When the exposure of the capture began, or earlier: unix seconds.
            unless_proven: In doubt, it is.

        Raises:
            StorageError: The journal cannot be read.
        """
        ...
