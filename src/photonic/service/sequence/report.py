"""Reports on sequences: each frame with its photo."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from photonic.errors import BadInput, CaptureError, FailureKind
from photonic.model.sequence import SequenceFrame, SequenceGap, SequencePage, SequenceReport
from photonic.model.status import CapturePhase

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.model.api import CaptureRecord
    from photonic.model.sequence import SequenceRecord
    from photonic.service.capture.service import CaptureService
    from photonic.service.journal.sequences import FrameRow, SequenceJournal
    from photonic.service.library.index import CaptureIndex
    from photonic.service.sequence.runner import SequenceRun

PAGE_LIMIT = 200


class SequenceReports:
    """Reports on recorded sequences, including what a running one has not recorded yet."""

    def __init__(self, journal: SequenceJournal, captures: CaptureService, capture_index: CaptureIndex) -> None:
        self._journal = journal
        self._captures = captures
        self._capture_index = capture_index

    async def report(self, record: SequenceRecord, run: SequenceRun | None, first: int, limit: int) -> SequenceReport:
        """Return a sequence with ``limit`` of its frames, starting at ``first``. Raises ``StorageError``.

        ``run`` is the run of this sequence, if it has not ended or its end is not recorded yet.
        """
        if run is not None:
            record = run.record
        last = min(first + limit - 1, record.total)
        rows, gaps = await self._journal.frames(record.id, first, last)
        for entry in () if run is None else run.unrecorded:
            if isinstance(entry, SequenceGap):
                gaps.append(entry)
            elif first <= entry.number <= last:
                rows.append(entry)
        return SequenceReport(
            **dict(record),
            frames=tuple([await self._frame(one, record) for one in rows]),
            gaps=tuple(gaps),
            next_first=last + 1 if last < record.total else None,
        )

    async def page(
        self, current: Callable[[SequenceRecord], SequenceRecord], cursor: str | None, limit: int, owner: str | None
    ) -> SequencePage:
        """Return at most ``limit`` sequences, newest first. Raises ``BadInput``, ``StorageError``.

        Args:
            current: Returns a recorded sequence as it is now.
            cursor: The id of the last sequence on the previous page; ``None`` for the first page.
            limit: The maximum number of sequences on the page.
            owner: The owner whose sequences exist for the reader; ``None``: all do.
        """
        if not 1 <= limit <= PAGE_LIMIT:
            raise BadInput(f"limit must be from 1 to {PAGE_LIMIT}", field="limit")
        if cursor is not None:
            last = await self._journal.of_id(cursor)
            if last is None or owner not in {None, last.record.owner}:
                raise BadInput("unknown cursor: start again without one", field="cursor")
        rows = await self._journal.page(cursor, limit + 1, owner)
        shown = [current(row.record) for row in rows[:limit]]
        return SequencePage(sequences=tuple(shown), next_cursor=shown[-1].id if len(rows) > limit else None)

    async def _frame(self, row: FrameRow, record: SequenceRecord) -> SequenceFrame:
        if row.capture_id is None:
            return frame_of(row, record, None)
        job = self._captures.job(row.capture_id)
        capture = job.record if job is not None else await self._capture_index.find(row.capture_id)
        return frame_of(row, record, capture)


def frame_of(row: FrameRow, record: SequenceRecord, capture: CaptureRecord | None) -> SequenceFrame:
    """Return a frame of ``record``; ``capture`` is the capture that took it, ``None`` if no capture was accepted."""
    due_at = None
    if record.interval_seconds is not None:
        due_at = record.starts_at + (row.number - 1) * timedelta(seconds=record.interval_seconds)
    return SequenceFrame(
        number=row.number,
        phase=CapturePhase.FAILED if capture is None else capture.phase,
        due_at=due_at,
        late_ms=row.late_us / 1000,
        capture_id=row.capture_id,
        settings=record.steps[row.number - 1] if record.steps else {},
        focus_steps=record.focus_steps[row.number - 1] if record.focus_steps else None,
        paths=() if capture is None else tuple(file.path for file in capture.files),
        error=row.error if capture is None else capture.error,
        error_type=row.error_type if capture is None else capture.error_type,
        warning=None if capture is None else capture.warning,
    )


def unknown_sequence(sequence_id: str) -> CaptureError:
    """Return the error for a sequence that does not exist, or does not for the reader."""
    return CaptureError(f"unknown sequence {sequence_id[:100]}", kind=FailureKind.NOT_FOUND)
