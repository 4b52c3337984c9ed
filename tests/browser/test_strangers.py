"""What people and cameras from outside bring to a page: text that wants to run, and a keyboard as the only hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from msgspec.structs import replace
from tests.browser.keyboard import walked
from tests.browser.shared import grave, holds, visiting
from tests.support.camera_process import OPENED
from tests.support.scenic import scenic_service

from photonic.errors import CaptureError, FailureKind
from photonic.worker.link.setting_messages import SettingEntry

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Browser, ConsoleMessage
    from tests.browser.visitor import Visitor
    from tests.support.scenic import ScenicService

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE = "<img src=x onerror=\"window.hit='{0}'\"><script>window.hit='{0}'</script> {0}"
MODEL, REASON, LABEL, CHOICE, WHY, FAILURE = (
    HOSTILE.format(each) for each in ("model", "reason", "label", "choice", "why", "failure")
)
SETTINGS = (
    SettingEntry(name="iso", path="/main/iso", label="ISO", kind="choice", value=CHOICE, choices=("100", CHOICE)),
    SettingEntry(name="/main/t", path="/main/t", label=LABEL, kind="toggle", value=True),
    SettingEntry(name="/main/x", path="/main/x", label="Artist", kind="text", value=CHOICE),
    SettingEntry(name="/main/k", path="/main/k", label="Heat", kind="range", value=5200.0, limits=(2500.0, 1e4, 100.0)),
    SettingEntry(name="/main/f", path="/main/f", label="Fixed", kind="text", value=CHOICE, writable=False, reason=WHY),
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[ScenicService]:
    async with scenic_service(tmp_path_factory.mktemp("strangers") / "photos") as service:
        yield service


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, service: ScenicService) -> AsyncGenerator[Visitor]:
    service.camera.settings = SETTINGS
    async with visiting(browser) as visitor:

        def hear(said: ConsoleMessage) -> None:
            if "Content Security" in said.text:
                visitor.complaints.append(said.text)

        visitor.page.on("console", hear)
        yield visitor
        assert await visitor.page.evaluate("window.hit") is None


async def foreign(visitor: Visitor) -> int:
    """How many elements are on the page that only a text from outside can have made."""
    return await visitor.page.locator("main :is(img, script)").count()


@pytest.mark.long
async def test_what_a_camera_says_is_text_on_the_front_page(visitor: Visitor, service: ScenicService) -> None:
    page = visitor.page
    await visitor.open(service.url)
    await visitor.live()
    service.camera.live = False
    service.camera.go_down(FailureKind.BLOCKED, REASON)
    await visitor.state("blocked")
    assert await visitor.text("notice-title") == "Camera not available"
    await visitor.says("notice-detail", REASON)
    await visitor.says("notice-detail", "close other programs that use the camera")
    assert await foreign(visitor) == 0
    assert await grave(page) == []

    service.camera.come_back(replace(OPENED, model=MODEL))
    await visitor.live()
    await visitor.says("camera", MODEL)
    service.camera.fault = CaptureError(FAILURE, kind=FailureKind.BAD_INPUT)
    await page.click("#shutter")
    await visitor.says("result", FAILURE)
    await page.click("#controls-open")
    await page.click(".more summary")
    for text in (LABEL, WHY, CHOICE):
        await page.locator("#controls", has_text=text).wait_for()
    assert await foreign(visitor) == 0


async def test_what_a_camera_says_is_text_in_the_booth(visitor: Visitor, service: ScenicService) -> None:
    await visitor.page.goto(f"{service.url}/booth?timer=1")
    await visitor.page.wait_for_selector("#page[data-booth=attract]")
    service.camera.live = False
    service.camera.go_down(FailureKind.CAMERA_ABSENT, REASON)
    await visitor.page.wait_for_selector("#page[data-booth=waiting]")
    await visitor.says("reason", REASON)
    assert await foreign(visitor) == 0
    service.camera.come_back()
    await visitor.page.wait_for_selector("#page[data-booth=attract]")


@pytest.mark.long
async def test_the_front_page_is_walked_by_keyboard(visitor: Visitor, service: ScenicService) -> None:
    page = visitor.page
    await visitor.open(service.url)
    await visitor.live()
    assert await walked(page) == []
    assert await walked(page, key="Shift+Tab") == []
    modes = await page.eval_on_selector_all("#capture-mode option", "all => all.map(each => each.value)")
    for mode in modes:
        await page.select_option("#capture-mode", mode)
        if await page.locator(".capture-fields input, .capture-fields select").count():
            assert await walked(page, ".capture-fields") == []
    await page.select_option("#capture-mode", "photo")
    await page.focus("#tools")
    await page.keyboard.press("Enter")
    assert await walked(page, "#tools-panel") == []
    await page.focus("#controls-open")
    await page.keyboard.press("Enter")
    await page.locator(".setting[data-name=iso]").wait_for()
    await page.focus(".more summary")
    await page.keyboard.press("Enter")
    await page.locator(".setting[data-name='/main/k']").wait_for()
    # The whole page once more, with everything open that can be: there is a way into the drawer, and out of it.
    assert await walked(page) == []


@pytest.mark.long
async def test_the_other_pages_are_walked_by_keyboard(visitor: Visitor, service: ScenicService) -> None:
    page = visitor.page
    await visitor.open(service.url)
    await visitor.live()
    await page.click("#shutter")
    await visitor.says("result", "Photo saved")

    await page.goto(f"{service.url}/operator")
    await page.wait_for_selector("#page[data-link=live][data-camera=ready][data-role=operator]")
    assert await walked(page) == []

    await page.goto(f"{service.url}/gallery")
    await page.wait_for_selector("#gallery[data-state=full]")
    assert await walked(page) == []
    await page.focus("#tiles a")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#zip:not([hidden])")
    await page.wait_for_selector("#gallery[data-state=full]")
    assert await walked(page) == []
    await page.focus("#tiles a")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".pswp--open img.pswp__img")
    # Out again before it has opened; then in, until it has taken the focus.
    await page.keyboard.press("Escape")
    await page.wait_for_selector(".pswp", state="detached")
    await page.keyboard.press("Enter")
    await holds(page, "() => document.activeElement.matches('.pswp')")
    await page.keyboard.press("i")
    await page.wait_for_selector("#facts:not([hidden])")
    assert await walked(page, ".pswp") == []
    await page.keyboard.press("Escape")
    await page.wait_for_selector(".pswp", state="detached")
    assert await page.evaluate("document.activeElement.closest('#tiles') !== null")

    await page.goto(f"{service.url}/booth")
    await page.wait_for_selector("#page[data-booth=attract]")
    assert await walked(page) == []
    await page.focus("#operator")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#exit[open]")
    assert await walked(page, "#exit") == []
    await page.keyboard.press("Escape")
    await page.wait_for_selector("#exit", state="hidden")
    assert await page.evaluate("document.activeElement.id") == "operator"
