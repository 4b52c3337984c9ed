"""Captures, one at a time: accepted, journalled, taken by the camera, put in their place, and ended.

Each one ends ``saved`` or ``failed`` with a kind and a reason, and each wait on the way has a deadline.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from photonic.errors import (
    BadInput,
    CameraError,
    CaptureError,
    FailureKind,
    PhotonicError,
    StorageError,
)
from photonic.model.api import CaptureMetadata, CaptureRecord
from photonic.model.status import CapturePhase
from photonic.protocol.capture import CaptureFailure
from photonic.service import names
from photonic.service.catalogue import stem_of
from photonic.service.journal import Intent
from photonic.service.queue import CaptureQueue
from photonic.service.storage import StagedFile
from photonic.service.ticket import CaptureTicket
from photonic.worker.messages import Captured, CaptureProgress, Staged

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import PurePosixPath

    from photonic.model.api import CaptureRequest
    from photonic.service.catalogue import Catalogue
    from photonic.service.journal import Journal
    from photonic.service.storage import PhotoRoot, StoredFile

CAPTURE_SECONDS = 60.0
"""How long a capture may wait for the camera, and take before the camera process has named a deadline of its own."""
STORING_SECONDS = 30.0
"""How long the disk may take for one still."""
DEADLINE_MARGIN_SECONDS = 5.0
"""What the camera process's own deadline is given to act before the station's does."""
KEY_LIMIT = 255
NO_PHOTO = "the camera reported a capture, but delivered no photo"

_Result = TypeVar("_Result")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the camera can take a still now. ``refusal``: why it cannot, and will not by waiting a while."""

    ready: bool
    refusal: CaptureFailure | None = None


class Shutter(Protocol):
    """What captures need of a camera."""

    @property
    def camera_id(self) -> str:
        """The camera's name on the wire."""
        ...

    @property
    def model(self) -> str | None:
        """The camera's model, ``None`` before it is known."""
        ...

    def readiness(self) -> Readiness:
        """Whether it can take a still now."""
        ...

    def change(self) -> Coroutine[Any, Any, None]:
        """Wait until ``readiness`` may have changed."""
        ...

    async def shoot(self, capture_id: str, staging: Path) -> None:
        """Take one still; its events go to ``Captures.event``. Raises ``CaptureError`` or ``CameraError``."""
        ...


@dataclass(slots=True)
class _Shot:
    """The capture that is being taken, and what the camera process has delivered for it."""

    ticket: CaptureTicket
    timeout: asyncio.Timeout | None = None
    staged: list[StagedFile] = field(default_factory=list[StagedFile])
    captured: Captured | None = None

    def allow(self, now: float, seconds: float) -> None:
        """Move the deadline to ``seconds`` from ``now``."""
        self.ticket.deadline = now + seconds
        if self.timeout is not None and not self.timeout.expired():
            self.timeout.reschedule(asyncio.get_running_loop().time() + seconds)


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
        self._shot: _Shot | None = None
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
        match event:
            case CaptureProgress():
                shot.allow(self._clock(), event.remaining_seconds + DEADLINE_MARGIN_SECONDS)
                shot.ticket.advance(CapturePhase(event.phase))
                self._on_change()
            case Staged():
                shot.staged.append(StagedFile(Path(event.path), event.name, event.size_bytes))
            case Captured():
                shot.captured = event

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
        shot = self._shot = _Shot(ticket)
        failure: CaptureFailure | None = None
        try:
            try:
                async with asyncio.timeout(None) as shot.timeout:
                    shot.allow(self._clock(), self._capture_seconds)
                    await self._until_ready()
                    await self._expose(ticket)
            finally:
                shot.timeout = None
        except TimeoutError:
            reason = f"the capture did not end within its deadline (it was {ticket.phase}); ask again"
            failure = CaptureFailure(FailureKind.TIMEOUT, reason)
        except PhotonicError as error:
            failure = _failure(error)
        try:
            await self._settle(shot, failure)
        finally:
            self._shot = None
            self._on_change()

    async def _until_ready(self) -> None:
        while not (readiness := self._shutter.readiness()).ready:
            if (refusal := self._closed or readiness.refusal) is not None:
                raise CaptureError(refusal.reason, kind=refusal.kind)
            await self._shutter.change()

    async def _expose(self, ticket: CaptureTicket) -> None:
        await asyncio.to_thread(self._root.check)
        staging = await asyncio.to_thread(self._root.staging, ticket.id)
        ticket.advance(CapturePhase.PREPARING)
        self._on_change()
        await self._shutter.shoot(ticket.id, staging)

    async def _settle(self, shot: _Shot, failure: CaptureFailure | None) -> None:
        """Put what has arrived into its place, whatever the camera said after it, and end the capture."""
        if not shot.staged:
            await self._fail(shot.ticket, failure or CaptureFailure(FailureKind.CAMERA_FAULT, NO_PHOTO))
            return
        shot.allow(self._clock(), STORING_SECONDS)
        shot.ticket.advance(CapturePhase.DOWNLOADING)
        self._on_change()
        try:
            async with asyncio.timeout(STORING_SECONDS):
                stored = await self._store(shot)
        except TimeoutError:
            reason = f"the disk did not take the photo within {STORING_SECONDS:.0f} s; it is kept in {names.STAGING}"
            await self._fail(shot.ticket, CaptureFailure(FailureKind.HOST_STORAGE_UNUSABLE, reason))
        except PhotonicError as error:
            await self._fail(shot.ticket, _failure(error))
        else:
            await self._save(shot, stored, failure)

    async def _store(self, shot: _Shot) -> list[StoredFile]:
        ticket = shot.ticket
        await self._journal.stage(ticket.id, shot.staged)
        return await asyncio.to_thread(self._root.bring_in, shot.staged, ticket.directory, stem_of(ticket.record))

    async def _save(self, shot: _Shot, stored: Sequence[StoredFile], failure: CaptureFailure | None) -> None:
        ticket, captured = shot.ticket, shot.captured
        warnings = [captured.warning] if captured is not None and captured.warning else []
        if failure is not None:
            warnings.append(f"after this photo had arrived: {failure.reason}")
        metadata = CaptureMetadata(
            timestamp=ticket.exposed_at or ticket.record.created_at,
            model=self._shutter.model,
            iso=captured.iso if captured is not None else None,
            shutter_speed=captured.shutter_speed if captured is not None else None,
            aperture=captured.aperture if captured is not None else None,
        )
        record = ticket.saved(
            metadata=metadata, warning="; ".join(warnings) or None, capture_time_ms=self._age_ms(ticket)
        )
        await self._end(ticket, record, stored)

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


def _failure(error: PhotonicError) -> CaptureFailure:
    match error:
        case CaptureError() | CameraError() | StorageError():
            return CaptureFailure(error.kind, error.reason)
        case BadInput():
            return CaptureFailure(FailureKind.BAD_INPUT, error.reason)
        case _:
            return CaptureFailure(FailureKind.CAMERA_FAULT, str(error))


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
