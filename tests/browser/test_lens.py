"""What the page does with the lens, over the whole real stack; and what it does without one to drive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from tests.browser.shared import configured_stack, eventually, holds, visiting
from tests.support.scenic import scenic_service

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from pathlib import Path

    from playwright.async_api import Browser
    from tests.browser.visitor import Visitor
    from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

MODES = "[...document.getElementById('capture-mode').options].map((option) => option.value).join(' ')"


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
    whole.camera.control.clear()


def positions(whole: Stack) -> list[Any]:
    """Where the lens came to, move by move."""
    return [move["position"] for move in whole.camera.journal("lens")]


@pytest.mark.long
async def test_a_focus_stack_goes_farther_and_back_to_where_it_was(visitor: Visitor, whole: Stack) -> None:
    exposed, moved = whole.counted("exposed"), len(positions(whole))
    await visitor.page.select_option("#capture-mode", "stack")
    await visitor.page.fill("#stack-count", "3")
    await visitor.page.fill("#stack-between", "2")
    await visitor.page.select_option("#stack-size", "2")
    await visitor.page.get_by_role("button", name="Start a focus stack").click()
    await visitor.page.locator(".sequence-kind", has_text="Focus stack").wait_for()
    await visitor.says("result", "Focus stack: 3 of 3 photos saved.")
    assert whole.counted("exposed") == exposed + 3
    # A medium step of the simulated lens is 50.
    there_and_back = [1050, 1100, 1150, 1200, 1150, 1100, 1050, 1000]
    await eventually(lambda: positions(whole)[moved:], there_and_back)


@pytest.mark.long
async def test_a_focus_stack_can_be_cancelled(visitor: Visitor, whole: Stack) -> None:
    exposed, moved = whole.counted("exposed"), len(positions(whole))
    await visitor.page.select_option("#capture-mode", "stack")
    await visitor.page.fill("#stack-count", "100")
    await visitor.page.select_option("#stack-towards", "near")
    await visitor.page.click("#shutter")
    await visitor.says("sequence-far", "of 100")
    await eventually(lambda: any(position < 1000 for position in positions(whole)[moved:]), True)
    await visitor.page.click("#sequence-cancel")
    await visitor.says("result", "Focus stack cancelled after")
    assert whole.counted("exposed") < exposed + 100
    await eventually(lambda: positions(whole)[-1], 1000)
    assert max(positions(whole)[moved:]) == 1000


@pytest.mark.long
async def test_a_body_without_a_lens_to_drive_is_asked_for_none(browser: Browser, tmp_path: Path) -> None:
    async with scenic_service(tmp_path / "photos") as service, visiting(browser) as visitor:
        await visitor.page.add_init_script("localStorage.setItem('photonic.capture', '{\"mode\": \"stack\"}')")
        await visitor.open(service.url)
        await visitor.live()
        await holds(visitor.page, f"{MODES} === 'photo burst bracket interval'")
        assert await visitor.page.input_value("#capture-mode") == "photo"
        assert await visitor.page.locator("#stack-count").count() == 0
        assert service.camera.calls.count("read_settings") == 1


async def tapped(visitor: Visitor, across: float, down: float) -> None:
    """A tap at that share of the picture as it is seen."""
    box = await visitor.page.locator("#layer").bounding_box()
    assert box is not None
    await visitor.page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])


def corner(whole: Stack) -> tuple[int, int]:
    """Where the body was last told to look: the upper left corner, in its own pixels."""
    place = whole.camera.journal("zoom_position")[-1]
    return place["x"], place["y"]


async def measured(visitor: Visitor) -> None:
    """Waits until the page knows the body's pixels, from a photo, and can be told to focus by tap."""
    await visitor.page.click("#shutter")
    await visitor.says("result", "Photo saved")
    await visitor.page.wait_for_selector(".photo:not([hidden])")
    await visitor.page.keyboard.press("Escape")
    await visitor.page.wait_for_selector("#tap:not([hidden])")


async def test_a_tap_focuses_there_however_the_picture_is_turned(visitor: Visitor, whole: Stack) -> None:
    await measured(visitor)
    width, height = await visitor.page.evaluate(
        """async () => {
          const { photos } = await (await fetch("/api/v1/photos")).json();
          const bitmap = await createImageBitmap(await (await fetch(`/api/v1/photos/${photos[0].id}`)).blob());
          return [bitmap.width, bitmap.height];
        }"""
    )
    await visitor.page.locator("#tap").get_by_role("button", name="Focus").click()
    # A fifth of the picture around the place: its corner is a tenth up and left.
    share = {"plain": (0.3, 0.2), "mirrored": (0.5, 0.2), "turned too": (0.2, 0.3)}
    for way, (left, top) in share.items():
        if way != "plain":
            await visitor.page.click("#tools")
            await visitor.page.get_by_role("button", name="Mirror" if way == "mirrored" else "Rotate").click()
            await visitor.page.click("#tools")
        if way == "turned too":
            await holds(visitor.page, "(({width, height}) => width < height)(document.getElementById('picture'))")
        focused = whole.counted("focused")
        await tapped(visitor, 0.4, 0.3)
        await eventually(lambda: whole.counted("focused"), focused + 1)
        await visitor.says("tap-message", "In focus.")
        assert corner(whole) == pytest.approx((left * width, top * height), abs=width / 100)
    assert await visitor.page.get_attribute("#layer", "data-magnified") is None


@pytest.mark.long
async def test_a_tap_that_finds_no_focus_says_so_and_looking_closer_is_back_by_choice(
    visitor: Visitor, whole: Stack
) -> None:
    await visitor.page.wait_for_selector("#tap:not([hidden])")
    await visitor.page.locator("#tap").get_by_role("button", name="Focus").click()
    whole.camera.control.fault("autofocus_failure")
    await tapped(visitor, 0.5, 0.5)
    await visitor.says("tap-message", "The lens could not focus")
    whole.camera.control.clear()
    focused = whole.counted("focused")
    await visitor.page.locator("#tap").get_by_role("button", name="Zoom").click()
    await tapped(visitor, 0.5, 0.5)
    await visitor.page.wait_for_selector("#layer[data-magnified=true]")
    assert whole.counted("focused") == focused
