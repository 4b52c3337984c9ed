"""Captures, presses of the button, late twins, films and ``kill -9`` in an order drawn from a seed, on the whole stack.

Afterwards every exposure is on record once, no guest has the photo of somebody else, and each photo was told of once.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import pytest
from tests.support.stack import frame_after, stack
from tests.support.waiting import until_true

from photonic import CameraClient, LiveView
from photonic.errors import BadInput, PhotonicError
from photonic.simulator import pixels
from photonic.simulator.refusals import Busy

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tests.support.stack import Stack

    from photonic.model.api import CaptureAnswer

DEEDS = ("capture", "capture", "press", "press", "late twin", "film", "kill camera process", "kill service")
STEPS = 10
LONGEST_PAUSE_SECONDS = 1.5
WITHIN_SECONDS = 90.0
BACKUP = ("--second-card", "backup")
RAW = {"image_format": "RAW + L"}
# The simulation lives through the same, a thousand times as often (decision 0058); here the kills are real.
pytestmark = [pytest.mark.timeout(600), pytest.mark.long]


def sources(whole: Stack) -> dict[int, str]:
    """Who has released each exposure."""
    return {entry["counter"]: entry["source"] for entry in whole.camera.journal("exposed")}


def sessions(whole: Stack) -> list[tuple[int, str]]:
    """Each JPEG in its place: its exposure, and whose session it is in."""
    found = (whole.photo_root / "photos").glob("[!.]*.jpg")
    return [(pixels.read(path.read_bytes()).counter, path.name.split("_")[0]) for path in found]


@contextmanager
def unless_busy() -> Generator[None]:
    """For the button: a body that is taking a photo at that moment takes no other one."""
    try:
        yield
    except BadInput as refusal:
        if str(refusal) != str(Busy()):
            raise


class Disorder:
    """Does one thing after the other; ``asked``: the captures that were asked for.

    None of them outlives the block in which it is used.
    """

    def __init__(self, whole: Stack, client: CameraClient, draw: random.Random) -> None:
        self._whole = whole
        self._client = client
        self._draw = draw
        self.asked: list[asyncio.Task[CaptureAnswer]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        for capture in self.asked:
            capture.cancel()
        await asyncio.gather(*self.asked, return_exceptions=True)

    async def act(self, deed: str) -> None:
        control = self._whole.camera.control
        match deed:
            case "capture":
                self._ask()
            case "late twin":
                control.fault("late_twin", start="capture", amount=self._draw.choice([1, 5]), times=1)
                self._ask()
            case "press":
                with unless_busy():
                    control.press()
            case "film":
                control.fault("film", amount=5)
            case "kill camera process":
                if self._whole.has_another_camera_process(0):
                    os.kill(self._whole.camera_process_pid, 9)
            case _:
                await asyncio.to_thread(self._whole.kill_service)
                await asyncio.to_thread(self._whole.start_service)
        await asyncio.sleep(self._draw.uniform(0, LONGEST_PAUSE_SECONDS))  # the order is what is drawn

    def _ask(self) -> None:
        number = len(self.asked) + 1
        self.asked.append(asyncio.create_task(self._client.capture("guest", number)))


@pytest.mark.parametrize(
    ("seed", "camera", "settings"),
    [
        (4, BACKUP, RAW),
        (7, (*BACKUP, "--fault", "second_card_silent"), {}),
        (11, (), RAW | {"drive_mode": "Continuous"}),
    ],
)
async def test_in_any_order_each_photo_is_its_own_guests_and_comes_once(
    tmp_path: Path, seed: int, camera: tuple[str, ...], settings: dict[str, str]
) -> None:
    reported = tmp_path / "told"
    hook = tmp_path / "hook"
    hook.write_text(f'#!/bin/sh\necho "$PHOTONIC_CAPTURE_ID $PHOTONIC_EVENT" >> {reported}\n')
    hook.chmod(0o755)
    config = tmp_path / "photonic.toml"
    config.write_text(f'[hooks.print]\ncommand = ["{hook}"]\n')
    draw = random.Random(seed)
    with stack(tmp_path / "photos", "--config", str(config), camera=camera) as whole:
        async with CameraClient(whole.url) as client, LiveView(whole.url) as view:
            await frame_after(view, 0)
            if settings:
                await client.settings.change(settings)
            async with Disorder(whole, client, draw) as disorder:
                for _step in range(STEPS):
                    await disorder.act(draw.choice(DEEDS))
                for outcome in await asyncio.gather(*disorder.asked, return_exceptions=True):
                    assert not isinstance(outcome, BaseException) or isinstance(outcome, PhotonicError)
            await until_true(lambda: len(sessions(whole)) >= len(sources(whole)), WITHIN_SECONDS)
            # What is compared with the card now must not come again.
            whole.kill_service()
            whole.start_service()
            await frame_after(view, whole.camera.control.journal()[-1]["at_us"])
            staging = whole.photo_root / ".staging"
            await until_true(lambda: not [path for path in staging.rglob("*") if path.is_file()], WITHIN_SECONDS)
            records = [record async for record in client.gallery.every_still("guest")]
            records += [record async for record in client.gallery.every_still("body")]
            await until_true(lambda: reported.read_text().count(" photo.saved") >= len(records), WITHIN_SECONDS)
            taken, placed = sources(whole), sessions(whole)
    assert sorted(counter for counter, _session in placed) == sorted(taken)
    assert {taken[counter] for counter, session in placed if session == "guest"} <= {"client"}
    assert all(len(record.files) == (2 if RAW.items() <= settings.items() else 1) for record in records)
    # A hook that a kill cut off is run again; none is forgotten.
    runs = Counter(line.split()[0] for line in reported.read_text().splitlines() if line.endswith("photo.saved"))
    assert set(runs) == {record.id for record in records}
