"""Bulb on the whole stack: how long the simulated body's shutter was open, read from the photo's Exif and pixels."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from PIL import Image
from tests.support.commands import ask, running
from tests.support.first_short import first_short
from tests.support.stack import frame_after, stack

from photonic import CameraClient, LiveView, ServiceError
from photonic.cli.outcome import ExitCode
from photonic.errors import FailureKind
from photonic.model.api import CaptureStatusAnswer
from photonic.simulator import pixels

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.support.stack import Stack

    from photonic.client.progress import CaptureProgress

SPEED = 4
"""The body's seconds are so much shorter than ours."""


@pytest.fixture(scope="module")
def whole(transport: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    with stack(tmp_path_factory.mktemp("bulb") / "photos", transport=transport) as running_stack:
        with httpx2.Client(base_url=running_stack.url, timeout=30) as http:
            assert http.post("/api/v1/camera/connect").status_code == 200
        yield running_stack


def exposure(path: str) -> float:
    """How long the shutter was open, by the photo's Exif, which its pixels agree with; in our seconds."""
    with Image.open(path) as photo:
        seconds = float(photo.getexif().get_ifd(0x8769)[0x829A])
    assert seconds == pytest.approx(pixels.read(Path(path).read_bytes()).shutter_us / 1e6, rel=0.01)
    return seconds / SPEED


async def test_the_shutter_is_open_for_as_long_as_was_asked_and_live_view_comes_back(whole: Stack) -> None:
    reported: list[CaptureProgress] = []
    async with CameraClient(whole.url) as client, LiveView(whole.url, scale="full") as view:
        await frame_after(view, 0)
        before = whole.camera.control.state()["shutter_seconds"]
        answer = await client.capture("stars", 1, bulb_seconds=1.5, on_progress=reported.append)
        assert answer.image_path is not None
        # Not shorter: the button goes up 1.5 s after the press was answered.
        assert 1.5 - 0.1 <= exposure(answer.image_path) < 4.0
        await frame_after(view, whole.camera.journal("exposed")[-1]["at_us"])
        assert whole.camera.control.state()["shutter_seconds"] == before
    assert any(progress.exposure_remaining_seconds is not None for progress in reported)


def test_ctrl_c_ends_the_exposure_and_keeps_the_photo(whole: Stack) -> None:
    exposed = whole.counted("exposed")
    pressed = whole.counted("pressed")
    with running("capture", "--bulb", "2h", "--session", "early", "--url", whole.url) as command:
        wait_until_pressed(whole, pressed)
        command.send(signal.SIGINT)
        command.wait_for(r"early_1_\d+\.jpg")
        assert command.exit_code() == ExitCode.INTERRUPTED
    assert "of 7200 s" in command.said
    assert "Traceback" not in command.said
    assert whole.counted("exposed") == exposed + 1


def wait_until_pressed(whole: Stack, before: int) -> None:
    with httpx2.Client(base_url=whole.url, timeout=30) as http:
        status = http.get("/api/v1/camera/capture/status").json()
        while not (status["captures"] and status["captures"][0]["exposure_remaining_seconds"]):
            query = {"wait_boot_id": status["boot_id"], "wait_rev": status["rev"], "timeout_seconds": 20}
            status = http.get("/api/v1/camera/capture/status", params=query).json()
    assert whole.counted("pressed") == before + 1


async def test_in_a_mode_without_bulb_nothing_is_exposed(whole: Stack) -> None:
    exposed = whole.counted("exposed")
    async with CameraClient(whole.url) as client:
        await client.settings.change(exposure_mode="av")
        with pytest.raises(ServiceError, match="mode dial") as failed:
            await client.capture("stars", 3, bulb_seconds=2.0)
        assert failed.value.kind is FailureKind.BAD_INPUT
        await client.settings.change(exposure_mode="manual")
    assert whole.counted("exposed") == exposed


@pytest.mark.parametrize("bulb", first_short(["0.5s", "7h", "long"]))
def test_what_is_no_bulb_time_is_one_line(whole: Stack, bulb: str) -> None:
    ran = ask("capture", "--bulb", bulb, "--url", whole.url)
    assert ran.returncode == ExitCode.BAD_INPUT
    assert "--bulb takes" in ran.stderr
    assert ran.stderr.count("\n") == 1, ran.stderr


@pytest.mark.parametrize("refusals", [3, pytest.param(12, marks=pytest.mark.long)])
async def test_a_camera_that_does_not_let_its_button_go_at_once_closes_its_shutter_all_the_same(
    whole: Stack, refusals: int
) -> None:
    async with CameraClient(whole.url) as client:
        whole.camera.control.fault("release_refused", times=refusals)
        answer = await client.capture("stuck", refusals, bulb_seconds=1.5)
        assert answer.image_path is not None
        assert whole.counted("release_refused") >= refusals
        assert counter_of(answer.image_path) == whole.camera.journal("exposed")[-1]["counter"]


def counter_of(path: str) -> int:
    return pixels.read(Path(path).read_bytes()).counter


@pytest.mark.long
async def test_a_killed_camera_process_is_told_of_and_the_photo_comes_from_the_card(
    transport: str, tmp_path: Path
) -> None:
    with stack(tmp_path / "photos", transport=transport) as whole:
        async with CameraClient(whole.url) as client:
            await client.connect()
            # Whose photo it is, is told by the camera's clock, which a photo has to have shown (decision 0029).
            assert (await client.capture("guest", 1)).success
            exposing = asyncio.Event()

            def tell(progress: CaptureProgress) -> None:
                if progress.exposure_remaining_seconds is not None:
                    exposing.set()

            taking = asyncio.create_task(client.capture("killed", 1, bulb_seconds=600.0, on_progress=tell))
            async with asyncio.timeout(60):
                await exposing.wait()
                os.kill(whole.camera_process_pid, 9)
                with pytest.raises(ServiceError) as failed:
                    await taking
                assert failed.value.status in {502, 503}
                while "killed_1_" not in (photos := await client.photos(limit=1))[0].path:
                    status = await client.capture_status()
                    assert isinstance(status, CaptureStatusAnswer)
                    await client.wait_status(status.boot_id, status.rev)
        counter = whole.camera.journal("exposed")[-1]["counter"]
        assert counter_of(photos[0].path) == counter


async def test_a_button_that_a_killed_process_held_is_let_go_and_the_next_capture_works(
    transport: str, tmp_path: Path
) -> None:
    with stack(tmp_path / "photos", camera=("--fault", "button_held"), transport=transport) as whole:
        async with CameraClient(whole.url) as client:
            await client.connect()
            exposing = asyncio.Event()

            def tell(progress: CaptureProgress) -> None:
                if progress.exposure_remaining_seconds is not None:
                    exposing.set()

            taking = asyncio.create_task(client.capture("killed", 1, bulb_seconds=600.0, on_progress=tell))
            async with asyncio.timeout(60):
                await exposing.wait()
                os.kill(whole.camera_process_pid, 9)
                with pytest.raises(ServiceError):
                    await taking
                answer = await client.capture("after", 1)
        first, second = whole.camera.journal("exposed")
        assert whole.camera.journal("pressed")[0]["at_us"] < first["at_us"] < second["at_us"]
        assert answer.image_path is not None
        assert counter_of(answer.image_path) == second["counter"]
