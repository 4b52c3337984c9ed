"""Pages of other sites that try to use the rights of the person before the screen, in a real Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from tests.browser.shared import shared_browser
from tests.browser.signed_in import sign_in
from tests.support.other_site import other_site
from tests.support.proxy import fault_proxy
from tests.support.reverse_proxies import arguments_to_resolve
from tests.support.scenic import scenic_service

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from playwright.async_api import Browser, Page
    from tests.support.other_site import OtherSite
    from tests.support.scenic import ScenicService

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]

BOOTH, EVIL = "booth.example", "evil.example"
TOKEN = "a-token-against-sites"
CAPTURE, STATUS = "/api/v1/camera/capture", "/api/v1/camera/capture/status"
BLANK = "<!doctype html><meta charset='utf-8'><title>x</title>"
FETCHED = """async ([address, options]) => {
  try {
    const answer = await fetch(address, options);
    return [answer.status, await answer.text()];
  } catch (error) { return [0, String(error)]; }
}"""
DIALLED = """([address, protocols]) => new Promise(done => {
  const socket = new WebSocket(address, protocols);
  let opened = false;
  socket.onopen = () => { opened = true; };
  socket.onmessage = () => done("frames");
  socket.onclose = ({ code }) => done(opened ? `closed ${code}` : "never opened");
})"""
SHOT: dict[str, Any] = {
    "method": "POST",
    "headers": {"Content-Type": "application/json"},
    "body": '{"session_id": "stolen", "sequence_number": 1}',
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    async with shared_browser(*arguments_to_resolve(BOOTH, EVIL)) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncGenerator[OtherSite]:
    async with other_site() as site:
        site.pages["/"] = BLANK
        yield site


def form(booth: str) -> str:
    """A form that needs no script and no preflight: the request has no body, and disconnects the camera."""
    return f'{BLANK}<form method="post" action="{booth}/api/v1/camera/disconnect"><button>Win</button></form>'


async def submitted(page: Page, address: str) -> int:
    """The status of the answer to the form of the page at ``address``."""
    await page.goto(address)
    async with page.expect_navigation() as navigation:
        await page.click("button")
    answer = await (await navigation.value).request.response()
    assert answer is not None
    return answer.status


def photos_taken(service: ScenicService) -> list[str]:
    return [call for call in service.camera.calls if "capture" in call]


async def test_a_name_that_changes_its_address_reaches_nothing(
    tmp_path: Path, browser: Browser, site: OtherSite
) -> None:
    """DNS rebinding: to the browser, the service is now the page's own origin, on the operator's own machine."""
    page = await browser.new_page()
    async with scenic_service(tmp_path / "photos") as service, fault_proxy(site.port) as name:
        await page.goto(f"http://{EVIL}:{name.port}/")
        name.target_port = service.port
        name.cut()
        for options in ({}, SHOT, {"headers": {"X-Forwarded-Host": "localhost", "Forwarded": "host=localhost"}}):
            for address in (STATUS, CAPTURE, "/api/v1/captures"):
                status, text = await page.evaluate(FETCHED, [address, options])
                assert status == 400
                assert "allowed_hosts" in text
        for protocols in ([], ["photonic.live.v1"]):
            socket = f"ws://{EVIL}:{name.port}/api/v1/camera/liveview/stream"
            assert await page.evaluate(DIALLED, [socket, protocols]) in {"never opened", "closed 4403"}
        # The address itself works: only the name is wrong.
        assert (await page.context.request.get(f"http://127.0.0.1:{name.port}{STATUS}")).status == 200
        assert photos_taken(service) == []
    await page.context.close()


async def test_a_password_that_the_browser_remembers_serves_no_other_site(
    tmp_path: Path, browser: Browser, site: OtherSite
) -> None:
    credentials: Any = {"username": "anyone", "password": TOKEN}
    context = await browser.new_context(http_credentials=credentials)
    page = await context.new_page()
    settings: dict[str, Any] = {"token": TOKEN, "allowed_hosts": (BOOTH,)}
    async with scenic_service(tmp_path / "photos", **settings) as service, fault_proxy(site.port) as name:
        # The service asks no browser for a password; whatever stood at its address before did.
        site.asks_for_password = True
        booth = f"http://{BOOTH}:{name.port}"
        await page.goto(booth)
        site.asks_for_password = False
        name.target_port = service.port
        name.cut()
        assert (await page.evaluate(FETCHED, [STATUS, {}]))[0] == 200
        assert (await page.evaluate(FETCHED, ["/api/v1/diagnosis/log", {}]))[0] == 200

        site.pages["/form"] = form(booth)
        assert await submitted(page, f"http://{EVIL}:{site.port}/form") == 403
        await page.goto(f"http://{EVIL}:{site.port}/")
        for options in ({}, SHOT):
            asked: dict[str, Any] = {**options, "mode": "no-cors", "credentials": "include"}
            asked.pop("headers", None)
            await page.evaluate(FETCHED, [f"{booth}{CAPTURE}", asked])
        status, _text = await page.evaluate(FETCHED, [f"{booth}{STATUS}", {"credentials": "include"}])
        assert status == 0
        socket = f"ws://{BOOTH}:{name.port}/api/v1/camera/liveview/stream"
        assert await page.evaluate(DIALLED, [socket, []]) == "never opened"
        assert photos_taken(service) == []
    await context.close()


async def test_a_signed_in_browser_posts_no_form_of_another_port(
    tmp_path: Path, browser: Browser, site: OtherSite
) -> None:
    """The same host is the same site: the browser sends the cookie."""
    context = await browser.new_context()
    page = await context.new_page()
    settings: dict[str, Any] = {"token": TOKEN, "allowed_hosts": (BOOTH,)}
    async with scenic_service(tmp_path / "photos", **settings) as service:
        await sign_in(context, service, TOKEN, BOOTH)
        booth = f"http://{BOOTH}:{service.port}"
        await page.goto(f"{booth}/static/icon.svg")
        assert (await page.evaluate(FETCHED, [STATUS, {}]))[0] == 200
        site.pages["/form"] = form(booth)
        for host in (BOOTH, EVIL):
            assert await submitted(page, f"http://{host}:{site.port}/form") == 403
        assert photos_taken(service) == []
    await context.close()


async def test_a_page_of_another_site_opens_no_socket_on_the_operators_machine(
    tmp_path: Path, browser: Browser, site: OtherSite
) -> None:
    page = await browser.new_page()
    async with scenic_service(tmp_path / "photos") as service:
        await page.goto(f"http://{EVIL}:{site.port}/")
        socket = f"ws://127.0.0.1:{service.port}/api/v1/camera/liveview/stream"
        assert await page.evaluate(DIALLED, [socket, []]) == "never opened"
        assert await page.evaluate(DIALLED, [socket, ["photonic.live.v1"]]) == "closed 4403"
        assert not service.camera.live
    await page.context.close()


ELSEWHERE = ("//{evil}/", "http://{evil}/", "/\\{evil}/", "/\t/{evil}/", "/.//{evil}/")
"""What browsers read as another host, or nearly; the rule itself has more of them in its own test."""


async def test_a_link_to_the_sign_in_leads_nowhere_else(tmp_path: Path, browser: Browser, site: OtherSite) -> None:
    """A message with a link of ours would be believed; where it leads after the sign-in is its sender's choice."""
    settings: dict[str, Any] = {"token": TOKEN, "allowed_hosts": (BOOTH,)}
    async with scenic_service(tmp_path / "photos", **settings) as service:
        booth = f"http://{BOOTH}:{service.port}"
        context = await browser.new_context()
        page = await context.new_page()
        for back in ("/gallery?session=x", *(each.format(evil=f"{EVIL}:{site.port}") for each in ELSEWHERE)):
            await context.clear_cookies()
            await page.goto(f"{booth}/sign-in?next={quote(back, safe='')}")
            await page.fill("input[name=credential]", TOKEN)
            async with page.expect_navigation():
                await page.keyboard.press("Enter")
            assert page.url.startswith(f"{booth}/"), back
            assert "sign-in" not in page.url, back
            if back.startswith("/gallery"):
                assert page.url == f"{booth}{back}"
        assert site.asked == []
        await context.close()
