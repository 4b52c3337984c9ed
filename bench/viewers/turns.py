"""One turn is one server with so many viewers for so long; a row is its turns' medians."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.machine import cpu_seconds, resident_mb
from bench.spread import Spread
from bench.viewers.watchers import viewers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.machine import Cores
    from bench.viewers.drain.tally import Tally
    from bench.viewers.drain.viewer import Transport
    from bench.viewers.servers import Server

WARM_UP_SECONDS = 1.0
DRAIN_LIMIT_PERCENT = 95.0


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn gave; fps of the good viewers, CPU in percent of a core, latency in ms.

    ``grown_mb``: what the server's memory grew by from the first to the last moment of it.
    """

    fps_median: float
    fps_worst: float
    cpu_percent: float
    resident_mb: float
    grown_mb: float
    p50_ms: float
    p99_ms: float
    missed: int
    drain_percent: float
    ended: int

    @classmethod
    def of(cls, tally: Tally, cpu_percent: float, resident: float, grown: float) -> Turn:
        """From what the viewers counted."""
        rates = [frames / tally["seconds"] for frames in tally["frames"]] or [0.0]
        latency = tally["latency_ms"] or {}
        return cls(
            statistics.median(rates),
            min(rates),
            cpu_percent,
            resident,
            grown,
            latency.get("p50", 0.0),
            latency.get("p99", 0.0),
            sum(tally["missed"]),
            tally["cpu_percent"],
            len(tally["ended"]),
        )


@dataclass(frozen=True, slots=True)
class Row:
    """The turns of one server with one number of viewers."""

    server: str
    transport: str
    viewers: int
    slow: int
    fps_median: float
    fps_worst: float
    cpu_percent: Spread
    resident_mb: float
    grown_mb: float
    p50_ms: Spread
    p99_ms: Spread
    missed: int
    drain_percent: float
    ended: int

    @property
    def drain_limited(self) -> bool:
        """Whether the viewers had no time left: the figures say nothing of the server then."""
        return self.drain_percent > DRAIN_LIMIT_PERCENT

    @classmethod
    def of(cls, server: str, transport: str, good: int, slow: int, turns: Sequence[Turn]) -> Row:
        """The medians of at least one turn; the worst of its worst."""
        return cls(
            server,
            transport,
            good,
            slow,
            statistics.median(turn.fps_median for turn in turns),
            min(turn.fps_worst for turn in turns),
            Spread.of([turn.cpu_percent for turn in turns]),
            statistics.median(turn.resident_mb for turn in turns),
            max(turn.grown_mb for turn in turns),
            Spread.of([turn.p50_ms for turn in turns]),
            Spread.of([turn.p99_ms for turn in turns]),
            sum(turn.missed for turn in turns),
            max(turn.drain_percent for turn in turns),
            sum(turn.ended for turn in turns),
        )


def take_turn(
    server: Server, transport: Transport, cores: Cores, *, good: int, slow: int, seconds: float, size_bytes: int
) -> Turn:
    """Have them watch for so long. Raises ``PhotonicError`` when they cannot."""
    with viewers(server, transport, cores, good=good, slow=slow, size_bytes=size_bytes) as watching:
        time.sleep(WARM_UP_SECONDS)
        resident = resident_mb(server.pid)
        began, cpu = time.monotonic(), cpu_seconds(server.pid)
        watching.begin(seconds)
        tally = watching.tally()
        cpu_percent = 100 * (cpu_seconds(server.pid) - cpu) / (time.monotonic() - began)
        now = resident_mb(server.pid)
        return Turn.of(tally, cpu_percent, now, now - resident)
