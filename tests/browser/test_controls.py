"""The control drawer over the whole real stack: what is turned on the page is turned on the body, and the other way."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from tests.browser.shared import configured_stack, eventually, holds, visiting

from photonic.ptp.codes import CanonProperty

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from playwright.async_api import Browser, Locator, Route
    from tests.browser.visitor import Visitor
    from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

ISO_800 = 0x60
PROFILES = """
[profiles.studio.live]
iso = 200
[profiles.dark.live]
iso = 6400
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    with configured_stack(tmp_path_factory.mktemp("stack"), PROFILES) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, whole: Stack) -> AsyncGenerator[Visitor]:
    async with visiting(browser) as visitor:
        await visitor.open(whole.url)
        await visitor.live()
        await visitor.page.click("#controls-open")
        await entry(visitor, "iso").wait_for()
        yield visitor


def entry(visitor: Visitor, name: str) -> Locator:
    return visitor.page.locator(f".setting[data-name='{name}']")


def state(whole: Stack, name: str) -> Any:
    return whole.camera.control.state()[name]


async def test_what_is_set_on_the_page_is_set_on_the_body(visitor: Visitor, whole: Stack) -> None:
    iso = entry(visitor, "iso")
    await iso.locator("select").select_option("400")
    await eventually(lambda: state(whole, "iso"), 400)
    await iso.get_by_role("button", name="ISO: next").click()
    await eventually(lambda: state(whole, "iso"), 500)
    await visitor.says("readout", "ISO 500")
    # Quick turns: only where they stop counts.
    for _turn in range(4):
        await iso.get_by_role("button", name="ISO: previous").click()
    await eventually(lambda: state(whole, "iso"), 200)
    await eventually(lambda: state(whole, "iso"), 200)
    assert await iso.locator("select").input_value() == "200"


@pytest.mark.long
async def test_a_dial_turned_on_the_body_shows_on_the_page(visitor: Visitor, whole: Stack) -> None:
    await entry(visitor, "iso").locator("select").select_option("100")
    await visitor.says("readout", "ISO 100")
    whole.camera.control.dial(CanonProperty.ISO, ISO_800)
    await visitor.says("readout", "ISO 800")
    await holds(visitor.page, "document.querySelector('.setting[data-name=iso] select').value === '800'")


async def test_what_cannot_be_set_looks_so_and_says_why(visitor: Visitor) -> None:
    target = entry(visitor, "capture_target")
    assert await target.locator("select, input, button").count() == 0
    assert "the service decides where photos go" in (await target.inner_text()).lower()


async def test_a_refusal_names_the_nearest_choices_and_the_cameras_word_stands(visitor: Visitor, whole: Stack) -> None:
    await entry(visitor, "iso").locator("select").select_option("400")
    await eventually(lambda: state(whole, "iso"), 400)

    async def stale(route: Route) -> None:
        if route.request.method != "GET":
            await route.continue_()
            return
        answer = await route.fetch()
        reported = json.loads(await answer.text())
        reported["settings"][0]["choices"].append("401")
        await route.fulfill(response=answer, json=reported)

    await visitor.page.route("**/camera/settings", stale)
    await visitor.page.click(".controls-close")
    await visitor.page.reload()
    await visitor.live()
    await visitor.page.click("#controls-open")
    iso = entry(visitor, "iso")
    await iso.locator("option[value='401']").wait_for(state="attached")
    await iso.locator("select").select_option("401")
    await iso.get_by_text("Nearest: 400, 500, 320").wait_for()
    assert await iso.locator("select").input_value() == "400"
    assert state(whole, "iso") == 400
    # A question that is still on its way would end with the browser, in the test after this one.
    await visitor.page.unroute_all(behavior="wait")


@pytest.mark.long
async def test_a_profile_is_held_and_let_go(visitor: Visitor, whole: Stack) -> None:
    profile = visitor.page.locator("#profile")
    await profile.select_option("dark")
    await eventually(lambda: state(whole, "iso"), 6400)
    await visitor.says("readout", "ISO 6400")
    await profile.select_option("studio")
    await eventually(lambda: state(whole, "iso"), 200)
    await profile.select_option("")
    await visitor.page.wait_for_selector("#profile:not([aria-busy])")
    assert await profile.input_value() == ""


@pytest.mark.long
async def test_of_two_profiles_chosen_in_a_hurry_the_second_counts(visitor: Visitor, whole: Stack) -> None:
    held = asyncio.Event()

    async def slow(route: Route) -> None:
        answer = await route.fetch()
        if (route.request.post_data_json or {})["name"] == "dark":
            await held.wait()
        await route.fulfill(response=answer)

    await visitor.page.route("**/camera/profile", slow)
    profile = visitor.page.locator("#profile")
    await profile.select_option("dark")
    await eventually(lambda: state(whole, "iso"), 6400)
    await profile.select_option("")
    await visitor.page.wait_for_selector("#profile:not([aria-busy])")
    async with visitor.page.expect_response("**/camera/profile"):
        held.set()
    await visitor.page.unroute_all(behavior="wait")
    # A turn of the page's own loop after the late answer.
    await visitor.page.evaluate("() => new Promise(done => setTimeout(done))")
    assert await profile.input_value() == ""


@pytest.mark.long
async def test_the_lens_is_driven_and_a_missed_focus_is_said(visitor: Visitor, whole: Stack) -> None:
    moved = whole.counted("lens")
    for name in ("Focus slightly nearer", "Focus much farther"):
        await visitor.page.get_by_role("button", name=name).click()
    await eventually(lambda: whole.counted("lens"), moved + 2)
    whole.camera.control.fault("autofocus_failure")
    await visitor.page.click("#focus-auto")
    await visitor.says("controls-note", "The lens could not focus")
    whole.camera.control.clear()


@pytest.mark.long
async def test_the_keyboard_reaches_everything_and_the_focus_comes_back(visitor: Visitor, whole: Stack) -> None:
    await entry(visitor, "iso").locator("select").select_option("400")
    await visitor.says("readout", "ISO 400")
    # The drawer took the focus to its first button.
    assert await visitor.page.evaluate("document.activeElement.className") == "controls-close"
    for _step in range(60):
        await visitor.page.keyboard.press("Tab")
        if await visitor.page.evaluate("document.activeElement.closest('.setting')?.dataset.name") == "iso":
            break
    else:
        pytest.fail("the ISO cannot be reached with Tab")
    await visitor.page.keyboard.press("Enter")
    await eventually(lambda: state(whole, "iso"), 320)
    await visitor.page.keyboard.press("Escape")
    await visitor.page.wait_for_selector("#controls", state="hidden")
    assert await visitor.page.evaluate("document.activeElement.id") == "controls-open"
