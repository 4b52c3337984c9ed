"""What the page says and shows of live view at each moment, over the whole real stack; it heals without a reload."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from tests.browser.shared import configured_stack, grave, holds, visiting
from tests.support.proxy import fault_proxy

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from playwright.async_api import Browser
    from tests.browser.visitor import Visitor
    from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Tells the page that it is hidden, or seen again, as the browser would.
SEEN = """hidden => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event('visibilitychange'));
}"""
# How many pixels of the marks and of the histogram are painted.
PAINTED = """selector => {
  const { width, height } = document.querySelector(selector);
  const { data } = document.querySelector(selector).getContext('2d').getImageData(0, 0, width, height);
  return data.filter((value, at) => at % 4 === 3 && value > 0).length;
}"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    with configured_stack(tmp_path_factory.mktemp("stack"), "") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, whole: Stack) -> AsyncGenerator[Visitor]:
    async with visiting(browser) as visitor:
        await visitor.open(whole.url)
        await visitor.live()
        yield visitor
    assert visitor.loads == 1


@pytest.mark.long
async def test_a_pulled_cable_is_named_with_what_to_do(visitor: Visitor, whole: Stack) -> None:
    before = (await visitor.newer_than(0)).counter
    whole.camera.control.unplug()
    await visitor.state("absent", "recovering")
    await visitor.state("absent")
    assert await visitor.text("notice-title") == "No camera"
    await visitor.says("notice-detail", "Check the cable")
    whole.camera.control.plug()
    await visitor.live()
    await visitor.newer_than(before)


async def test_a_cut_or_silent_network_is_seen_and_survived(visitor: Visitor, whole: Stack) -> None:
    async with fault_proxy(whole.port) as proxy:
        await visitor.page.goto(f"http://127.0.0.1:{proxy.port}/")
        await visitor.live()
        visitor.loads = 1
        proxy.cut()
        await holds(visitor.page, "() => document.getElementById('page').dataset.state !== 'live'")
        await visitor.live()
        proxy.mute()
        await visitor.state("offline")
        proxy.unmute()
        await visitor.live()


async def test_a_hidden_page_costs_nothing_and_comes_back(visitor: Visitor, browser: Browser, whole: Stack) -> None:
    await visitor.says("viewers", "1")
    await visitor.page.evaluate(SEEN, True)
    await visitor.state("connecting")
    async with visiting(browser) as other:
        await other.open(whole.url)
        await other.live()
        await other.says("viewers", "1")
    await visitor.page.evaluate(SEEN, False)
    await visitor.live()
    counter = (await visitor.newer_than(0)).counter
    await visitor.newer_than(counter)


@pytest.mark.long
async def test_aids_judge_the_picture_and_choices_are_kept(visitor: Visitor) -> None:
    page = visitor.page
    await page.click("#tools")
    for choice in ("histogram", "peaking", "mirror", "grid"):
        await page.click(f"[data-choice={choice}]")
    await holds(page, f"() => ({PAINTED})('.bars') > 60 && ({PAINTED})('.marks') > 60")
    await page.get_by_role("button", name="Rotate").click()
    await holds(page, "() => { const { width, height } = document.getElementById('picture'); return height > width; }")
    await page.reload()
    visitor.loads -= 1
    await visitor.live()
    assert await page.get_attribute("#layer", "data-mirror") == "true"
    assert await page.is_visible(".bars")
    assert await page.evaluate("document.getElementById('picture').height > document.getElementById('picture').width")


@pytest.mark.long
async def test_a_tap_magnifies_what_is_under_it_and_another_goes_back(visitor: Visitor) -> None:
    page = visitor.page
    await page.click("#frame", position={"x": 300, "y": 300})
    assert await page.get_attribute("#layer", "data-magnified") == "true"
    await page.click("#frame", position={"x": 300, "y": 300})
    assert await page.get_attribute("#layer", "data-magnified") == "false"


@pytest.mark.long
async def test_nothing_is_out_of_reach_in_either_theme(visitor: Visitor) -> None:
    page = visitor.page
    await page.focus("#tools")
    await page.keyboard.press("Enter")
    assert await grave(page) == []
    await page.get_by_role("button", name="Light theme").click()
    assert await page.evaluate("document.documentElement.dataset.theme") == "light"
    assert await grave(page) == []
    # Everything that can be pressed is reached by Tab, each once, before the walk begins again.
    wanted = await page.evaluate("document.querySelectorAll('button:not([hidden]), select, a[href]').length")
    reached: set[str] = set()
    for _step in range(wanted + 5):
        await page.keyboard.press("Tab")
        reached.add(await page.evaluate("document.activeElement.id || document.activeElement.textContent"))
    assert {"shutter", "tools", "controls-open", "Mirror", "Full screen"} <= reached
    await page.focus("#tools-panel button")
    await page.keyboard.press("Escape")
    assert await page.is_hidden("#tools-panel")
    assert await page.evaluate("document.activeElement.id") == "tools"


@pytest.mark.long
async def test_it_is_said_in_german(visitor: Visitor, whole: Stack) -> None:
    await visitor.page.goto(f"{whole.url}/?lang=de")
    visitor.loads -= 1
    await visitor.live()
    await visitor.says("age", "ms alt")
    assert await visitor.page.inner_text("#tools") == "Ansicht"
    whole.camera.control.unplug()
    await visitor.says("notice-title", "Keine Kamera")
    whole.camera.control.plug()
    await visitor.live()
