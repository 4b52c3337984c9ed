"""Profiles on the whole stack: put in force for each photo and set back, whatever is killed in between."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.support.stack import frame_after, stack
from tests.support.waiting import until_true

from photonic import CameraClient, LiveView, ServiceError
from photonic.simulator import pixels

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.stack import Stack

CONFIGURATION = """
[profiles.studio.live]
iso = 1600
[profiles.studio.capture]
iso = 200
aperture = "f/8"
shutter = "{shutter}"

[profiles.wrong.live]
iso = 6400
[profiles.wrong.capture]
iso = "none such"
"""


def configured(folder: Path, shutter: str) -> str:
    file = folder / "photonic.toml"
    file.write_text(CONFIGURATION.format(shutter=shutter))
    return str(file)


def set_to(whole: Stack) -> tuple[Any, ...]:
    state = whole.camera.control.state()
    return tuple(state[name] for name in ("iso", "f_number", "shutter_seconds"))


async def test_a_photo_is_taken_with_its_own_settings_and_live_view_with_its_own(
    transport: str, tmp_path: Path
) -> None:
    with stack(tmp_path / "photos", "--config", configured(tmp_path, "1/60"), transport=transport) as whole:
        async with CameraClient(whole.url) as client, LiveView(whole.url, scale="full") as view:
            await frame_after(view, 0)
            aperture = set_to(whole)[1]
            assert (await client.settings.choose("studio")).active == "studio"
            assert (await frame_after(view, whole.camera.journal("set")[-1]["at_us"])).iso == 1600
            answer = await client.capture("guest", 1)
            assert answer.image_path is not None
            photo = pixels.read((whole.photo_root.parent / answer.image_path).read_bytes())
            assert (photo.iso, photo.aperture_tenths) == (200, 80)
            assert photo.shutter_us == pytest.approx(1e6 / 60, abs=1)
            stamp = await frame_after(view, whole.camera.journal("exposed")[-1]["at_us"])
            assert (stamp.iso, set_to(whole)[1]) == (1600, aperture)
            with pytest.raises(ServiceError, match="none such"):
                await client.settings.choose("wrong")
            assert set_to(whole)[0] == 1600
            assert (await client.settings.profiles()).active == "studio"


def kill_camera_process(whole: Stack) -> None:
    os.kill(whole.camera_process_pid, signal.SIGKILL)


def kill_service(whole: Stack) -> None:
    whole.kill_service()
    whole.start_service()


@pytest.mark.parametrize("kill", [kill_camera_process, pytest.param(kill_service, marks=pytest.mark.long)])
async def test_what_a_killed_capture_had_set_is_set_back(
    transport: str, tmp_path: Path, kill: Callable[[Stack], None]
) -> None:
    with stack(tmp_path / "photos", "--config", configured(tmp_path, "8"), transport=transport) as whole:
        async with CameraClient(whole.url) as client:
            await client.connect()
            await client.settings.change(aperture="4", shutter="1/250")
            await client.settings.choose("studio")
            capture = asyncio.create_task(client.capture("lost", 1))
            await until_true(lambda: whole.counted("pressed") == 1)
            assert set_to(whole) == (200, 8, 8)
            await asyncio.to_thread(kill, whole)
            with pytest.raises(ServiceError):
                await capture
            with httpx2.Client(base_url=whole.url, timeout=60) as http:
                await until_true(lambda: http.post("/api/v1/camera/connect").status_code == 200)
            await until_true(lambda: set_to(whole)[1:] == (4, 1 / 250))
