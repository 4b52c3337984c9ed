"""The pages over TLS, with the service's own authority (``tls = auto``) installed in the browser."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import Error
from tests.browser.shared import shared_browser, visiting
from tests.support.installed_authority import by_database, by_key, has_certutil
from tests.support.scenic import scenic_service

from photonic.access.permission import Role

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.support.scenic import ScenicService

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]

TOKEN = "correct-horse-battery-staple"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the service's state, where its authority is."""
    return tmp_path_factory.mktemp("own") / "state"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service(state: Path) -> AsyncGenerator[ScenicService]:
    async with scenic_service(state.parent / "photos", tls="auto", state_folder=state, token=TOKEN) as service:
        yield service


async def test_page_socket_and_sign_in_over_tls_with_the_own_authority(
    service: ScenicService, state: Path, tmp_path: Path
) -> None:
    """Chromium trusts the authority that is in its user's NSS database.

    Without certutil nothing can be put there. Then Python verifies the chain that the service shows against
    ``authority.pem``, and Chromium accepts this certificate by the digest of its key, without a look at the chain.
    """
    assert service.url.startswith("https://")
    authority = state / "tls" / "authority.pem"
    if has_certutil():
        trust = await asyncio.to_thread(by_database, tmp_path, authority)
    else:
        trust = await asyncio.to_thread(by_key, tmp_path, authority, service.port)
    async with shared_browser(*trust.arguments, home=trust.home) as browser, visiting(browser) as visitor:
        page, sockets, asked = visitor.page, list[str](), list[str]()
        page.on("websocket", lambda socket: sockets.append(socket.url))
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(f"{service.url}/")
        assert page.url.startswith(f"{service.url}/sign-in")
        await page.fill("#credential", TOKEN)
        await page.press("#credential", "Enter")
        await visitor.live()
        assert page.url == f"{service.url}/"
        assert await page.evaluate("isSecureContext")
        assert {viewer.kind for viewer in service.controller.hub.health()} == {"live"}
        await page.click("#shutter")
        await visitor.says("result", "Photo saved")
        cookies = {cookie.get("name", ""): cookie for cookie in await page.context.cookies()}

        assert sockets != []
        assert [url for url in sockets if not url.startswith(service.url.replace("https://", "wss://"))] == []
        assert [url for url in asked if not url.startswith((f"{service.url}/", "data:", "blob:"))] == []
    session = cookies[f"__Host-photonic_{service.access.policy.instance}"]
    assert (session.get("secure"), session.get("httpOnly"), session.get("path")) == (True, True, "/")
    assert [name for name, cookie in cookies.items() if not (name.startswith("__Host-") and cookie.get("secure"))] == []
    assert [record.role for record in service.access.sessions.records] == [Role.OPERATOR]


async def test_a_browser_without_the_authority_does_not_open_the_page(service: ScenicService, tmp_path: Path) -> None:
    async with shared_browser(home=tmp_path) as browser:
        page = await browser.new_page()
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            await page.goto(f"{service.url}/")
