"""Debian's nginx and Caddy in front of the service, configured as the documentation says, with TLS ended there."""

from __future__ import annotations

import hashlib
import io
import re
import tomllib
import zipfile
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import pytest_asyncio
from tests.browser.shared import holds, shared_browser
from tests.browser.signed_in import sign_in
from tests.browser.visitor import Visitor
from tests.support.multipart_reader import MultipartReader, boundary_of
from tests.support.reverse_proxies import NAME, arguments_to_resolve, caddy, documented, nginx
from tests.support.scenic import scenic_service

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from playwright.async_api import Browser
    from tests.support.reverse_proxies import RunningProxy
    from tests.support.scenic import ScenicService

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.long]

TOKEN = "a-token-behind-proxies"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
NGINX, CADDY = "behind-nginx.md", "behind-caddy.md"
ROOT, PATH = "At the root of a name", "At a path"
BOOTH = "/booth1"
EVERY = pytest.mark.parametrize(
    ("server", "prefix"), [("nginx", ""), ("nginx", BOOTH), ("caddy", ""), ("caddy", BOOTH)]
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncGenerator[Browser]:
    async with shared_browser(*arguments_to_resolve(NAME)) as running:
        yield running


def configured(server: str, prefix: str, folder: Path, service: str) -> AbstractContextManager[RunningProxy]:
    """The proxy with the documentation's configuration."""
    if server == "caddy":
        return caddy(folder, documented(CADDY, PATH if prefix else ROOT), service)
    site = documented(NGINX, ROOT)
    if prefix:
        # The page says: instead of ``location /``.
        location = documented(NGINX, PATH).replace("\\", "\\\\")
        site, replaced = re.subn(r"^    location / \{.*?^    \}\n", location, site, flags=re.MULTILINE | re.DOTALL)
        assert replaced == 1
    return nginx(folder, site, service)


def documented_settings(server: str, prefix: str) -> dict[str, Any]:
    """The settings that the documentation shows beside it."""
    guide = CADDY if server == "caddy" else NGINX
    return tomllib.loads(documented(guide, PATH if prefix else ROOT, "toml"))


@asynccontextmanager
async def behind(server: str, prefix: str, folder: Path) -> AsyncGenerator[tuple[ScenicService, RunningProxy]]:
    settings = documented_settings(server, prefix)
    async with scenic_service(folder / "photos", token=TOKEN, **settings) as service:
        with configured(server, prefix, folder / server, f"127.0.0.1:{service.port}") as proxy:
            yield service, proxy


@asynccontextmanager
async def asking(proxy: RunningProxy, **headers: str) -> AsyncGenerator[httpx2.AsyncClient]:
    """A program that asks the proxy by its name."""

    async def by_name(request: httpx2.Request) -> None:
        request.extensions["sni_hostname"] = NAME

    async with httpx2.AsyncClient(
        base_url=proxy.here,
        verify=proxy.trust,
        headers={"Host": f"{NAME}:{proxy.port}", **headers},
        event_hooks={"request": [by_name]},
        timeout=20,
    ) as client:
        yield client


@EVERY
async def test_the_page_its_socket_a_capture_and_the_gallery(
    server: str, prefix: str, tmp_path: Path, browser: Browser
) -> None:
    async with behind(server, prefix, tmp_path) as (service, proxy):
        address = f"{proxy.url}{prefix}"
        context = await browser.new_context(ignore_https_errors=True)
        await sign_in(context, service, TOKEN, NAME)
        visitor = Visitor(await context.new_page())
        page, asked = visitor.page, list[str]()
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: asked.append(socket.url.replace("wss://", "https://")))

        await visitor.open(f"{address}/")
        await visitor.live()
        assert {viewer.kind for viewer in service.controller.hub.health()} == {"live"}
        await page.click("#shutter")
        await visitor.says("result", "Photo saved")
        await page.goto(f"{address}/gallery")
        await page.locator("#tiles a").first.click()
        await holds(page, "[...document.querySelectorAll('#tiles img')].some(each => each.naturalWidth > 0)")
        await page.goto(f"{address}/docs")
        await page.locator(".opblock-tag").first.wait_for()
        await context.close()
        assert visitor.complaints == []
        assert [url for url in asked if not url.startswith((f"{address}/", "data:", "blob:"))] == []


@EVERY
async def test_streams_downloads_and_addresses(server: str, prefix: str, tmp_path: Path) -> None:
    async with behind(server, prefix, tmp_path) as (_service, proxy), asking(proxy, **BEARER) as client:
        api = f"{prefix}/api/v1"
        async with client.stream("GET", f"{api}/camera/liveview/stream.mjpg") as answer:
            assert answer.status_code == 200
            reader, parts = MultipartReader(boundary_of(answer.headers["content-type"])), 0
            async for chunk in answer.aiter_bytes():
                parts += len(list(reader.feed(chunk)))
                if parts >= 3:
                    break

        headers = {"Prefer": "respond-async"}
        body = {"session_id": "proxied", "sequence_number": 1}
        answer = await client.post(f"{api}/camera/capture", json=body, headers=headers)
        assert answer.status_code == 202
        assert answer.headers["location"].startswith(f"{api}/captures/")
        record = (await client.get(answer.headers["location"])).json()
        while not record["files"]:
            record = (await client.get(answer.headers["location"])).json()
        photo = await client.get(f"{api}/photos/{record['files'][0]['id']}")
        stored = [path for path in (tmp_path / "photos").rglob("*.[jJ][pP][gG]") if path.is_file()]
        digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in stored}
        assert digests == {hashlib.sha256(photo.content).hexdigest()}
        archive = await client.get(f"{api}/sessions/proxied/photos.zip")
        assert len(zipfile.ZipFile(io.BytesIO(archive.content)).namelist()) == 1

        document = (await client.get(f"{prefix}/openapi.json")).json()
        assert document.get("servers") == ([{"url": prefix}] if prefix else None)
        if prefix:
            answer = await client.get(f"{prefix}?lang=de")
            assert answer.status_code in {301, 302, 308}
            assert httpx2.URL(f"{proxy.url}{prefix}").join(answer.headers["location"]).path == f"{prefix}/"


@EVERY
async def test_a_stranger_is_sent_to_the_sign_in_at_the_proxy_and_gets_nothing_else(
    server: str, prefix: str, tmp_path: Path
) -> None:
    async with behind(server, prefix, tmp_path) as (_service, proxy), asking(proxy) as client:
        answer = await client.get(f"{prefix}/gallery?session=x", headers={"Accept": "text/html"})
        assert answer.status_code == 303
        assert answer.headers["location"] == f"{prefix}/sign-in?next=/gallery%3Fsession%3Dx"
        for claim in ({}, {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"X-Real-IP": "127.0.0.1"}):
            answer = await client.get(f"{prefix}/api/v1/camera/capture/status", headers=claim)
            assert answer.status_code == 401
        answer = await client.get(f"{prefix}/health", headers={"Host": "evil.example"})
        assert answer.status_code == 400 or not answer.content
