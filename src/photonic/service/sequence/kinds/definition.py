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
    """What differs from frame to frame; each field is empty, or has one entry per frame.

    Args:
        settings: Settings for this frame only, by common name.
        lens: Lens position in steps from where the lens was when the sequence began; negative is nearer.
    """

    settings: tuple[dict[str, str], ...] = ()
    lens: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SequenceDefinition:
    """One kind of sequence. Each function raises ``BadInput`` that names the request's field.

    Args:
        kind: Its name on the wire.
        fields: The request fields that this kind accepts, of those that only some kinds accept.
        count: The number of frames in a request whose first frame is due at the given time.
        check: What a request of this kind must contain before its start time is looked at; ``None``: nothing.
        interval_us: Microseconds between two frames; ``None``: each frame follows as soon as the camera is free.
        changes: What differs from frame to frame, from the request, the camera's settings, and the settings that every
            capture uses. Also raises ``CaptureError`` where the camera cannot do it. ``None``: all frames are alike.
        resumes: Whether the sequence continues after a restart of the service, which takes an interval.
    """

    kind: SequenceKind
    fields: frozenset[str]
    count: Callable[[SequenceRequest, datetime], int]
    check: Callable[[SequenceRequest], None] | None = None
    interval_us: Callable[[SequenceRequest], int] | None = None
    changes: Callable[[SequenceRequest, Sequence[Setting], Mapping[str, str]], FrameChanges] | None = None
    resumes: bool = False
