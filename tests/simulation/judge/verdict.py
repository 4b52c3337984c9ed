"""The judgement at the end of a history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.judge import captures, deliveries, exposures, failures, trash

if TYPE_CHECKING:
    from tests.simulation.evidence import Finding
    from tests.simulation.judge.remains import Remains


def judge(remains: Remains) -> list[Finding]:
    """Every promise that was broken, the gravest first."""
    found = [
        *exposures.check(remains),
        *captures.check(remains),
        *failures.check(remains),
        *trash.check(remains),
        *(deliveries.check(remains.told) if remains.told is not None else ()),
    ]
    return sorted(found, key=lambda finding: finding.invariant)
