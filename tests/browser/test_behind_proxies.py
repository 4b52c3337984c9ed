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
from tests.browser.shared import shared_browser
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

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]

TOKEN = "a-token-behind-proxies"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
NGINX, CADDY = "behind-nginx.md", "behind-caddy.md"
ROOT, PATH = "At the root of a name", "At a path"
BOOTH = "/booth1"
CLIENT = "127.0.0.5"
"""Not the proxies' own address: they listen and ask on 127.0.0.1."""
EVERY = pytest.mark.parametrize(
    ("server", "prefix"), [("nginx", ""), ("nginx", BOOTH), ("caddy", ""), ("caddy", BOOTH)]
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
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
async def asking(
    proxy: RunningProxy, local_address: str = "127.0.0.1", **headers: str
) -> AsyncGenerator[httpx2.AsyncClient]:
    """A program that asks the proxy by its name, from ``local_address``."""

    async def by_name(request: httpx2.Request) -> None:
        request.extensions["sni_hostname"] = NAME

    async with httpx2.AsyncClient(
        base_url=proxy.here,
        transport=httpx2.AsyncHTTPTransport(verify=proxy.trust, local_address=local_address),
        headers={"Host": f"{NAME}:{proxy.port}", **headers},
        event_hooks={"request": [by_name]},
        timeout=20,
    ) as client:
        yield client


@EVERY
async def test_the_qr_codes_address_the_page_its_socket_and_a_capture(
    server: str, prefix: str, tmp_path: Path, browser: Browser
) -> None:
    async with behind(server, prefix, tmp_path) as (service, proxy):
        address = f"{proxy.url}{prefix}"
        context = await browser.new_context(ignore_https_errors=True)
        visitor = Visitor(await context.new_page())
        page, asked = visitor.page, list[str]()
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: asked.append(socket.url.replace("wss://", "https://")))

        async with asking(proxy, **BEARER) as client:
            issued = (await client.post(f"{prefix}/api/v1/access/codes", json={"role": "operator"})).json()
        assert issued["address"].startswith(f"{address}/sign-in#code=")
        assert issued["warning"] is None
        await page.goto(issued["address"])
        await page.wait_for_url(f"{address}/")
        await visitor.live()
        assert {viewer.kind for viewer in service.controller.hub.health()} == {"live"}
        await page.click("#shutter")
        await visitor.says("result", "Photo saved")
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
        place = answer.url.join(answer.headers["location"]).path
        assert place.startswith(f"{api}/captures/")
        record = (await client.get(place)).json()
        while not record["files"]:
            record = (await client.get(place)).json()
        photo = await client.get(f"{api}/photos/{record['files'][0]['id']}")
        stored = [path for path in (tmp_path / "photos").rglob("*.[jJ][pP][gG]") if path.is_file()]
        digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in stored}
        assert digests == {hashlib.sha256(photo.content).hexdigest()}
        archive = await client.get(f"{api}/sessions/proxied/photos.zip")
        manifest = zipfile.ZipFile(io.BytesIO(archive.content)).read("proxied/sha256.txt").decode()
        assert {line.split()[0] for line in manifest.splitlines()} == digests

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
        target = httpx2.URL(f"{proxy.url}{prefix}/gallery").join(answer.headers["location"])
        assert str(target) == f"{proxy.url}{prefix}/sign-in?next=/gallery%3Fsession%3Dx"
        for claim in ({}, {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"X-Real-IP": "127.0.0.1"}):
            answer = await client.get(f"{prefix}/api/v1/camera/capture/status", headers=claim)
            assert answer.status_code == 401
        answer = await client.get(f"{prefix}/health", headers={"Host": "evil.example"})
        assert answer.status_code == 400 or not answer.content


@EVERY
async def test_a_sign_in_is_recorded_with_the_address_that_the_proxy_saw(
    server: str, prefix: str, tmp_path: Path
) -> None:
    async with behind(server, prefix, tmp_path) as (service, proxy):
        await sign_in_from_elsewhere(service, proxy, prefix)


@pytest.mark.parametrize(("server", "form"), [("nginx", "unix:{}"), ("caddy", "unix/{}")])
async def test_a_unix_socket_behind_the_proxy(server: str, form: str, tmp_path: Path) -> None:
    uds = tmp_path / "photonic.sock"
    settings: dict[str, Any] = {"trusted_proxies": ("unix",), "allowed_hosts": (NAME,), "token": TOKEN}
    async with scenic_service(tmp_path / "photos", uds=uds, **settings) as service:
        with configured(server, "", tmp_path / server, form.format(uds)) as proxy:
            await sign_in_from_elsewhere(service, proxy, "")
            async with asking(proxy) as client:
                assert (await client.get("/api/v1/camera/capture/status")).status_code == 401
                assert (await client.get("/api/v1/camera/capture/status", headers=BEARER)).status_code == 200


async def sign_in_from_elsewhere(service: ScenicService, proxy: RunningProxy, prefix: str) -> None:
    """Sign in from another address of this machine; it claims a third one, which nobody believes."""
    claims = {"X-Forwarded-For": "198.51.100.1", "Forwarded": "for=198.51.100.2", "X-Forwarded-Proto": "http"}
    async with asking(proxy, local_address=CLIENT, **claims) as client:
        credential = {"credential": TOKEN, "next": "/gallery"}
        answer = await client.post(f"{prefix}/sign-in", data=credential, headers={"Origin": proxy.url})
    assert answer.status_code == 303, answer.text
    place = httpx2.URL(f"{proxy.url}{prefix}/sign-in").join(answer.headers["location"])
    assert str(place) == f"{proxy.url}{prefix}/gallery"
    cookie = next(each for each in answer.headers.get_list("set-cookie") if "photonic_device" not in each)
    assert f"Path={prefix}/;" in cookie
    assert "Secure" in cookie
    assert [session.address for session in service.access.sessions.records] == [CLIENT]
