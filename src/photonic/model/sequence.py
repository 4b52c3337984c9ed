"""Sequences: the request, the record, and the report on each frame."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from photonic.model.api import SessionId
from photonic.model.status import CapturePhase, SequencePhase

COUNT_LIMIT = 100_000
SHORTEST_INTERVAL_SECONDS = 0.1
STOPS_LIMIT = 25
LARGEST_STOP = 20.0
LARGEST_FOCUS_STEPS = 500
LONGEST_SECONDS = 7 * 24 * 3600.0

Count = Annotated[int, Field(strict=True, ge=1, le=COUNT_LIMIT)]
Interval = Annotated[float, Field(strict=True, ge=SHORTEST_INTERVAL_SECONDS, le=LONGEST_SECONDS, allow_inf_nan=False)]
Delay = Annotated[float, Field(strict=True, ge=0.0, le=LONGEST_SECONDS, allow_inf_nan=False)]
FocusSteps = Annotated[int, Field(strict=True, ge=-LARGEST_FOCUS_STEPS, le=LARGEST_FOCUS_STEPS)]
Stop = Annotated[float, Field(strict=True, ge=-LARGEST_STOP, le=LARGEST_STOP, allow_inf_nan=False)]


class SequenceKind(StrEnum):
    """The kinds of sequences."""

    # Each has a file in ``photonic.service.sequence.kinds``.
    BURST = "burst"
    INTERVAL = "interval"
    SELF_TIMER = "self_timer"
    BRACKET = "bracket"
    FOCUS_STACK = "focus_stack"


class Varied(StrEnum):
    """A setting that a bracket can vary, by its common name."""

    SHUTTER = "shutter"
    EXPOSURE_COMPENSATION = "exposure_compensation"
    ISO = "iso"
    APERTURE = "aperture"


class SequenceRequest(BaseModel):
    """``POST /sequences``.

    ``burst``: ``count`` photos as fast as the camera can take them. ``interval``: one photo every ``interval_seconds``,
    until there are ``count`` of them or ``end_at`` is reached, whichever comes first. ``self_timer``: after
    ``delay_seconds``, ``count`` photos (``None``: one) as fast as possible. ``bracket``: one photo for each of
    ``stops``, that much brighter (negative: darker) than the camera's current exposure, by changing ``vary`` (``None``:
    the shutter in manual mode, else the exposure compensation). ``focus_stack``: ``count`` photos (``None``: one per
    step), without autofocus, while the lens moves from ``focus_start`` (``None``: 0) to ``focus_end``; both count steps
    of ``focus_size`` (1 small to 3 large; ``None``: 1) from its current position, negative is nearer. Then the lens
    returns to that position.

    Every kind can start later: after ``delay_seconds``, or at ``start_at``. ``sequence_number`` is the first frame's
    number; the following frames count up from it. ``allow_misses``: accept an interval shorter than the camera
    recently needed per photo.
    """

    model_config = ConfigDict(extra="forbid")

    kind: SequenceKind
    session_id: SessionId
    sequence_number: Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)] = 1
    output_directory: Annotated[str, Field(strict=True, max_length=1024)] = "./photos"
    retry_without_autofocus: Annotated[bool | None, Field(strict=True)] = None
    count: Count | None = None
    interval_seconds: Interval | None = None
    delay_seconds: Delay | None = None
    start_at: AwareDatetime | None = None
    end_at: AwareDatetime | None = None
    allow_misses: Annotated[bool, Field(strict=True)] = False
    stops: Annotated[tuple[Stop, ...] | None, Field(min_length=1, max_length=STOPS_LIMIT)] = None
    vary: Varied | None = None
    focus_start: FocusSteps | None = None
    focus_end: FocusSteps | None = None
    focus_size: Annotated[int | None, Field(strict=True, ge=1, le=3)] = None


class SequenceFrame(BaseModel):
    """The outcome of one frame; ``number`` counts from 1.

    ``due_at``: when it was due, ``None`` if it had no fixed time; ``late_ms``: how much later it began. ``capture_id``:
    ``None`` if the frame was not accepted; ``error`` then says why. ``paths``: the files of its photo. ``settings``:
    the settings that applied to this frame only. ``focus_steps``: the position of the lens, in steps from where it
    began; ``None`` outside a stack.
    """

    number: int
    phase: CapturePhase
    due_at: datetime | None = None
    late_ms: float = 0.0
    capture_id: str | None = None
    paths: tuple[str, ...] = ()
    settings: dict[str, str] = {}
    focus_steps: int | None = None
    error: str | None = None
    error_type: str | None = None
    warning: str | None = None


class SequenceGap(BaseModel):
    """Frames ``first`` to ``last`` were missed; ``reason`` says why, in plain text."""

    first: int
    last: int
    reason: str


class SequenceRecord(BaseModel):
    """One sequence, running or ended: ``saved``, ``failed`` and ``missed`` of ``total`` frames.

    ``starts_at`` is when the first frame is due. ``steps``: the settings of each frame, empty if they do not vary.
    ``focus_steps``: the lens position for each frame, empty outside a stack. ``error``: why the sequence ``failed`` as
    a whole. ``owner``: as in ``CaptureRecord``.
    """

    id: str
    camera_id: str
    owner: str | None = Field(default=None, exclude=True)
    kind: SequenceKind
    phase: SequencePhase
    session_id: str
    sequence_number: int
    total: int
    saved: int = 0
    failed: int = 0
    missed: int = 0
    interval_seconds: float | None = None
    steps: tuple[dict[str, str], ...] = ()
    focus_steps: tuple[int, ...] = ()
    created_at: datetime
    starts_at: datetime
    ended_at: datetime | None = None
    idempotency_key: str | None = None
    error: str | None = None
    error_type: str | None = None
    warning: str | None = None

    @property
    def ended(self) -> bool:
        """Whether the phase is final."""
        return self.phase in {SequencePhase.DONE, SequencePhase.CANCELLED, SequencePhase.FAILED}


class SequenceReport(SequenceRecord):
    """``GET /sequences/{id}``: the record with some of its frames and gaps; ``next_first`` is where to continue."""

    frames: tuple[SequenceFrame, ...] = ()
    gaps: tuple[SequenceGap, ...] = ()
    next_first: int | None = None


class SequencePage(BaseModel):
    """``GET /sequences``: newest first; ``next_cursor`` is ``None`` on the last page."""

    sequences: tuple[SequenceRecord, ...]
    next_cursor: str | None = None
