"""The pages behind a proxy that serves them under a path, and takes the path away before it asks the service."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from tests.browser.shared import holds
from tests.support.scenic import scenic_service
from tests.support.stripping import stripping_proxy

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.browser.visitor import Visitor
    from tests.support.scenic import ScenicService

pytestmark = pytest.mark.asyncio(loop_scope="session")

PREFIX = "/booth1"
TOKEN = "correct-horse-battery-staple"


@asynccontextmanager
async def behind_a_proxy(visitor: Visitor, service: ScenicService) -> AsyncGenerator[str]:
    """The address of the service under a path; at the end nothing has been requested outside of it."""
    asked: list[str] = []
    async with stripping_proxy(service.port, PREFIX) as proxy:
        proxy.strips = False
        root = f"http://127.0.0.1:{proxy.port}"
        visitor.page.on("request", lambda request: asked.append(request.url))
        visitor.page.on("websocket", lambda socket: asked.append(socket.url.replace("ws://", "http://")))
        yield f"{root}{PREFIX}"
        await visitor.page.goto("about:blank")
        own = (f"{root}{PREFIX}/", "data:", "blob:", "about:")
        # Chromium asks for an icon of the host where a page names none.
        assert [url for url in asked if not url.startswith(own)] == []
        assert [target for target in proxy.outside if target != "/favicon.ico"] == []


async def test_live_view_photos_and_the_gallery(service: ScenicService, visitor: Visitor) -> None:
    async with behind_a_proxy(visitor, service) as address:
        await visitor.page.goto(f"{address}/?scale=full")
        await visitor.live()
        assert await visitor.text("way") == ""
        assert {viewer.kind for viewer in service.controller.hub.health()} == {"live"}
        await visitor.page.click("#shutter")
        await visitor.says("result", "Photo saved")
        await visitor.page.click("#controls-open")
        await visitor.page.locator("#controls").get_by_role("link", name="Photos").click()
        await visitor.page.locator("#tiles a").first.click()
        await visitor.page.locator("#gallery[data-place=photos]").wait_for()
        await holds(visitor.page, "[...document.querySelectorAll('#tiles img')].some(each => each.naturalWidth > 0)")
        await visitor.page.locator("#tiles a").first.click()
        await visitor.page.locator(".pswp__img").first.wait_for()
        await visitor.page.keyboard.press("Escape")
        await visitor.page.click("#live")
        await visitor.live()


@pytest.mark.long
async def test_a_stranger_is_sent_to_the_sign_in_and_back_within_the_path(visitor: Visitor, tmp_path: Path) -> None:
    async with (
        scenic_service(tmp_path / "photos", token=TOKEN, loopback_role="none") as service,
        behind_a_proxy(visitor, service) as address,
    ):
        page = visitor.page
        await page.goto(f"{address}/operator?lang=de")
        assert page.url == f"{address}/sign-in?next=/operator%3Flang%3Dde"
        await page.fill("#credential", "falsch")
        await page.press("#credential", "Enter")
        await page.locator(".notice").wait_for()
        await page.fill("#credential", TOKEN)
        await page.press("#credential", "Enter")
        await page.wait_for_selector("#page[data-link=live][data-role=operator]")
        assert page.url == f"{address}/operator?lang=de"
        await page.get_by_role("button", name="Abmelden").click()
        await page.locator("#credential").wait_for()
        assert page.url == f"{address}/sign-in"


@pytest.mark.long
async def test_the_other_pages(service: ScenicService, visitor: Visitor) -> None:
    async with behind_a_proxy(visitor, service) as address:
        page = visitor.page
        await page.goto(f"{address}/operator")
        await page.wait_for_selector("#page[data-link=live][data-camera=ready]")
        await visitor.says("version", "photonic ")
        await page.goto(f"{address}/booth?timer=1")
        await page.wait_for_selector("#page[data-booth=attract]")
        await page.goto(f"{address}/view")
        await page.wait_for_selector("#page[data-picture=some]")


@pytest.mark.long
async def test_the_reference_tries_requests_out_under_the_path(service: ScenicService, visitor: Visitor) -> None:
    async with behind_a_proxy(visitor, service) as address:
        page = visitor.page
        await page.goto(f"{address}/docs")
        await page.locator("#operations-tag-service").click()
        await page.locator("#operations-service-health_health_get .opblock-summary-control").click()
        await page.get_by_role("button", name="Try it out").click()
        await page.get_by_role("button", name="Execute").click()
        await page.locator(".live-responses-table", has_text='"status": "ok"').wait_for()
        for name in ("OpenAPI", "AsyncAPI", "plain list"):
            link = page.get_by_role("link", name=name)
            response = await page.request.get(await link.evaluate("each => each.href"))
            assert response.ok
        slashed = await page.request.get(f"{address}/docs/")
        assert (slashed.ok, slashed.url) == (True, f"{address}/docs")
