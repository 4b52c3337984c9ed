"""The sign-in page and what it sends: the way in, what went wrong, the way back, the way out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.asking import app_context_behind, asking
from tests.support.fake_controller import FakeController

from photonic import web
from photonic.access.permission import Role
from photonic.service.http.routes.sign_in import LONGEST_CREDENTIAL, LONGEST_FORM_BYTES

if TYPE_CHECKING:
    import httpx2

PAGE = Path(web.__file__).parent
TOKEN = "correct-horse-battery-staple"
STATUS = "/api/v1/camera/status"
HTML = {"Accept": "text/html"}


def visiting() -> httpx2.AsyncClient:
    return asking(FakeController(), page=PAGE, token=TOKEN)


async def signing_in(client: httpx2.AsyncClient, credential: str, back: str = "/gallery") -> httpx2.Response:
    origin = {"Origin": "http://127.0.0.1:8000"}
    return await client.post("/sign-in", data={"credential": credential, "next": back}, headers=origin)


async def test_a_stranger_on_a_page_signs_in_and_is_back_on_it() -> None:
    async with visiting() as client:
        sent = await client.get("/gallery?session=party", headers=HTML)
        assert (sent.status_code, sent.headers["location"]) == (303, "./sign-in?next=/gallery%3Fsession%3Dparty")
        form = await client.get("/sign-in?next=/gallery%3Fsession%3Dparty")
        back = re.search(r'name="next" value="([^"]*)"', form.text)
        assert back is not None
        let_in = await signing_in(client, f" {TOKEN} ", back[1])
        assert (let_in.status_code, let_in.headers["location"]) == (303, "./gallery?session=party")
        assert TOKEN not in str(let_in.headers)
        assert (await client.get("/gallery?session=party", headers=HTML)).status_code == 200
        assert (await client.get(STATUS)).status_code == 200


async def test_a_code_opens_a_session_of_its_role_once() -> None:
    async with visiting() as client:
        access = app_context_behind(client).access
        _record, code = access.codes.issue(Role.VIEWER, access.clock(), typed=True)
        assert (await signing_in(client, code.lower())).status_code == 303
        shown = (await client.get("/sign-in")).text
        assert "(viewer)" in shown
        assert "Sign out" in shown
        client.cookies.clear()
        assert (await signing_in(client, code)).status_code == 401


async def test_each_sign_in_has_a_new_session_and_ends_the_one_before() -> None:
    async with visiting() as client:
        await signing_in(client, TOKEN)
        first = dict(client.cookies)
        await signing_in(client, TOKEN)
        assert dict(client.cookies) != first
        assert len(app_context_behind(client).access.sessions.records) == 1


async def test_what_is_wrong_is_said_and_the_way_back_is_kept() -> None:
    async with visiting() as client:
        wrong = await signing_in(client, "<b>nonsense</b>", "/gallery?a=1&b=2")
        assert wrong.status_code == 401
        assert wrong.headers["www-authenticate"] == "Bearer"
        assert "not valid" in wrong.text
        assert 'value="/gallery?a=1&amp;b=2"' in wrong.text
        assert "nonsense" not in wrong.text
        assert (await signing_in(client, "  ")).status_code == 400
        assert (await signing_in(client, "x" * 301)).status_code == 400
        assert (await signing_in(client, "x" * 10_000)).status_code == 400
        assert (await client.get(STATUS)).status_code == 401


async def test_after_too_many_tries_the_page_says_for_how_long() -> None:
    async with visiting() as client:
        answers = [await signing_in(client, "nonsense") for _try in range(20)]
        held = next(answer for answer in answers if answer.status_code == 429)
        seconds = held.headers["retry-after"]
        assert f'data-seconds="{seconds}">{seconds}</span>' in held.text
        # A right token is accepted at any time: nobody can be locked out.
        assert (await signing_in(client, TOKEN)).status_code == 303


async def test_a_form_of_any_bytes_is_the_page_again() -> None:
    forms = [
        (b"", 400),
        (b"\xff\xfe=%ff", 400),
        (b"credential", 400),
        (b"credential=%00%0d%0a", 401),
        (b"credential=%ed%a0%80&next=%00", 401),
        (b"credential=a&credential=b", 401),
        (b"a=1&" * 20 + b"credential=a", 400),
        (b"credential=" + b"x" * (LONGEST_CREDENTIAL + 1), 400),
        (b"credential=a&next=" + b"x" * LONGEST_FORM_BYTES, 400),
    ]
    async with visiting() as client:
        for body, status in forms:
            answer = await client.post("/sign-in", content=body, headers={"Content-Type": "text/plain"})
            assert answer.status_code == status, body[:40]
            assert 'name="next" value="/"' in answer.text
            assert not answer.cookies


async def test_an_ended_session_is_told_apart_from_a_stranger() -> None:
    async with visiting() as client:
        assert "ended" not in (await client.get("/sign-in")).text
        await signing_in(client, TOKEN)
        access = app_context_behind(client).access
        access.sessions.end(access.sessions.records[0].id)
        assert "Your session has ended" in (await client.get("/sign-in")).text


async def test_who_lacks_a_role_is_told_which() -> None:
    async with visiting() as client:
        access = app_context_behind(client).access
        _record, code = access.codes.issue(Role.GUEST, access.clock(), typed=True)
        await signing_in(client, code)
        shown = (await client.get("/sign-in?next=/operator&needs=operator")).text
        assert "needs the role operator. You have the role guest" in shown
        assert "Continue" not in shown
        assert "Continue" in (await client.get("/sign-in?next=/&needs=guest")).text
        assert (await client.get("/sign-in?needs=emperor")).status_code == 200


async def test_signing_out_ends_the_session_and_takes_the_cookie_back() -> None:
    async with visiting() as client:
        await signing_in(client, TOKEN)
        out = await client.post("/sign-out", headers={"Origin": "http://127.0.0.1:8000"})
        assert (out.status_code, out.headers["location"]) == (303, "./sign-in")
        assert app_context_behind(client).access.sessions.records == ()
        assert (await client.get(STATUS)).status_code == 401


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
async def test_a_page_of_another_site_can_neither_sign_in_nor_out(path: str) -> None:
    async with visiting() as client:
        await signing_in(client, TOKEN)
        foreign = {"Origin": "https://evil.example"}
        assert (await client.post(path, data={"credential": TOKEN}, headers=foreign)).status_code == 403
        assert len(app_context_behind(client).access.sessions.records) == 1


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "/%2e%2e/x", "/\t/evil.example"]
)
async def test_the_way_back_leads_to_this_service_only(elsewhere: str) -> None:
    async with visiting() as client:
        assert (await signing_in(client, TOKEN, elsewhere)).headers["location"] == "./"
        shown = await client.get("/sign-in", params={"next": elsewhere})
        assert 'href="./"' in shown.text
        assert "evil" not in shown.text


@pytest.mark.parametrize(
    ("accepted", "query", "title"),
    [
        ("de-AT,en;q=0.8", "", "Anmelden"),
        ("fr,en;q=0.4,de;q=0.6", "", "Anmelden"),
        ("fr", "", "Sign in"),
        ("de;q=0, en", "", "Sign in"),
        ("x;q=y", "", "Sign in"),
        ("en", "?lang=de", "Anmelden"),
        ("de", "?lang=<b>", "Anmelden"),
    ],
)
async def test_it_speaks_the_browsers_language(accepted: str, query: str, title: str) -> None:
    async with visiting() as client:
        shown = await client.get(f"/sign-in{query}", headers={"Accept-Language": accepted})
    assert f"<h1>{title}</h1>" in shown.text
    assert "<b>" not in shown.text
    assert shown.headers["content-language"] == ("de" if title == "Anmelden" else "en")
    assert shown.headers["cache-control"] == "no-store"
