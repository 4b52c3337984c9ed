"""Checks the copies on the second disk, and what ``photonic verify`` said at the end. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.saved import SaveLevel
from soak.finding import Finding, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soak.evidence import Evidence


def check(evidence: Evidence) -> Iterator[Finding]:
    """Every finding about second copies."""
    if evidence.verified is not None:
        yield Finding(Kind.NOT_CLEAN, evidence.verified)
    if evidence.copies is None:
        return
    copied = set(evidence.copies.values())
    recorded = {file.sha256 for record in evidence.index for file in record.files}
    for record in evidence.index:
        for file in record.files:
            if file.sha256 not in copied:
                text = f"{file.path} of capture {record.id} (saved: {record.saved}) has no whole copy"
                yield Finding(Kind.NO_COPY, text)
        if record.files and record.saved is not SaveLevel.SECOND:
            yield Finding(Kind.NO_COPY, f"capture {record.id} is not said to have its copies: {record.saved_reason}")
    for path, sha256 in evidence.copies.items():
        if sha256 not in recorded:
            yield Finding(Kind.UNRECORDED, f"{path} on the second disk is of no record")
