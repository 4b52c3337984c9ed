"""A controller without a camera: the real hub, and answers that a test sets."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.support.gallery import FakeGallery
from tests.support.sequences import FakeSequences
from tests.support.surroundings import THIS_MACHINE

from photonic.errors import BadInput, CaptureError, FailureKind
from photonic.model.api import (
    CaptureMetadata,
    CapturePage,
    CaptureRecord,
    CaptureStatusAnswer,
    PhotoFile,
    StatusAnswer,
)
from photonic.model.exposure_end import ExposureEnd
from photonic.model.health import CameraHealth, RecoveryAttempt
from photonic.model.profile import Profile, ProfileList
from photonic.model.requester import NOBODY, Requester
from photonic.model.saved import SaveLevel
from photonic.model.setting import Choice, SettingList
from photonic.model.status import (
    CameraState,
    CameraStatus,
    CapturePhase,
    CaptureStatus,
    DownloadStatus,
    LiveState,
    LiveStatus,
    SavingStatus,
    SettingsStatus,
    Snapshot,
    StorageStatus,
)
from photonic.model.verification import VerificationStatus
from photonic.service.base.unexpected import Unexpected
from photonic.service.camera.revision import Revision
from photonic.service.live.hub import Hub, ViewerKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path

    from photonic.errors import PhotonicError
    from photonic.model.api import CaptureRequest, ConfigRequest, FocusRequest
    from photonic.model.reach import Reach
    from photonic.model.view_options import ViewOptions

SERIAL = "0123456789"
ISO = Choice(
    name="iso", path="/main/imgsettings/iso", label="ISO Speed", writable=True, value="400", choices=("100", "400")
)
# Structurally enough of a JPEG: it starts and ends as one.
JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 100 + b"\xff\xd9"


def jpeg(size_bytes: int) -> bytes:
    """Something of that size that starts and ends as a JPEG does."""
    return b"\xff\xd8" + b"\x55" * (size_bytes - 4) + b"\xff\xd9"


class FakeCaptureJob:
    """A capture that ends when the test says so."""

    def __init__(self, record: CaptureRecord) -> None:
        self._ended = asyncio.Event()
        self._exposure_over = asyncio.Event()
        self.exposed_from: ExposureEnd | None = None
        self.record = record

    @property
    def id(self) -> str:
        return self.record.id

    async def ended(self) -> CaptureRecord:
        await self._ended.wait()
        return self.record

    async def exposure_over(self) -> CaptureRecord:
        await self._exposure_over.wait()
        return self.record

    def expose(self, told_by: ExposureEnd) -> None:
        self.record = self.record.model_copy(update={"phase": CapturePhase.DOWNLOADING})
        self._over(told_by)

    def _over(self, told_by: ExposureEnd) -> None:
        self.exposed_from = self.exposed_from or told_by
        self._exposure_over.set()

    def save(self, file: PhotoFile) -> None:
        metadata = CaptureMetadata(timestamp=datetime.now(UTC), model="Fake", iso="100")
        self._end(phase=CapturePhase.SAVED, files=(file,), metadata=metadata, capture_time_ms=12)

    def fail(self, kind: FailureKind, reason: str) -> None:
        self._end(phase=CapturePhase.FAILED, error=reason, error_type=kind.value, capture_time_ms=7)

    def _end(self, **update: object) -> None:
        self.record = self.record.model_copy(update=update)
        self._ended.set()
        self._over(ExposureEnd.SAVED)


class FakeSettings:
    """One setting, and what it was told to be set to; ``refusal`` is raised where there is one."""

    def __init__(self) -> None:
        self.listed = SettingList(rev=1, settings=(ISO,))
        self.changes: list[dict[str, str]] = []
        self.held: dict[str, str] = {}
        self.refusal: PhotonicError | None = None

    async def read(self) -> SettingList:
        if self.refusal is not None:
            raise self.refusal
        return self.listed

    async def value(self, name: str) -> str | None:
        listed = {setting.name: str(setting.value) for setting in (await self.read()).settings}
        return self.held.get(name) or listed.get(name)

    async def change(self, values: Mapping[str, str]) -> SettingList:
        self.changes.append(dict(values))
        return await self.read()


class FakeVerification:
    """Checks that a test lets end; ``requested`` are those that were asked for, as repair and adopt."""

    def __init__(self) -> None:
        self.found = VerificationStatus()
        self.requested: list[tuple[bool, bool]] = []

    def status(self) -> VerificationStatus:
        return self.found

    def request(self, *, repair: bool, adopt: bool) -> VerificationStatus:
        self.requested.append((repair, adopt))
        return self.found


class FakeProfiles:
    """Two profiles, neither of them held at first."""

    def __init__(self) -> None:
        self.names: dict[str, Profile] = {"studio": Profile(capture={"iso": 100}), "dark": Profile(live={"iso": 6400})}
        self.active: str | None = None

    def listed(self) -> ProfileList:
        return ProfileList(active=self.active, profiles=self.names)

    async def choose(self, name: str | None) -> ProfileList:
        if name is not None and name not in self.names:
            raise BadInput(f"there is no profile {name!r}", field="name", choices=tuple(self.names))
        self.active = name
        return self.listed()


class FakeController:
    """A controller whose ``camera_state``, ``live_state`` and refusals the test sets.

    ``publishing``: publish a frame at this interval while anybody wants preview; ``None``: only ``publish`` does.
    """

    def __init__(
        self, name: str = "booth", *, serial: str = SERIAL, publish_every_seconds: float | None = None
    ) -> None:
        self._revision = Revision()
        self._publish_every_seconds = publish_every_seconds
        self.settings = FakeSettings()
        self.profiles = FakeProfiles()
        self.verification = FakeVerification()
        self.boot_id = "boot-1"
        self.camera_id = name
        self.serial: str | None = serial
        self.address = "auto"
        self.sequences = FakeSequences()
        self.gallery = FakeGallery()
        self.outages = 0
        self.saved_levels = dict.fromkeys(SaveLevel, 0)
        self.unexpected = Unexpected()
        self.hub = Hub(THIS_MACHINE.time.monotonic, on_membership=self._viewers_changed)
        self.camera_state = CameraState.READY
        self.live_state = LiveState.RUNNING
        self.reason: str | None = None
        self.recoveries: tuple[RecoveryAttempt, ...] = ()
        self.storage: StorageStatus | None = None
        self.saving = SavingStatus()
        self.download: DownloadStatus | None = None
        self.set_to: dict[str, str] = {}
        self.refusal: PhotonicError | None = None
        self.calls: list[str] = []
        self.jobs: list[FakeCaptureJob] = []
        self.configs: list[ConfigRequest] = []
        self.keys: list[str | None] = []
        self.requesters: list[Requester] = []
        self.files: dict[str, tuple[PhotoFile, Path]] = {}
        self.submitted = asyncio.Event()
        self.polled = asyncio.Event()
        self.watched = asyncio.Event()
        self.broken = False
        self.crash = asyncio.Event()
        self.left_in_order = False

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.hub.run())
                while not self.crash.is_set():
                    with suppress(TimeoutError):
                        async with asyncio.timeout(self._publish_every_seconds):
                            await self.crash.wait()
                    if self.hub.wanted and self._publish_every_seconds is not None:
                        self.publish()
                raise ValueError("the fake controller was told to crash")
        finally:
            self.left_in_order = True

    def publish(self, data: bytes = JPEG) -> None:
        """One frame, captured now."""
        self.hub.publish(time.monotonic_ns() // 1000, data)

    def _viewers_changed(self) -> None:
        self.touch()

    def touch(self) -> int:
        """Something may have changed: the revision now."""
        if self.hub.wanted:
            self.watched.set()
        key = (self.camera_state, self.live_state, self.reason, self.hub.membership, *self._phases())
        return self._revision.observe(key)

    def _phases(self) -> list[str]:
        return [job.record.phase for job in self.jobs]

    def answers(self, camera_id: str) -> bool:
        return camera_id in {self.camera_id, self.serial}

    def snapshot(self) -> Snapshot:
        return Snapshot(
            boot_id=self.boot_id,
            rev=self.touch(),
            now_us=time.monotonic_ns() // 1000,
            camera=CameraStatus(id=self.camera_id, model="Fake", state=self.camera_state, reason=self.reason),
            live=LiveStatus(state=self.live_state, seq=self.hub.sequence, viewers=self.hub.viewers),
            captures=tuple(
                CaptureStatus(id=job.id, session_id=job.record.session_id, phase=job.record.phase, elapsed_seconds=0.0)
                for job in self._running()
            ),
            sequence=self.sequences.status,
            download=self.download,
            capture_count=len(self.jobs),
            storage=self.storage,
            saving=self.saving,
            settings=SettingsStatus(rev=1, values=self.set_to) if self.set_to else None,
        )

    async def changed(self, boot_id: str, rev: int, timeout_seconds: float) -> Snapshot:
        self.touch()
        if boot_id == self.boot_id:
            self.polled.set()
            await self._revision.newer_than(rev, timeout_seconds)
        return self.snapshot()

    async def snapshots(self) -> AsyncGenerator[Snapshot]:
        snapshot = self.snapshot()
        while True:
            yield snapshot
            snapshot = await self.changed(self.boot_id, snapshot.rev, 1.0)

    async def connect(self) -> None:
        self._called("connect")

    async def disconnect(self) -> None:
        self._called("disconnect")
        self.camera_state = CameraState.DISCONNECTED
        self.touch()

    async def start_live(self) -> None:
        self._called("start_live")

    async def stop_live(self) -> None:
        self._called("stop_live")
        self.hub.dismiss("live view was stopped", ViewerKind.PLAIN)

    async def apply(self, config: ConfigRequest) -> None:
        self._called("apply")
        self.configs.append(config)

    async def focus(self, request: FocusRequest) -> None:
        self._called(f"focus {request.action} {request.size} {request.steps}")

    async def look(self, wanted: ViewOptions) -> None:
        self._called(f"look {wanted.model_dump(exclude_none=True)}")

    def status(self) -> StatusAnswer:
        if self.broken:
            raise ZeroDivisionError("the fake controller is broken")
        return StatusAnswer(connected=True, model="Fake", battery=80, storage_available=True)

    def health(self) -> CameraHealth:
        return CameraHealth(
            camera_id=self.camera_id, status=self.status(), viewers=self.hub.health(), recoveries=self.recoveries
        )

    def capture_status(self) -> CaptureStatusAnswer:
        if self.broken:
            raise ZeroDivisionError("the fake controller is broken: secret-inside")
        running = self._running()
        return CaptureStatusAnswer(
            **dict(self.snapshot()),
            is_capturing=bool(running),
            session_id=running[0].record.session_id if running else None,
        )

    async def submit(
        self, request: CaptureRequest, idempotency_key: str | None, requester: Requester = NOBODY
    ) -> FakeCaptureJob:
        self._called("submit")
        self.requesters.append(requester)
        self.keys.append(idempotency_key)
        record = CaptureRecord(
            id=f"c-{len(self.jobs) + 1}",
            camera_id=self.camera_id,
            owner=requester.owner,
            idempotency_key=idempotency_key,
            phase=CapturePhase.QUEUED,
            session_id=request.session_id,
            sequence_number=request.sequence_number,
            created_at=datetime.now(UTC),
        )
        self.jobs.append(FakeCaptureJob(record))
        self.touch()
        self.submitted.set()
        return self.jobs[-1]

    async def index_read(self) -> None: ...

    async def knows_key(self, idempotency_key: str, requester: Requester) -> bool:
        used = {(job.record.idempotency_key, job.record.owner) for job in self.jobs}
        return (idempotency_key, requester.owner) in used

    def current_capture(self, capture_id: str) -> CaptureRecord | None:
        return next((job.record for job in self.jobs if job.id == capture_id), None)

    async def capture(self, capture_id: str) -> CaptureRecord | None:
        return self.current_capture(capture_id)

    async def captures_page(self, cursor: str | None, limit: int, reach: Reach) -> CapturePage:
        self._called(f"page {cursor} {limit}")
        records = (job.record for job in reversed(self.jobs))
        return CapturePage(captures=tuple(filter(reach.includes, records)))

    async def cancel(self, capture_id: str) -> CaptureRecord:
        job = next(job for job in self.jobs if job.id == capture_id)
        if job.record.phase is not CapturePhase.QUEUED:
            raise CaptureError("it is too late to cancel", kind=FailureKind.CAMERA_BUSY)
        job.fail(FailureKind.CANCELLED, "cancelled on request")
        return job.record

    async def photo(self, photo_id: str) -> tuple[PhotoFile, Path] | None:
        return self.files.get(photo_id)

    def _running(self) -> list[FakeCaptureJob]:
        return [job for job in self.jobs if job.record.phase is CapturePhase.QUEUED]

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.refusal is not None:
            raise self.refusal
