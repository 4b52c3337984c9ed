"""The whole service on a simulated webcam: live view, a photo in the largest mode, and the cable out and in again."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from tests.support.absent import absent
from tests.support.commands import running
from tests.support.preload import preload_library
from tests.support.stack import free_port
from tests.support.waiting import until_answer
from tests.support.watching import fresh

from photonic import CameraClient, LiveView
from photonic.model.api import CaptureStatusAnswer
from photonic.model.status import CameraState, LiveState
from photonic.simulator.control import ControlClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.commands import Command

SERVE = (sys.executable, "-m", "photonic.cli", "serve", "--camera", "v4l2:/dev/video0", "--port", "0")


@pytest.fixture
def control_port() -> int:
    return free_port()


@pytest.fixture
def service(tmp_path: Path, control_port: int) -> Iterator[Command]:
    preload_library()
    if shutil.which("cc") is None:
        absent("no C compiler is installed: apt-get install g++")
    simulate = ("simulate", "--webcam", "--control-port", str(control_port), "--")
    with running(*simulate, *SERVE, "--photo-root", str(tmp_path / "photos")) as command:
        yield command


async def _status(camera: CameraClient) -> CaptureStatusAnswer:
    status = await camera.capture_status()
    assert isinstance(status, CaptureStatusAnswer)
    return status


async def test_live_view_a_photo_and_a_replugged_webcam(service: Command, control_port: int) -> None:
    control = ControlClient("127.0.0.1", control_port)
    async with LiveView(service.url()) as view, CameraClient(service.url()) as camera:
        await fresh(view, 5, 60.0)
        path = (await camera.capture("webcam", 1)).image_path
        with Image.open(Path(path or "")) as photo:
            assert photo.size == (1600, 1200)
        await fresh(view, 5, 60.0)

        await asyncio.to_thread(control.unplug)
        absent_now = await until_answer(lambda: _status(camera), lambda now: now.camera.state is CameraState.ABSENT)
        assert "no camera at /dev/video0; plug it in" in (absent_now.camera.reason or "")

        await asyncio.to_thread(control.plug)
        await until_answer(lambda: _status(camera), lambda now: now.live.state is LiveState.RUNNING)
        await fresh(view, 5, 60.0)
