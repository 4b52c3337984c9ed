"""Measurements at one viewer: live-view rate, first fresh frame after a capture, the service's CPU."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.camera.figures import Figure
from bench.camera.frames import Seen, Shot, camera_offset_seconds, exposed_us, first_fresh_at, frame_times
from bench.camera.plan import lead_seconds, shutter
from bench.machine import children, cpu_seconds
from bench.rig import CAMERA
from bench.spread import Spread, median_of_ratios
from photonic.client.live import LiveView

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
    from pathlib import Path

    from bench.rig import Camera, Service

WARM_UP_SECONDS = 1.0
FRAMES_BEFORE = 5
FRAMES_AFTER = 15
POLL_SECONDS = 0.01
GIVE_UP_SECONDS = 20.0
AIM_RATE = 0.98
AIM_RESUME_MS = 50.0
AIM_CAPTURE = 1.05
AIM_FIRST_MS = 50.0


def raw(camera: Camera, measurement: str, *arguments: str, timeout_seconds: float) -> Any:
    """What ``bench.camera.raw`` measured, in a process and a home of its own (where the library keeps settings)."""
    with tempfile.TemporaryDirectory() as home:
        ran = subprocess.run(
            [sys.executable, "-m", "bench.camera.raw", measurement, camera.library_port, *arguments],
            stdout=subprocess.PIPE,
            check=True,
            timeout=timeout_seconds,
            env={**os.environ, **camera.environment, "HOME": home},
        )
    return json.loads(ran.stdout)


@asynccontextmanager
async def watching(service: Service) -> AsyncGenerator[list[Seen]]:
    """One viewer; the list grows with every frame that comes, from the first on."""
    seen: list[Seen] = []

    async def look() -> None:
        async for frame in view:
            seen.append(Seen(time.monotonic(), frame.jpeg))  # noqa: PERF401 - others read the list while it grows

    async with LiveView(service.url, scale="full") as view:
        looking = asyncio.create_task(look())
        try:
            await until(lambda: bool(seen))
            yield seen
        finally:
            looking.cancel()
            await asyncio.wait([looking])


async def until(condition: Callable[[], bool]) -> None:
    """Waits for a condition. Raises ``TimeoutError`` when it does not come: a freeze."""
    async with asyncio.timeout(GIVE_UP_SECONDS):
        while not condition():  # noqa: ASYNC110 - the client has no event for it, and a poll costs the service nothing
            await asyncio.sleep(POLL_SECONDS)


async def _rate(service: Service, seconds: float) -> tuple[float, float, float]:
    """Frames per second at the client, and the CPU share of the service and of its camera process."""
    async with watching(service) as seen:
        await asyncio.sleep(WARM_UP_SECONDS)
        (worker,) = children(service.pid)
        began, service_cpu, worker_cpu = time.monotonic(), cpu_seconds(service.pid), cpu_seconds(worker)
        first = len(seen)
        await asyncio.sleep(seconds)
        elapsed = time.monotonic() - began
        measured = seen[first:]
        return (
            (len(measured) - 1) / (measured[-1].at - measured[0].at),
            (cpu_seconds(service.pid) - service_cpu) / elapsed,
            (cpu_seconds(worker) - worker_cpu) / elapsed,
        )


def rate(camera: Camera, service: Service, *, rounds: int, seconds: float) -> list[Figure]:
    """Live-view rate against the raw loop, in turns on one camera; and what it costs."""
    floor: list[float] = []
    ours: list[tuple[float, float, float]] = []
    for _round in range(rounds):
        with service.without_camera():
            floor.append(raw(camera, "rate", str(seconds), timeout_seconds=seconds + 60)["fps"])
        ours.append(asyncio.run(_rate(service, seconds)))
    fps, service_cpu, worker_cpu = (Spread.of(column) for column in zip(*ours, strict=True))
    ratio = median_of_ratios([(mine, theirs) for (mine, *_cpu), theirs in zip(ours, floor, strict=True)])
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


async def _shot(seen: list[Seen], service: Service, session: str, number: int) -> Shot:
    await asyncio.to_thread(service.change, shutter=shutter(number))
    await asyncio.sleep(lead_seconds(number))
    first = len(seen) - FRAMES_BEFORE
    body = {"session_id": session, "sequence_number": number}
    answer, requested, saved = await asyncio.to_thread(_timed_capture, service, body)
    enough = len(seen) + FRAMES_AFTER
    await until(lambda: len(seen) >= enough)
    return {
        "requested": requested,
        "saved": saved,
        "exposed_us": exposed_us(service.photo_root / answer["image_path"]),
        "frames": frame_times(seen[first:]),
    }


def _timed_capture(service: Service, body: Mapping[str, Any]) -> tuple[dict[str, Any], float, float]:
    """The answer, and when it was asked for and had come; in a thread, since the loop is busy with frames."""
    requested = time.monotonic()
    return service.post(f"{CAMERA}/capture", body), requested, time.monotonic()


async def _shots(service: Service, session: str, count: int) -> list[Shot]:
    async with watching(service) as seen:
        return [await _shot(seen, service, session, number) for number in range(count)]


def resume(camera: Camera, service: Service, *, rounds: int, count: int, folder: Path) -> list[Figure]:
    """First fresh frame after a capture, against the raw loop, in turns on one camera.

    The camera's clock is put on CLOCK_MONOTONIC by the frame of either side that travelled fastest, so that "end of the
    exposure" is the same moment for both.
    """
    turns: list[tuple[list[Shot], list[Shot]]] = []
    for number in range(rounds):
        with service.without_camera():
            theirs = raw(camera, "resume", str(count), str(folder), timeout_seconds=60 + 20 * count)
        turns.append((asyncio.run(_shots(service, f"bench-{number}", count)), theirs))
    ours = [shot for mine, _theirs in turns for shot in mine]
    floor = [shot for _mine, theirs in turns for shot in theirs]
    offset = camera_offset_seconds([*floor, *ours])

    def after_exposure(shot: Shot) -> float:
        return 1000 * (first_fresh_at(shot) - shot["exposed_us"] / 1e6 - offset)

    def after_request(shot: Shot) -> float:
        return 1000 * (first_fresh_at(shot) - shot["requested"])

    def after_saved(shot: Shot) -> float:
        return 1000 * (first_fresh_at(shot) - shot["saved"])

    return [
        _above("end of exposure to first fresh frame", after_exposure, ours, floor, aimed=True),
        _above("capture request to first fresh frame", after_request, ours, floor, aimed=False),
        _above("photo on disk to first fresh frame", after_saved, ours, floor, aimed=False),
        _capture_time(turns),
    ]


def _capture_time(turns: Sequence[tuple[Sequence[Shot], Sequence[Shot]]]) -> Figure:
    times = [tuple([1000 * (shot["saved"] - shot["requested"]) for shot in shots] for shots in turn) for turn in turns]
    mine, theirs = (Spread.of([sample for side in column for sample in side]) for column in zip(*times, strict=True))
    ratio = median_of_ratios([(median(ours), median(floor)) for ours, floor in times])
    name, aim = "capture request to photo on disk, with a viewer", f"<= {AIM_CAPTURE}"
    return Figure(name, "ms", mine, theirs, f"{ratio:.3f} of it", aim, ratio <= AIM_CAPTURE, 0)


async def _first(service: Service, count: int) -> list[float]:
    samples: list[float] = []
    for _number in range(count):
        async with asyncio.timeout(GIVE_UP_SECONDS):
            while (await asyncio.to_thread(service.get, f"{CAMERA}/capture/status"))["live"]["state"] != "off":  # noqa: ASYNC110
                await asyncio.sleep(10 * POLL_SECONDS)
        dialed = time.monotonic()
        async with watching(service) as seen:
            samples.append(1000 * (seen[0].at - dialed))
    return samples


def first_frame(camera: Camera, service: Service, *, rounds: int, count: int) -> list[Figure]:
    """First viewer to first frame, live view being off, against the raw loop's first frame on the same camera."""
    floor: list[float] = []
    ours: list[float] = []
    for _round in range(rounds):
        with service.without_camera():
            found = raw(camera, "first", str(count), timeout_seconds=60.0 + 10 * count)
            floor += [1000 * seconds for seconds in found]
        ours += asyncio.run(_first(service, count))
    mine, theirs = Spread.of(ours), Spread.of(floor)
    above = mine.median - theirs.median
    aim = f"<= +{AIM_FIRST_MS:.0f} ms"
    met = above <= AIM_FIRST_MS
    return [Figure("first viewer to first frame", "ms", mine, theirs, f"{above:+.0f} ms", aim, met, 0)]


def _above(name: str, measure: Callable[[Shot], float], ours: list[Shot], floor: list[Shot], *, aimed: bool) -> Figure:
    mine, theirs = Spread.of([measure(shot) for shot in ours]), Spread.of([measure(shot) for shot in floor])
    above = mine.median - theirs.median
    aim, met = (f"<= +{AIM_RESUME_MS:.0f} ms", above <= AIM_RESUME_MS) if aimed else ("-", None)
    return Figure(name, "ms", mine, theirs, f"{above:+.0f} ms", aim, met, 0)
