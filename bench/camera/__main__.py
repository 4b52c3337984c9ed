"""``python -m bench.camera``: all figures of one simulated camera in one run, as a table and in bench/results."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench.camera.download import download
from bench.camera.figures import save, table
from bench.camera.viewing import first_frame, rate, resume
from bench.machine import facts
from bench.rig import service, simulated_camera, usb_camera


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m bench.camera", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="turns of floor and photonic, for each figure")
    parser.add_argument("--seconds", type=float, default=8.0, help="live view a turn")
    parser.add_argument("--count", type=int, default=10, help="captures a turn")
    parser.add_argument("--usb", action="store_true", help="the camera is on a simulated USB bus; needs umockdev")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="photonic-bench-") as name:
        folder = Path(name)
        with (usb_camera if wanted.usb else simulated_camera)() as camera, service(camera, folder) as running:
            figures = [
                *rate(camera, running, rounds=wanted.rounds, seconds=wanted.seconds),
                *resume(camera, running, rounds=wanted.rounds, count=wanted.count, folder=folder),
                *first_frame(camera, running, rounds=wanted.rounds, count=wanted.count),
                *download(camera, running, rounds=wanted.rounds, count=wanted.count, folder=folder),
            ]
    print(", ".join(f"{fact} {value}" for fact, value in facts().items()))
    print(table(figures))
    print(f"saved to {save(figures)}")


if __name__ == "__main__":
    main()
