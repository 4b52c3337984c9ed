"""The status of one camera: the snapshot of the v1 API, in one shape for every viewer."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from photonic.model.frame import Scale
from photonic.model.saved import SaveLevel


class CameraState(StrEnum):
    """The state of the camera, as far as the service knows."""

    STARTING = "starting"
    READY = "ready"
    CAPTURING = "capturing"
    RECOVERING = "recovering"
    ABSENT = "absent"
    BLOCKED = "blocked"
    DISCONNECTED = "disconnected"


class LiveState(StrEnum):
    """The state of live view; ``paused`` always comes with ``resume_by_seconds``."""

    OFF = "off"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    RECOVERING = "recovering"
    UNSUPPORTED = "unsupported"


class CapturePhase(StrEnum):
    """The phase of a capture; ``saved`` and ``failed`` are final."""

    QUEUED = "queued"
    PREPARING = "preparing"
    EXPOSING = "exposing"
    DOWNLOADING = "downloading"
    SAVED = "saved"
    FAILED = "failed"


class SequencePhase(StrEnum):
    """The phase of a sequence; the last three are final. ``stopping``: cancelled during its last frame."""

    COUNTDOWN = "countdown"
    WAITING = "waiting"
    SHOOTING = "shooting"
    STOPPING = "stopping"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class _Wire(BaseModel):
    # A newer service may send fields that this client does not know.
    model_config = ConfigDict(frozen=True, extra="ignore")


class CameraStatus(_Wire):
    """``rung``: the rung of the recovery ladder, 0 when all is well.

    ``reason``: an English sentence, ``None`` when ready. ``reason_code``: the same for programs, which can
    translate it; ``reason_values``: the values that belong to the code, by name.
    """

    id: str
    model: str | None = None
    state: CameraState
    reason: str | None = None
    reason_code: str | None = None
    reason_values: dict[str, str | float] = Field(default_factory=dict)
    rung: int = 0


class CaptureStatus(_Wire):
    """One running capture; ``remaining_seconds``: until its deadline.

    ``exposure_remaining_seconds``: until the end of a bulb exposure; ``None`` unless its shutter is open.
    """

    id: str
    session_id: str
    kind: str = "still"
    phase: CapturePhase
    elapsed_seconds: float
    remaining_seconds: float | None = None
    exposure_remaining_seconds: float | None = None


class SequenceStatus(_Wire):
    """The running sequence: ``saved``, ``failed`` and ``missed`` of ``total`` frames.

    ``countdown``: whole seconds until the first frame, during the last minute; each change is sent on that second.
    ``next_in_seconds``: until the next frame; ``None`` while one is being taken. ``remaining_seconds``: until the end,
    estimated; ``None``: unknown.
    """

    id: str
    kind: str
    session_id: str
    phase: SequencePhase
    total: int
    saved: int = 0
    failed: int = 0
    missed: int = 0
    countdown: int | None = None
    next_in_seconds: float | None = None
    remaining_seconds: float | None = None


class LiveStatus(_Wire):
    """``seq`` and ``epoch``: of the newest frame; ``fps``: over about the last second; ``viewers``: connected now.

    ``reason``, ``reason_code``, ``reason_values``: as in ``CameraStatus``.
    """

    state: LiveState
    reason: str | None = None
    reason_code: str | None = None
    reason_values: dict[str, str | float] = Field(default_factory=dict)
    resume_by_seconds: float | None = None
    epoch: int = 0
    seq: int = 0
    fps: float = 0.0
    viewers: int = 0


class StorageStatus(_Wire):
    """The disk of the photo root; ``warning``: for people; ``None``: there is enough space."""

    free_bytes: int
    warning: str | None = None


class SecondDiskStatus(_Wire):
    """The second disk; ``waiting``: how many copies are yet to be made. ``free_bytes``: ``None`` if unknown.

    ``reason``: why it takes no copies, ``None``: it does; ``reason_code``, ``reason_values``: as in ``CameraStatus``.
    """

    reason: str | None = None
    reason_code: str | None = None
    reason_values: dict[str, str | float] = Field(default_factory=dict)
    free_bytes: int | None = None
    waiting: int = 0


class SavingStatus(_Wire):
    """How safely photos are saved; ``level``: as configured; ``second``: ``None`` without a second disk."""

    level: SaveLevel = SaveLevel.DISK
    second: SecondDiskStatus | None = None


class DownloadStatus(_Wire):
    """The download of a large file from the card, a film or a large photo, while the camera is otherwise idle.

    ``remaining_seconds``: estimated from the rate so far; ``None``: unknown.
    """

    name: str
    size_bytes: int
    done_bytes: int
    remaining_seconds: float | None = None


class ViewerStatus(_Wire):
    """The stream of the viewer that receives this snapshot.

    ``scale``: the size of its current frames; ``max_fps``: as requested; ``None``: every frame. ``reason``: why its
    frames are smaller than the camera's, in English; ``None`` if they are not, or if it requested them.
    ``reason_code``: the same for programs.
    """

    scale: Scale = Scale.FULL
    max_fps: float | None = None
    reason: str | None = None
    reason_code: str | None = None


class SettingsStatus(_Wire):
    """The values of the common settings, by name, such as ``iso``; ``rev`` increases when one changes."""

    rev: int
    values: dict[str, str]


class Snapshot(_Wire):
    """The whole status of one camera.

    A different ``boot_id`` means another run of the service. Within a run, ``rev`` increases when a state, phase,
    reason, warning, common setting, sequence or the set of viewers changes, but not for sequence numbers, fps, elapsed
    time or free bytes. ``now_us`` is CLOCK_MONOTONIC of the service's host. ``gallery_rev`` changes with the gallery: a
    new, deleted or restored photo, or a late file. ``capture_count`` is ``None`` while the index is being read.
    ``sequence`` is present while one is running, ``settings`` once the camera has reported them, ``download`` during
    the download of a large file from the card, ``viewer`` only on live sockets. ``films_on_card``: films that were
    recorded since the service first saw the card, and are still on it.
    """

    type: Literal["status"] = "status"
    boot_id: str
    rev: int
    now_us: int
    camera: CameraStatus
    captures: tuple[CaptureStatus, ...] = ()
    sequence: SequenceStatus | None = None
    live: LiveStatus
    capture_count: int | None = Field(default=0, ge=0)
    gallery_rev: int = Field(default=0, ge=0)
    storage: StorageStatus | None = None
    saving: SavingStatus = SavingStatus()
    download: DownloadStatus | None = None
    films_on_card: int = Field(default=0, ge=0)
    settings: SettingsStatus | None = None
    viewer: ViewerStatus | None = None
