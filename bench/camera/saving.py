"""What each level of "saved" costs: capture request to answer, the levels in turns on one simulated camera.

``python -m bench.camera.saving --second FOLDER`` needs a folder on another disk than the photos. Each level is compared
with ``disk`` in the same round: the ratio of the medians of a round, and the median of these ratios.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.machine import facts
from bench.rig import CAMERA, service, simulated_camera
from bench.spread import Spread

if TYPE_CHECKING:
    from bench.rig import Camera

LEVELS = ("disk", "disk+card", "disk+second")


def captures(camera: Camera, folder: Path, level: str, second: Path, count: int) -> list[float]:
    """Milliseconds of ``count`` captures at one level, after one that is not counted. Raises if it is not reached."""
    environment = {"PHOTONIC_SAVED": level}
    if level == "disk+second":
        environment["PHOTONIC_SECOND_ROOT"] = str(second)
    samples: list[float] = []
    with service(camera, folder, environment=environment) as running:
        for number in range(1 + count):
            started = time.monotonic()
            answer = running.post(f"{CAMERA}/capture", {"session_id": "bench", "sequence_number": number})
            samples.append(1000 * (time.monotonic() - started))
            if answer["saved"] != level:
                raise RuntimeError(f"{level} was not reached: {answer['saved']}, {answer['warning']}")
    return samples[1:]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m bench.camera.saving", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each level")
    parser.add_argument("--count", type=int, default=8, help="captures a turn")
    parser.add_argument("--photos", type=Path, help="folder for the photos; default: a temporary one")
    parser.add_argument("--second", type=Path, default=Path("/dev/shm"), help="folder on another disk")
    parser.add_argument("--megapixels", type=float, default=24.0, help="size of the photos")
    wanted = parser.parse_args()
    rounds: list[dict[str, list[float]]] = []
    with (
        tempfile.TemporaryDirectory(prefix="photonic-bench-", dir=wanted.photos) as name,
        tempfile.TemporaryDirectory(prefix="photonic-bench-", dir=wanted.second) as second,
        simulated_camera("--photo-megapixels", str(wanted.megapixels)) as camera,
    ):
        for number in range(wanted.rounds):
            order = LEVELS if number % 2 == 0 else LEVELS[::-1]
            folders = {level: Path(name) / f"{number}-{level}" for level in order}
            rounds.append(
                {level: captures(camera, folders[level], level, Path(second), wanted.count) for level in order}
            )
        sizes = [path.stat().st_size for path in Path(name).rglob("*.jpg") if ".photonic" not in path.parts]
    print(", ".join(f"{fact} {value}" for fact, value in facts().items()), f", photos of {max(sizes) / 1e6:.1f} MB")
    print("| level | capture request to answer [ms] | of `disk`, median of the rounds' ratios |\n| --- | --- | --- |")
    for level in LEVELS:
        samples = [sample for one in rounds for sample in one[level]]
        ratios = [statistics.median(one[level]) / statistics.median(one["disk"]) for one in rounds]
        print(f"| `{level}` | {Spread.of(samples).text(0)} | {Spread.of(ratios).text(2)} |")


if __name__ == "__main__":
    main()
