"""What a running verification does to live view: frame rate and latency at one viewer, with and without it, in turns.

``python -m bench.camera.verifying``: each turn is a new service on the same simulated camera and the same photo root,
whose photos are really on the disk. The verification is one that somebody requests: it reads as fast as leaves the disk
half of the time; one in idle time reads 10 MB/s. Latency is the time from the camera's clock, which is drawn into the
frames, to the arrival at the client, above that of the fastest frame of the run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from bench.camera.frames import frame_times
from bench.camera.viewing import WARM_UP_SECONDS, watching
from bench.index.roots import make_root
from bench.machine import cpu_seconds, facts
from bench.rig import CAMERA, service, simulated_camera
from bench.spread import Spread, percentile

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.rig import Camera, Service

VERIFICATION = f"{CAMERA}/verification"
POLL_SECONDS = 0.25
ENVIRONMENT = {"PHOTONIC_VERIFY_RATE_MB": "0", "PHOTONIC_INDEX_COPIES": "0"}
"""What runs in idle time would be measured, too."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn.

    Args:
        rate: frames a second at the client.
        travel_ms: of each frame, from the camera's clock to its arrival: only differences mean something.
        longest_gap_ms: between two frames.
        cores: CPU of the service.
        read_mb: megabytes that the verification has read a second.
    """

    rate: float
    travel_ms: list[float]
    longest_gap_ms: float
    cores: float
    read_mb: float


async def _watch(running: Service, seconds: float, *, verifying: bool) -> Turn:
    async with watching(running) as seen:
        await asyncio.sleep(WARM_UP_SECONDS)
        if verifying:
            await asyncio.to_thread(running.post, VERIFICATION, {"repair": False})
        began, used, first, read, before = time.monotonic(), cpu_seconds(running.pid), len(seen), 0, 0
        while time.monotonic() < began + seconds:
            await asyncio.sleep(POLL_SECONDS)
            # Asked for in either kind of turn: the question costs something, too.
            progress = (await asyncio.to_thread(running.get, VERIFICATION))["running"]
            if verifying and progress is None:
                raise RuntimeError("the verification ended before the turn did: more photos, or fewer seconds")
            if progress is not None:
                read, before = read + progress["bytes"] - before, progress["bytes"]
        elapsed, cores = time.monotonic() - began, cpu_seconds(running.pid) - used
        frames = frame_times(seen[first:])
    gaps = [1000 * (after["at"] - one["at"]) for one, after in pairwise(frames)]
    travel_ms = [1000 * (one["at"] - one["camera_us"] / 1e6) for one in frames]
    rate = (len(frames) - 1) / (frames[-1]["at"] - frames[0]["at"])
    return Turn(rate, travel_ms, max(gaps), cores / elapsed, read / 1e6 / elapsed)


def _turn(camera: Camera, folder: Path, seconds: float, *, verifying: bool) -> Turn:
    with service(camera, folder, environment=ENVIRONMENT) as running:
        return asyncio.run(_watch(running, seconds, verifying=verifying))


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m bench.camera.verifying", description=__doc__)
    parser.add_argument("--photos", type=int, default=1000, help="on the disk")
    parser.add_argument("--megabytes", type=float, default=5.0, help="size of each")
    parser.add_argument("--rounds", type=int, default=4, help="turns with, and turns without")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of a turn")
    parser.add_argument("--folder", type=Path, help="where the root is made; default: a temporary folder")
    wanted = parser.parse_args()
    pairs: list[tuple[Turn, Turn]] = []
    with (
        tempfile.TemporaryDirectory(prefix="photonic-bench-", dir=wanted.folder) as name,
        simulated_camera() as camera,
    ):
        content = b"\xff\xd8" + os.urandom(int(wanted.megabytes * 1e6)) + b"\xff\xd9"
        make_root(Path(name) / "photos", wanted.photos, content=content, large=wanted.photos)
        for number in range(wanted.rounds):
            order = (False, True) if number % 2 == 0 else (True, False)
            turns = {one: _turn(camera, Path(name), wanted.seconds, verifying=one) for one in order}
            pairs.append((turns[False], turns[True]))
    print(", ".join(f"{fact} {value}" for fact, value in facts().items()))
    _print(pairs)


def _print(pairs: list[tuple[Turn, Turn]]) -> None:
    fastest = min(travel for pair in pairs for turn in pair for travel in turn.travel_ms)

    def latency(turn: Turn, percent: float) -> float:
        return percentile(sorted(turn.travel_ms), percent) - fastest

    rows: tuple[tuple[str, Callable[[Turn], float], int], ...] = (
        ("frames a second", lambda turn: turn.rate, 2),
        ("latency above the fastest frame, median [ms]", lambda turn: latency(turn, 50), 1),
        ("latency above the fastest frame, p99 [ms]", lambda turn: latency(turn, 99), 1),
        ("longest time between two frames [ms]", lambda turn: turn.longest_gap_ms, 0),
        ("CPU of the service [cores]", lambda turn: turn.cores, 3),
        ("verified [MB/s]", lambda turn: turn.read_mb, 0),
    )
    print("| | without | while verifying | median of the rounds' ratios |\n| --- | --- | --- | --- |")
    for name, figure, digits in rows:
        columns = [[figure(pair[side]) for pair in pairs] for side in (0, 1)]
        ratios = [with_it / without for without, with_it in zip(*columns, strict=True) if without]
        ratio = f"{statistics.median(ratios):.2f}" if ratios else "-"
        print(f"| {name} | {' | '.join(Spread.of(column).text(digits) for column in columns)} | {ratio} |")


if __name__ == "__main__":
    main()
