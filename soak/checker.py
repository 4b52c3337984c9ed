"""Judges from history and evidence whether every promise was kept. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from soak import bursts, hooks, leaks, photos, pictures, reasons, second_disk, status_reports

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soak.evidence import Evidence
    from soak.finding import Finding
    from soak.history import AnyMoment


def check(history: Sequence[AnyMoment], evidence: Evidence) -> list[Finding]:
    """Every broken promise, in the order of time; those of the run as a whole last."""
    found = [
        *pictures.check(history),
        *status_reports.check(history, evidence),
        *reasons.check(history),
        *photos.check(history, evidence),
        *second_disk.check(evidence),
        *bursts.check(history, evidence),
        *hooks.check(history, evidence),
        *leaks.check(history, evidence),
    ]
    return sorted(found, key=lambda finding: math.inf if finding.at is None else finding.at)
