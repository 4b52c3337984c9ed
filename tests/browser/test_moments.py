"""What the page says at each moment of a capture and of a recovery, over the whole real stack, without a reload."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from tests.browser.shared import configured_stack, eventually, holds, visiting

from photonic import CameraClient

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from playwright.async_api import Browser
    from tests.browser.visitor import Visitor
    from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Keeps whatever the page says, moment by moment: this machine may look too late.
LISTEN = """() => {
  const page = document.getElementById("page");
  const text = (id) => document.getElementById(id).textContent;
  window.moments = [];
  const keep = () => window.moments.push({
    state: page.dataset.state, badge: text("state"), title: text("notice-title"),
    detail: text("notice-detail"), wait: text("notice-wait"),
  });
  new MutationObserver(keep).observe(page, { subtree: true, childList: true, attributeFilter: ["data-state"] });
}"""
OPACITY = "+getComputedStyle(document.getElementById('picture')).opacity"
PICTURE = "document.getElementById('picture').toDataURL()"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    with configured_stack(tmp_path_factory.mktemp("stack"), "") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, whole: Stack) -> AsyncGenerator[Visitor]:
    async with visiting(browser) as visitor:
        await visitor.open(whole.url)
        await visitor.live()
        await visitor.page.evaluate(LISTEN)
        yield visitor
    assert visitor.loads == 1


async def moments(visitor: Visitor, state: str) -> list[dict[str, Any]]:
    """What the page has said while it was in a state, in order."""
    said: list[dict[str, Any]] = await visitor.page.evaluate("window.moments")
    return [each for each in said if each["state"] == state]


async def picture_made_after(visitor: Visitor, camera_us: int) -> None:
    """Waits for a picture whose pixels say that the camera made it later."""
    async with asyncio.timeout(20):
        stamp = await visitor.newer_than(0)
        while stamp.camera_us <= camera_us:
            stamp = await visitor.newer_than(stamp.counter)


@pytest.mark.long
async def test_ten_photos_in_a_row_and_a_new_picture_after_each(visitor: Visitor, whole: Stack) -> None:
    before = whole.counted("exposed")
    for number in range(1, 11):
        await visitor.page.click("#shutter")
        await holds(visitor.page, f"document.getElementById('photos').textContent === '{before + number}'")
        exposed = whole.camera.journal("exposed")
        assert len(exposed) == before + number
        await picture_made_after(visitor, exposed[-1]["at_us"])
        await visitor.live()


@pytest.mark.long
async def test_a_slow_capture_is_counted_down_over_the_dimmed_last_picture(visitor: Visitor, whole: Stack) -> None:
    page = visitor.page
    async with CameraClient(whole.url) as client:
        await client.configure(shutter_speed_capture="8")
    try:
        before = whole.counted("pressed")
        await page.click("#shutter")
        await eventually(lambda: whole.counted("pressed"), before + 1)
        await visitor.says("notice-title", "Exposing")
        await holds(page, f"{OPACITY} < 0.5")
        assert await page.is_visible(".notice")
        still = await page.evaluate(PICTURE)
        assert await visitor.stamp()  # the last picture is there, under the words
        await visitor.says("result", "Photo saved")
        said = await moments(visitor, "capturing")
        assert {each["badge"] for each in said} == {"Taking a photo"}
        waits = [float(each["wait"].split()[-2]) for each in said if "returns within" in each["wait"]]
        # The exposure's own deadline is the last and the longest: before it, only that of getting ready is known.
        waits = waits[waits.index(max(waits)) :]
        # Two seconds of exposure, told in whole seconds.
        assert len(set(waits)) > 1
        assert waits == sorted(waits, reverse=True)
        await picture_made_after(visitor, whole.camera.journal("exposed")[-1]["at_us"])
        await visitor.live()
        await holds(page, f"{OPACITY} === 1")
        assert await page.evaluate(PICTURE) != still
        assert not await page.is_visible(".notice")
    finally:
        async with CameraClient(whole.url) as client:
            await client.configure(shutter_speed_capture="1/60")


@pytest.mark.long
async def test_a_hung_camera_is_named_and_comes_back(visitor: Visitor, whole: Stack) -> None:
    before = whole.camera_process_pid
    began = whole.camera.journal()[-1]["at_us"]
    whole.camera.control.fault("mute")
    await visitor.state("recovering")
    await visitor.says("notice-wait", "recovery step")
    await eventually(lambda: whole.has_another_camera_process(before), True)
    whole.camera.control.clear()
    await visitor.live()
    await picture_made_after(visitor, began)
    reported = [each for each in await moments(visitor, "recovering") if each["title"] == "Recovering the camera"]
    assert reported
    assert all(each["badge"] == "Recovering the camera" for each in reported)
    assert any(each["detail"].endswith(".") for each in reported), "why"
    assert any(each["wait"].startswith("Recovery step ") for each in reported), "which rung"
    await visitor.page.click("#shutter")
    await visitor.says("result", "Photo saved")
