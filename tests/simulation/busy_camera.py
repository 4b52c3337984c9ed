"""Some busy minutes of a camera with all its disturbances: ``python -m tests.simulation.busy_camera FOLDER SEED``.

Prints the hash of everything that the supervisor's listener heard.
"""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.simulation import supervised_camera
from tests.simulation.disturbances import RATES

from photonic.errors import CameraError, CaptureError

if TYPE_CHECKING:
    from tests.simulation.supervised_camera import SupervisedCamera

CAPTURES = 12
MORE_OFTEN = 3.0
PAUSE_SECONDS = 0.5
FINGER_SECONDS = (5.0, 40.0)


def play(folder: Path, seed: int) -> str:
    """Take photos, and press the button; returns the hash."""

    async def finger(camera: SupervisedCamera) -> None:
        draw = random.Random(f"{seed}:finger")
        while True:
            await asyncio.sleep(draw.uniform(*FINGER_SECONDS))
            camera.body.press()

    async def scenario(camera: SupervisedCamera) -> None:
        pressing = asyncio.ensure_future(finger(camera))
        for number in range(CAPTURES):
            await camera.opened()
            try:
                await camera.live()
                await camera.capture(f"{number:032x}")
            except (CameraError, CaptureError):
                await asyncio.sleep(PAUSE_SECONDS)
        pressing.cancel()

    rates = {name: rate * MORE_OFTEN for name, rate in RATES.items()}
    return supervised_camera.run(folder, scenario, seed=seed, rates=rates)


if __name__ == "__main__":
    print(play(Path(sys.argv[1]), int(sys.argv[2])))  # noqa: T201 - what it is for
