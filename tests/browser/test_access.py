"""The ways in, seen by people: strangers, guests and operators on each page; what happens when a right ends."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from tests.browser.shared import grave, holds, visiting
from tests.support.scenic import scenic_service

from photonic.access.permission import Role

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from playwright.async_api import Browser, Page, Response
    from tests.browser.visitor import Visitor
    from tests.support.scenic import ScenicService

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOKEN = "correct-horse-battery-staple"
PIN = "2468"
PHONE = {"width": 390, "height": 844}
SMALL_PHONE = {"width": 320, "height": 568}
LIVE = "#page[data-state=live]"
PAGES = {
    "/": LIVE,
    "/view?kiosk=1": "#page[data-picture=some]",
    "/booth?timer=3": "#page[data-booth=attract]",
    "/gallery?lang=en": "#gallery[data-state=empty]",
    "/operator": "#page[data-link=live][data-role=operator]",
    "/docs": "#operations-tag-service",
}


SEEN: dict[Role, dict[str, tuple[str, str]]] = {
    Role.VIEWER: {
        "/": ("#result", "You can watch, but not take photos"),
        "/view": ("#page[data-picture=some]", ""),
        "/booth?timer=1": ("#page[data-booth=sorry]", ""),
        "/gallery": ("#own", "Your role shows no photos"),
        "/operator": ("#gate", "For operators"),
        "/docs": (".account", "(viewer)"),
    },
    Role.GUEST: {
        "/": (f"{LIVE}[data-workbench=ready] #shutter", ""),
        "/view": ("#page[data-picture=some]", ""),
        "/booth?timer=1": ("#page[data-booth=review][data-photo=seen]", ""),
        "/gallery": ("#own", "photos that they took"),
        "/operator": ("#gate", "For operators"),
        "/docs": (".account", "(guest)"),
    },
    Role.OPERATOR: {
        "/": (f"{LIVE}[data-workbench=ready] #shutter", ""),
        "/view": ("#page[data-picture=some]", ""),
        "/booth?timer=1": ("#page[data-booth=review][data-photo=seen]", ""),
        "/gallery": ("#trash", ""),
        "/operator": ("#page[data-link=live][data-role=operator] #sessions", ""),
        "/docs": (".account", "(operator)"),
    },
}
"""What each role sees on each page, in the booth after a touch: an element, and a part of its text."""
HIDDEN: dict[Role, dict[str, str]] = {
    Role.VIEWER: {"/": "#shutter", "/gallery": "#trash", "/operator": "#sessions"},
    Role.GUEST: {"/gallery": "#trash", "/operator": "#sessions"},
    Role.OPERATOR: {"/gallery": "#own", "/operator": "#gate"},
}
"""What each role does not see there."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[ScenicService]:
    folder = tmp_path_factory.mktemp("access")
    async with scenic_service(folder / "photos", token=TOKEN) as service:
        yield service


@asynccontextmanager
async def phone(browser: Browser, size: dict[str, int] = PHONE, **options: object) -> AsyncGenerator[Page]:
    """A page in a browser context of its own, at the size of a phone."""
    context = await browser.new_context(viewport=size, **options)  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def sign_in(page: Page, credential: str = TOKEN) -> None:
    await page.fill("#credential", credential)
    await page.press("#credential", "Enter")


def taken(service: ScenicService) -> int:
    """How many photos the camera was told to take."""
    return sum(call.startswith("capture ") for call in service.camera.calls)


async def operating(visitor: Visitor, service: ScenicService) -> Page:
    """The operator's page, after a sign-in."""
    await visitor.page.goto(f"{service.url}/operator")
    await sign_in(visitor.page)
    await visitor.page.wait_for_selector(PAGES["/operator"])
    return visitor.page


async def code_for(page: Page, role: str) -> tuple[str, str]:
    """What "let a phone in" shows: the address in the QR code, and the code to type."""
    await page.select_option("#let-in-role", role)

    def is_scanned(response: Response) -> bool:
        request = response.request
        return request.method == "POST" and request.post_data_json == {"role": role, "typed": False}

    async with page.expect_response(is_scanned) as answered:
        await page.get_by_role("button", name="Show a code").click()
    address: str = (await (await answered.value).json())["address"]
    await page.locator(".qr svg").wait_for()
    return address, await page.inner_text(".typed-code")


@pytest.mark.long
async def test_a_stranger_signs_in_on_each_page_and_is_back_on_it(browser: Browser, service: ScenicService) -> None:
    for address, shown in PAGES.items():
        async with phone(browser) as page:
            await page.goto(f"{service.url}{address}")
            await holds(page, "location.pathname === '/sign-in'")
            await sign_in(page)
            await page.wait_for_selector(shown)
            assert page.url == f"{service.url}{address}"


@pytest.mark.long
@pytest.mark.parametrize("role", Role)
async def test_each_role_sees_each_page_on_a_phone(browser: Browser, service: ScenicService, role: Role) -> None:
    before = taken(service)
    secret = service.access.tokens.add(role.value, role, None, "2026-11-29")
    async with phone(browser) as page:
        await page.goto(f"{service.url}/sign-in")
        await sign_in(page, secret)
        await page.wait_for_selector(LIVE)
        for address, (shown, text) in SEEN[role].items():
            await page.goto(f"{service.url}{address}")
            if address.startswith("/booth"):
                await page.wait_for_selector(PAGES["/booth?timer=3"])
                await page.click("#touch")
            await page.locator(shown, has_text=text).wait_for()
            if address in HIDDEN[role]:
                assert await page.locator(HIDDEN[role][address]).is_hidden(), address
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
            assert await grave(page) == [], address
    assert taken(service) == before + (role is not Role.VIEWER)
    # The other tests do not meet its session in the lists.
    service.access.tokens.remove(role.value)
    service.access.sessions.keep_tokens(service.access.tokens.hashes)


async def test_the_sign_in_needs_no_script_and_says_what_went_wrong(browser: Browser, service: ScenicService) -> None:
    async with phone(browser, SMALL_PHONE, java_script_enabled=False, locale="de-DE") as page:
        await page.goto(f"{service.url}/docs?form=list")
        assert await page.inner_text("h1") == "Anmelden"
        await sign_in(page, "falsch")
        assert "nicht gültig" in await page.inner_text(".notice")
        await sign_in(page)
        assert page.url == f"{service.url}/docs?form=list"
        assert "API reference" in await page.inner_text("h1")


@pytest.mark.long
@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_the_sign_in_is_accessible_and_fits_a_small_phone(
    browser: Browser, service: ScenicService, theme: str
) -> None:
    async with phone(browser, SMALL_PHONE, locale="de-DE") as page:
        await page.goto(f"{service.url}/sign-in?theme={theme}&next=//evil.example")
        assert await page.evaluate("document.documentElement.dataset.theme") == theme
        await sign_in(page, "falsch")
        await page.locator(".notice").wait_for()
        await page.click("summary")
        assert await grave(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.get_by_role("button", name="Zeigen").click()
        await page.fill("#credential", TOKEN)
        assert await page.get_attribute("#credential", "type") == "text"
        await page.press("#credential", "Enter")
        await page.wait_for_selector(LIVE)
        assert page.url == f"{service.url}/"


async def test_a_phone_is_let_in_by_qr_and_its_session_is_ended_elsewhere(
    browser: Browser, visitor: Visitor, service: ScenicService
) -> None:
    operator = await operating(visitor, service)
    address, _typed = await code_for(operator, "guest")
    async with phone(browser) as page:
        requested: list[str] = []
        page.on("request", lambda request: requested.append(request.url))
        await page.goto(address)
        await page.wait_for_selector(LIVE)
        code = address.partition("#code=")[2]
        assert len(code) >= 22
        assert not any(code in url for url in requested)
        await page.go_back()
        assert code not in page.url
        await page.goto(f"{service.url}/")
        await page.wait_for_selector(f"{LIVE}[data-workbench=ready]")
        await visitor.says("let-in-room", "The code is used up")

        # A guest takes a photo and sees it, and may not do what only the operator may.
        await page.click("#shutter")
        await page.locator("#result", has_text="Photo saved").wait_for()
        await page.click("#controls-open")
        await page.locator(".lock-role", has_text="Only the operator").wait_for()
        await page.goto(f"{service.url}/gallery")
        await page.locator("#own", has_text="photos that they took").wait_for()
        await page.locator("#tiles a").first.wait_for()
        assert await page.locator("#trash").is_hidden()
        await page.goto(f"{service.url}/operator")
        await page.locator("#gate", has_text="For operators").wait_for()
        assert await page.locator("#sessions").is_hidden()
        await page.goto(f"{service.url}/")
        await page.wait_for_selector(LIVE)

        guest = operator.locator("#sessions li", has_text="guest")
        await guest.get_by_role("button").click()
        await page.wait_for_selector("#page[data-state=refused]")
        assert await page.inner_text("#notice-title") == "Not signed in"
        await page.locator("#notice-detail", has_text="your session has ended").wait_for()
        assert await grave(page) == []
        await page.click("#sign-in")
        await page.locator(".notice", has_text="Your session has ended").wait_for()
        assert page.url.endswith("/sign-in?next=%2F")
    await operator.locator("#sessions-note", has_text="has ended").wait_for()
    assert await guest.count() == 0


@pytest.mark.long
async def test_a_viewer_types_a_code_and_watches_only(
    browser: Browser, visitor: Visitor, service: ScenicService
) -> None:
    before = taken(service)
    operator = await operating(visitor, service)
    address, typed = await code_for(operator, "viewer")
    async with phone(browser, SMALL_PHONE, locale="de-DE") as page:
        await page.goto(address.partition("#")[0])
        await sign_in(page, typed.lower())
        await page.wait_for_selector(f"{LIVE}[data-workbench=ready]")
        await page.locator("#result", has_text="nicht fotografieren").wait_for()
        assert await page.locator("#shutter").is_hidden()
        await page.keyboard.press("Space")
        await page.goto(f"{service.url}/gallery")
        await page.locator("#own", has_text="Ihre Rolle zeigt keine Fotos").wait_for()
        assert await grave(page) == []
        # With another role, by the link that the page offers.
        await page.locator("#own a").click()
        await page.locator(".notice", has_text="Rolle Betreuer").wait_for()
        await sign_in(page)
        await page.locator("#trash").wait_for()
        assert await page.locator("#own").is_hidden()
    assert taken(service) == before


@pytest.mark.long
async def test_a_code_that_was_cancelled_lets_nobody_in(
    browser: Browser, visitor: Visitor, service: ScenicService
) -> None:
    operator = await operating(visitor, service)
    address, typed = await code_for(operator, "guest")
    await operator.get_by_role("button", name="Cancel the code").click()
    await operator.locator(".let-in").wait_for(state="hidden")
    assert await grave(operator) == []
    async with phone(browser) as page:
        await page.goto(address)
        await page.locator(".notice.wrong").wait_for()
        assert "#" not in page.url
        await sign_in(page, typed)
        await page.locator(".notice.wrong").wait_for()


@pytest.mark.long
async def test_a_signed_link_shows_live_view_until_it_is_revoked(
    browser: Browser, visitor: Visitor, service: ScenicService
) -> None:
    operator = await operating(visitor, service)
    await operator.get_by_role("button", name="Make a link").click()
    link = await operator.input_value("#made-address")
    assert "?signature=" in link
    signature = link.partition("?")[2]
    async with phone(browser) as page:
        await page.goto(f"{service.url}/view?{signature}")
        await page.wait_for_selector("#page[data-picture=some]")
        await operator.get_by_role("button", name="Revoke the link").click()
        await operator.locator("#links-note", has_text="revoked").wait_for()
        await page.wait_for_selector("#page[data-state=refused]")
        await page.locator("#sign-in").wait_for()


async def test_signing_out_ends_every_page_of_the_browser(visitor: Visitor, service: ScenicService) -> None:
    page = await operating(visitor, service)
    other, reference = await visitor.page.context.new_page(), await visitor.page.context.new_page()
    await reference.goto(f"{service.url}/docs")
    await reference.locator(".account", has_text="token (operator)").wait_for()
    await other.goto(f"{service.url}/gallery")
    await other.locator("#gallery:not([data-state=loading])").wait_for()
    await page.get_by_role("button", name="Sign out").click()
    await page.locator("#credential").wait_for()
    await other.locator(".ended", has_text="your session has ended").wait_for()
    await other.locator(".ended a").click()
    await sign_in(other)
    await other.locator("#gallery:not([data-state=loading])").wait_for()
    assert other.url == f"{service.url}/gallery"


async def test_the_pin_opens_the_operators_page_for_a_while(browser: Browser, tmp_path: Path) -> None:
    async with (
        scenic_service(tmp_path / "photos", operator_pin=PIN) as service,
        visiting(browser) as visitor,
    ):
        page = visitor.page
        await page.goto(f"{service.url}/operator?lang=de")
        await page.locator("#gate", has_text="Für Betreuer").wait_for()
        await page.fill("#gate .pin", "0000")
        await page.press("#gate .pin", "Enter")
        await page.locator(".pin-note", has_text="Falsche PIN").wait_for()
        await page.fill("#gate .pin", PIN)
        await page.press("#gate .pin", "Enter")
        await page.locator(".lock-left", has_text="entsperrt").wait_for()
        await page.wait_for_selector("#page[data-role=operator]")
        await page.locator("#sessions li", has_text="durch PIN").wait_for()
        # By the PIN, one lets in guests at most.
        assert await page.locator("#let-in-role option:not([disabled])").count() == 2
        assert await grave(page) == []
        await page.get_by_role("button", name="Bedienung sperren").click()
        await page.wait_for_selector("#page[data-role=other]")
        await page.goto("about:blank")


@pytest.mark.long
async def test_a_token_that_is_removed_ends_its_sessions_and_their_streams(
    browser: Browser, service: ScenicService
) -> None:
    access = service.access
    secret = access.tokens.add("stage", Role.GUEST, None, "2026-11-29")
    async with phone(browser) as page:
        await page.goto(f"{service.url}/")
        await sign_in(page, secret)
        await page.wait_for_selector(LIVE)
        gallery, booth = await page.context.new_page(), await page.context.new_page()
        await gallery.goto(f"{service.url}/gallery")
        await booth.goto(f"{service.url}/booth")
        await booth.wait_for_selector(PAGES["/booth?timer=3"])
        await page.bring_to_front()
        # A stream that is read to its end.
        ended = page.evaluate(
            "async () => { const stream = (await fetch('/api/v1/camera/liveview/stream.mjpg')).body.getReader();"
            "try { while (!(await stream.read()).done); } catch { return 'cut'; } return 'ended'; }"
        )
        watching = asyncio.ensure_future(ended)
        # What the service does when `photonic token remove` has written its file.
        access.tokens.remove("stage")
        access.sessions.keep_tokens(access.tokens.hashes)
        await page.wait_for_selector("#page[data-state=refused]")
        assert await watching in {"ended", "cut"}
        await gallery.locator(".ended").wait_for()
        await booth.bring_to_front()
        await booth.locator("#reason", has_text="Not signed in").wait_for()
        await booth.locator("#sign-in").click()
        await booth.locator(".notice", has_text="Your session has ended").wait_for()
        await sign_in(booth, secret)
        await booth.locator(".notice.wrong").wait_for()
