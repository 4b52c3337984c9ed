"""The page behind a proxy that takes WebSockets' upgrade headers away: live all the same, and it says what is wrong."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.proxy.stripping import stripping_proxy

if TYPE_CHECKING:
    from playwright.async_api import Route
    from tests.browser.scenic import ScenicService
    from tests.browser.visitor import Visitor

LOADED_WITHIN_SECONDS = 60.0


async def test_the_page_shows_the_picture_without_a_websocket_and_returns_to_one(
    service: ScenicService, visitor: Visitor
) -> None:
    async with stripping_proxy(service.port) as proxy:
        # What is tried again in a quarter of a minute is tried at once: the page's own timers, not this test's.
        await visitor.page.add_init_script(
            "const later = window.setTimeout;"
            "window.setTimeout = (f, ms, ...rest) => later(f, ms >= 15000 ? 300 : ms, ...rest);"
        )
        await visitor.page.goto(f"http://127.0.0.1:{proxy.port}/?scale=full")
        await visitor.live()
        await visitor.says("way", "without WebSocket")
        seen = await visitor.stamp()
        await visitor.newer_than(seen.counter)

        # The status goes on: a photo is announced, taken, and live view is back.
        await visitor.page.click("#shutter")
        await visitor.says("result", "Photo saved")
        await visitor.says("photos", "1")
        await visitor.live()
        after = await visitor.newer_than((await visitor.stamp()).counter)

        asked = proxy.upgrades
        proxy.strips = False
        await visitor.page.locator("#way:empty").wait_for(state="attached")
        assert proxy.upgrades > asked
        await visitor.live()
        await visitor.newer_than(after.counter)
        kinds = {viewer.kind for viewer in service.station.hub.health()}
        assert "live" in kinds


async def test_a_socket_that_gets_through_while_the_plain_way_is_being_loaded_is_kept(
    service: ScenicService, visitor: Visitor
) -> None:
    asked: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    loads = asyncio.Event()

    async def load_later(route: Route) -> None:
        asked.set_result(route.request.url)
        await loads.wait()
        await route.continue_()

    async with stripping_proxy(service.port) as proxy:
        await visitor.page.route("**/plain_live.js", load_later)
        await visitor.page.goto(f"http://127.0.0.1:{proxy.port}/?scale=full")
        async with asyncio.timeout(LOADED_WITHIN_SECONDS):
            address = await asked
        proxy.strips = False
        await visitor.live()
        loads.set()
        await visitor.page.evaluate("(address) => import(address).then(() => null)", address)
        # Every frame is followed by a look at what the page says of its connection.
        await visitor.newer_than((await visitor.stamp()).counter)
        assert await visitor.text("way") == ""


async def test_where_sockets_get_through_nothing_is_said(service: ScenicService, visitor: Visitor) -> None:
    await visitor.open(service.url)
    await visitor.live()
    assert await visitor.text("way") == ""
    assert {viewer.kind for viewer in service.station.hub.health()} == {"live"}
