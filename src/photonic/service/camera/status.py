"""The status that all clients see: numbered, and built without touching the camera or the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from photonic.model.api import CaptureStatusAnswer, StatusAnswer
from photonic.model.health import CameraHealth, RecoveryAttempt, RoomLeft
from photonic.model.status import (
    CameraState,
    CameraStatus,
    CapturePhase,
    CaptureStatus,
    LiveState,
    LiveStatus,
    SavingStatus,
    Snapshot,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from photonic.model.reason import Reason
    from photonic.model.saved import SaveLevel
    from photonic.service.camera.connection import CameraConnection
    from photonic.service.camera.revision import Revision
    from photonic.service.camera.settings import CameraSettings
    from photonic.service.capture.job import CaptureJob
    from photonic.service.capture.service import CaptureService
    from photonic.service.files.space import Space
    from photonic.service.ingest.card_import import CardImporter
    from photonic.service.library.index import CaptureIndex
    from photonic.service.library.second_copies import SecondCopies
    from photonic.service.live.demand import LiveDemand
    from photonic.service.live.hub import Hub
    from photonic.service.sequence.service import SequenceService
    from photonic.worker.supervision.history import Attempt

HEARTBEAT_SECONDS = 0.9
"""Viewers are promised a status at least once a second; the margin covers scheduling and the network."""


class _ReasonFields(TypedDict):
    reason: str | None
    reason_code: str | None
    reason_values: dict[str, str | float]


class StatusBoard:
    """The current status of one camera.

    ``boot_id`` identifies this run of the service. Every part that changes something calls ``touch``; a change that
    the passing of time causes (a pause becomes overdue) is found the next time the status is read.
    """

    def __init__(
        self,
        boot_id: str,
        revision: Revision,
        *,
        camera: CameraConnection,
        live: LiveDemand,
        hub: Hub,
        captures: CaptureService,
        sequences: SequenceService,
        capture_index: CaptureIndex,
        space: Space,
        level: SaveLevel,
        second_copies: SecondCopies | None,
        settings: CameraSettings,
        card: CardImporter,
        clock: Callable[[], float],
    ) -> None:
        self._revision = revision
        self._camera = camera
        self._live = live
        self._hub = hub
        self._captures = captures
        self._sequences = sequences
        self._capture_index = capture_index
        self._space = space
        self._level = level
        self._second_copies = second_copies
        self._settings = settings
        self._card = card
        self._clock = clock
        self.boot_id = boot_id

    def touch(self) -> int:
        """The revision of the current status; wakes the tasks that wait for a change if there was one."""
        running = tuple((job.id, job.phase, job.exposure_ends_at) for job in self._captures.running)
        download = self._card.downloads.status
        return self._revision.observe(
            (
                *self._camera_facts(),
                running,
                self._sequences.key,
                self._capture_index.known_count,
                self._capture_index.rev,
                *self._live.current,
                self._hub.membership,
                self._space.warning,
                *self._second_disk(),
                None if download is None else download.name,
                self._card.films_left,
                self._settings.rev,
            )
        )

    def snapshot(self) -> Snapshot:
        """The current status."""
        rev = self.touch()
        live_state, live_reason = self._live.current
        return Snapshot(
            boot_id=self.boot_id,
            rev=rev,
            now_us=round(self._clock() * 1_000_000),
            camera=self._camera_status(),
            captures=tuple(self._capture_status(job) for job in self._captures.running),
            sequence=self._sequences.status,
            live=LiveStatus(
                state=live_state,
                **_reason_fields(live_reason),
                resume_by_seconds=self._live.resume_by_seconds,
                epoch=self._hub.epoch,
                seq=self._hub.sequence,
                fps=round(self._hub.fps, 1),
                viewers=self._hub.viewers,
            ),
            capture_count=self._capture_index.known_count,
            gallery_rev=self._capture_index.rev,
            storage=self._space.status,
            saving=SavingStatus(
                level=self._level, second=None if self._second_copies is None else self._second_copies.status
            ),
            download=self._card.downloads.status,
            films_on_card=self._card.films_left,
            settings=self._settings.status,
        )

    async def changed(self, boot_id: str, rev: int, timeout_seconds: float) -> Snapshot:
        """The status: immediately if it is from another boot or newer than ``rev``, else on a change or timeout."""
        self.touch()
        if boot_id == self.boot_id:
            await self._revision.newer_than(rev, timeout_seconds)
        return self.snapshot()

    async def snapshots(self) -> AsyncGenerator[Snapshot]:
        """Yields the status now, on every change, and at least once a second."""
        snapshot = self.snapshot()
        while True:
            yield snapshot
            snapshot = await self.changed(self.boot_id, snapshot.rev, HEARTBEAT_SECONDS)

    @property
    def recoveries(self) -> tuple[Attempt, ...]:
        """The latest recovery attempts and their outcomes, oldest first."""
        return self._camera.history.attempts

    def health(self) -> CameraHealth:
        """Details beyond the snapshot, except the free space on the disk, which is not known here."""
        return CameraHealth(
            camera_id=self._camera.camera_id,
            status=self.status(),
            viewers=self._hub.health(),
            recoveries=tuple(
                RecoveryAttempt(
                    began_at=attempt.began_at,
                    ended_at=attempt.ended_at,
                    rung=attempt.rung,
                    reason=attempt.reason,
                    outcome=None if attempt.outcome is None else attempt.outcome.value,
                )
                for attempt in self.recoveries
            ),
            room=RoomLeft(on_card=self._camera.facts.shots_available if self._camera.up else None),
        )

    def status(self) -> StatusAnswer:
        """The status in the compat API; without a camera, only ``connected`` is set."""
        if not self._camera.up:
            return StatusAnswer(connected=False)
        return StatusAnswer(
            connected=True,
            model=self._camera.model,
            battery=self._camera.facts.battery,
            storage_available=self._camera.facts.storage_available,
            liveview_active=self._live.state not in {LiveState.OFF, LiveState.UNSUPPORTED},
            capture_count=self._capture_index.saved_count,
            last_capture_at=self._capture_index.last_saved_at,
        )

    def capture_status(self) -> CaptureStatusAnswer:
        """The snapshot, whether a capture is running, and the fields of the oldest one."""
        oldest = next(iter(self._captures.running), None)
        return CaptureStatusAnswer(
            **dict(self.snapshot()),
            is_capturing=oldest is not None,
            capture_start_time=None if oldest is None else oldest.record.created_at.timestamp(),
            session_id=None if oldest is None else oldest.record.session_id,
            elapsed_seconds=None if oldest is None else self._elapsed_seconds(oldest),
        )

    def _camera_facts(self) -> tuple[str, str | None, CameraState, Reason | None, int]:
        """The camera's part of the status as it is compared, for every message of the camera process."""
        camera, current = self._camera, self._captures.current
        state = camera.state
        if state is CameraState.READY and current is not None and current.phase is not CapturePhase.QUEUED:
            state = CameraState.CAPTURING
        return camera.camera_id, camera.model, state, camera.reason, camera.rung

    def _second_disk(self) -> tuple[Reason | None, int]:
        """The state of the second disk as it is compared."""
        copies = self._second_copies
        return (None, 0) if copies is None else (copies.fault, copies.status.waiting)

    def _camera_status(self) -> CameraStatus:
        camera_id, model, state, reason, rung = self._camera_facts()
        return CameraStatus(id=camera_id, model=model, state=state, **_reason_fields(reason), rung=rung)

    def _capture_status(self, job: CaptureJob) -> CaptureStatus:
        return CaptureStatus(
            id=job.id,
            session_id=job.record.session_id,
            kind=job.record.kind,
            phase=job.phase,
            elapsed_seconds=self._elapsed_seconds(job),
            remaining_seconds=round(self._captures.remaining_seconds(job), 3),
            exposure_remaining_seconds=self._remaining_seconds(job.exposure_ends_at),
        )

    def _remaining_seconds(self, moment: float | None) -> float | None:
        return None if moment is None else round(max(0.0, moment - self._clock()), 3)

    def _elapsed_seconds(self, job: CaptureJob) -> float:
        return round(self._clock() - job.accepted_at, 3)


def _reason_fields(reason: Reason | None) -> _ReasonFields:
    if reason is None:
        return _ReasonFields(reason=None, reason_code=None, reason_values={})
    return _ReasonFields(reason=reason.text, reason_code=reason.code.value, reason_values=dict(reason.values))
