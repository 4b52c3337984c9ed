"""Status and health, and the reference of the interface, in a real browser on the real service."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import zipfile
from typing import TYPE_CHECKING

import httpx2
import pytest
import pytest_asyncio
from tests.browser.shared import grave, visiting
from tests.support.scenic import scenic_service
from websockets.asyncio.client import connect

from photonic.errors import FailureKind
from photonic.model.hook import Hook

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from playwright.async_api import Browser, ConsoleMessage, Page
    from tests.browser.visitor import Visitor
    from tests.support.scenic import ScenicService

pytestmark = pytest.mark.asyncio(loop_scope="session")

CAMERA = "/api/v1/camera"
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script> & <b>bold</b>'
SHOT = {"session_id": "wedding", "sequence_number": 1}
SIZES = ((360, 740), (820, 1180), (1280, 800), (1080, 1920))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[ScenicService]:
    async with scenic_service(tmp_path_factory.mktemp("operator") / "photos") as service:
        yield service


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser) -> AsyncGenerator[Visitor]:
    async with visiting(browser) as visitor:

        def hear(said: ConsoleMessage) -> None:
            # The content security policy complains here, and nowhere else.
            if said.type == "error":
                visitor.complaints.append(said.text)

        visitor.page.on("console", hear)
        yield visitor


async def operating(visitor: Visitor, service: ScenicService, query: str = "") -> Page:
    """The page, with the newest status in it."""
    await visitor.page.goto(f"{service.url}/operator{query}")
    await visitor.page.wait_for_selector("#page[data-link=live][data-camera=ready]")
    return visitor.page


def log(service: ScenicService, text: str, level: int = logging.INFO) -> None:
    """One line into the service's log."""
    service.logs.handle(logging.LogRecord("photonic.x", level, __file__, 1, text, (), None))


async def test_it_tells_of_the_camera_the_room_and_each_viewer(visitor: Visitor, service: ScenicService) -> None:
    page = await operating(visitor, service)
    await visitor.says("camera-facts", "Fake EOS")
    await visitor.says("storage-facts", "GB")
    await visitor.says("version", "photonic ")
    assert await page.locator("#viewers-none").is_visible()
    assert await page.locator("#notifications").is_hidden()
    async with connect(f"ws://127.0.0.1:{service.port}{CAMERA}/liveview/stream") as socket:
        await socket.recv()
        await visitor.says("viewers", "WebSocket, frames only")
        await visitor.says("live-state", "viewers: 1")
    await page.locator("#viewers-none").wait_for(state="visible")


async def test_a_capture_that_waits_is_cancelled_by_keyboard(visitor: Visitor, service: ScenicService) -> None:
    page = await operating(visitor, service)
    service.camera.release.clear()
    async with httpx2.AsyncClient(base_url=service.url, timeout=30) as client:
        first = asyncio.ensure_future(client.post(f"{CAMERA}/capture", json={**SHOT, "session_id": "first"}))
        exposing = page.get_by_role("button", name="Cancel: Photo in session first: exposing")
        await exposing.wait_for()
        second = asyncio.ensure_future(client.post(f"{CAMERA}/capture", json=SHOT))
        waiting = page.get_by_role("button", name="Cancel: Photo in session wedding")
        await waiting.wait_for()
        assert await exposing.is_disabled()
        await waiting.focus()
        await page.keyboard.press("Enter")
        assert (await second).json()["type"].endswith(":cancelled")
        await visitor.says("work-note", "Cancelled.")
        service.camera.release.set()
        assert (await first).status_code == 200
    await page.locator("#work-none").wait_for(state="visible")


@pytest.mark.long
async def test_what_comes_from_outside_is_text_and_runs_nothing(visitor: Visitor, service: ScenicService) -> None:
    page = await operating(visitor, service)
    log(service, HOSTILE)
    log(service, "a grave line", logging.ERROR)
    await visitor.says("log", HOSTILE)
    service.camera.go_down(FailureKind.BLOCKED, HOSTILE)
    await visitor.says("camera-reason", HOSTILE)
    await page.wait_for_selector("#page[data-camera=blocked]")
    assert await page.locator("#page img, #page script, #page b").count() == 0
    assert await page.title() == "Status and health"
    service.camera.come_back()
    await page.wait_for_selector("#page[data-camera=ready]")
    # What recovery did stays to be read.
    await visitor.says("recovery", HOSTILE)
    assert await grave(page) == []

    await page.get_by_label("Warnings and errors only").check()
    severe = await page.locator("#log li.severe").all_inner_texts()
    assert await page.locator("#log li:visible").all_inner_texts() == severe
    await visitor.says("log", "a grave line")


@pytest.mark.long
async def test_who_is_told_of_photos_and_fails_is_shown(visitor: Visitor, tmp_path: Path) -> None:
    printer = tmp_path / "printer"
    printer.write_text(f"#!/bin/sh\necho '{HOSTILE}'\nexit 3\n")
    printer.chmod(0o755)
    hooks = {"print": Hook(command=(str(printer),))}
    async with scenic_service(tmp_path / "photos", hooks=hooks) as service:
        page = await operating(visitor, service)
        assert await page.locator("#targets tbody td").all_inner_texts() == ["hooks.print", "0", "0", "0", ""]
        async with httpx2.AsyncClient(base_url=service.url, timeout=30) as client:
            assert (await client.post(f"{CAMERA}/capture", json=SHOT)).status_code == 200
        await visitor.says("targets", f"exited with code 3; last output: {HOSTILE}")
        assert (await page.locator("#targets tbody td").all_inner_texts())[:4] == ["hooks.print", "0", "0", "1"]
        assert await page.locator("#targets img, #targets b").count() == 0
        assert await grave(page) == []
        # The service ends before the page does.
        await page.goto("about:blank")


@pytest.mark.long
async def test_the_doctor_looks_and_the_camera_goes_on(visitor: Visitor, service: ScenicService) -> None:
    page = await operating(visitor, service)
    async with connect(f"ws://127.0.0.1:{service.port}{CAMERA}/liveview/stream") as socket:
        await socket.recv()
        calls, epoch = len(service.camera.calls), service.controller.snapshot().live.epoch
        await page.get_by_role("button", name="Run checks").focus()
        await page.keyboard.press("Enter")
        await visitor.says("doctor", "Fake EOS (0123)")
        await visitor.says("doctor", "photonic 0")
        assert await grave(page) == []
        await socket.recv()
        assert (len(service.camera.calls), service.controller.snapshot().live.epoch) == (calls, epoch)
    assert await page.evaluate("document.activeElement.id") == "doctor-run"


async def test_the_bundle_is_one_click_away(visitor: Visitor, service: ScenicService, tmp_path: Path) -> None:
    page = await operating(visitor, service)
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="Download diagnosis").click()
    download = await coming.value
    assert download.suggested_filename.startswith("photonic-diagnosis-")
    await download.save_as(tmp_path / "bundle.zip")
    with zipfile.ZipFile(io.BytesIO((tmp_path / "bundle.zip").read_bytes())) as archive:
        status = next(name for name in archive.namelist() if name.endswith("camera-1/status.json"))
        assert json.loads(archive.read(status))["camera"]["model"] == "Fake EOS"


@pytest.mark.long
async def test_it_says_in_both_languages_what_is_wrong_with_the_second_disk(visitor: Visitor, tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.mkdir()
    async with scenic_service(tmp_path / "photos", saved="disk+second", second_root=second) as service:
        await operating(visitor, service)
        await visitor.says("storage-facts", "disk and second disk")
        await visitor.says("second-warning", "The second folder is on the same device as the photos.")
        await operating(visitor, service, "?lang=de")
        await visitor.says("storage-facts", "zwei Datenträgern")
        await visitor.says("second-warning", "Der zweite Ordner liegt auf demselben Gerät wie die Fotos.")
        await visitor.page.goto("about:blank")  # before the service ends: the page would ask it in vain


@pytest.mark.long
async def test_it_fits_every_screen_and_speaks_german(visitor: Visitor, service: ScenicService) -> None:
    page = await operating(visitor, service, "?lang=de")
    log(service, "a-very-long-word-" * 40)
    await visitor.says("log", "a-very-long-word")
    assert await page.title() == "Systemstatus"
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{width} wide"


@pytest.mark.long
async def test_a_service_that_goes_and_comes_back_needs_no_reload(browser: Browser, tmp_path: Path) -> None:
    async with visiting(browser) as visitor:
        async with scenic_service(tmp_path / "photos") as first:
            port = first.port
            log(first, "a line of the first run")
            page = await operating(visitor, first)
            await visitor.says("log", "a line of the first run")
        await page.wait_for_selector("#page[data-link=offline]")
        await visitor.says("link", "no response from the service since")
        async with scenic_service(tmp_path / "photos", port) as second:
            await page.wait_for_selector("#page[data-link=live]")
            log(second, "a line of the second run")
            await visitor.says("log", "a line of the second run")
            await page.goto("about:blank")
        assert visitor.loads == 2


@pytest.mark.long
async def test_the_reference_works_without_another_host(visitor: Visitor, service: ScenicService) -> None:
    page, asked = visitor.page, list[str]()
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{service.url}/docs")
    await page.get_by_role("button", name="Expand operation").first.wait_for()
    await page.locator("#operations-tag-service").click()
    await page.locator("#operations-service-health_health_get .opblock-summary-control").click()
    await page.get_by_role("button", name="Try it out").click()
    await page.get_by_role("button", name="Execute").click()
    await page.locator(".live-responses-table", has_text='"status": "ok"').wait_for()
    assert await grave(page) == []
    assert {url for url in asked if not url.startswith((service.url, "data:", "blob:"))} == set()
