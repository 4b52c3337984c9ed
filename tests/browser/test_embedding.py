"""Pages of other origins that show something of the service: the examples of the documentation, and what is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from tests.browser.shared import shared_browser
from tests.browser.signed_in import sign_in
from tests.support.other_site import other_site
from tests.support.reverse_proxies import arguments_to_resolve, documented
from tests.support.scenic import scenic_service
from tests.support.waiting import until_answer, until_true

from photonic.access.links import LinkScope
from photonic.access.permission import Role
from photonic.model.status import CameraState

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from playwright.async_api import Browser, BrowserContext, Frame, Page
    from tests.support.other_site import OtherSite
    from tests.support.scenic import ScenicService

pytestmark = pytest.mark.asyncio(loop_scope="session")

GUIDE = "embed-in-another-page.md"
BOOTH, DASH, EVIL = "booth.example", "dash.example", "evil.example"
NOTES = """<!doctype html><meta charset="utf-8"><title>Dashboard</title><script>
document.addEventListener("error", ({ target }) => { target.dataset.failed = "yes"; }, true);
</script>"""
IMAGES = "[...document.images].map(each => each.dataset.failed ? 'refused' : each.naturalWidth ? 'shown' : 'waits')"
FRAMED = "document.getElementById('page')?.dataset.picture === 'some' ? 'shown' : location.pathname"
BLOCKED = "chrome-error:"
HOUR = 3600.0
TOKEN = "a-token-for-embedding"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    async with shared_browser(*arguments_to_resolve(BOOTH, DASH, EVIL)) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncGenerator[BrowserContext]:
    context = await browser.new_context()
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncGenerator[OtherSite]:
    async with other_site() as site:
        yield site


def embedded(service: ScenicService, title: str, signature: str = "", *, address: str = BOOTH) -> str:
    """The example of the documentation, with the service's real address."""
    example = documented(GUIDE, title, "html")
    return example.replace("http://booth.example:8000", f"http://{address}:{service.port}").replace(
        "SIGNATURE", signature
    )


async def outcome(page: Page) -> list[str]:
    """What became of the pictures and the frames of a page: ``shown`` or ``refused`` each."""

    async def look() -> list[str]:
        images: list[str] = await page.evaluate(IMAGES)
        frames = [await framed(frame) for frame in page.frames[1:]]
        return [*images, *frames]

    return await until_answer(look, lambda seen: "waits" not in seen)


async def framed(frame: Frame) -> str:
    if frame.url.startswith(BLOCKED):
        return "refused"
    seen: str = await frame.evaluate(FRAMED)
    return {"shown": "shown", "/sign-in": "refused"}.get(seen, "waits")


async def shown_in(context: BrowserContext, site: OtherSite, name: str, body: str) -> list[str]:
    """What a page at ``http://NAME:PORT/`` shows."""
    site.pages["/"] = NOTES + body
    page = await context.new_page()
    await page.goto(f"http://{name}:{site.port}/", wait_until="domcontentloaded")
    return await outcome(page)


def signature(service: ScenicService, scope: str, role: Role = Role.VIEWER) -> str:
    access = service.access
    return access.links.make(LinkScope.parse(scope), role, access.clock(), HOUR, made_by="test")[1]


def picture(address: str) -> str:
    return f'<img alt="" src="{address}">'


ALL_SHOWN, ALL_REFUSED = ["shown"] * 3, ["refused"] * 3


async def test_everybody_may_watch_in_an_allowed_page_and_in_no_other(
    tmp_path: Path, context: BrowserContext, site: OtherSite
) -> None:
    origins = (f"http://{DASH}:{site.port}",)
    settings: dict[str, Any] = {"allow_anonymous": "viewer", "allowed_hosts": (BOOTH,), "allowed_origins": origins}
    async with scenic_service(tmp_path / "photos", **settings) as service:
        example = embedded(service, "For everybody who can reach it")
        assert await shown_in(context, site, DASH, example) == ALL_SHOWN
        assert await shown_in(context, site, EVIL, example) == ALL_REFUSED
        forged = embedded(service, "With a signed link", "AAAAAAAA.AAAAAAAA")
        assert await shown_in(context, site, EVIL, forged) == ALL_REFUSED


@pytest.mark.long
async def test_a_signed_link_is_shown_anywhere_until_it_is_revoked(
    tmp_path: Path, context: BrowserContext, site: OtherSite
) -> None:
    async with scenic_service(tmp_path / "photos", allowed_hosts=(BOOTH,), loopback_role="none") as service:
        await until_true(lambda: service.controller.snapshot().camera.state is CameraState.READY)
        link = signature(service, f"live:{service.controller.camera_id}")
        example = embedded(service, "With a signed link", link)
        assert await shown_in(context, site, EVIL, example) == ALL_SHOWN
        service.access.links.revoke(link.partition(".")[0])
        assert await shown_in(context, site, EVIL, example) == ALL_REFUSED


@pytest.mark.long
async def test_a_page_on_the_same_site_uses_the_sign_in(
    tmp_path: Path, context: BrowserContext, site: OtherSite
) -> None:
    origins = (f"http://{BOOTH}:{site.port}",)
    settings: dict[str, Any] = {"allowed_hosts": (BOOTH,), "allowed_origins": origins, "token": TOKEN}
    async with scenic_service(tmp_path / "photos", **settings) as service:
        example = embedded(service, "For people who are signed in")
        assert await shown_in(context, site, BOOTH, example) == ALL_REFUSED
        await sign_in(context, service, TOKEN, BOOTH)
        assert await shown_in(context, site, BOOTH, example) == ALL_SHOWN
        # Of another site, the browser sends no cookie.
        assert await shown_in(context, site, EVIL, example) == ALL_REFUSED


@pytest.mark.long
@pytest.mark.parametrize(("name", "expected"), [(DASH, "shown"), (EVIL, "refused")])
async def test_a_browser_on_the_machine_itself_shows_everything_to_allowed_pages_only(
    tmp_path: Path, context: BrowserContext, site: OtherSite, name: str, expected: str
) -> None:
    """The page that failed in the field: another host name and port, on the machine of the service."""
    async with scenic_service(tmp_path / "photos", allowed_origins=(f"http://{DASH}:{site.port}",)) as service:
        photo = await taken(context, service)
        here = f"http://127.0.0.1:{service.port}"
        body = embedded(service, "For everybody who can reach it", address="127.0.0.1")
        photos = picture(f"{here}/api/v1/photos/{photo}") + picture(f"{here}/api/v1/photos/{photo}/thumbnail")
        assert await shown_in(context, site, name, body + photos) == [expected] * 5


@pytest.mark.long
async def test_a_photo_is_shown_anywhere_by_a_link_of_its_own(
    tmp_path: Path, context: BrowserContext, site: OtherSite
) -> None:
    async with scenic_service(tmp_path / "photos") as service:
        photo = await taken(context, service)
        link = signature(service, f"photo:{photo}", Role.GUEST)
        here = f"http://127.0.0.1:{service.port}/api/v1/photos/{photo}"
        pictures = [f"{here}?signature={link}", f"{here}/thumbnail?signature={link}", here, f"{here}?signature="]
        seen = await shown_in(context, site, EVIL, "".join(map(picture, pictures)))
        assert seen == ["shown", "shown", "refused", "refused"]


async def taken(context: BrowserContext, service: ScenicService) -> str:
    """The id of a photo that was taken by a program."""
    body = {"session_id": "embedded", "sequence_number": 1}
    here = f"http://127.0.0.1:{service.port}/api/v1"
    answer = await context.request.post(f"{here}/camera/capture", data=body)
    assert answer.status == 200, await answer.text()
    captures = await (await context.request.get(f"{here}/captures")).json()
    found = re.search(r"'files': \[\{'id': '([^']+)'", str(captures))
    assert found is not None, captures
    return found[1]
