"""What the service needs to know about one kind of sequence: data and pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from photonic.model.sequence import SequenceKind, SequenceRequest
    from photonic.model.setting import Setting


@dataclass(frozen=True, slots=True)
class FrameChanges:
    """The differences between frames; each field is empty, or has one entry per frame.

    Args:
        settings: Settings for this frame only, by common name.
        lens: Lens position in steps from where the lens was when the sequence began; negative is nearer.
    """

    settings: tuple[dict[str, str], ...] = ()
    lens: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LongestExposure:
    """The longest exposure among the frames of a sequence.

    Args:
        seconds: How long it is.
        field: The request field that makes it longer than the camera's current exposure.
    """

    seconds: float
    field: str


@dataclass(frozen=True, slots=True)
class SequenceDefinition:
    """One kind of sequence. Each function raises ``BadInput``, which names the request field.

    Args:
        kind: The kind's name in the API.
        fields: The request fields that this kind accepts, among those that only some kinds accept.
        count: Returns the number of frames for a request whose first frame is due at the given time.
        check: Checks a request before its start time is read; ``None``: there is nothing to check.
        interval_us: Returns the microseconds between frames; ``None``: each frame follows as soon as the camera is
            free.
        changes: Returns the differences between frames, from the request, the camera's settings, and the settings that
            every capture uses. Also raises ``CaptureError`` if the camera does not support them. ``None``: all frames
            are alike.
        longest_exposure: Returns the longest exposure, from the request, the values of the camera's settings by common
            name, and the current exposure time in seconds. ``None``: every frame has the current exposure time.
        resumes: Whether the sequence continues after a restart of the service; requires an interval.
    """

    kind: SequenceKind
    fields: frozenset[str]
    count: Callable[[SequenceRequest, datetime], int]
    check: Callable[[SequenceRequest], None] | None = None
    interval_us: Callable[[SequenceRequest], int] | None = None
    changes: Callable[[SequenceRequest, Sequence[Setting], Mapping[str, str]], FrameChanges] | None = None
    longest_exposure: Callable[[SequenceRequest, Mapping[str, str], float], LongestExposure] | None = None
    resumes: bool = False
