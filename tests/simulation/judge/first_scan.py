"""What the first scan of a card need not fetch (decision 0011)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.simulation.evidence import Evidence
    from tests.simulation.truth import TrueExposure

MOST_FETCHED = 20
"""What a first scan fetches at most for one failed capture, if the clock of the camera is not known (decision 0011)."""


def may_stay(
    exposure: TrueExposure, exposures: Iterable[TrueExposure], evidence: Evidence, scanned_at: float | None
) -> bool:
    """Whether a photo that was taken before the first scan of its card stays on it.

    What nobody asked for does. Of what a failed capture may have taken, the scan fetches the newest ones, "if the clock
    is not known": nothing was saved yet, so that no photo has shown it.

    Args:
        exposure: The photo.
        exposures: All of its body.
        evidence: What the users know.
        scanned_at: When its card was first scanned, in simulated seconds; ``None``: never.
    """
    if scanned_at is None or exposure.at > scanned_at:
        return scanned_at is None and exposure.asked_by is None
    if exposure.asked_by is None:
        return True
    answers = (request.final for request in evidence.requests.values())
    if any(answer is not None and answer.saved and answer.at <= scanned_at for answer in answers):
        return False
    newer = sum(exposure.at < one.at <= scanned_at and not one.film and not one.in_ram for one in exposures)
    return newer >= MOST_FETCHED
