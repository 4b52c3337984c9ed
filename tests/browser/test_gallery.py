"""The gallery in a real browser, on the real service, over 5,000 photos; one service and one browser for all tests."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
import pytest_asyncio
from tests.browser.shared import grave, holds, shared_browser
from tests.browser.stocked import MIDNIGHT, Shelf, painted, shot
from tests.browser.visitor import WITHIN_MS
from tests.support import exif_files
from tests.support.first_short import first_short
from tests.support.scenic import scenic_service

from photonic.model.api import CaptureMetadata, CaptureRequest
from photonic.model.status import CameraState

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import BrowserContext, Page
    from tests.support.scenic import ScenicService

pytestmark = pytest.mark.asyncio(loop_scope="session")

MANY = 5000
EVIL = "<img src=x onerror=\"window.hit='session'\">"
EVIL_FILE = "<svg onload=\"window.hit='file'\">_{}.jpg"
EVIL_MODEL = "</dd><script>window.hit='model'</script>"
EVIL_LENS = "<img src=x onerror=\"window.hit='lens'\">"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[ScenicService]:
    root = tmp_path_factory.mktemp("gallery")
    shelf = Shelf(root / "photos")
    await shelf.begin()
    for number in range(5):
        shelf.add("many", MANY // 5, {f"many-{number}_{{}}.jpg": painted(root, number)})
    shelf.add("pairs", 3, shot(root))
    shelf.add("large", 1, {"large_{}.jpg": painted(root, 8, 3000)})
    shelf.add("cull", 4, {"cull_{}.jpg": painted(root, 9)})
    broken = root / "broken.jpg"
    broken.write_bytes(exif_files.jpeg(exif_files.block({}, {0xA434: exif_files.text(EVIL_LENS)}), None))
    metadata = CaptureMetadata(timestamp=MIDNIGHT, model=EVIL_MODEL)
    shelf.add(EVIL, 1, {EVIL_FILE: broken}, metadata)
    async with scenic_service(shelf.root) as service:
        async with asyncio.timeout(20):
            snapshot = service.controller.snapshot()
            while snapshot.camera.state is not CameraState.READY or (snapshot.capture_count or 0) < MANY:
                snapshot = await service.controller.changed(snapshot.boot_id, snapshot.rev, 1.0)
        yield service


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser(service: ScenicService) -> AsyncGenerator[BrowserContext]:
    async with shared_browser() as chromium:
        yield await chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")


EXPOSURE = {
    "Camera": "Canon EOS",
    "Lens": "EF50mm f/1.8 STM",
    "Shutter": "1/100 s",
    "Aperture": "f/5.6",
    "ISO": "100",
    "Compensation": "+1 EV",
    "Focal length": "50 mm",
}


class Gallery:
    """Somebody who looks at the gallery."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        page.set_default_timeout(WITHIN_MS)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if "Content Security" in said.text else None)

    async def open(self, search: str = "") -> None:
        await self.page.goto(f"{self.url}/gallery{search}")
        await self.page.wait_for_selector("#gallery[data-state=full]")

    async def facts(self) -> dict[str, str]:
        """What stands beside the photo."""
        labels, texts = (self.page.locator(f".facts {name}") for name in ("dt", "dd"))
        return dict(zip(await labels.all_inner_texts(), await texts.all_inner_texts(), strict=True))

    async def shown(self, count: int) -> None:
        """Waits until so many photos are counted."""
        words = "1 photo" if count == 1 else f"{count} photos"
        await self.page.locator("#count", has_text=words).wait_for()

    async def numbers(self) -> list[int]:
        """The numbers of the photos whose tiles exist, in order."""
        names = await self.page.evaluate(
            "[...document.querySelectorAll('#tiles li')].sort((a, b) => a.dataset.index - b.dataset.index)"
            ".map(tile => tile.querySelector('img').alt)"
        )
        return [int(name.split()[1]) for name in names if name]

    async def focused(self) -> str:
        """What has the keyboard, in words."""
        return await self.page.evaluate(
            "document.activeElement.querySelector('img')?.alt || document.activeElement.innerText"
        )

    async def view(self, index: int = 0) -> None:
        """Opens a photo."""
        await self.page.click(f"#tiles li[data-index='{index}'] a")
        await self.page.wait_for_selector(".pswp--open .pswp__item[aria-hidden=false] img.pswp__img")


@asynccontextmanager
async def looking(browser: BrowserContext, service: ScenicService) -> AsyncGenerator[Gallery]:
    page = await browser.new_page()
    gallery = Gallery(page, service.url)
    try:
        yield gallery
    finally:
        await page.close()
    assert gallery.complaints == []


@pytest.mark.long
async def test_sessions_are_found_and_opened_by_keyboard(browser: BrowserContext, service: ScenicService) -> None:
    async with looking(browser, service) as gallery:
        await gallery.open()
        words = [await tile.inner_text() for tile in await gallery.page.locator("#tiles .tile-text").all()]
        assert [text.split("\n")[0] for text in words] == [EVIL, "cull", "large", "pairs", "many"]
        assert "5000 photos" in words[4]
        await gallery.page.focus("#tiles li[data-index='0'] a")
        await gallery.page.keyboard.press("End")
        assert (await gallery.focused()).startswith("many")
        await gallery.page.keyboard.press("ArrowLeft")
        assert (await gallery.focused()).startswith("pairs")
        await gallery.page.keyboard.press("Enter")
        await gallery.shown(3)
        assert await gallery.page.inner_text("#heading") == "pairs"
        await gallery.page.keyboard.press("Escape")
        await gallery.page.wait_for_selector("#gallery[data-place=sessions][data-state=full]")
        await gallery.page.go_back()
        await gallery.shown(3)


@pytest.mark.long
async def test_thousands_of_photos_are_a_few_tiles_at_a_time(browser: BrowserContext, service: ScenicService) -> None:
    async with looking(browser, service) as gallery:
        await gallery.open("?session=many")
        await gallery.shown(MANY)
        most = await gallery.page.evaluate(
            """async () => {
              const room = document.getElementById("room");
              let most = 0;
              for (let top = 0; top < room.scrollHeight; top += room.clientHeight * 2) {
                room.scrollTop = top;
                await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
                most = Math.max(most, document.querySelectorAll("#tiles li").length);
              }
              return most;
            }"""
        )
        assert 20 < most < 100
        last = f"#tiles li[data-index='{MANY - 1}']"
        await gallery.page.wait_for_selector(f"{last} .tile-frame[data-state=shown]")
        numbers = await gallery.numbers()
        assert numbers == list(range(numbers[0], 0, -1))
        # Every tile in sight has its picture, none of another photo.
        await holds(
            gallery.page,
            "[...document.querySelectorAll('#tiles li')].every(tile => tile.querySelector('[data-state=shown]'))",
        )
        await gallery.page.focus(f"{last} a")
        await gallery.page.keyboard.press("Home")
        assert (await gallery.focused()).startswith(f"Photo {MANY} ")
        await gallery.page.keyboard.press("PageDown")
        await gallery.page.keyboard.press("ArrowDown")
        await gallery.page.keyboard.press("ArrowRight")
        assert await gallery.page.evaluate(
            "() => { const at = document.activeElement.getBoundingClientRect();"
            " return at.top >= room.getBoundingClientRect().top && at.bottom <= innerHeight; }"
        )
        await holds(gallery.page, "document.querySelectorAll('#tiles a[tabindex=\"0\"]').length === 1")


async def test_raw_and_jpeg_are_one_photo_with_two_files(browser: BrowserContext, service: ScenicService) -> None:
    async with looking(browser, service) as gallery:
        await gallery.open("?session=pairs")
        await gallery.shown(3)
        assert await gallery.page.locator("#tiles .tile-mark").all_inner_texts() == ["JPEG + CR2"] * 3
        await gallery.view()
        links = gallery.page.locator(".pswp .file")
        assert await links.all_inner_texts() == ["JPEG", "CR2"]
        for link in await links.all():
            answer = await gallery.page.request.get(service.url + (await link.get_attribute("href") or ""))
            assert answer.headers["content-disposition"].startswith("attachment")
        await gallery.page.keyboard.press("i")
        facts = await gallery.facts()
        assert "shot_5003.jpg" in facts["Files"]
        assert "shot_5003.cr2" in facts["Files"]
        await gallery.page.keyboard.press("ArrowRight")
        await gallery.page.locator(".facts", has_text="shot_5002.jpg").wait_for()
        await gallery.page.go_back()
        await gallery.page.wait_for_selector(".pswp", state="detached")
        assert await gallery.page.inner_text("#heading") == "pairs"
        assert (await gallery.focused()).startswith("Photo 5002 ")


async def test_what_the_photo_says_of_itself_is_shown_once(browser: BrowserContext, service: ScenicService) -> None:
    async with looking(browser, service) as gallery:
        await gallery.open("?session=pairs")
        await gallery.view()
        await gallery.page.keyboard.press("i")
        facts = await gallery.facts()
        assert {name: facts[name] for name in EXPOSURE} == EXPOSURE
        # As the camera's clock showed it, wherever the browser is.
        assert facts["Camera clock"].startswith("Jan 1, 2026, 12:00:00")
        assert await gallery.page.locator(".facts dt", has_text="Lens").count() == 1


async def test_zooming_in_fetches_the_photo_itself(browser: BrowserContext, service: ScenicService) -> None:
    async with looking(browser, service) as gallery:
        await gallery.open("?session=large")
        await gallery.view()
        shown = gallery.page.locator(".pswp__item[aria-hidden=false] img.pswp__img:not(.pswp__img--placeholder)")
        assert "thumbnail?size=1600" in (await shown.get_attribute("src") or "")
        await gallery.page.keyboard.press("z")
        await gallery.page.wait_for_selector(".pswp__item[aria-hidden=false] img.pswp__img:not([src*=thumbnail])")
        assert await shown.evaluate("image => image.naturalWidth") == 3000


async def test_a_photo_is_deleted_and_had_back(browser: BrowserContext, service: ScenicService) -> None:
    async with looking(browser, service) as other, looking(browser, service) as gallery:
        await other.open("?session=cull")
        await gallery.open("?session=cull")
        await gallery.shown(4)
        await gallery.page.focus("#tiles li[data-index='1'] a")
        await gallery.page.keyboard.press("Delete")
        await gallery.shown(3)
        await other.shown(3)
        assert (await gallery.focused()).startswith("Photo 5006 ")
        await gallery.page.click("#toast button")
        await gallery.shown(4)
        await other.shown(4)
        assert await gallery.numbers() == [5008, 5007, 5006, 5005]

        await gallery.view(3)
        await gallery.page.keyboard.press("Delete")
        await gallery.page.locator(".pswp__counter", has_text="3 / 3").wait_for()
        await gallery.page.keyboard.press("Escape")
        await gallery.page.wait_for_selector(".pswp", state="detached")
        await gallery.shown(3)
        assert (await gallery.focused()).startswith("Photo 5006 ")

        await gallery.page.click("#back")
        await gallery.page.click("#trash")
        await gallery.shown(1)
        await gallery.view()
        assert await gallery.page.locator(".pswp .file").count() == 0
        await gallery.page.click(".pswp__button--restore")
        await gallery.page.wait_for_selector("#gallery[data-state=empty]")
        await other.shown(4)


async def test_a_new_photo_appears_while_somebody_looks(browser: BrowserContext, service: ScenicService) -> None:
    async with looking(browser, service) as gallery:
        for number in (1, 2):
            job = await service.controller.submit(CaptureRequest(session_id="fresh", sequence_number=number), None)
            await job.ended()
            if number == 1:
                await gallery.open("?session=fresh")
        await gallery.shown(2)
        assert await gallery.numbers() == [2, 1]


async def test_a_service_that_does_not_answer_is_told_and_asked_again(
    browser: BrowserContext, service: ScenicService
) -> None:
    async with looking(browser, service) as gallery:
        await gallery.page.route("**/api/v1/sessions?*", lambda route: route.abort())
        await gallery.page.goto(f"{service.url}/gallery")
        await gallery.page.wait_for_selector("#gallery[data-state=failed]")
        assert await gallery.page.inner_text("#notice-title") == "Could not load the photos"
        await gallery.page.unroute("**/api/v1/sessions?*")
        await gallery.page.click("#again")
        await gallery.page.wait_for_selector("#gallery[data-state=full]")
        await gallery.page.goto(f"{service.url}/gallery?session=nobody")
        await gallery.page.locator("#notice-title", has_text="No photos in this session").wait_for()


async def test_names_and_facts_from_outside_are_text(browser: BrowserContext, service: ScenicService) -> None:
    async with looking(browser, service) as gallery:
        await gallery.open(f"?session={quote(EVIL)}")
        assert await gallery.page.inner_text("#heading") == EVIL
        await gallery.page.wait_for_selector(".tile-frame[data-state=failed]")
        await gallery.page.click("#tiles a")
        await gallery.page.wait_for_selector(".unviewable")
        await gallery.page.keyboard.press("i")
        await gallery.page.locator(".facts", has_text=EVIL_MODEL).wait_for()
        assert (await gallery.facts())["Lens"] == EVIL_LENS
        assert EVIL_FILE.replace("{}", "5009") in await gallery.page.inner_text(".facts")
        assert await gallery.page.locator(".facts :is(img, svg, script), #heading *").count() == 0
        assert await gallery.page.evaluate("window.hit") is None
        zipped = await gallery.page.request.get(service.url + (await gallery.page.get_attribute("#zip", "href") or ""))
        assert zipped.ok


@pytest.mark.parametrize("search", first_short(["?session=pairs", "?deleted=1", ""]))
async def test_axe_finds_nothing_grave(browser: BrowserContext, service: ScenicService, search: str) -> None:
    async with looking(browser, service) as gallery:
        await gallery.page.goto(f"{service.url}/gallery{search}")
        await gallery.page.wait_for_selector("#gallery:is([data-state=full], [data-state=empty])")
        assert await grave(gallery.page) == []
        if "pairs" in search:
            await gallery.view()
            await gallery.page.keyboard.press("i")
            assert await grave(gallery.page) == []


@pytest.mark.long
@pytest.mark.parametrize(("width", "height"), [(360, 740), (1920, 1080)])
async def test_it_fits_every_screen(browser: BrowserContext, service: ScenicService, width: int, height: int) -> None:
    async with looking(browser, service) as gallery:
        await gallery.page.set_viewport_size({"width": width, "height": height})
        for search in ("", "?session=pairs"):
            await gallery.open(search)
            assert await gallery.page.evaluate(
                "document.documentElement.scrollWidth <= innerWidth && room.scrollWidth <= room.clientWidth"
            )
        await gallery.view()
        for element in (".pswp__button--close", ".pswp__button--delete", ".pswp .file >> nth=1"):
            box = await gallery.page.locator(element).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width


@pytest.mark.long
async def test_it_speaks_german(browser: BrowserContext, service: ScenicService) -> None:
    async with looking(browser, service) as gallery:
        await gallery.open("?lang=de")
        assert await gallery.page.inner_text("#heading") == "Fotos"
        assert await gallery.page.get_attribute("html", "lang") == "de"
        await gallery.page.click("#trash")
        await gallery.page.locator("#notice-title", has_text="Keine gelöschten Fotos").wait_for()
        assert "lang=de" in gallery.page.url
