"""Checks that the hook ran once for every still, apart from repetitions after the end of a service."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from photonic.model.hook import PhotoEvent
from soak.finding import Finding, Kind
from soak.history import Began, Ended
from soak.plan import Disturbance
from soak.spans import Span

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from soak.evidence import Evidence
    from soak.history import AnyMoment

RUN_SECONDS: Final = 2.0
"""A hook that was under way when the service ended has written so long before or after that."""

_STOPS: Final = frozenset({Disturbance.SERVICE_KILLED, Disturbance.SERVICE_RESTARTED})


def check(history: Sequence[AnyMoment], evidence: Evidence) -> list[Finding]:
    """Every still that the hook was not run for, or again for no reason; nothing where there was no hook."""
    if evidence.hooked is None:
        return []
    runs: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for run in evidence.hooked:
        runs[run.event, run.capture_id].append(run.at)
    return [*_missing(evidence, runs.keys()), *_again(history, runs)]


def _missing(evidence: Evidence, runs: Container[tuple[str, str]]) -> Iterator[Finding]:
    for record in evidence.index:
        if record.files and (PhotoEvent.SAVED, record.id) not in runs:
            yield Finding(Kind.HOOK, f"the hook was never run for still {record.id} of session {record.session_id}")


def _again(history: Sequence[AnyMoment], runs: Mapping[tuple[str, str], Sequence[float]]) -> Iterator[Finding]:
    """Twice is right only where the service was killed or stopped while the hook ran: it cannot know then."""
    ends = {moment.number: moment.at for moment in history if isinstance(moment, Ended)}
    stops = [
        Span(moment.at, ends.get(moment.number, math.inf))
        for moment in history
        if isinstance(moment, Began) and moment.what in _STOPS
    ]
    for (event, capture_id), times in runs.items():
        for before, again in pairwise(sorted(times)):
            if not any(stop.begin - RUN_SECONDS <= before <= stop.end <= again for stop in stops):
                text = f"the hook was run for {event} of {capture_id}, and {again - before:.1f} s later once more"
                yield Finding(Kind.HOOK, text, again)
