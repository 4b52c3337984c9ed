"""What browsers are told about pages of other origins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.asking import CAMERA, app_context_behind, asking
from tests.support.fake_controller import FakeController

from photonic import web
from photonic.access.links import LinkScope
from photonic.access.permission import Role

if TYPE_CHECKING:
    import httpx2

DASH, EVIL = "http://dash.example:9000", "http://evil.example"
STATUS, SNAPSHOT = f"{CAMERA}/capture/status", f"{CAMERA}/liveview/snapshot.jpg"
TOKEN = "sixteen-letters-and-more"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
PAGE = Path(web.__file__).parent


def preflight(origin: str, headers: str = "authorization, content-type") -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": headers,
    }


async def test_a_preflight_is_answered_before_anybody_is_asked_for_a_credential() -> None:
    async with asking(FakeController(), token=TOKEN, allowed_origins=(DASH,)) as client:
        answer = await client.options(f"{CAMERA}/settings", headers=preflight(DASH))
        refused = await client.options(f"{CAMERA}/settings", headers=preflight(EVIL))
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == DASH
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == "authorization, content-type"
    assert refused.status_code == 403
    assert "allowed_origins" in refused.json()["detail"]
    assert "access-control-allow-origin" not in refused.headers
    for each in (answer, refused):
        assert {"Origin", "Referer"} <= set(each.headers["vary"].split(", "))


@pytest.mark.parametrize("headers", ["a b", "x" * 2000, "a,,b", 'a"b'])
async def test_a_preflight_for_what_are_no_header_names_is_refused(headers: str) -> None:
    async with asking(FakeController(), allowed_origins=(DASH,)) as client:
        answer = await client.options(f"{CAMERA}/settings", headers=preflight(DASH, headers))
    assert answer.status_code == 400


async def test_other_options_requests_are_none() -> None:
    async with asking(FakeController(), token=TOKEN, allowed_origins=(DASH,)) as client:
        answer = await client.options(STATUS, headers={"Origin": DASH})
    assert answer.status_code in {401, 405}


async def test_a_refusal_can_be_read_by_an_allowed_page() -> None:
    async with asking(FakeController(), token=TOKEN, allowed_origins=(DASH,)) as client:
        answer = await client.get(STATUS, headers={"Origin": DASH})
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == DASH
    assert "Retry-After" in answer.headers["access-control-expose-headers"]


async def test_no_other_page_may_read_anything() -> None:
    async with asking(FakeController(), allowed_origins=(DASH,)) as client:
        for headers in ({"Origin": EVIL}, {"Referer": f"{EVIL}/page"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = await client.get(STATUS, headers=headers)
            assert answer.status_code == 403
            assert "allowed_origins" in answer.json()["detail"]
            assert "access-control-allow-origin" not in answer.headers
            assert "Origin" in answer.headers["vary"]


def shown(answer: httpx2.Response) -> bool:
    return answer.headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"Origin": DASH}, True),
        ({"Referer": f"{DASH}/page"}, True),
        ({"Origin": EVIL, "Referer": f"{DASH}/page"}, False),
        ({"Origin": "null", "Referer": f"{DASH}/page"}, False),
        ({"Referer": f"{DASH}.evil.example/"}, False),
        ({"Referer": "http://dash.example:9000@evil.example/"}, False),
        ({"Referer": "not an address"}, False),
    ],
)
async def test_pictures_are_shown_by_allowed_pages(headers: dict[str, str], expected: bool) -> None:
    """Bearer, so that nothing but this header is in question."""
    async with asking(FakeController(), page=PAGE, token=TOKEN, allowed_origins=(DASH,)) as client:
        for address in ("/static/icon.svg", "/view"):
            answer = await client.get(address, headers={**headers, **BEARER})
            assert answer.status_code == 200
            assert shown(answer) is expected
            assert {"Origin", "Referer"} <= {name.strip() for name in answer.headers["vary"].split(",")}
        assert not shown(await client.get(STATUS, headers={**headers, **BEARER}))


async def test_without_allowed_pages_answers_do_not_depend_on_who_asks() -> None:
    async with asking(FakeController(), page=PAGE) as client:
        answer = await client.get("/static/icon.svg", headers={"Referer": f"{DASH}/page"})
    assert not shown(answer)
    assert "vary" not in answer.headers


def link(client: httpx2.AsyncClient, scope: str) -> str:
    access = app_context_behind(client).access
    return access.links.make(LinkScope.parse(scope), Role.GUEST, access.clock(), 60, made_by="test")[1]


def ancestors(answer: httpx2.Response) -> str:
    return answer.headers["content-security-policy"].partition("frame-ancestors ")[2]


async def test_a_valid_signed_link_is_shown_anywhere_and_only_a_valid_one() -> None:
    controller = FakeController()
    async with asking(controller, page=PAGE, token=TOKEN) as client:
        signature = link(client, f"live:{controller.camera_id}")
        elsewhere = link(client, "photo:other")
        page = {"Referer": f"{EVIL}/", "Sec-Fetch-Site": "cross-site"}
        answer = await client.get(f"/view?kiosk=1&signature={signature}", headers=page)
        assert (answer.status_code, shown(answer), ancestors(answer)) == (200, True, "*")
        # Also for a browser that has a right of its own.
        answer = await client.get(f"/view?kiosk=1&signature={signature}", headers=BEARER)
        assert (answer.status_code, shown(answer), ancestors(answer)) == (200, True, "*")
        for wrong in ("", "x", f"{signature}x", signature[:-1], elsewhere):
            answer = await client.get(f"/view?kiosk=1&signature={wrong}", headers={**page, **BEARER})
            assert (shown(answer), ancestors(answer)) == (False, "'self'")
            answer = await client.get(f"/view?kiosk=1&signature={wrong}", headers=page)
            assert answer.status_code in {401, 403}


async def test_allowed_pages_may_frame_all_pages() -> None:
    async with asking(FakeController(), page=PAGE, allowed_origins=(DASH, "https://x.example/")) as client:
        answers = [await client.get(path) for path in ("/", "/view", "/health")]
    assert {ancestors(answer) for answer in answers} == {f"'self' {DASH} https://x.example"}


PUBLIC: dict[str, Any] = {"allowed_origins": ("*",), "allow_anonymous": "viewer"}


async def test_everybodys_pages_may_use_the_service_as_strangers_may() -> None:
    async with asking(FakeController(), page=PAGE, **PUBLIC) as client:
        answer = await client.get(STATUS, headers={"Origin": EVIL})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        view, front = await client.get("/view"), await client.get("/")
        assert (ancestors(view), ancestors(front)) == ("*", "'self'")


@pytest.mark.parametrize("headers", [{"Origin": EVIL}, {"Sec-Fetch-Site": "cross-site"}])
async def test_whoever_looks_at_such_a_page_is_a_stranger_there(headers: dict[str, str]) -> None:
    """The browser is on this machine, which makes it the operator's everywhere else."""
    controller = FakeController()
    async with asking(controller, **PUBLIC) as client:
        assert (await client.post(f"{CAMERA}/disconnect", headers=headers)).status_code == 403
        assert (await client.get("/api/v1/captures", headers=headers)).status_code == 403
        assert (await client.get("/api/v1/captures")).status_code == 200
    assert "disconnect" not in controller.calls


async def test_a_token_in_the_header_is_nothing_that_a_browser_lends() -> None:
    async with asking(FakeController(), token=TOKEN, **PUBLIC) as client:
        headers = {"Origin": EVIL, **BEARER}
        assert (await client.post(f"{CAMERA}/connect", headers=headers)).status_code == 200
