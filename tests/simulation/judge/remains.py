"""What is left at the end of a history, when the service has stopped in good order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.simulation.evidence import Evidence
    from tests.simulation.history_settings import HistorySettings
    from tests.simulation.judge.deliveries import Told
    from tests.simulation.truth import TrueExposure
    from tests.support.index_reader import Index, IndexedCapture

RECORDED_SECONDS = 6.0
"""How often the service records that it runs while a capture is in execution, and what whole seconds add."""


@dataclass(frozen=True, slots=True)
class Remains:
    """Everything that the judge knows.

    Args:
        settings: Of the history.
        evidence: What its users know.
        index: What the service knows.
        exposures: What the bodies know, by the number of the camera: every photo and film that was ever taken.
        serials: The serial number of each camera.
        files: Every file on the disk, by the number of its camera and its path below that camera's photo root.
        began_at: Unix seconds of the wall clock when the history began.
        starts: Simulated seconds at which each life of the service began.
        ends: Simulated seconds at which each life of the service ended.
        told: What hooks and webhooks were told, for each camera.
        second: Every file on the second disk, by its path there.
    """

    settings: HistorySettings
    evidence: Evidence
    index: Index
    exposures: Mapping[int, Sequence[TrueExposure]]
    serials: Mapping[int, str]
    files: Mapping[tuple[int, str], bytes]
    began_at: float
    starts: Sequence[float]
    ends: Sequence[float]
    told: Sequence[Told]
    second: Mapping[str, bytes] = field(default_factory=dict[str, bytes])

    def span(self, capture: IndexedCapture) -> tuple[float, float]:
        """When a capture ran, in simulated seconds: until its client was told.

        A capture that a crash cut off ran until the service last recorded that it ran, or a few seconds longer
        (decision 0029).
        """
        began = capture.created_at - self.began_at
        if capture.ended_at is not None:
            return began, capture.ended_at - self.began_at
        return began, next((at for at in self.ends if at > began), began) + RECORDED_SECONDS
