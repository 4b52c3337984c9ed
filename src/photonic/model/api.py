"""Requests and responses of the compat API and the v1 API, shared by the service and the client."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from photonic.model.capture_options import LONGEST_BULB_SECONDS, SHORTEST_BULB_SECONDS
from photonic.model.exif import ExifFacts
from photonic.model.exposure import number_text, shutter_text
from photonic.model.exposure_end import AnswerAt, ExposureEnd
from photonic.model.focus import FocusAction
from photonic.model.name import Name
from photonic.model.saved import SaveLevel
from photonic.model.status import CameraStatus, CapturePhase, CaptureStatus, LiveStatus, Snapshot

SessionId = Name
BulbSeconds = Annotated[
    float, Field(strict=True, ge=SHORTEST_BULB_SECONDS, le=LONGEST_BULB_SECONDS, allow_inf_nan=False)
]
SettingText = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Answer(BaseModel):
    """The response to a command. ``success`` is always true: a failure is a problem body."""

    success: Literal[True] = True
    message: str


class StatusAnswer(BaseModel):
    """``GET /status`` of the compat API: never 5xx; without a camera every field except ``connected`` is empty."""

    connected: bool
    model: str | None = None
    battery: int | None = None
    storage_available: bool | None = None
    liveview_active: bool = False
    capture_count: int = 0
    last_capture_at: datetime | None = None


class CaptureRequest(BaseModel):
    """``POST /capture``; ``output_directory`` is relative to the photo root; unknown fields are ignored.

    ``retry_without_autofocus``: take the photo even if the camera cannot focus; ``None``: as the service is configured.
    ``bulb_seconds``: how long to hold the shutter open, without focusing; ``None``: the camera's own shutter speed.
    ``answer_at``: when to answer; ``None``: when the photo is saved, unless the query or ``Prefer`` says otherwise.
    """

    model_config = ConfigDict(extra="ignore", strict=True)

    session_id: SessionId
    sequence_number: int = Field(ge=0, le=2**31 - 1)
    output_directory: str = Field(default="./photos", max_length=1024)
    retry_without_autofocus: bool | None = None
    bulb_seconds: BulbSeconds | None = None
    answer_at: AnswerAt | None = None


class CaptureMetadata(BaseModel):
    """How the photo was taken: as the camera reports it, completed from the Exif data of the file."""

    timestamp: datetime
    model: str | None = None
    iso: str | None = None
    shutter_speed: str | None = None
    aperture: str | None = None

    def completed(self, exif: ExifFacts | None) -> CaptureMetadata:
        """Return a copy in which the file's Exif data fill the fields that the camera did not report."""
        if exif is None:
            return self
        shutter, aperture = exif.exposure_seconds, exif.f_number
        answers = {
            "model": exif.model,
            "iso": None if exif.iso is None else str(exif.iso),
            "shutter_speed": None if shutter is None else shutter_text(shutter),
            "aperture": None if aperture is None else number_text(aperture),
        }
        return self.model_copy(update={name: text for name, text in answers.items() if getattr(self, name) is None})


class CaptureAnswer(BaseModel):
    """``POST /capture``: ``image_path`` follows the setting of that name; ``capture_time_ms``: from request to disk.

    ``saved``: the level that was reached, ``None`` for a failed capture; ``saved_reason_code``: why it is lower than
    configured, for programs; ``warning`` says it to people.
    """

    success: bool
    image_path: str | None = None
    metadata: CaptureMetadata | None = None
    error: str | None = None
    error_type: str | None = None
    capture_time_ms: int
    forced_capture: bool = False
    attempts: int = 1
    warning: str | None = None
    capture_id: str | None = None
    saved: SaveLevel | None = None
    saved_reason_code: str | None = None


class CaptureStatusAnswer(Snapshot):
    """``GET /capture/status``: the four fields of the compat API, together with those of the snapshot."""

    is_capturing: bool
    capture_start_time: float | None = None
    session_id: str | None = None
    elapsed_seconds: float | None = None


class CompatStatusAnswer(BaseModel):
    """``GET /capture/status`` of a compat-only service."""

    is_capturing: bool
    capture_start_time: float | None = None
    session_id: str | None = None
    elapsed_seconds: float | None = None


class ConfigRequest(BaseModel):
    """``POST /config``: any of the fields; ``None``: leave that setting unchanged."""

    model_config = ConfigDict(extra="forbid")

    iso_liveview: SettingText | None = None
    shutter_speed_liveview: SettingText | None = None
    aperture_liveview: SettingText | None = None
    exposure_mode: SettingText | None = None
    iso_capture: SettingText | None = None
    shutter_speed_capture: SettingText | None = None
    aperture_capture: SettingText | None = None
    disable_viewfinder_before_capture: bool | None = None


class FocusRequest(BaseModel):
    """``POST /focus``; ``size`` (1: small, to 3: large) and ``steps`` apply to near and far."""

    model_config = ConfigDict(extra="forbid")

    action: FocusAction
    size: int = Field(default=1, ge=1, le=3, strict=True)
    steps: int = Field(default=1, ge=1, le=50, strict=True)


class HealthAnswer(BaseModel):
    """The service is running; this says nothing about the camera."""

    status: Literal["ok"] = "ok"
    timestamp: datetime
    version: str


class PhotoFile(BaseModel):
    """One file of a still; ``exif`` ``None``: none could be read, or an earlier version recorded the file."""

    id: str
    path: str
    size_bytes: int
    sha256: str
    media_type: str
    exif: ExifFacts | None = None


class PhotoList(BaseModel):
    """``GET /photos``: newest first."""

    photos: tuple[PhotoFile, ...]


class CaptureRecord(BaseModel):
    """One capture, running or ended (``GET /captures/{id}``); ``sequence_id``: the sequence that it belongs to.

    ``release_of``: the capture whose shutter release also took this still (continuous drive, the camera's own
    bracketing).

    ``kind``: ``still``, ``bulb``, or the kind of its sequence; ``bulb_seconds``: the requested exposure time.
    ``deleted_at``: when its photo was deleted; it then has no ``files``, and can be restored until it is removed for
    good. ``saved``: the level that its photo has reached, ``None``: it has none, or an earlier version recorded it;
    ``saved_reason``: why that is lower than configured, in English; ``saved_reason_code``: the same for programs. A
    copy that is made later changes the three. ``owner``: whose photo it is (``photonic.access.visibility``), ``None``:
    no client requested it; never sent.
    """

    id: str
    camera_id: str
    owner: str | None = Field(default=None, exclude=True)
    kind: str = "still"
    phase: CapturePhase
    session_id: str
    sequence_number: int
    sequence_id: str | None = None
    release_of: str | None = None
    idempotency_key: str | None = None
    bulb_seconds: float | None = None
    created_at: datetime
    files: tuple[PhotoFile, ...] = ()
    metadata: CaptureMetadata | None = None
    error: str | None = None
    error_type: str | None = None
    capture_time_ms: int | None = None
    attempts: int = 1
    forced_capture: bool = False
    warning: str | None = None
    saved: SaveLevel | None = None
    saved_reason: str | None = None
    saved_reason_code: str | None = None
    deleted_at: datetime | None = None


class ExposedCapture(CaptureRecord):
    """``POST /capture`` with ``answer_at`` ``exposed``: the record when the exposure was over, and what told that."""

    exposed_from: ExposureEnd


class CapturePage(BaseModel):
    """Newest first; ``next_cursor`` is ``None`` on the last page."""

    captures: tuple[CaptureRecord, ...]
    next_cursor: str | None = None


class CameraSummary(BaseModel):
    """One camera of the service, with the most important parts of its snapshot.

    ``address``: where the service looks for it; ``serial``: ``None`` until it is first opened; ``default``: whether it
    is the camera of ``/api/v1/camera``.
    """

    id: str
    serial: str | None
    address: str
    default: bool
    camera: CameraStatus
    live: LiveStatus
    captures: tuple[CaptureStatus, ...] = ()
    capture_count: int | None = 0


class CameraList(BaseModel):
    """``GET /cameras``: the default camera first."""

    cameras: tuple[CameraSummary, ...]
