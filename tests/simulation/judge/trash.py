"""Invariant 7: what was deleted is in the trash, what was restored is in the folder, whatever died in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.evidence import Finding
from tests.simulation.judge.exposures import TRASH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.judge.remains import Remains


def check(remains: Remains) -> Iterator[Finding]:
    """Every finding about deleted and restored photos."""
    for deletion in remains.evidence.deletions.values():
        capture = remains.index.captures.get(deletion.capture_id)
        if capture is None:
            yield Finding(7, "a deleted photo keeps its record", deletion.capture_id)
            continue
        if deletion.deleted is not None and capture.trashed != deletion.deleted:
            said = "deleted" if deletion.deleted else "restored"
            yield Finding(7, "what was deleted or restored stays so", f"{capture} was {said}, and is not")
    for capture in remains.index.captures.values():
        for file in capture.files:
            if file.path.startswith(TRASH) != capture.trashed:
                where = "in the trash" if capture.trashed else "in the folder"
                yield Finding(
                    7, "the files are where the record says", f"{file.path}, whose record is {where}: {capture}"
                )
