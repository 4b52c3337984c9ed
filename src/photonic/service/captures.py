"""Captures, one at a time: accepted, journalled, taken by the camera, put in their place, and ended.

Each one ends ``saved`` or ``failed`` with a kind and a reason, and each wait on the way has a deadline.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from photonic.errors import (
    BadInput,
    CaptureError,
    FailureKind,
    PhotonicError,
    StorageError,
)
from photonic.model.api import CaptureRecord
from photonic.model.status import CapturePhase
from photonic.protocol.capture import CaptureFailure
from photonic.service import names
from photonic.service.journal import Intent
from photonic.service.queue import CaptureQueue
from photonic.service.shot import Shot
from photonic.service.ticket import CaptureTicket

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import PurePosixPath

    from photonic.model.api import CaptureRequest
    from photonic.service.catalogue import Catalogue
    from photonic.service.journal import Journal
    from photonic.service.shot import Shutter
    from photonic.service.storage import PhotoRoot, StoredFile
    from photonic.worker.messages import Captured, CaptureProgress, Staged

CAPTURE_SECONDS = 60.0
"""How long a capture may wait for the camera, and take before the camera process has named a deadline of its own."""
KEY_LIMIT = 255

_Result = TypeVar("_Result")

log = logging.getLogger(__name__)


class Captures:
    """The station's captures.

    ``on_change`` is called whenever a capture has come, moved on or ended. Every time is on ``clock``, in seconds.
    """

    def __init__(
        self,
        shutter: Shutter,
        root: PhotoRoot,
        journal: Journal,
        catalogue: Catalogue,
        *,
        queue_length: int,
        clock: Callable[[], float],
        on_change: Callable[[], object],
        capture_seconds: float = CAPTURE_SECONDS,
    ) -> None:
        self._shutter = shutter
        self._root = root
        self._journal = journal
        self._catalogue = catalogue
        self._queue = CaptureQueue(queue_length)
        self._clock = clock
        self._on_change = on_change
        self._capture_seconds = capture_seconds
        self._running: dict[str, CaptureTicket] = {}
        self._admission = asyncio.Lock()
        self._shot: Shot | None = None
        self._closed: CaptureFailure | None = None
        self._tasks: asyncio.TaskGroup | None = None

    @property
    def running(self) -> tuple[CaptureTicket, ...]:
        """Accepted and not ended, oldest first."""
        return tuple(self._running.values())

    @property
    def current(self) -> CaptureTicket | None:
        """The one whose turn it is."""
        return None if self._shot is None else self._shot.ticket

    def is_current(self, capture_id: str | None) -> bool:
        """Whether this is the capture whose turn it is."""
        return self._shot is not None and self._shot.ticket.id == capture_id

    def remaining_seconds(self, ticket: CaptureTicket) -> float:
        """Time left until the capture's deadline; for one that waits, with the turns before it."""
        now = self._clock()
        current = self.current
        ahead = 0.0 if current is None or current.deadline is None else max(0.0, current.deadline - now)
        if ticket is current:
            return ahead
        waiting = self._queue.waiting
        place = waiting.index(ticket) + 1 if ticket in waiting else 1
        return ahead + place * self._capture_seconds

    async def submit(self, request: CaptureRequest, idempotency_key: str | None = None) -> CaptureTicket:
        """Accept one capture: when this returns, its intent is on the disk. A caller that hangs up changes nothing.

        The same key gives the same ticket, in whatever state it is, never a second exposure. Raises ``BadInput``,
        ``StorageError``, and ``CaptureError`` when the queue is full or the camera cannot take it.
        """
        directory = names.directory_below_root(request.output_directory)
        _check_key(idempotency_key)
        return await self._to_its_end(self._accept(request, directory, idempotency_key))

    async def cancel(self, capture_id: str) -> CaptureRecord:
        """End a capture that still waits for its turn. Raises ``CaptureError`` when it is unknown or too late."""
        ticket = self._running.get(capture_id)
        if ticket is None:
            if (record := self._catalogue.record(capture_id)) is None:
                raise CaptureError(f"there is no capture {capture_id}", kind=FailureKind.NOT_FOUND)
            if record.error_type == FailureKind.CANCELLED:
                return record
            raise CaptureError(f"the capture has ended: it was {record.phase}", kind=FailureKind.CAMERA_BUSY)
        if not self._queue.remove(ticket):
            raise CaptureError("the camera is already taking this capture: let it end", kind=FailureKind.CAMERA_BUSY)
        why = CaptureFailure(FailureKind.CANCELLED, "cancelled on request before the exposure")
        return await self._to_its_end(self._fail(ticket, why))

    def event(self, event: CaptureProgress | Staged | Captured) -> None:
        """What the camera process says of a capture; of one that is not running, nothing is taken."""
        shot = self._shot
        if shot is None or event.capture_id != shot.ticket.id:
            log.warning("the camera process spoke of a capture that is not running: %s", event)
            return
        shot.event(event)

    async def run(self) -> None:
        """Take captures as they come, until cancelled."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                while True:
                    ticket = await self._queue.first()
                    self._queue.remove(ticket)
                    await self._take(ticket)
        finally:
            self._tasks = None
            self._abandon()

    async def close(self, why: CaptureFailure) -> None:
        """Accept no more, and end what waits for its turn."""
        self._closed = why
        await self.fail_waiting(why)

    async def fail_waiting(self, why: CaptureFailure) -> None:
        """End every capture that waits for its turn."""
        for ticket in self._queue.waiting:
            self._queue.remove(ticket)
            await self._fail(ticket, why)

    async def _accept(
        self, request: CaptureRequest, directory: PurePosixPath, idempotency_key: str | None
    ) -> CaptureTicket:
        async with self._admission:
            await self._catalogue.open()
            if idempotency_key is not None and (known := self._known(idempotency_key)) is not None:
                return _same(known, request)
            self._check_admission()
            await asyncio.to_thread(self._root.check)
            await asyncio.to_thread(self._root.directory, directory)
            record = CaptureRecord(
                id=uuid.uuid4().hex,
                camera_id=self._shutter.camera_id,
                phase=CapturePhase.QUEUED,
                session_id=request.session_id,
                sequence_number=request.sequence_number,
                idempotency_key=idempotency_key,
                created_at=datetime.now(UTC),
            )
            ticket = CaptureTicket(record, directory, accepted_at=self._clock())
            await self._journal.intend(Intent(record, directory))
            self._queue.put(ticket)
            self._running[ticket.id] = ticket
        self._on_change()
        return ticket

    def _known(self, idempotency_key: str) -> CaptureTicket | None:
        for ticket in self._running.values():
            if ticket.record.idempotency_key == idempotency_key:
                return ticket
        record = self._catalogue.record_of_key(idempotency_key)
        return None if record is None else CaptureTicket.of_the_past(record)

    def _check_admission(self) -> None:
        refusal = self._closed or self._shutter.readiness().refusal
        if refusal is not None:
            raise CaptureError(refusal.reason, kind=refusal.kind)
        self._queue.check_room()

    async def _take(self, ticket: CaptureTicket) -> None:
        shot = self._shot = Shot(
            ticket, self._shutter, self._root, self._journal, clock=self._clock, on_change=self._on_change
        )
        try:
            outcome = await shot.take(self._capture_seconds)
            if outcome.failure is not None:
                await self._fail(ticket, outcome.failure)
            else:
                record = ticket.saved(
                    metadata=outcome.metadata, warning=outcome.warning, capture_time_ms=self._age_ms(ticket)
                )
                await self._end(ticket, record, outcome.stored)
        finally:
            self._shot = None
            self._on_change()

    async def _fail(self, ticket: CaptureTicket, why: CaptureFailure) -> CaptureRecord:
        return await self._end(ticket, ticket.failed(why, capture_time_ms=self._age_ms(ticket)), ())

    async def _end(self, ticket: CaptureTicket, record: CaptureRecord, stored: Sequence[StoredFile]) -> CaptureRecord:
        try:
            shown = await self._catalogue.end(record, stored)
        except StorageError as error:
            log.error("capture %s ended %s, but this could not be recorded: %s", record.id, record.phase, error)  # noqa: TRY400
            warning = "; ".join(filter(None, [record.warning, error.reason]))
            shown = self._catalogue.remember(record.model_copy(update={"warning": warning}), stored)
        self._running.pop(ticket.id, None)
        ticket.end(shown)
        self._on_change()
        return shown

    def _abandon(self) -> None:
        """Answer those who still wait; the journal keeps their captures as unfinished, for the next start."""
        why = self._closed or CaptureFailure(FailureKind.SHUTTING_DOWN, "service stopped during the capture")
        for ticket in self.running:
            self._queue.remove(ticket)
            self._running.pop(ticket.id)
            ticket.end(ticket.failed(why, capture_time_ms=self._age_ms(ticket)))

    def _age_ms(self, ticket: CaptureTicket) -> int:
        return round((self._clock() - ticket.accepted_at) * 1000)

    async def _to_its_end(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """The result of ``work``, which goes on to its end when the caller stops waiting."""
        if self._tasks is None:
            work.close()
            reason = "the service takes no captures now: it is starting or stopping"
            raise CaptureError(reason, kind=FailureKind.SHUTTING_DOWN)

        async def outcome() -> _Result | PhotonicError:
            try:
                return await work
            except PhotonicError as error:
                return error

        result = await asyncio.shield(self._tasks.create_task(outcome()))
        if isinstance(result, PhotonicError):
            raise result
        return result


def _same(ticket: CaptureTicket, request: CaptureRequest) -> CaptureTicket:
    record = ticket.record
    if (record.session_id, record.sequence_number) != (request.session_id, request.sequence_number):
        raise BadInput(
            f"this Idempotency-Key was used for photo {record.sequence_number} of session {record.session_id}: "
            "use a new key for another photo",
            field="Idempotency-Key",
        )
    return ticket


def _check_key(idempotency_key: str | None) -> None:
    if idempotency_key is not None and not (1 <= len(idempotency_key) <= KEY_LIMIT and idempotency_key.isprintable()):
        raise BadInput(f"Idempotency-Key takes 1-{KEY_LIMIT} printable characters", field="Idempotency-Key")
