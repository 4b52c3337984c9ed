"""Sequences: what is asked for, how far it is, and what became of each frame."""

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
    """What a sequence does."""

    BURST = "burst"
    INTERVAL = "interval"
    SELF_TIMER = "self_timer"
    BRACKET = "bracket"
    FOCUS_STACK = "focus_stack"


class Varied(StrEnum):
    """The setting that a bracket varies, by its common name."""

    SHUTTER = "shutter"
    EXPOSURE_COMPENSATION = "exposure_compensation"
    ISO = "iso"
    APERTURE = "aperture"


class SequenceRequest(BaseModel):
    """``POST /sequences``.

    ``burst``: ``count`` photos as fast as it goes. ``interval``: one every ``interval_seconds``, ``count`` of them or
    until ``end_at``, whichever is less. ``self_timer``: after ``delay_seconds``, ``count`` photos (``None``: one) as
    fast as it goes. ``bracket``: one photo for each of ``stops``, brighter by so many (darker where negative) than the
    camera is set, by ``vary`` (``None``: the shutter in manual mode, else the exposure compensation). ``focus_stack``:
    the lens goes from ``focus_start`` (``None``: 0) to ``focus_end``, in steps of ``focus_size`` (1 small to 3 large;
    ``None``: 1) from where it is, negative ones nearer; ``count`` photos on the way (``None``: one at each step),
    without autofocus; then it goes back to where it was.

    Each kind may begin later: after ``delay_seconds``, or at ``start_at``. ``sequence_number`` is the first frame's;
    those after it count on. ``allow_misses``: take an interval shorter than the camera's photos took.
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
    """What became of one frame; ``number`` counts from 1.

    ``focus_steps``: where the lens was, from where it began; ``None`` outside a stack.

    ``due_at``: its tick, ``None`` in a burst; ``late_ms``: how much later than due it began. ``capture_id`` ``None``:
    it was not even accepted, ``error`` says why. ``paths`` are those of its photo's files; ``settings``: those that
    it had for itself.
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
    """Frames ``first`` to ``last`` were missed; ``reason`` is for people."""

    first: int
    last: int
    reason: str


class SequenceRecord(BaseModel):
    """One sequence, running or ended: ``saved``, ``failed`` and ``missed`` of ``total`` frames.

    ``starts_at`` is when the first frame is due. ``steps``: the settings of each frame, empty where all have the same;
    ``focus_steps``: where the lens is for each, empty outside a stack.
    ``error`` is there when the sequence ``failed`` as a whole.
    """

    id: str
    camera_id: str
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
    """``GET /sequences/{id}``: the record, with a stretch of its frames and gaps; ``next_first`` is where to go on."""

    frames: tuple[SequenceFrame, ...] = ()
    gaps: tuple[SequenceGap, ...] = ()
    next_first: int | None = None


class SequencePage(BaseModel):
    """``GET /sequences``: newest first; ``next_cursor`` is ``None`` on the last page."""

    sequences: tuple[SequenceRecord, ...]
    next_cursor: str | None = None
