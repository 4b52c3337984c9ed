"""What a checker has found, in words, with the time around which to look."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is wrong; each is a promise of photonic that was broken."""

    FREEZE = "freeze"
    OLD_PICTURE = "old picture"
    BROKEN_PICTURE = "broken picture"
    FALSE_LIVE = "told live without a picture"
    FALSE_STATUS = "untruthful status"
    REVISION = "revision fell"
    NO_ANSWER = "capture without an end"
    FALSE_ANSWER = "false acknowledgement"
    FALSE_REASON = "failure for a reason that there was not"
    LOST = "lost photo"
    DUPLICATE = "duplicate"
    STRANGER = "photo in a stranger's record"
    TORN = "burst that was torn apart"
    UNASKED = "exposure that nobody asked for"
    DAMAGED = "damaged photo"
    STRAY = "file without a record"
    HOOK = "hook that was not run, or run again"
    LEAK = "leak"
    NO_REST = "did not come to rest"


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise; ``at``: seconds of the history, ``None``: of the run as a whole; ``since``: when it began."""

    kind: Kind
    text: str
    at: float | None = None
    since: float | None = None
