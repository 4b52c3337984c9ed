"""Magnification and depth of field on the whole stack, read from the pixels of the live view."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import httpx2
import numpy as np
import pytest
from PIL import Image
from tests.support.commands import ask
from tests.support.stack import frame_after, stack

from photonic import CameraClient, LiveView, ServiceError
from photonic.cli.outcome import ExitCode
from photonic.errors import FailureKind

if TYPE_CHECKING:
    from collections.abc import Generator

    import numpy.typing as npt
    from tests.support.stack import Stack

LEFT, TOP = 0.4, 0.1
"""Of the sky: nothing moves there."""
PICTURE = (5760, 3840)
VIEW_SHARE = 0.875
"""Of a frame's height; the rest is the caption and the stamp."""


@pytest.fixture(scope="module")
def whole(transport: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    pictures = ("--frame-size", "960x640", "--frame-kb", "80")
    with stack(tmp_path_factory.mktemp("look") / "photos", camera=pictures, transport=transport) as running_stack:
        with httpx2.Client(base_url=running_stack.url, timeout=30) as http:
            assert http.post("/api/v1/camera/connect").status_code == 200
        yield running_stack


async def seen(view: LiveView, whole: Stack) -> npt.NDArray[np.float64]:
    """What the next frame shows that the camera makes after now."""
    now_us = whole.camera.journal("frame")[-1]["at_us"]
    await frame_after(view, now_us)
    async for frame in view:
        with Image.open(BytesIO(bytes(frame.jpeg))) as image:
            shown = np.asarray(image.convert("RGB"), float)
        return shown[: round(shown.shape[0] * VIEW_SHARE)]
    raise AssertionError("the view ended")


def part_of(shown: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    height, width = shown.shape[:2]
    top, left = round(TOP * height), round(LEFT * width)
    return shown[top : top + height // 5, left : left + width // 5]


def colour(shown: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return shown.mean(axis=(0, 1))


async def test_a_part_is_magnified_until_live_view_ends(whole: Stack) -> None:
    corner = f"{round(LEFT * PICTURE[0])},{round(TOP * PICTURE[1])}"
    async with CameraClient(whole.url) as client, LiveView(whole.url, scale="full") as view:
        await frame_after(view, 0)
        before = await seen(view, whole)
        ran = ask("look", "--magnification", "5", "--position", corner, "--url", whole.url)
        assert ran.returncode == ExitCode.DONE, ran.stderr
        magnified = await seen(view, whole)
        assert abs(colour(magnified) - colour(part_of(before))).max() < 6
        assert abs(colour(magnified) - colour(before)).max() > 12
        await client.capture("magnified", 1)
        assert abs(colour(await seen(view, whole)) - colour(magnified)).max() < 6, "a photo takes nothing away"
        with pytest.raises(ServiceError, match="magnification") as refused:
            await client.settings.look(magnification=7)
        assert refused.value.kind is FailureKind.BAD_INPUT
        await client.settings.look(magnification=1)
        assert abs(colour(await seen(view, whole)) - colour(before)).max() < 12


async def test_the_aperture_is_closed_until_it_is_opened_and_for_a_photo(whole: Stack) -> None:
    async with CameraClient(whole.url) as client, LiveView(whole.url, scale="full") as view:
        await client.settings.change(exposure_mode="manual", aperture="f/8")
        await frame_after(view, 0)
        light = (await seen(view, whole)).mean()
        await client.settings.look(depth_of_field=True)
        assert (await seen(view, whole)).mean() < light - 8
        await client.capture("depth", 1)
        assert (await seen(view, whole)).mean() == pytest.approx(light, abs=4)


async def test_what_a_canon_cannot_do_is_501(whole: Stack) -> None:
    async with CameraClient(whole.url) as client, LiveView(whole.url, scale="full") as view:
        await frame_after(view, 0)
        with pytest.raises(ServiceError, match="focus point") as refused:
            await client.settings.look(focus_point=(100, 100))
    assert (refused.value.status, refused.value.kind) == (501, FailureKind.NOT_SUPPORTED)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"magnification": "five"},
        {"magnification": 5},
        {"position": [1]},
        {"position": [-1, 0]},
        {"position": [0, 70000]},
        {"depth_of_field": "yes"},
        {"zoom": 5},
    ],
)
def test_what_is_no_look_is_refused(whole: Stack, body: dict[str, object]) -> None:
    with httpx2.Client(base_url=whole.url, timeout=30) as http:
        answer = http.post("/api/v1/camera/liveview/look", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("arguments", ["", "--magnification big", "--position 5", "--focus-point 1,99999"])
def test_the_command_line_refuses_it_too(whole: Stack, arguments: str) -> None:
    ran = ask("look", *arguments.split(), "--url", whole.url)
    assert ran.returncode == ExitCode.BAD_INPUT, ran.stderr
    assert ran.stderr.count("\n") == 1, ran.stderr
