"""Checks that all photos of an undisturbed release refer to the same capture."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from photonic.model.status import CapturePhase
from soak.evidence import CAME_LATER, CLIENT
from soak.finding import Finding, Kind
from soak.history import Began, Ended
from soak.plan import Disturbance
from soak.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from photonic.model.api import CaptureRecord
    from soak.evidence import Evidence, Exposure
    from soak.history import AnyMoment

TURNED_SECONDS: Final = 3.0
"""A capture that was running when the dial was turned has used the previous drive mode."""

CALM_SECONDS: Final = 3.0
"""So long before and after a release nothing else happened: the capture has ended, and what it took is on record."""


def check(history: Sequence[AnyMoment], evidence: Evidence) -> list[Finding]:
    """Every burst whose capture was saved, and of which a photo is somewhere else."""
    return list(_torn(history, evidence))


def _torn(history: Sequence[AnyMoment], evidence: Evidence) -> Iterator[Finding]:
    still_of = _stills(evidence)
    drives, others = _events(history)
    for press, burst in _bursts(evidence).items():
        begin, end = burst[0].at, burst[-1].at
        calm = any(span.begin + TURNED_SECONDS <= begin and end <= span.end for span in drives) and not any(
            span.begin <= end + CALM_SECONDS and span.end >= begin - CALM_SECONDS for span in others
        )
        stills = [still_of[one.counter] for one in burst if one.counter in still_of]
        first = next((still for still in stills if still.kind not in CAME_LATER and still.release_of is None), None)
        if not calm or first is None or first.phase is not CapturePhase.SAVED:
            continue
        for still in stills:
            if still is not first and still.release_of != first.id:
                text = f"press {press} took {len(burst)} photos for capture {first.id}, and {still.id} of session "
                yield Finding(Kind.TORN, f"{text}{still.session_id} does not say so ({still.warning})", begin)


def _stills(evidence: Evidence) -> dict[int, CaptureRecord]:
    """The record of each exposure."""
    records = {file.path: record for record in evidence.index for file in record.files}
    return {
        file.counter: records[file.path] for file in evidence.files if file.counter is not None and file.path in records
    }


def _bursts(evidence: Evidence) -> dict[int, list[Exposure]]:
    """The exposures of each press by the service that took several."""
    presses: defaultdict[int, list[Exposure]] = defaultdict(list)
    for exposure in evidence.journal.exposures:
        if exposure.source == CLIENT and exposure.press is not None:
            presses[exposure.press].append(exposure)
    return {press: burst for press, burst in presses.items() if len(burst) > 1}


def _events(history: Sequence[AnyMoment]) -> tuple[list[Span], list[Span]]:
    """When the drive dial stood at continuous, and when something else was done to the camera or the service."""
    ends = {moment.number: moment.at for moment in history if isinstance(moment, Ended)}
    drives: list[Span] = []
    others: list[Span] = []
    for moment in history:
        if isinstance(moment, Began) and moment.user is None and moment.viewer is None:
            span = Span(moment.at, ends.get(moment.number, math.inf))
            (drives if moment.what == Disturbance.CONTINUOUS_DRIVE else others).append(span)
    return drives, others
