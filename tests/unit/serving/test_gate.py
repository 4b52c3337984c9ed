from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from tests.support.asking import CAMERA, app_behind, asking
from tests.support.fake_controller import FakeController

if TYPE_CHECKING:
    from starlette.types import Message, Scope

TOKEN = "sixteen-letters-and-more"
STATUS = f"{CAMERA}/status"


def basic(password: str) -> str:
    return f"Basic {base64.b64encode(f'anyone:{password}'.encode()).decode()}"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": f"Bearer {TOKEN}"}, 200),
        ({"Authorization": f"bearer  {TOKEN} "}, 200),
        ({"Authorization": basic(TOKEN)}, 200),
        ({"Authorization": basic("wrong")}, 401),
        ({"Authorization": "Basic ???"}, 401),
        ({"Authorization": TOKEN}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"Authorization": f"Bearer {TOKEN}x"}, 401),
        ({"Cookie": f"a=b; photonic_token={TOKEN}"}, 200),
        ({"Cookie": "photonic_token=x"}, 401),
        ({"Cookie": "; ; =="}, 401),
    ],
)
async def test_tokens(headers: dict[str, str], status: int) -> None:
    async with asking(FakeController(), token=TOKEN) as client:
        assert (await client.get(STATUS, headers=headers)).status_code == status


async def test_basic_is_offered_only_to_what_is_no_browser() -> None:
    async with asking(FakeController(), token=TOKEN) as client:
        program = await client.get(STATUS)
        page = await client.get(STATUS, headers={"Sec-Fetch-Site": "same-origin"})
    assert "Basic" in program.headers["www-authenticate"]
    assert page.headers["www-authenticate"] == "Bearer"


async def test_a_stranger_who_opens_a_page_is_sent_to_the_sign_in_and_back() -> None:
    async with asking(FakeController(), token=TOKEN) as client:
        answer = await client.get("/docs?form=list", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "./sign-in?next=/docs%3Fform%3Dlist"


async def test_the_gate_answers_with_problems_and_every_answer_has_its_headers() -> None:
    async with asking(FakeController(), token=TOKEN) as client:
        refused = await client.get(f"{CAMERA}/status")
        let_in = await client.get(f"{CAMERA}/status", headers={"Authorization": f"Bearer {TOKEN}"})
        misdirected = await client.get(f"{CAMERA}/status", headers={"Host": "evil.example"})
    assert (refused.status_code, refused.json()["type"]) == (401, "urn:photonic:problem:unauthorized")
    assert isinstance(refused.json()["detail"], str)
    assert (let_in.status_code, misdirected.status_code) == (200, 400)
    for answer in (refused, let_in, misdirected):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-site"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_a_page_of_another_site_changes_nothing() -> None:
    controller = FakeController()
    async with asking(controller) as client:
        answer = await client.post(f"{CAMERA}/disconnect", headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert controller.calls == []


async def test_an_allowed_origin_may_read_the_answer() -> None:
    async with asking(FakeController(), allowed_origins=("http://page.example:3000",)) as client:
        answer = await client.post(f"{CAMERA}/connect", headers={"Origin": "http://page.example:3000"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "http://page.example:3000"


async def test_a_websocket_is_refused_before_it_is_accepted() -> None:
    async with asking(FakeController()) as client:
        app = app_behind(client)
    sent: list[Message] = []
    scope: Scope = {
        "type": "websocket",
        "path": f"{CAMERA}/liveview/stream",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8000"), (b"origin", b"http://evil.example")],
        "subprotocols": [],
    }

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    assert [message["type"] for message in sent] == ["websocket.http.response.start", "websocket.http.response.body"]
    assert sent[0]["status"] == 403
