"""The booth, the picture alone, and the operator's PIN, over the whole real stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.browser.shared import configured_stack, grave, holds
from tests.support.scenic import scenic_service

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from playwright.async_api import Page
    from tests.browser.visitor import Visitor
    from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

PIN = "2468"
BOOTH = "/booth?timer=1&review=60&session=party"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    with configured_stack(tmp_path_factory.mktemp("stack"), f'operator_pin = "{PIN}"\n') as running:
        yield running


async def booth(page: Page, *states: str) -> None:
    """Waits until the booth is in one of these states."""
    await page.wait_for_selector(", ".join(f"#page[data-booth={state}]" for state in states))


async def pictured(page: Page, some: str) -> None:
    await page.wait_for_selector(f"#page[data-picture={some}]")


async def bright(page: Page) -> None:
    """Waits until the picture is shown as it is, not dimmed."""
    await holds(page, "getComputedStyle(document.getElementById('picture')).opacity === '1'")


async def test_a_guest_is_counted_down_sees_the_photo_and_leaves_it_to_the_next(visitor: Visitor, whole: Stack) -> None:
    page, before = visitor.page, whole.counted("exposed")
    await page.goto(whole.url + BOOTH)
    await booth(page, "attract")
    await bright(page)
    assert await grave(page) == []
    # A second's number is watched by the page itself: this machine may look too late.
    await page.evaluate(
        """() => {
          const [touch, number] = ["touch", "number"].map((id) => document.getElementById(id));
          window.counted = [];
          new MutationObserver(() => window.counted.push(number.textContent)).observe(number, { childList: true });
          touch.click();
          touch.click();
        }"""
    )
    await booth(page, "review")
    assert "1" in await page.evaluate("window.counted")
    await visitor.says("age", "taken")
    assert await page.evaluate("document.getElementById('photo').width > 300")
    assert whole.counted("exposed") == before + 1
    assert len(list(whole.photo_root.rglob("party_*.jpg"))) == 1
    assert await grave(page) == []
    # Whoever comes to a screen without a mouse goes on with the keyboard alone.
    await page.keyboard.press("Enter")
    await booth(page, "counting")
    await booth(page, "review")
    await page.click("#next")
    await booth(page, "attract")
    assert whole.counted("exposed") == before + 2


@pytest.mark.long
async def test_a_fault_is_told_kindly_and_the_next_try_works(visitor: Visitor, whole: Stack) -> None:
    page = visitor.page
    await page.goto(whole.url + BOOTH)
    await booth(page, "attract")
    whole.camera.control.fault("autofocus_failure")
    await page.keyboard.press("Space")
    await booth(page, "sorry")
    await visitor.says("detail", "move a little")
    assert "autofocus" not in (await page.inner_text("main")).lower()
    whole.camera.control.clear()
    await page.click("#again")
    await booth(page, "review")


@pytest.mark.long
async def test_a_service_that_goes_and_comes_heals_on_every_page_without_a_reload(
    visitor: Visitor, tmp_path: Path
) -> None:
    guests, kiosk = visitor.page, await visitor.page.context.new_page()
    loads: list[str] = []
    for page in (guests, kiosk):
        page.on("load", lambda loaded: loads.append(loaded.url))
    async with scenic_service(tmp_path / "photos") as first:
        await guests.goto(first.url + "/booth?timer=20")
        await kiosk.goto(first.url + "/view?kiosk=1&hold=1")
        await booth(guests, "attract")
        await pictured(kiosk, "some")
        await bright(kiosk)
        assert await kiosk.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"
        assert await kiosk.is_hidden("#state")
        assert await grave(kiosk) == []
        await guests.click("#touch")
        await visitor.says("number", "1")  # 19 to 10
    await pictured(kiosk, "none")
    async with scenic_service(tmp_path / "photos", first.port):
        await pictured(kiosk, "some")
        await booth(guests, "sorry")
        await guests.click("#again")
        await booth(guests, "counting")
        await guests.goto("about:blank")
    assert len(loads) == 3


async def test_no_state_of_the_booth_is_for_ever(visitor: Visitor, whole: Stack) -> None:
    await visitor.page.goto(f"{whole.url}/view")
    ends = await visitor.page.evaluate(
        """async () => {
          const { STATES, limitOf, next } = await import("/static/booth/flow.js");
          const options = { timer: 5, review: 10 };
          return Object.keys(STATES).map((state) => {
            const path = [state];
            while (!["attract", "waiting"].includes(path.at(-1)) && path.length < 9) {
              path.push(next(path.at(-1), limitOf(path.at(-1), options)?.event, false) ?? "for ever");
            }
            return path.at(-1);
          });
        }"""
    )
    assert set(ends) == {"attract", "waiting"}


@pytest.mark.long
async def test_only_the_operator_leaves_the_booth_and_turns_on_the_camera(visitor: Visitor, whole: Stack) -> None:
    page = visitor.page
    await page.goto(whole.url)
    await visitor.live()
    await page.click("#controls-open")
    await page.wait_for_selector(".pin-pad")
    # The PIN protects what is read, too.
    assert await page.locator(".setting[data-name=iso]").count() == 0

    await page.goto(whole.url + BOOTH)
    await booth(page, "attract")
    await page.click("#operator")
    await page.wait_for_selector(".pin:focus")
    assert await grave(page) == []
    await page.keyboard.type("0000")
    await page.keyboard.press("Enter")
    await page.get_by_text("Wrong PIN").wait_for()
    await page.keyboard.type(PIN)
    await page.keyboard.press("Enter")
    await page.wait_for_url(whole.url + "/")
    await visitor.live()
    await page.click("#controls-open")
    await page.wait_for_selector(".setting[data-name=iso] select:enabled")

    # The booth is locked again as soon as it is shown to guests.
    await page.goto(whole.url + BOOTH)
    await booth(page, "attract")
    await page.goto(whole.url)
    await page.click("#controls-open")
    await page.wait_for_selector(".pin-pad")


@pytest.mark.long
async def test_the_controls_are_in_reach_of_everybody_in_both_themes(visitor: Visitor, whole: Stack) -> None:
    page = visitor.page
    await page.goto(whole.url)
    await visitor.live()
    await page.click("#controls-open")
    await page.fill(".pin-pad .pin", PIN)
    await page.press(".pin-pad .pin", "Enter")
    await page.locator(".setting[data-name=iso]").wait_for()
    await page.click(".more summary")
    for theme in ("dark", "light"):
        await page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        assert await grave(page) == []


@pytest.mark.long
async def test_the_booth_speaks_german(visitor: Visitor, whole: Stack) -> None:
    await visitor.page.goto(f"{whole.url}/booth?lang=de")
    await booth(visitor.page, "attract")
    assert await visitor.page.inner_text("#title") == "Mach dein Foto!"


@pytest.mark.long
async def test_the_booth_fits_every_screen(visitor: Visitor, whole: Stack) -> None:
    page = visitor.page
    await page.goto(whole.url + BOOTH)
    await booth(page, "attract")
    for width, height in ((360, 740), (820, 1180), (1280, 800), (1920, 1080), (1080, 1920)):
        await page.set_viewport_size({"width": width, "height": height})
        assert await page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [
            width,
            height,
        ]
        for part in ("#touch", "#title", "#operator"):
            box = await page.locator(part).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["y"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] + box["height"] <= height


async def test_a_guest_is_offered_no_more_than_guests_may_and_the_operator_is(visitor: Visitor, whole: Stack) -> None:
    page = visitor.page
    await page.context.clear_cookies()
    await page.goto(whole.url)
    await visitor.live()
    await page.select_option("#capture-mode", "interval")
    for field, most in (("count", "20"), ("every", "30")):
        await page.locator(f"#interval-{field}[max='{most}']").wait_for()
    assert await page.input_value("#interval-count") == "20"
    refused = await page.evaluate(
        """() => fetch("/api/v1/camera/capture", {
            method: "POST",
            headers: {"Content-Type": "application/json"},
            body: JSON.stringify({session_id: "guest", sequence_number: 1, bulb_seconds: 21600}),
        }).then((answer) => answer.json())"""
    )
    assert (refused["type"], refused["limit"]) == ("urn:photonic:problem:guest_limit", 30)

    await page.click("#controls-open")
    await page.fill("#controls .pin", PIN)
    await page.press("#controls .pin", "Enter")
    await page.locator("#interval-count[max='99999']").wait_for()
