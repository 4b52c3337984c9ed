"""The status of one camera: the snapshot of the v1 API, in one shape for every viewer."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from photonic.model.frame import Scale


class CameraState(StrEnum):
    """What the camera is doing, as far as the service knows."""

    STARTING = "starting"
    READY = "ready"
    CAPTURING = "capturing"
    RECOVERING = "recovering"
    ABSENT = "absent"
    BLOCKED = "blocked"
    DISCONNECTED = "disconnected"


class LiveState(StrEnum):
    """What the live view is doing; ``PAUSED`` always comes with ``resume_by_seconds``."""

    OFF = "off"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    RECOVERING = "recovering"
    UNSUPPORTED = "unsupported"


class CapturePhase(StrEnum):
    """How far a capture is; ``SAVED`` and ``FAILED`` are final."""

    QUEUED = "queued"
    PREPARING = "preparing"
    EXPOSING = "exposing"
    DOWNLOADING = "downloading"
    SAVED = "saved"
    FAILED = "failed"


class SequencePhase(StrEnum):
    """How far a sequence is; the last three are final. ``STOPPING``: cancelled while its last frame is being taken."""

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

    ``reason``: an English sentence, ``None`` when ready. ``reason_code`` (``model.reason``) says the same to programs,
    which may say it in another language; ``reason_values`` are what that code refers to, by name.
    """

    id: str
    model: str | None = None
    state: CameraState
    reason: str | None = None
    reason_code: str | None = None
    reason_values: dict[str, str | float] = Field(default_factory=dict)
    rung: int = 0


class CaptureStatus(_Wire):
    """One capture that has not ended yet; ``remaining_seconds``: up to its deadline.

    ``exposure_remaining_seconds``: up to the end of a bulb exposure while its shutter is open; else ``None``.
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

    ``countdown``: whole seconds up to the first frame, in the last minute; each change is sent at that second.
    ``next_in_seconds``: up to the next frame, ``None`` while one is taken. ``remaining_seconds``: an estimate up to the
    end; ``None`` while it is unknown.
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
    """``seq`` and ``epoch`` of the newest frame; ``fps`` over the last second or so; ``viewers`` connected now.

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
    """The photo root's disk; ``warning``: for people, ``None`` when there is enough space."""

    free_bytes: int
    warning: str | None = None


class DownloadStatus(_Wire):
    """A large file that is being downloaded from the card when the camera is otherwise idle: a film, or a large photo.

    ``remaining_seconds``: an estimate from the rate so far; ``None`` while it is unknown.
    """

    name: str
    size_bytes: int
    done_bytes: int
    remaining_seconds: float | None = None


class ViewerStatus(_Wire):
    """What the viewer that receives this snapshot gets.

    ``scale``: of the frames sent to it now; ``max_fps``: what it asked for, ``None``: every frame. ``reason``: why its
    frames are smaller than the camera's, in English; ``None`` when they are not, or when it asked for that.
    ``reason_code``: the same for programs (``model.reason``).
    """

    scale: Scale = Scale.FULL
    max_fps: float | None = None
    reason: str | None = None
    reason_code: str | None = None


class SettingsStatus(_Wire):
    """The common settings' values, by name (``model.setting_name``); ``rev`` rises when one changes."""

    rev: int
    values: dict[str, str]


class Snapshot(_Wire):
    """The whole status of one camera.

    A different ``boot_id`` is another run of the service; within one, ``rev`` rises when state, phase, reason,
    warning, a common setting, a sequence or the viewer set changes, never for sequence numbers, fps, elapsed time or
    free bytes. ``now_us`` is the service host's CLOCK_MONOTONIC. ``gallery_rev`` changes when the gallery does: a new
    photo, one that was deleted or restored, a late file. ``capture_count`` is ``None`` while the index is being read.
    ``sequence`` is present while one runs, ``settings`` once the camera has reported them, ``download`` while a large
    file is downloaded from the card, ``viewer`` on live sockets only: what this one viewer gets. ``films_on_card``:
    films recorded since the service has known the card, and left there.
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
    download: DownloadStatus | None = None
    films_on_card: int = Field(default=0, ge=0)
    settings: SettingsStatus | None = None
    viewer: ViewerStatus | None = None
