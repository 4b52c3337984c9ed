"""What the viewers of one measurement got."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, TypedDict

from bench.spread import percentile

if TYPE_CHECKING:
    from collections.abc import Sequence

LATENCY_PERCENTS = (50, 99, 100)


class Pause(TypedDict):
    """How a stream came back after its longest pause, in ms.

    ``spread_ms``: from the first viewer's first frame after it to the last viewer's; ``without``: viewers without one.
    """

    pause_ms: float
    spread_ms: float
    without: int


class Tally(TypedDict):
    """What a measurement gave; one number a viewer in ``frames`` and ``missed``, good ones first in both.

    ``latency_ms`` are percentiles over all frames of the good viewers (``None``: no frame came), from the stamp in the
    frame to its last byte. ``source_fps`` is how fast frames were numbered. ``cpu_percent`` is the drain's own.
    """

    seconds: float
    frames: list[int]
    missed: list[int]
    slow_frames: list[int]
    latency_ms: dict[str, float] | None
    source_fps: float
    ended: list[str]
    cpu_percent: float
    pause: Pause | None


class Counts:
    """One viewer's frames. ``sequence`` is the last one's number, 0 before the first; ``on_frame`` is the reader's."""

    __slots__ = ("_window", "frames", "missed", "sequence")

    def __init__(self, window: Window) -> None:
        self._window = window
        self.sequence = 0
        self.frames = 0
        self.missed = 0

    def on_frame(self, sequence: int, captured_us: int) -> None:
        """A frame's last byte is here."""
        now_us = time.monotonic_ns() // 1000
        if self.sequence:
            self.missed += sequence - self.sequence - 1
        self.sequence = sequence
        self.frames += 1
        self._window.add(self, captured_us, now_us)

    def clear(self) -> None:
        """A measurement begins."""
        self.frames = self.missed = 0


class Window:
    """The latencies of one measurement; ``arrivals`` are kept where a pause is to be looked for."""

    def __init__(self) -> None:
        self.latencies_us: list[int] = []
        self.arrivals: list[tuple[int, int, Counts]] | None = None
        self.open = False

    def begin(self, *, arrivals: bool) -> None:
        """Count from here on."""
        self.latencies_us = []
        self.arrivals = [] if arrivals else None
        self.open = True

    def add(self, viewer: Counts, captured_us: int, now_us: int) -> None:
        """A frame came."""
        if self.open:
            self.latencies_us.append(now_us - captured_us)
            if self.arrivals is not None:
                self.arrivals.append((captured_us, now_us, viewer))

    def end(self) -> dict[str, float] | None:
        """Count no more; the percentiles in ms."""
        self.open = False
        ordered = sorted(self.latencies_us)
        return {f"p{percent}": percentile(ordered, percent) / 1000 for percent in LATENCY_PERCENTS} if ordered else None


def pause(arrivals: Sequence[tuple[int, int, Counts]], viewers: Sequence[Counts]) -> Pause | None:
    """How the viewers came back after the longest pause between two frames; ``None`` where there are not two."""
    stamps = sorted({captured_us for captured_us, _now, _viewer in arrivals})
    if len(stamps) < 2:
        return None
    length_us, after_us = max((after - before, after) for before, after in pairwise(stamps))
    first: dict[Counts, int] = {}
    for captured_us, now_us, viewer in arrivals:
        if captured_us >= after_us:
            first[viewer] = min(now_us, first.get(viewer, now_us))
    came = [first[viewer] for viewer in viewers if viewer in first]
    spread_us = max(came) - min(came) if came else 0
    return Pause(pause_ms=length_us / 1000, spread_ms=spread_us / 1000, without=len(viewers) - len(came))
