"""Invariants 1 and 2 on the second disk: who was told that a photo is there finds it there, whole."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tests.simulation.evidence import Finding

from photonic.service.files.second_root import MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.judge.remains import Remains


def check(remains: Remains) -> Iterator[Finding]:
    """Every finding about the second disk."""
    if not remains.settings.second:
        return
    copied = {
        hashlib.sha256(content).hexdigest(): path
        for path, content in remains.second.items()
        if not path.startswith(f"{MARKER}/")
    }
    whole = {
        hashlib.sha256(content).hexdigest()
        for exposures in remains.exposures.values()
        for exposure in exposures
        for content in exposure.files.values()
    }
    for sha256, path in copied.items():
        if sha256 not in whole:
            yield Finding(2, "each copy on the second disk is whole", f"{path} is of no exposure")
    captures = remains.index.captures
    for request in remains.evidence.requests.values():
        told = next((answer for answer in request.answers if answer.second), None)
        if told is None or told.capture_id not in captures:
            continue
        for file in captures[told.capture_id].files:
            if file.sha256 not in copied:
                yield Finding(1, "what was said to be on the second disk is there", f"{file.path} is not, told {told}")
    # Nothing disturbed any more for minutes: every photo has its copy, also what nobody asked for.
    for capture in captures.values():
        for file in () if capture.trashed else capture.files:
            if file.sha256 not in copied:
                yield Finding(6, "each photo has its copy on the second disk", f"{file.path} has none: {capture}")
