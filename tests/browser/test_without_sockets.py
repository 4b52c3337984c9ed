"""The page behind a proxy that takes WebSockets' upgrade headers away: live all the same, and it says what is wrong."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.support.first_short import first_rows_short
from tests.support.stripping import stripping_proxy

if TYPE_CHECKING:
    from playwright.async_api import Route
    from tests.browser.visitor import Visitor
    from tests.support.scenic import ScenicService

pytestmark = pytest.mark.asyncio(loop_scope="session")

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
        await visitor.says("way", "WebSocket blocked")
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
        kinds = {viewer.kind for viewer in service.controller.hub.health()}
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
    assert {viewer.kind for viewer in service.controller.hub.health()} == {"live"}


# Two streams that never end by themselves: each gives its pieces, and then nothing any more.
PLAY_STREAMS = """async ([pictures, events]) => {
    const { PlainLive } = await import("/static/plain_live.js");
    const pieces = { pictures, events };
    window.fetch = async (name) => new Response(new ReadableStream({
        start(stream) {
            for (const [text, times] of pieces[name]) {
                stream.enqueue(new TextEncoder().encode(text.repeat(times)));
            }
        },
    }));
    let said = "";
    console.info = (...words) => { said = words.join(" "); };
    const live = new PlainLive("pictures", "events");
    let messages = 0;
    live.onmessage = () => { messages += 1; };
    const code = await new Promise((resolve) => { live.onclose = ({ code }) => resolve(code); });
    return [code, messages, said];
}"""
PART = "--photonic-frame\r\nContent-Length: 4\r\nX-Sequence: 1\r\nX-Timestamp: 1\r\n\r\nJPEG\r\n"


@pytest.mark.parametrize(
    ("pictures", "events", "messages", "said"),
    first_rows_short(
        [
            ([], [("data: {}\n\n", 3), ("data: x\n", 200_000)], 3, "an unterminated event"),
            ([("a", 10_000)], [], 0, "a part without headers"),
            ([(PART, 2), ("a", 10_000)], [], 2, "a part without headers"),
            ([("Content-Length: 1000000000000\r\n\r\n", 1)], [], 0, "a part of 1000000000000 bytes"),
            ([("Content-Length: -1\r\n\r\n", 1)], [], 0, "a part of -1 bytes"),
            ([("Content-Length: many\r\n\r\n", 1)], [], 0, "a part of many bytes"),
            ([("\r\n\r\n", 1)], [], 0, "a part of undefined bytes"),
            ([(PART.replace("Sequence: 1", "Sequence: first"), 1)], [], 0, "Cannot convert first to a BigInt"),
        ],
        short=2,
    ),
)
async def test_streams_that_cannot_be_right_end_and_are_held_within_bounds(
    service: ScenicService,
    visitor: Visitor,
    pictures: list[tuple[str, int]],
    events: list[tuple[str, int]],
    messages: int,
    said: str,
) -> None:
    await visitor.open(service.url)
    code, reported, why = await visitor.page.evaluate(PLAY_STREAMS, [pictures, events])
    assert (code, reported) == (1006, messages)
    assert why == f"the plain live view has ended: {said}"
