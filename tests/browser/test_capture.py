"""The capture bar over the whole real stack: what is pressed, what is exposed, what is said."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import httpx2
import pytest
import pytest_asyncio
from tests.browser.shared import configured_stack, eventually, holds, visiting

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from playwright.async_api import Browser, Route
    from tests.browser.visitor import Visitor
    from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

# What a page sounds, how often it lights up, and what it counts, watched by the browser's own interfaces.
WATCH_SIGNALS = """
window.sounded = 0; window.lit = 0; window.counted = [];
const starts = (kind) => {
  const start = kind.prototype.start;
  kind.prototype.start = function (...given) { window.sounded += 1; return start.apply(this, given); };
};
starts(OscillatorNode); starts(AudioBufferSourceNode);
new MutationObserver((records) => records.forEach(({ target, addedNodes }) => {
  if (target.classList?.contains("countdown-number")) window.counted.push(target.textContent);
  addedNodes.forEach((node) => { if (node.className === "screen-flash") window.lit += 1; });
})).observe(document, { childList: true, subtree: true });
"""

# A page that is told so late that it never hears of an exposure.
NO_EXPOSURES = """
const parse = JSON.parse;
JSON.parse = (text, ...rest) => parse(text.replace(/"(exposing|downloading)"/g, '"preparing"'), ...rest);
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    with configured_stack(tmp_path_factory.mktemp("stack"), "") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, whole: Stack) -> AsyncGenerator[Visitor]:
    async with visiting(browser) as visitor:
        await visitor.page.add_init_script(WATCH_SIGNALS)
        await visitor.open(whole.url)
        await visitor.live()
        yield visitor
    whole.camera.control.clear()


@pytest.mark.long
async def test_two_presses_at_once_are_one_exposure(visitor: Visitor, whole: Stack) -> None:
    before = whole.counted("exposed")
    asked: list[str | None] = []
    pressed = asyncio.Event()

    async def hold(route: Route) -> None:
        # However fast the camera is: no press comes after the first one's photo.
        asked.append(route.request.post_data)
        await pressed.wait()
        await route.continue_()

    await visitor.page.route("**/capture", hold)
    await visitor.page.evaluate("const press = document.getElementById('shutter'); press.click(); press.click()")
    await visitor.page.keyboard.press("Space")
    await visitor.page.keyboard.press("Enter")
    await visitor.page.wait_for_selector("#shutter[aria-disabled=true]")
    pressed.set()
    await visitor.says("result", "Photo saved")
    await visitor.page.wait_for_selector("#shutter[aria-disabled=false]")
    assert len(asked) == 1
    assert whole.counted("exposed") == before + 1


async def test_a_photo_is_shown_large_for_a_moment_and_small_with_its_age(visitor: Visitor) -> None:
    await visitor.page.click("#shutter")
    await visitor.page.wait_for_selector(".photo:not([hidden])")
    await visitor.page.keyboard.press("Escape")
    await visitor.page.wait_for_selector(".photo", state="hidden")
    await visitor.page.wait_for_selector("#review:not([hidden])")
    await visitor.says("review-age", "s ago")


@pytest.mark.long
async def test_a_raw_file_alone_is_shown_by_the_preview_in_it(visitor: Visitor, whole: Stack) -> None:
    address = f"{whole.url}/api/v1/camera/settings"
    async with httpx2.AsyncClient(timeout=30) as client:
        (await client.patch(address, json={"image_format": "RAW"})).raise_for_status()
        try:
            before = whole.counted("exposed")
            await visitor.page.click("#shutter")
            await visitor.page.wait_for_selector(".photo:not([hidden])")
            files = whole.camera.journal("exposed")[-1]["files"]
            assert [name[-4:] for name in files] == [".CR2"]
            await holds(visitor.page, "document.getElementById('review-picture').width > 100")
            assert re.search(r"/thumbnail\?size=\d+$", await visitor.page.get_attribute("#review", "href") or "")
            await visitor.page.goto(f"{whole.url}/booth?timer=1&sound=0")
            await visitor.page.wait_for_selector("#page[data-booth=attract][data-picture=some]")
            await visitor.page.click("#touch")
            await visitor.page.wait_for_selector("#page[data-booth=review][data-photo=seen]")
            assert whole.counted("exposed") == before + 2
        finally:
            (await client.patch(address, json={"image_format": "L"})).raise_for_status()


@pytest.mark.long
async def test_signals_are_given_and_can_be_turned_off_for_good(visitor: Visitor, whole: Stack) -> None:
    await visitor.page.click("#shutter")
    await visitor.says("result", "Photo saved")
    assert await visitor.page.evaluate("[window.sounded > 0, window.lit]") == [True, 1]
    await visitor.page.click("#toggle-sound")
    await visitor.page.click("#toggle-flash")
    await visitor.open(whole.url)
    await visitor.live()
    assert await visitor.page.get_attribute("#toggle-sound", "aria-pressed") == "false"
    await visitor.page.click("#shutter")
    await visitor.says("result", "Photo saved")
    assert await visitor.page.evaluate("[window.sounded, window.lit]") == [0, 0]


@pytest.mark.long
async def test_a_photo_is_signalled_also_if_its_exposure_went_by_unseen(visitor: Visitor, whole: Stack) -> None:
    await visitor.page.add_init_script(NO_EXPOSURES)
    await visitor.open(whole.url)
    await visitor.live()
    await visitor.page.click("#shutter")
    await visitor.says("result", "Photo saved")
    assert await visitor.page.evaluate("[window.sounded > 0, window.lit]") == [True, 1]


async def test_the_self_timer_counts_over_the_picture_and_takes_one(visitor: Visitor, whole: Stack) -> None:
    before = whole.counted("exposed")
    await visitor.page.select_option("#capture-timer", "2")
    await visitor.page.click("#shutter")
    await visitor.page.keyboard.press("Space")
    await visitor.page.wait_for_selector(".photo:not([hidden])")
    await visitor.says("result", "Photo saved")
    assert await visitor.page.evaluate("window.counted.at(-1)") == "1"
    assert whole.counted("exposed") == before + 1


@pytest.mark.long
async def test_a_countdown_can_be_cancelled(visitor: Visitor, whole: Stack) -> None:
    before = whole.counted("exposed")
    await visitor.page.select_option("#capture-timer", "10")
    await visitor.page.click("#shutter")
    await visitor.page.wait_for_selector(".countdown:not([hidden])")
    await visitor.page.keyboard.press("Escape")
    await visitor.says("result", "Self-timer cancelled after 0 of 1")
    await visitor.page.wait_for_selector(".countdown", state="hidden")
    assert whole.counted("exposed") == before


@pytest.mark.long
async def test_a_failure_says_why_and_what_to_do(visitor: Visitor, whole: Stack) -> None:
    whole.camera.control.fault("autofocus_failure")
    await visitor.page.click("#shutter")
    await visitor.says("result", "No photo: The camera could not focus.")
    await visitor.says("result-note", "focus manually")
    whole.camera.control.clear()
    await visitor.page.click("#shutter")
    await visitor.says("result", "Photo saved")


@pytest.mark.long
async def test_a_burst_shows_how_far_it_is_and_can_be_cancelled(visitor: Visitor, whole: Stack) -> None:
    before = whole.counted("exposed")
    await visitor.page.select_option("#capture-mode", "burst")
    await visitor.page.fill("#burst-count", "3")
    await visitor.page.click("#shutter")
    await visitor.says("result", "Burst: 3 of 3 photos saved.")
    assert whole.counted("exposed") == before + 3

    await visitor.page.fill("#burst-count", "500")
    await visitor.page.get_by_role("button", name="Start a burst").click()
    await visitor.page.wait_for_selector("#sequence:not([hidden])")
    await visitor.says("sequence-far", "of 500")
    await visitor.page.click("#sequence-cancel")
    await visitor.says("result", "Burst cancelled after")
    await visitor.page.wait_for_selector("#sequence", state="hidden")
    taken = whole.counted("exposed")
    assert before + 3 <= taken < before + 503


@pytest.mark.long
async def test_a_bracket_takes_what_was_chosen(visitor: Visitor, whole: Stack) -> None:
    before = whole.counted("exposed")
    await visitor.page.select_option("#capture-mode", "bracket")
    await visitor.page.select_option("#bracket-stops", "-1 0 1")
    await visitor.page.click("#shutter")
    await visitor.says("result", "Bracket: 3 of 3 photos saved.")
    assert whole.counted("exposed") == before + 3


@pytest.mark.long
async def test_a_long_exposure_shows_what_is_left_and_can_be_closed_early(visitor: Visitor, whole: Stack) -> None:
    before = whole.counted("exposed")
    await visitor.page.select_option("#capture-mode", "bulb")
    await visitor.page.fill("#bulb-seconds", "600")
    await visitor.page.click("#shutter")
    await visitor.page.locator(".countdown-number", has_text="min").wait_for()
    await visitor.page.get_by_role("button", name="Close the shutter now").click()
    await visitor.says("result", "Photo saved")
    await visitor.says("result-note", "of 600 s")
    assert whole.counted("exposed") == before + 1


async def test_an_answer_that_got_lost_is_looked_up_and_nothing_is_taken_twice(visitor: Visitor, whole: Stack) -> None:
    before = whole.counted("exposed")
    lost: list[str] = []

    async def lose(route: Route) -> None:
        lost.append(str((await route.fetch()).status))
        await route.abort()

    await visitor.page.route("**/camera/capture", lose)
    await visitor.page.click("#shutter")
    await visitor.says("result", "Photo saved")
    assert lost == ["200"]
    await eventually(lambda: whole.counted("exposed"), before + 1)
