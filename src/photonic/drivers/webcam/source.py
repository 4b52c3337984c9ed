"""The driver's interface to a source of pictures, with one implementation for each kind of address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.drivers.webcam.control import Control


@dataclass(frozen=True, slots=True)
class Identity:
    """How a source identifies itself; ``serial`` stays the same as long as the address means the same source."""

    serial: str
    model: str
    manufacturer: str = ""
    version: str = ""


class Source(Protocol):
    """One source of pictures; one thread calls every method.

    Each method raises ``CameraError`` when the source has to be reopened.
    """

    def open(self) -> Identity:
        """Open the source, and check that it delivers pictures."""
        ...

    def start(self) -> None:
        """Start pictures; restart them if they were started and are stuck."""
        ...

    def stop(self) -> None:
        """Stop pictures, so that the source can idle."""
        ...

    def picture(self, limit_seconds: float) -> bytes | None:
        """The next picture, a whole JPEG; ``None`` if none arrived within the limit."""
        ...

    def still(self, limit_seconds: float) -> bytes:
        """The best picture that the source has, taken after this call."""
        ...

    def check(self) -> None:
        """Check that the source still exists; called now and then while pictures are stopped."""
        ...

    def controls(self) -> tuple[Control, ...]:
        """The controls and their values."""
        ...

    def set_controls(self, values: Mapping[str, int]) -> None:
        """Set controls by name; when one fails, those before it stay set."""
        ...

    def close(self) -> None:
        """Close everything. Called once, also after an error."""
        ...
