"""What the page shows and does, with the real service and a camera under the test's direction."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.support.first_short import first_rows_short, first_short
from tests.support.scenic import scenic_service

from photonic.errors import CaptureError, FailureKind

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.visitor import Visitor
    from tests.support.scenic import ScenicService

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_picture_moves(visitor: Visitor, service: ScenicService) -> None:
    await visitor.open(service.url)
    await visitor.live()
    counter = 0
    for _picture in range(3):
        counter = (await visitor.newer_than(counter)).counter
    await visitor.says("age", "ms old")
    assert await visitor.text("camera") == "Fake EOS"
    assert await visitor.text("viewers") == "1"


@pytest.mark.parametrize("way", first_short(["click", "Space", "Enter"]))
async def test_a_photo_by_button_or_key(visitor: Visitor, service: ScenicService, way: str) -> None:
    await visitor.open(service.url)
    await visitor.live()
    shutter = visitor.page.get_by_role("button", name="Take a photo")
    service.camera.release.clear()
    await (shutter.click() if way == "click" else visitor.page.keyboard.press(way))

    await visitor.state("capturing")
    assert await visitor.text("notice-title") == "Exposing"
    await visitor.says("notice-wait", "live view returns within")
    assert await shutter.is_disabled()
    # Pressing again, in any way, takes no second photo.
    await visitor.page.keyboard.press("Space")
    await visitor.page.keyboard.press("Enter")
    before = service.camera.counter
    service.camera.release.set()

    await visitor.says("result", "Photo saved")
    await visitor.live()
    await visitor.newer_than(before)
    await visitor.page.wait_for_selector("#review:not([hidden])")
    assert not await shutter.is_disabled()
    assert len(service.camera.captures) == 1
    assert visitor.loads == 1


async def test_a_failed_capture_is_told_in_words_and_live_view_goes_on(
    visitor: Visitor, service: ScenicService
) -> None:
    await visitor.open(service.url)
    await visitor.live()
    service.camera.fault = CaptureError("the camera found no focus", kind=FailureKind.AUTOFOCUS_FAILED)
    await visitor.page.click("#shutter")
    await visitor.says("result", "No photo: The camera could not focus.")
    await visitor.newer_than(service.camera.counter)
    await visitor.live()

    await visitor.page.click("#shutter")
    await visitor.says("result", "Photo saved")


async def test_a_camera_that_goes_is_named_and_one_that_comes_back_is_shown(
    visitor: Visitor, service: ScenicService
) -> None:
    await visitor.open(service.url)
    await visitor.live()
    service.camera.live = False
    service.camera.go_down(FailureKind.CAMERA_ABSENT, "the cable was pulled")
    await visitor.state("absent")
    assert await visitor.text("notice-title") == "No camera"
    detail = await visitor.text("notice-detail")
    assert detail == "Check the cable and make sure the camera is switched on. No camera found: the cable was pulled."
    gone_at = service.camera.counter
    service.camera.come_back()
    await visitor.live()
    await visitor.newer_than(gone_at)
    assert visitor.loads == 1


async def test_a_stuck_live_view_is_told_and_started_anew(visitor: Visitor, service: ScenicService) -> None:
    await visitor.open(service.url)
    await visitor.live()
    service.camera.started.clear()
    service.camera.flowing = False
    await visitor.state("stale", "starting", "recovering")
    async with asyncio.timeout(20):
        await service.camera.started.wait()
    service.camera.flowing = True
    await visitor.live()


async def test_a_service_that_stops_and_starts_needs_no_reload(visitor: Visitor, tmp_path: Path) -> None:
    async with scenic_service(tmp_path / "photos") as first:
        await visitor.open(first.url)
        await visitor.live()
    await visitor.state("offline")
    await visitor.says("notice-detail", "No response for")
    await visitor.says("notice-wait", "next attempt in")
    await visitor.page.keyboard.press("Space")
    await visitor.says("result", "there is no connection to the service")
    async with scenic_service(tmp_path / "photos", first.port) as second:
        # It may have come back by itself before the press.
        await visitor.page.evaluate("document.getElementById('retry').click()")
        await visitor.live()
        assert await visitor.page.is_hidden("#retry")
        counter = (await visitor.newer_than(0)).counter
        await visitor.newer_than(counter)
        assert second.camera.counter >= counter
    assert visitor.loads == 1


async def test_a_page_stays_within_its_host(visitor: Visitor, service: ScenicService) -> None:
    asked: list[str] = []
    violations: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.page.on("console", lambda message: violations.append(message.text) if message.type == "error" else None)
    await visitor.open(service.url)
    await visitor.live()
    assert asked
    assert all(address.startswith((service.url, "data:", "blob:")) for address in asked)
    assert violations == []


@pytest.mark.parametrize(
    ("width", "height"),
    first_rows_short([(360, 740), (820, 1180), (1280, 800), (1920, 1080)]),
)
async def test_it_fits_every_screen(visitor: Visitor, service: ScenicService, width: int, height: int) -> None:
    await visitor.page.set_viewport_size({"width": width, "height": height})
    await visitor.open(service.url)
    await visitor.live()
    await visitor.page.click("#shutter")
    await visitor.says("result", "Photo saved")
    await visitor.page.wait_for_selector("#review:not([hidden])")
    size = await visitor.page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight, innerWidth, innerHeight]"
    )
    assert size == [width, height, width, height]
    for element in ("#shutter", "#result", "#state", "#picture"):
        box = await visitor.page.locator(element).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
