"""Measurements at one viewer: live-view rate, first fresh frame after a capture, the service's CPU."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from bench.figures import Figure, Spread
from bench.frames import Seen, Shot, camera_offset_seconds, exposed_us, first_fresh_at, frame_times
from bench.rig import CAMERA, children, cpu_seconds

from photonic.client.live import LiveView

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.rig import Camera, Service

WARM_UP_SECONDS = 1.0
WATCH_BEFORE_SECONDS = 0.7
FRAMES_AFTER = 15
GIVE_UP_SECONDS = 20.0
AIM_RATE = 0.98
AIM_RESUME_MS = 50.0


def raw(*arguments: str, timeout_seconds: float) -> Any:
    """What ``bench.raw`` measured, in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", "bench.raw", *arguments],
        stdout=subprocess.PIPE,
        check=True,
        timeout=timeout_seconds,
    )
    return json.loads(ran.stdout)


async def watch(view: LiveView, *, seconds: float | None = None, frames: int | None = None) -> list[Seen]:
    """Frames as they come, for a time or up to a number."""
    seen: list[Seen] = []
    try:
        async with asyncio.timeout(GIVE_UP_SECONDS if seconds is None else seconds):
            async for frame in view:
                seen.append(Seen(time.monotonic(), frame.jpeg))
                if frames is not None and len(seen) >= frames:
                    break
    except TimeoutError:
        pass
    return seen


async def _rate(service: Service, seconds: float) -> tuple[float, float, float]:
    """Frames per second at the client, and the CPU share of the service and of its camera process."""
    async with LiveView(service.url) as view:
        await watch(view, frames=1)
        await watch(view, seconds=WARM_UP_SECONDS)
        (worker,) = children(service.pid)
        began, service_cpu, worker_cpu = time.monotonic(), cpu_seconds(service.pid), cpu_seconds(worker)
        seen = await watch(view, seconds=seconds)
        elapsed = time.monotonic() - began
        return (
            (len(seen) - 1) / (seen[-1].at - seen[0].at),
            (cpu_seconds(service.pid) - service_cpu) / elapsed,
            (cpu_seconds(worker) - worker_cpu) / elapsed,
        )


def rate(camera: Camera, service: Service, *, rounds: int, seconds: float) -> list[Figure]:
    """Live-view rate against the raw loop, in turns on one camera; and what it costs."""
    floor: list[float] = []
    ours: list[tuple[float, float, float]] = []
    for _round in range(rounds):
        with service.without_camera():
            floor.append(raw("rate", camera.library_port, str(seconds), timeout_seconds=seconds + 60)["fps"])
        ours.append(asyncio.run(_rate(service, seconds)))
    fps, service_cpu, worker_cpu = (Spread.of(column) for column in zip(*ours, strict=True))
    ratio = fps.median / Spread.of(floor).median
    return [
        Figure(
            "live-view rate, one client",
            "frames/s",
            fps,
            Spread.of(floor),
            f"{ratio:.3f} of it",
            f">= {AIM_RATE}",
            ratio >= AIM_RATE,
        ),
        Figure("CPU of the service, one viewer", "cores", service_cpu, None, "-", "-", None, 3),
        Figure("CPU of its camera process", "cores", worker_cpu, None, "-", "-", None, 3),
    ]


async def _shot(view: LiveView, service: Service, number: int) -> Shot:
    before = await watch(view, seconds=WATCH_BEFORE_SECONDS)
    body = {"session_id": "bench", "sequence_number": number}
    requested = time.monotonic()
    posted = asyncio.create_task(asyncio.to_thread(service.post, f"{CAMERA}/capture", body))
    during: list[Seen] = []
    while not posted.done():
        during += await watch(view, frames=1)
    answer = await posted
    during += await watch(view, frames=FRAMES_AFTER)
    photo = service.photo_root / answer["image_path"]
    shot: Shot = {
        "requested": requested,
        "saved": requested + answer["capture_time_ms"] / 1000,
        "exposed_us": exposed_us(photo),
        "frames": frame_times([*before[-5:], *during]),
    }
    photo.unlink()
    return shot


async def _shots(service: Service, count: int) -> list[Shot]:
    async with LiveView(service.url) as view:
        return [await _shot(view, service, number) for number in range(count)]


def resume(camera: Camera, service: Service, *, rounds: int, count: int, folder: Path) -> list[Figure]:
    """First fresh frame after a capture, against the raw loop, in turns on one camera.

    The camera's clock is put on CLOCK_MONOTONIC by the frame of either side that travelled fastest, so that "end of the
    exposure" is the same moment for both.
    """
    floor: list[Shot] = []
    ours: list[Shot] = []
    for _round in range(rounds):
        with service.without_camera():
            floor += raw("resume", camera.library_port, str(count), str(folder), timeout_seconds=60 + 20 * count)
        ours += asyncio.run(_shots(service, count))
    offset = camera_offset_seconds([*floor, *ours])

    def after_exposure(shot: Shot) -> float:
        return 1000 * (first_fresh_at(shot) - shot["exposed_us"] / 1e6 - offset)

    def after_request(shot: Shot) -> float:
        return 1000 * (first_fresh_at(shot) - shot["requested"])

    return [
        _above("end of exposure to first fresh frame", after_exposure, ours, floor, aimed=True),
        _above("capture request to first fresh frame", after_request, ours, floor, aimed=False),
    ]


def _above(name: str, measure: Callable[[Shot], float], ours: list[Shot], floor: list[Shot], *, aimed: bool) -> Figure:
    mine, theirs = Spread.of([measure(shot) for shot in ours]), Spread.of([measure(shot) for shot in floor])
    above = mine.median - theirs.median
    aim, met = (f"<= +{AIM_RESUME_MS:.0f} ms", above <= AIM_RESUME_MS) if aimed else ("-", None)
    return Figure(name, "ms", mine, theirs, f"{above:+.0f} ms", aim, met, 0)
