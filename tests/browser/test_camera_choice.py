"""Several cameras in one service: each page is about the one that it says, and leads to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image
from tests.browser.shared import grave
from tests.support.first_short import first_short
from tests.support.stack import stack

if TYPE_CHECKING:
    from collections.abc import Generator

    from playwright.async_api import Route
    from tests.browser.visitor import Visitor
    from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

GREEN = (0, 160, 60)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    """A simulated body, and a folder with one green picture as the second camera."""
    folder = tmp_path_factory.mktemp("choice")
    (folder / "pictures").mkdir()
    Image.new("RGB", (480, 320), GREEN).save(folder / "pictures" / "green.jpg")
    options = ("--camera", f"still=file:{folder / 'pictures'}")
    with stack(folder / "photos", *options, camera=("--fps", "8")) as running:
        yield running


async def colour(visitor: Visitor) -> tuple[int, ...]:
    """The pixel in the middle of the canvas."""
    pixel = await visitor.page.evaluate(
        """() => {
          const canvas = document.getElementById("picture");
          return [...canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data];
        }"""
    )
    return tuple(pixel[:3])


@pytest.mark.long
async def test_the_front_page_leads_to_the_other_camera_and_back(visitor: Visitor, whole: Stack) -> None:
    await visitor.open(whole.url)
    await visitor.live()
    choice = visitor.page.locator("#camera-choice")
    await choice.wait_for()
    body = f"{whole.camera.serial} · Canon EOS 5D Mark III"
    await choice.locator("option", has_text=body).wait_for(state="attached")
    assert await choice.locator("option").all_inner_texts() == [body, "still · Pictures of pictures"]
    assert await choice.input_value() == ""
    await choice.select_option("still")
    await visitor.page.wait_for_url("**/?scale=full&camera=still")
    await visitor.live()
    assert await colour(visitor) == pytest.approx(GREEN, abs=6)
    await visitor.page.click("#shutter")
    await visitor.says("result", "Photo saved")
    # What is not this camera's is not asked for: its photo came from the folder, and the body made none.
    assert whole.counted("exposed") == 0
    assert await visitor.page.locator("a[href='/gallery?camera=still']").count() == 1
    await visitor.page.locator("#camera-choice").select_option(label=body)
    await visitor.page.wait_for_url("**/?scale=full")
    await visitor.newer_than(0)


@pytest.mark.long
async def test_a_camera_that_was_not_opened_yet_gets_its_name_when_it_is(visitor: Visitor, whole: Stack) -> None:
    asked = 0

    async def early(route: Route) -> None:
        nonlocal asked
        asked += 1
        answer = await route.fetch()
        reported = await answer.json()
        if asked == 1:
            first = reported["cameras"][0]
            first |= {"id": "camera", "serial": None, "camera": {**first["camera"], "model": None}}
        await route.fulfill(response=answer, json=reported)

    await visitor.page.route("**/api/v1/cameras", early)
    await visitor.open(whole.url)
    options = visitor.page.locator("#camera-choice option")
    await options.filter(has_text="Canon EOS").wait_for(state="attached")
    assert (await options.all_inner_texts())[0].startswith(whole.camera.serial)
    assert asked >= 2
    await visitor.page.unroute_all(behavior="wait")


@pytest.mark.parametrize("path", first_short(["view", "booth"]))
async def test_booth_and_view_are_about_the_camera_that_the_address_names(
    visitor: Visitor, whole: Stack, path: str
) -> None:
    await visitor.page.goto(f"{whole.url}/{path}?camera=still")
    await visitor.page.wait_for_selector("#page[data-picture=some]")
    assert await colour(visitor) == pytest.approx(GREEN, abs=6)


@pytest.mark.long
async def test_the_gallery_shows_all_cameras_or_one(visitor: Visitor, whole: Stack) -> None:
    page = visitor.page
    await page.goto(f"{whole.url}/gallery")
    choice = page.locator("#camera-choice")
    await choice.wait_for()
    assert await choice.input_value() == ""
    await page.wait_for_selector("#gallery[data-state=full]")
    await choice.select_option(whole.camera.serial)
    await page.wait_for_url(f"**/gallery?camera={whole.camera.serial}")
    await page.wait_for_selector("#gallery[data-state=empty]")
    assert await page.get_attribute("#live", "href") == f"/?camera={whole.camera.serial}"
    await page.locator("#camera-choice").select_option("")
    await page.wait_for_selector("#gallery[data-state=full]")


async def test_the_operator_sees_one_camera_and_turns_to_the_other(visitor: Visitor, whole: Stack) -> None:
    page = visitor.page
    await page.goto(f"{whole.url}/operator?camera=still&lang=de")
    await page.wait_for_selector("#page[data-link=live]")
    await visitor.says("camera-facts", "Pictures of pictures")
    assert await page.get_attribute("#live", "href") == "/?camera=still&lang=de"
    await page.locator("#camera-choice").select_option("")
    await visitor.says("camera-facts", "Canon EOS 5D Mark III")
    assert await page.evaluate("document.documentElement.lang") == "de"
    assert await grave(page) == []


async def test_a_camera_that_is_none_is_said_and_the_others_are_offered(visitor: Visitor, whole: Stack) -> None:
    await visitor.page.goto(f"{whole.url}/?camera=middle")
    await visitor.says("notice-detail", "does not know this camera")
    choice = visitor.page.locator("#camera-choice")
    await choice.wait_for()
    assert await choice.input_value() == "middle"
    await choice.select_option("still")
    await visitor.live()


@pytest.mark.long
@pytest.mark.parametrize("path", ["gallery", "operator"])
async def test_light_colours_are_kept_from_page_to_page(visitor: Visitor, whole: Stack, path: str) -> None:
    page = visitor.page
    await page.goto(f"{whole.url}/{path}")
    await page.get_by_role("button", name="Light theme").click()
    await page.goto(whole.url)
    await visitor.live()
    assert await page.get_attribute("html", "data-theme") == "light"
    await page.goto(f"{whole.url}/{path}")
    light = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light == "rgb(243, 244, 247)"
    assert await grave(page) == []
