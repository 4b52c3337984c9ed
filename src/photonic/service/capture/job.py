"""One capture, from its acceptance to its end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.errors import FailureKind
from photonic.model.api import CaptureRecord
from photonic.model.capture_options import PLAIN, CaptureOptions
from photonic.model.exposure_end import ExposureEnd
from photonic.model.status import CapturePhase
from photonic.protocol.capture import CaptureMachine

if TYPE_CHECKING:
    from datetime import datetime

    from photonic.model.api import CaptureMetadata, CaptureRequest
    from photonic.protocol.capture import CaptureFailure
    from photonic.service.journal.sequences import FrameBegun
    from photonic.service.photo.template import PhotoName

_NOT_FIRED = frozenset(
    {
        FailureKind.AUTOFOCUS_FAILED,
        FailureKind.BAD_INPUT,
        FailureKind.BATTERY_LOW,
        FailureKind.BLOCKED,
        FailureKind.CAMERA_BUSY,
        FailureKind.CAMERA_STORAGE_FULL,
        FailureKind.CANCELLED,
        FailureKind.NO_CARD,
        FailureKind.NOT_SUPPORTED,
    }
)
"""Failures with which the camera itself reports that it did not fire the shutter."""
_STEPS = (CapturePhase.QUEUED, CapturePhase.PREPARING, CapturePhase.EXPOSING, CapturePhase.DOWNLOADING)


class CaptureJob:
    """An accepted capture; ``record`` is its current state.

    The service and the execution set these attributes: ``ordinal`` is the capture's position in the order of
    acceptance. ``limit_key`` is the requester's. ``serial`` is its camera's serial number, ``None`` if that was unknown
    when it was accepted. ``deadline`` is ``None`` while the capture is queued, and ``exposure_ends_at`` is set only
    while the shutter of a bulb exposure is open; both are on the clock of ``accepted_at``. ``exposed_at`` is the time
    of day at which the exposure began, ``None`` before that. ``exposed_from`` says what told that the exposure is over,
    ``None`` until then.

    Args:
        record: The capture as accepted.
        directory: Where its files go, below the photo root.
        stem: The path of its files below ``directory``, without extension.
        accepted_at: Seconds on the service's monotonic clock.
        options: How to take the photo.
    """

    def __init__(
        self,
        record: CaptureRecord,
        directory: PurePosixPath,
        stem: PurePosixPath,
        *,
        accepted_at: float,
        options: CaptureOptions = PLAIN,
    ) -> None:
        self._machine = CaptureMachine()
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._record = record
        self.directory = directory
        self.stem = stem
        self.accepted_at = accepted_at
        self.ordinal = 0
        self.limit_key: str | None = None
        self.serial: str | None = None
        self.deadline: float | None = None
        self.exposure_ends_at: float | None = None
        self.options = options
        self.exposed_at: datetime | None = None
        self._exposing = asyncio.Event()
        self._exposure_over = asyncio.Event()
        self.exposed_from: ExposureEnd | None = None

    @classmethod
    def of_request(
        cls,
        request: CaptureRequest,
        directory: PurePosixPath,
        name: PhotoName,
        *,
        capture_id: str,
        camera_id: str,
        owner: str | None,
        idempotency_key: str | None,
        frame: FrameBegun | None,
        created_at: datetime,
        accepted_at: float,
        retry_without_autofocus: bool,
    ) -> CaptureJob:
        """Return the job for a new capture.

        Args:
            request: The client's request.
            directory: Where its files go, below the photo root.
            name: Names the photo.
            capture_id: The id of the capture.
            camera_id: The camera's id in the API.
            owner: Whose photo it is; ``None``: no client requested it.
            idempotency_key: The client's key, if it sent one.
            frame: The sequence frame that this capture takes; ``None``: it is not part of a sequence.
            created_at: The time of day.
            accepted_at: Seconds on the service's monotonic clock.
            retry_without_autofocus: Applies if the request does not specify it.
        """
        record = CaptureRecord(
            id=capture_id,
            camera_id=camera_id,
            owner=owner,
            kind=_kind(request, frame),
            phase=CapturePhase.QUEUED,
            session_id=request.session_id,
            sequence_number=request.sequence_number,
            sequence_id=None if frame is None else frame.sequence_id,
            idempotency_key=idempotency_key,
            bulb_seconds=request.bulb_seconds,
            created_at=created_at,
        )
        wanted = request.retry_without_autofocus
        options = replace(
            PLAIN if frame is None else frame.options,
            bulb_seconds=request.bulb_seconds,
            retry_without_autofocus=retry_without_autofocus if wanted is None else wanted,
        )
        return cls(record, directory, name.of(record), accepted_at=accepted_at, options=options)

    @classmethod
    def already_ended(cls, record: CaptureRecord, directory: PurePosixPath) -> CaptureJob:
        """Return a job for a capture that has already ended, in this run of the service or an earlier one."""
        job = cls(record, directory, PurePosixPath(), accepted_at=0.0)
        job._ended.set_result(None)
        job.exposed(ExposureEnd.SAVED)
        return job

    @property
    def id(self) -> str:
        """The capture's id."""
        return self._record.id

    @property
    def record(self) -> CaptureRecord:
        """The current state of the capture."""
        return self._record

    @property
    def place(self) -> PurePosixPath:
        """Where its files go, below the photo root, without extension."""
        return self.directory / self.stem

    @property
    def phase(self) -> CapturePhase:
        """The current phase of the capture."""
        return self._record.phase

    @property
    def exposing_bulb(self) -> bool:
        """Whether this is a bulb exposure whose shutter is open or about to open."""
        return self.options.bulb_seconds is not None and self.phase is CapturePhase.EXPOSING

    async def ended(self) -> CaptureRecord:
        """Wait until the capture has ended, and return its final record. Cancelling the wait does not cancel it."""
        await asyncio.shield(self._ended)
        return self._record

    def exposed(self, told_by: ExposureEnd) -> None:
        """The exposure is over; only the first report of it counts."""
        self.exposed_from = self.exposed_from or told_by
        self._exposure_over.set()

    async def exposure_over(self) -> CaptureRecord:
        """Wait until the exposure is over or the capture has ended, and return its record then."""
        await self._exposure_over.wait()
        return self._record

    async def end_before_exposure(self, seconds: float) -> CaptureRecord | None:
        """Wait for a cancelled capture to end; ``None`` if it is still running ``seconds`` after its exposure began.

        The driver reports the exposure first and checks for a cancellation right before it fires the shutter.
        """
        ended, exposing = asyncio.ensure_future(self.ended()), asyncio.ensure_future(self._exposing.wait())
        try:
            await asyncio.wait({ended, exposing}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({ended}, timeout=seconds)
            return ended.result() if ended.done() else None
        finally:
            ended.cancel()
            exposing.cancel()

    def may_have_fired(self, kind: FailureKind) -> bool:
        """Whether the camera may have taken a photo despite this kind of failure."""
        return self.exposed_at is not None and kind not in _NOT_FIRED

    def advance(self, phase: CapturePhase, now: datetime) -> bool:
        """Advance to ``phase`` through the phases in between, never backwards; return whether the phase changed.

        ``now`` is the time of day.
        """
        if self._machine.ended or phase not in _STEPS:
            return False
        here, there = self._move(phase)
        if here < _STEPS.index(CapturePhase.EXPOSING) <= there:
            self.exposed_at = now
            self._exposing.set()
        self._record = self._record.model_copy(update={"phase": self._machine.phase})
        return there > here

    def _move(self, phase: CapturePhase) -> tuple[int, int]:
        """Take the steps up to ``phase``, if it is ahead; return the positions of the phase before and of ``phase``."""
        here, there = _STEPS.index(self._machine.phase), _STEPS.index(phase)
        for move in (self._machine.prepare, self._machine.expose, self._machine.download)[here:there]:
            move()
        return here, there

    def saved(
        self,
        *,
        metadata: CaptureMetadata | None,
        warning: str | None,
        now: float,
        attempts: int = 1,
        forced: bool = False,
    ) -> CaptureRecord:
        """Return the final record of a saved capture; ``end`` applies it.

        Args:
            metadata: How the photo was taken.
            warning: What the user should know about the photo; ``None``: nothing.
            now: Seconds on the clock of ``accepted_at``.
            attempts: How often the camera was told to fire the shutter.
            forced: Whether the photo was taken without autofocus.
        """
        update = {
            "phase": CapturePhase.SAVED,
            "metadata": metadata,
            "warning": warning,
            "capture_time_ms": round((now - self.accepted_at) * 1000),
            "attempts": attempts,
            "forced_capture": forced,
        }
        return self._record.model_copy(update=update)

    def failed(self, why: CaptureFailure, *, now: float) -> CaptureRecord:
        """Return the final record of a failed capture; ``end`` applies it. ``now`` is as in ``saved``."""
        update = {
            "phase": CapturePhase.FAILED,
            "error": why.reason,
            "error_type": why.kind.value,
            "capture_time_ms": round((now - self.accepted_at) * 1000),
        }
        return self._record.model_copy(update=update)

    def end(self, record: CaptureRecord) -> None:
        """Apply the final record and wake every waiter. Raises ``IllegalTransition`` if the capture has ended."""
        if record.phase is CapturePhase.SAVED:
            self._move(CapturePhase.DOWNLOADING)
            self._machine.save()
        else:
            self._machine.fail(FailureKind(record.error_type), record.error or "")
        self._record = record
        self._ended.set_result(None)
        self.exposed(ExposureEnd.SAVED)


def _kind(request: CaptureRequest, frame: FrameBegun | None) -> str:
    if frame is not None:
        return frame.kind.value
    return "still" if request.bulb_seconds is None else "bulb"
