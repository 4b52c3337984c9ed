"""A finding of a checker: text, and the time to inspect."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is wrong; each is a promise of photonic that was broken."""

    FREEZE = "freeze"
    OLD_PICTURE = "old picture"
    BROKEN_PICTURE = "broken picture"
    FALSE_LIVE = "reported live without a frame"
    FALSE_STATUS = "untruthful status"
    REVISION = "revision fell"
    NO_ANSWER = "capture without an end"
    FALSE_ANSWER = "false acknowledgement"
    FALSE_REASON = "failure with a wrong reason"
    LOST = "lost photo"
    DUPLICATE = "duplicate"
    STRANGER = "photo in the wrong record"
    TORN = "burst split over captures"
    UNREQUESTED = "unrequested exposure"
    DAMAGED = "damaged photo"
    UNRECORDED = "file without a record"
    HOOK = "hook that did not run, or ran twice"
    LEAK = "leak"
    NO_COPY = "photo without its second copy"
    NOT_CLEAN = "verify is not clean"
    NO_REST = "did not come to rest"


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise; ``at``: seconds of the history, ``None``: of the run as a whole; ``since``: when it began."""

    kind: Kind
    text: str
    at: float | None = None
    since: float | None = None
