"""What gives the pictures, as the driver sees it: a role, with one implementation for each kind of address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.drivers.webcam.control import Control


@dataclass(frozen=True, slots=True)
class Identity:
    """Who it is. ``serial`` is the same at every opening, for as long as the address means the same thing."""

    serial: str
    model: str
    manufacturer: str = ""
    version: str = ""


class Source(Protocol):
    """One source of pictures; one thread calls every method. Each raises ``CameraError`` when it is of no more use."""

    def open(self) -> Identity:
        """Find out who is there, and that it gives pictures."""
        ...

    def start(self) -> None:
        """Pictures from now on; when they come already and are stuck, afresh."""
        ...

    def stop(self) -> None:
        """No pictures: whoever makes them may rest."""
        ...

    def picture(self, limit_seconds: float) -> bytes | None:
        """The next picture, a whole JPEG; ``None``: none came within the limit."""
        ...

    def still(self, limit_seconds: float) -> bytes:
        """The best picture that it has, taken after this call; pictures may have to be started anew afterwards."""
        ...

    def check(self) -> None:
        """Look whether it is there still; called now and then while nobody wants pictures."""
        ...

    def controls(self) -> tuple[Control, ...]:
        """What can be set, as it is now."""
        ...

    def set_controls(self, values: Mapping[str, int]) -> None:
        """Set controls by their names; what was set before one that fails stays set."""
        ...

    def close(self) -> None:
        """Let go of everything. Called once, after an error too."""
        ...
