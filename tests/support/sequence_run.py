"""One sequence in virtual time, with its camera, its notes and its lens."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from photonic.errors import CameraError, CaptureError, FailureKind, StorageError
from photonic.machine.timekeeping import Anchor, Timekeeping
from photonic.model.requester import NOBODY, Requester
from photonic.model.sequence import SequenceGap, SequenceKind, SequenceRecord, SequenceRequest
from photonic.model.status import CapturePhase, SequencePhase
from photonic.service.journal.sequences import FrameCount, FrameRow, SequenceRow
from photonic.service.sequence.runner import SequenceRun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.model.api import CaptureRecord, CaptureRequest
    from photonic.protocol.schedule import Plan
    from photonic.service.capture.job import CaptureJob
    from photonic.service.capture.service import CaptureService
    from photonic.service.journal.sequences import FrameBegun, SequenceJournal
    from photonic.service.sequence.lens_travel import LensTravel
    from photonic.service.sequence.wall_schedule import WallSchedule


START = datetime(2026, 5, 1, 12, tzinfo=UTC)
TAKES_SECONDS = 2.0


class Camera:
    """Takes ``TAKES_SECONDS`` for a photo; ``fault``: what befalls a frame, in its stead."""

    def __init__(self) -> None:
        self.begun: list[tuple[int, float]] = []
        self.fault: dict[int, Callable[[], Any]] = {}
        self.cancelled: list[str] = []
        self.accepts_after_seconds = 0.0

    async def submit(
        self,
        request: CaptureRequest,
        idempotency_key: str | None = None,
        frame: FrameBegun | None = None,
        *,
        requester: Requester = NOBODY,
    ) -> CaptureJob:
        assert frame is not None
        assert request.sequence_number == frame.number
        self.begun.append((frame.number, asyncio.get_running_loop().time()))
        await asyncio.sleep(self.accepts_after_seconds)
        fault = self.fault.get(frame.number)
        if fault is not None and isinstance(error := fault(), Exception):
            raise error
        return cast("CaptureJob", FakeFrameJob(f"c-{frame.number}", None if fault is None else fault()))

    async def cancel(self, capture_id: str) -> CaptureRecord:
        self.cancelled.append(capture_id)
        raise CaptureError("the camera is already taking this capture", kind=FailureKind.CAMERA_BUSY)


class FakeFrameJob:
    def __init__(self, capture_id: str, fault: tuple[float, str] | None) -> None:
        self.id = capture_id
        self._fault = fault

    async def ended(self) -> Any:
        """What was learned after so many seconds."""
        if self._fault is None:
            await asyncio.sleep(TAKES_SECONDS)
            return SimpleNamespace(phase=CapturePhase.SAVED, error=None)
        seconds, error = self._fault
        await asyncio.sleep(seconds)
        return SimpleNamespace(phase=CapturePhase.FAILED, error=error)


class Notes:
    """What was written down; while ``full``, the disk takes nothing."""

    def __init__(self) -> None:
        self.rows: list[FrameRow | SequenceGap] = []
        self.records: list[SequenceRecord] = []
        self.full = False

    async def note(self, sequence_id: str, news: Sequence[FrameRow | SequenceGap]) -> None:
        self._check()
        self.rows += news

    async def update(self, record: SequenceRecord) -> None:
        self._check()
        self.records.append(record)

    def _check(self) -> None:
        if self.full:
            raise StorageError("the disk is full")

    @property
    def missed(self) -> list[int]:
        gaps = [row for row in self.rows if isinstance(row, SequenceGap)]
        return [number for gap in gaps for number in range(gap.first, gap.last + 1)]


class Lens:
    """A stack's lens: ``log`` has where it went; it does not move for photo ``stuck``."""

    def __init__(self, stuck: int | None = None) -> None:
        self.log: list[int | str] = []
        self._stuck = stuck

    def __enter__(self) -> None:
        self.log.append("live view")

    def __exit__(self, *_: object) -> None:
        self.log.append("over")

    async def go(self, number: int) -> None:
        if number == self._stuck:
            raise CameraError("the camera hung")
        self.log.append(number)

    async def home(self) -> str | None:
        self.log.append("home")
        return None if self._stuck is None else "it may not stand where it was"


class SequenceHarness:
    """One sequence, its camera and its notes; ``reported``: its countdown and phase at each change."""

    def __init__(
        self,
        plan: Plan,
        kind: SequenceKind = SequenceKind.INTERVAL,
        done: FrameCount | None = None,
        lens: Lens | None = None,
        wall: WallSchedule | None = None,
        time: Timekeeping | None = None,
        notes: Notes | None = None,
    ) -> None:
        self.camera = Camera()
        self.notes = notes or Notes()
        self.reported: list[tuple[float, int | None, SequencePhase]] = []
        loop = asyncio.get_running_loop()
        record = SequenceRecord(
            id="s1",
            camera_id="fake",
            kind=kind,
            phase=SequencePhase.COUNTDOWN,
            session_id="guest",
            sequence_number=1,
            total=plan.count,
            created_at=START,
            starts_at=START,
        )
        row = SequenceRow(record, SequenceRequest(kind=kind, session_id="guest"), Anchor(0, "boot"))
        time = time or Timekeeping(loop.time, lambda: START, "boot")
        self.run = SequenceRun(
            row,
            plan,
            cast("CaptureService", self.camera),
            cast("SequenceJournal", self.notes),
            time=time,
            on_change=self._changed,
            done=done,
            lens=cast("LensTravel | None", lens),
            wall=wall,
        )

    def _changed(self) -> None:
        status = self.run.status
        self.reported.append((asyncio.get_running_loop().time(), status.countdown, status.phase))
