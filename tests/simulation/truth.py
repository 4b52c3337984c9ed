"""The truth of every exposure of a simulated body, for the judge: what was exposed, for whom, and where it still is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

IN_RAM_AT_THE_END = "it was in the camera's RAM when the connection ended"
NEVER_REPORTED = "it was in the camera's RAM, and the report of it was discarded with the next release"
IN_THE_PROCESS = "it was in the memory of the camera process"
NO_CARD = "the card was taken out before it was written"


@dataclass
class TrueExposure:
    """What was exposed, whatever became of it.

    ``number``: counts this body's exposures from 1. ``at``: simulated seconds. ``asked_by``: the capture; ``None``: the
    finger on the button. ``files``: the contents by the names on the camera. ``lost``: why the camera has no copy that
    a computer could still get, if so. ``fetched``: its files that were in the RAM, and are whole in a computer's file.
    """

    number: int
    at: float
    asked_by: str | None
    files: Mapping[str, bytes]
    film: bool = False
    in_ram: bool = False
    lost: str | None = None
    fetched: set[str] = field(default_factory=set[str])


class ExposureTruth:
    """All exposures of one body, in order.

    ``untold``: the captures for which the camera said yes, and of which it never says anything else: it exposed
    nothing, or does not report the photo. If the finger is on the button before such a capture has failed, nobody can
    tell whose photo that is.
    """

    def __init__(self) -> None:
        self.exposures: list[TrueExposure] = []
        self.untold: list[str] = []
        self._by_content: dict[bytes, TrueExposure] = {}

    def __getitem__(self, number: int) -> TrueExposure:
        return self.exposures[number - 1]

    @property
    def next_number(self) -> int:
        """The number of the next exposure."""
        return len(self.exposures) + 1

    def record(self, exposure: TrueExposure) -> TrueExposure:
        """Add an exposure, which has the next number."""
        self.exposures.append(exposure)
        for content in exposure.files.values():
            self._by_content[_digest(content)] = exposure
        return exposure

    def of(self, content: bytes) -> TrueExposure | None:
        """The exposure of which this is a file, byte by byte."""
        return self._by_content.get(_digest(content))


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()
