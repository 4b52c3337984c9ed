"""Everything that a soak observes, with times: one JSON object per line, judged afterwards.

Times (``at``) are seconds of CLOCK_MONOTONIC: the clock of the simulated camera's journal and of its pictures, too.
"""

from __future__ import annotations

import time
from typing import IO, TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Moment(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag=str.lower):
    """Something that was seen at a time."""

    at: float


# The run itself.


class Started(Moment, frozen=True, kw_only=True):
    """The run begins; ``seed`` makes its plan, ``faults`` says whether there is one; ``usb``: the camera is on USB."""

    seed: int
    faults: bool
    captures: int | None
    hours: float | None
    usb: bool = False


class Cleared(Moment, frozen=True, kw_only=True):
    """All disturbances have ended; from here on the system must come to rest."""


class Finished(Moment, frozen=True, kw_only=True):
    """The observation has ended."""


class Note(Moment, frozen=True, kw_only=True):
    """A remark for the reader of a time line."""

    text: str


# What is done to the system.


class Began(Moment, frozen=True, kw_only=True):
    """PlannedEvent ``number`` of the plan begins; ``what`` names its row of the budgets.

    ``viewer`` and ``user`` say whose link it is about (``None``: nobody's, so it is about the camera or the service).
    """

    number: int
    what: str
    viewer: int | None = None
    user: int | None = None
    detail: str = ""


class Ended(Moment, frozen=True, kw_only=True):
    """An event has ended."""

    number: int


# What viewers see.


class Opened(Moment, frozen=True, kw_only=True):
    """A viewer has opened live view."""

    viewer: int


class Closed(Moment, frozen=True, kw_only=True):
    """A viewer has closed live view."""

    viewer: int


class Seen(Moment, frozen=True, kw_only=True):
    """A frame came; a few a second are looked at. ``camera_us``: the clock in its pixels, ``None``: unreadable."""

    viewer: int
    sequence: int
    camera_us: int | None


class Told(Moment, frozen=True, kw_only=True):
    """The state of live view that a viewer's client reports."""

    viewer: int
    state: str
    reason: str | None


# What the service says.


class Status(Moment, frozen=True, kw_only=True):
    """A snapshot, asked for directly; ``captures`` counts those under way."""

    boot_id: str
    rev: int
    camera: str
    camera_reason: str | None
    rung: int
    live: str
    live_reason: str | None
    resume_by_seconds: float | None
    captures: int
    is_capturing: bool
    films_on_card: int = 0


class NoStatus(Moment, frozen=True, kw_only=True):
    """The status could not be read."""

    error: str


# Captures.


class Asked(Moment, frozen=True, kw_only=True):
    """A user asks for a photo; the same ``key`` again is the same photo."""

    user: int
    key: str
    number: int


class Answered(Moment, frozen=True, kw_only=True):
    """The result of a photo: saved (``error`` ``None``), or failed with a kind and a reason."""

    user: int
    key: str
    capture_id: str | None
    path: str | None
    error: str | None
    reason: str | None
    attempts: int = 1
    warning: str | None = None


class GaveUp(Moment, frozen=True, kw_only=True):
    """A user stopped waiting for the result."""

    user: int
    key: str
    why: str


# What it costs.


class Sample(Moment, frozen=True, kw_only=True):
    """One process: resident bytes, open descriptors, threads; ``tasks`` of its loop where it tells (-1: not)."""

    role: str
    pid: int
    rss_bytes: int
    descriptors: int
    threads: int
    tasks: int = -1


class Staged(Moment, frozen=True, kw_only=True):
    """Files in the staging folder."""

    files: int


AnyMoment = (
    Started
    | Cleared
    | Finished
    | Note
    | Began
    | Ended
    | Opened
    | Closed
    | Seen
    | Told
    | Status
    | NoStatus
    | Asked
    | Answered
    | GaveUp
    | Sample
    | Staged
)
_DECODER: Final = msgspec.json.Decoder(AnyMoment)


class History:
    """Writes moments as they come; ``moments`` are those so far."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._encoder = msgspec.json.Encoder()
        self.moments: list[AnyMoment] = []

    def add(self, moment: AnyMoment) -> None:
        """Keep a moment."""
        self.moments.append(moment)
        self._file.write(self._encoder.encode(moment) + b"\n")

    def flush(self) -> None:
        """Write everything so far to the file."""
        self._file.flush()

    def note(self, text: str) -> None:
        """Record a remark, now."""
        self.add(Note(at=time.monotonic(), text=text))


def read(lines: Iterable[bytes]) -> list[AnyMoment]:
    """The moments of a file. Raises ``msgspec.DecodeError`` for an invalid line."""
    return [_DECODER.decode(line) for line in lines if line.strip()]


def load(path: Path) -> list[AnyMoment]:
    """The moments in the file at ``path``."""
    with path.open("rb") as file:
        return read(file)
