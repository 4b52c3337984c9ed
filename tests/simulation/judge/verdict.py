"""The judgement at the end of a history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.judge import captures, deliveries, exposures, failures, second_disk, trash

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
        *second_disk.check(remains),
        *(finding for told in remains.told for finding in deliveries.check(told)),
    ]
    return sorted(found, key=lambda finding: finding.invariant)
