from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.asking import CAMERA, app_behind, asking
from tests.support.fake_controller import FakeController

from photonic.service.http.security import Caller, HostRule, OriginRule, TokenRule, host_name

if TYPE_CHECKING:
    from starlette.types import Message, Scope

TOKEN = "sixteen-letters-and-more"


def caller(**fields: object) -> Caller:
    return Caller(**{"method": "GET", "path": "/x", "host": "127.0.0.1:8000", **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost", "localhost"),
        ("LocalHost.:8000", "localhost"),
        ("[::1]:8000", "::1"),
        ("[::1]", "::1"),
        ("", None),
        ("a b", "a b"),
        ("user@127.0.0.1", None),
        ("127.0.0.1/path", None),
        ("127.0.0.1:port", None),
        ("[::1", None),
        ("127.0.0.1:99999", None),
    ],
)
def test_the_name_in_a_host_header(header: str, name: str | None) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize(
    ("bound", "names", "host", "passes"),
    [
        ("127.0.0.1", (), "localhost:8000", True),
        ("127.0.0.1", (), "127.0.0.1", True),
        ("127.0.0.1", (), "127.0.0.2:1", True),
        ("127.0.0.1", (), "[::1]:8000", True),
        ("127.0.0.1", (), "evil.example", False),
        ("127.0.0.1", (), "127.0.0.1.evil.example", False),
        ("127.0.0.1", (), "localhost.evil.example", False),
        ("127.0.0.1", (), "192.168.1.5", False),
        ("127.0.0.1", (), None, False),
        ("127.0.0.1", ("booth.local",), "Booth.Local:8000", True),
        ("192.168.1.5", (), "192.168.1.5:8000", True),
        ("192.168.1.5", (), "192.168.1.6:8000", False),
        ("::", (), "[fe80::1]:8000", True),
        ("0.0.0.0", (), "10.1.2.3:8000", True),
        ("0.0.0.0", (), "evil.example", False),
        ("0.0.0.0", (), "0.0.0.0", True),
    ],
)
def test_hosts(bound: str, names: tuple[str, ...], host: str | None, passes: bool) -> None:
    refusal = HostRule(bound, names).refusal(caller(host=host))
    assert (refusal is None) is passes
    assert refusal is None or refusal.status == 400


@pytest.mark.parametrize(
    ("fields", "passes"),
    [
        ({}, True),
        ({"origin": "http://evil.example"}, True),
        ({"method": "POST"}, True),
        ({"method": "POST", "origin": "http://127.0.0.1:8000"}, True),
        ({"method": "POST", "origin": "https://127.0.0.1:8000"}, True),
        ({"method": "POST", "origin": "http://127.0.0.1:9000"}, False),
        ({"method": "POST", "origin": "http://127.0.0.1"}, False),
        ({"method": "POST", "origin": "http://127.0.0.1", "host": "127.0.0.1"}, True),
        ({"method": "POST", "origin": "https://booth:443", "host": "booth"}, True),
        ({"method": "POST", "origin": "http://[::1]:8000", "host": "[::1]:8000"}, True),
        ({"method": "POST", "origin": "null"}, False),
        ({"method": "POST", "origin": "file://"}, False),
        ({"method": "POST", "origin": "http://x:y"}, False),
        ({"method": "DELETE", "origin": "http://evil.example"}, False),
        ({"method": "POST", "fetch_site": "cross-site"}, False),
        ({"method": "POST", "fetch_site": "same-site"}, False),
        ({"method": "POST", "fetch_site": "same-origin"}, True),
        ({"websocket": True}, True),
        ({"websocket": True, "origin": "http://evil.example"}, False),
        ({"websocket": True, "origin": "http://127.0.0.1:8000"}, True),
        ({"websocket": True, "origin": "http://page.example:3000"}, True),
        ({"method": "POST", "origin": "HTTP://Page.example:3000"}, True),
    ],
)
def test_origins(fields: dict[str, object], passes: bool) -> None:
    refusal = OriginRule(("http://page.example:3000/",)).refusal(caller(**fields))
    assert (refusal is None) is passes
    assert refusal is None or refusal.status == 403


@pytest.mark.parametrize(
    ("fields", "passes"),
    [
        ({}, False),
        ({"authorization": f"Bearer {TOKEN}"}, True),
        ({"authorization": f"bearer  {TOKEN} "}, True),
        ({"authorization": TOKEN}, False),
        ({"authorization": f"Basic {TOKEN}"}, False),
        ({"authorization": "Bearer "}, False),
        ({"authorization": f"Bearer {TOKEN}x"}, False),
        ({"authorization": "Bearer ключ\udcff"}, False),
        ({"cookies": f"a=b; photonic_token={TOKEN}"}, True),
        ({"cookies": "photonic_token=x"}, False),
        ({"cookies": "; ; =="}, False),
        ({"path": "/health"}, True),
        ({"path": "/healthz"}, True),
        ({"path": "/"}, True),
        ({"path": "/static/app.js"}, True),
        ({"path": "/metrics"}, False),
        ({"path": "/openapi.json"}, False),
        ({"websocket": True}, False),
        ({"websocket": True, "cookies": f"photonic_token={TOKEN}"}, True),
    ],
)
def test_tokens(fields: dict[str, object], passes: bool) -> None:
    refusal = TokenRule(TOKEN).refusal(caller(**fields))
    assert (refusal is None) is passes
    assert refusal is None or (refusal.status, refusal.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_without_a_token_every_request_is_accepted() -> None:
    assert TokenRule(None).refusal(caller()) is None


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
    assert [message["type"] for message in sent] == ["websocket.close"]
