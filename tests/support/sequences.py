"""Sequences of a controller without a camera: what is submitted is kept, and nothing is taken."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from photonic.model.sequence import SequencePage, SequenceRecord, SequenceReport
from photonic.model.status import SequencePhase, SequenceStatus
from photonic.service.sequence.report import unknown_sequence

if TYPE_CHECKING:
    from photonic.model.requester import Requester
    from photonic.model.sequence import SequenceRequest


class FakeSequences:
    """``records``: oldest first; the last one runs for as long as it has not ended."""

    def __init__(self) -> None:
        self.records: list[SequenceRecord] = []

    @property
    def running(self) -> SequenceRecord | None:
        return next((record for record in self.records if not record.ended), None)

    @property
    def status(self) -> SequenceStatus | None:
        """The running one, as the snapshot has it."""
        one = self.running
        if one is None:
            return None
        return SequenceStatus(id=one.id, kind=one.kind, session_id=one.session_id, phase=one.phase, total=one.total)

    async def submit(
        self, request: SequenceRequest, idempotency_key: str | None, requester: Requester
    ) -> tuple[SequenceRecord, bool]:
        now = datetime.now(UTC)
        record = SequenceRecord(
            id=f"s-{len(self.records) + 1}",
            camera_id="fake",
            owner=requester.owner,
            kind=request.kind,
            phase=SequencePhase.COUNTDOWN,
            session_id=request.session_id,
            sequence_number=request.sequence_number,
            total=request.count or 1,
            created_at=now,
            starts_at=now,
            idempotency_key=idempotency_key,
        )
        self.records.append(record)
        return record, True

    async def cancel(self, sequence_id: str) -> SequenceRecord:
        ended = self._known(sequence_id).model_copy(update={"phase": SequencePhase.CANCELLED})
        self.records = [ended if record.id == sequence_id else record for record in self.records]
        return ended

    async def report(self, sequence_id: str, first: int, limit: int) -> SequenceReport:
        return SequenceReport(**dict(self._known(sequence_id)))

    async def page(self, cursor: str | None, limit: int, owner: str | None) -> SequencePage:
        shown = [record for record in reversed(self.records) if owner in {None, record.owner}]
        return SequencePage(sequences=tuple(shown))

    def _known(self, sequence_id: str) -> SequenceRecord:
        for record in self.records:
            if record.id == sequence_id:
                return record
        raise unknown_sequence(sequence_id)
