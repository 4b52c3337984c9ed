"""``python -m bench.camera.downscaling``: what smaller pictures cost and save, on frames of the simulated camera."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.camera.raw import RawCamera, watch
from bench.rig import simulated_camera
from bench.spread import Spread
from photonic.model.frame import Scale
from photonic.service.live.downscaler import reduce

if TYPE_CHECKING:
    from collections.abc import Sequence

FRAMES = 60


def main() -> None:
    """Measures and prints."""
    with simulated_camera() as camera, RawCamera(camera.library_port) as raw:
        frames = [seen.jpeg for seen in watch(raw, frames=FRAMES)]
    print(f"full: {Spread.of([len(frame) / 1000 for frame in frames]).text(1)} kB")
    for scale in (Scale.HALF, Scale.QUARTER):
        print(f"{scale}: {_row(frames, scale)}")


def _row(frames: Sequence[bytes], scale: Scale) -> str:
    times: list[float] = []
    sizes: list[float] = []
    for frame in frames:
        began = time.perf_counter()
        sizes.append(len(reduce(frame, scale)) / 1000)
        times.append(1000 * (time.perf_counter() - began))
    return f"{Spread.of(times).text(2)} ms, {Spread.of(sizes).text(1)} kB"


if __name__ == "__main__":
    main()
