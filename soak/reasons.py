"""Checks the reasons of failed captures: "no card" only while the card is out, for example."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from photonic.errors import FailureKind
from photonic.simulator.faults import FaultName
from soak.finding import Finding, Kind
from soak.history import Answered, Asked, Began, Ended
from soak.plan import Disturbance
from soak.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from soak.history import AnyMoment

AFTER_SECONDS: Final = 2.0
"""For this long after its end, a fault may still be the reason."""

CAUSES: Final[dict[FailureKind, frozenset[str]]] = {
    FailureKind.NO_CARD: frozenset({FaultName.CARD_MISSING, FaultName.CARD_READ_ONLY}),
    FailureKind.CAMERA_STORAGE_FULL: frozenset({FaultName.CARD_FULL, FaultName.RAM_FULL}),
    FailureKind.AUTOFOCUS_FAILED: frozenset({FaultName.AUTOFOCUS_FAILURE, FaultName.SLOW_AUTOFOCUS}),
    FailureKind.BATTERY_LOW: frozenset({FaultName.BATTERY_LOW}),
    FailureKind.CAMERA_BUSY: frozenset(
        {
            FaultName.BUSY_SHOT,
            FaultName.RAM_FULL,
            FaultName.SLOW_STORAGE,
            FaultName.BUTTON,
            FaultName.RELEASE_REFUSED,
            Disturbance.LATE_TWIN_AND_BUTTON,
            Disturbance.KILLED_WHILE_HELD,
        }
    ),
    FailureKind.DISCONNECTED: frozenset(
        {Disturbance.DISCONNECTED, Disturbance.RAW_AND_JPEG, Disturbance.LATE_TWIN_AND_BUTTON, FaultName.NO_VIEWFINDER}
    ),
}
"""Kinds of failure that have these causes, and ``garble``, in which a camera may say anything."""


def check(history: Sequence[AnyMoment]) -> list[Finding]:
    """Every failure with a wrong reason."""
    return list(_unfounded(history))


def _unfounded(history: Sequence[AnyMoment]) -> Iterator[Finding]:
    ends = {moment.number: moment.at for moment in history if isinstance(moment, Ended)}
    events = [
        (moment.what, Span(moment.at, ends.get(moment.number, math.inf) + AFTER_SECONDS))
        for moment in history
        if isinstance(moment, Began)
    ]
    asked: dict[str, float] = {}
    for moment in history:
        if isinstance(moment, Asked):
            asked.setdefault(moment.key, moment.at)
        elif isinstance(moment, Answered) and moment.error is not None:
            causes = next((known for kind, known in CAUSES.items() if moment.error.startswith(kind)), None)
            began = asked.get(moment.key, moment.at)
            if causes is not None and not any(
                what in causes | {FaultName.GARBLE} and span.begin <= moment.at and span.end >= began
                for what, span in events
            ):
                yield Finding(Kind.FALSE_REASON, f"{moment.key} failed: {moment.error}: {moment.reason}", moment.at)
