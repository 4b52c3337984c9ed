"""Requests from behind proxies: whose they are, how they came, and at which path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from fastapi.routing import iter_route_contexts
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette._utils import get_route_path
from starlette.requests import HTTPConnection
from tests.support.asking import CAMERA, asking
from tests.support.fake_controller import FakeController

from photonic import web
from photonic.access.forwarding import TrustedProxies
from photonic.access.names import HostRule
from photonic.service.app import create_app
from photonic.service.config.fields import OWN_PATHS
from photonic.service.config.settings import ServiceSettings
from photonic.serving.callers import caller_of
from photonic.serving.proxies import Proxies

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

TRUSTED = TrustedProxies.parse(["127.0.0.1", "unix"])
HOSTS = HostRule("127.0.0.1", ["booth.example"])
SEGMENTS = st.text(st.sampled_from("abz019-_.~ /é"), max_size=12)


class Seen:
    """The application: keeps what it is handed."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {}

    async def __call__(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        self.scope = dict(scope)


async def no_message() -> Message:
    raise AssertionError


async def passed(
    path: str = "/gallery",
    *,
    headers: dict[str, str] | None = None,
    peer: tuple[str, int] | None = ("127.0.0.1", 5000),
    kind: str = "http",
    root_path: str = "",
    query: str = "",
    trusted: TrustedProxies = TRUSTED,
) -> tuple[dict[str, Any], list[Message]]:
    """What the application sees, and what is answered without it."""
    seen, sent = Seen(), list["Message"]()

    async def send(message: Message) -> None:
        sent.append(message)

    lines = {"host": "127.0.0.1:8000", **(headers or {})}
    scope: dict[str, Any] = {
        "type": kind,
        "http_version": "1.1",
        "scheme": "http" if kind == "http" else "ws",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in lines.items()],
        "client": peer,
        "server": ("127.0.0.1", 8000),
    }
    if kind == "http":
        scope["method"] = "GET"
    await Proxies(seen, trusted=trusted, hosts=HOSTS, root_path=root_path)(scope, no_message, send)
    return seen.scope, sent


async def test_a_trusted_proxy_says_who_the_client_is_and_how_it_came() -> None:
    headers = {"x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "https", "x-forwarded-host": "booth.example:8443"}
    scope, _sent = await passed(headers=headers)
    caller = caller_of(scope)
    assert (caller.client, caller.peer, caller.secure) == ("192.0.2.1", "127.0.0.1", True)
    assert caller.host == "booth.example:8443"
    assert caller.proxied
    assert str(HTTPConnection(scope).base_url) == "https://booth.example:8443/"
    socket, _sent = await passed(headers=headers, kind="websocket")
    assert socket["scheme"] == "wss"


async def test_nobody_else_can_say_it() -> None:
    headers = {"x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "https", "x-forwarded-host": "booth.example"}
    for peer, trusted in ((("198.51.100.9", 5000), TRUSTED), (("127.0.0.1", 5000), TrustedProxies())):
        scope, _sent = await passed(headers=headers, peer=peer, trusted=trusted)
        caller = caller_of(scope)
        assert (caller.client, caller.secure, caller.host) == (peer[0], False, "127.0.0.1:8000")
        assert caller.proxied


async def test_a_trusted_proxy_that_says_nothing_vouches_for_nobody() -> None:
    scope, _sent = await passed()
    assert caller_of(scope).client is None
    assert caller_of(scope).peer == "127.0.0.1"


async def test_the_unix_socket_can_be_a_proxy() -> None:
    scope, _sent = await passed(headers={"forwarded": "for=192.0.2.1"}, peer=None)
    assert caller_of(scope).client == "192.0.2.1"


async def test_a_forwarded_host_counts_only_beside_an_own_one() -> None:
    """A page that reached the proxy by a name of its own cannot choose Host, but X-Forwarded-Host."""
    scope, _sent = await passed(headers={"host": "evil.example", "x-forwarded-host": "booth.example"})
    assert caller_of(scope).host == "evil.example"


@pytest.mark.parametrize("path", ["/gallery", "/booth1/gallery"])
async def test_a_prefix_is_served_whether_the_proxy_removes_it_or_not(path: str) -> None:
    scope, _sent = await passed(path, root_path="/booth1")
    assert (scope["root_path"], scope["path"], scope["raw_path"]) == ("/booth1", "/booth1/gallery", b"/booth1/gallery")
    assert caller_of(scope).path == "/gallery"
    assert str(HTTPConnection(scope).base_url) == "http://127.0.0.1:8000/booth1/"


@settings(max_examples=40)
@given(path=SEGMENTS, root=st.sampled_from(["/booth1", "/a/b"]))
async def test_a_path_is_the_same_with_and_without_the_prefix(path: str, root: str) -> None:
    with_root, _sent = await passed(f"{root}/{path}", root_path=root)
    assert with_root["path"] == f"{root}/{path}"
    assert get_route_path(with_root) == f"/{path}"
    if not f"/{path}".startswith((f"{root}/", root)):
        without, _sent = await passed(f"/{path}", root_path=root)
        assert (without["path"], without["root_path"]) == (with_root["path"], root)


async def test_another_prefix_that_begins_alike_is_none() -> None:
    scope, _sent = await passed("/booth12", root_path="/booth1")
    assert caller_of(scope).path == "/booth12"


async def test_the_prefix_itself_leads_to_the_front_page() -> None:
    _scope, sent = await passed("/booth1", root_path="/booth1", query="lang=de")
    assert sent[0]["status"] == 308
    assert dict(sent[0]["headers"])[b"location"] == b"/booth1/?lang=de"


def test_no_prefix_can_be_taken_for_a_route(tmp_path: Path) -> None:
    app = create_app(ServiceSettings(photo_root=tmp_path), [FakeController()], Path(web.__file__).parent)
    first = {(route.path or "/").split("/")[1] for route in iter_route_contexts(app.routes)}
    assert first - {""} <= OWN_PATHS


async def test_addresses_in_answers_have_the_prefix_and_the_public_name() -> None:
    settings: dict[str, Any] = {
        "root_path": "/booth1",
        "trusted_proxies": ("127.0.0.1",),
        "allowed_hosts": ("booth.example",),
        "allow_anonymous": "operator",
    }
    headers = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "booth.example"}
    async with asking(FakeController(), **settings) as client:
        client.headers.update(headers)
        openapi = (await client.get("/openapi.json")).json()
        asyncapi = (await client.get("/booth1/asyncapi.json")).json()
        body = {"session_id": "s", "sequence_number": 1}
        taken = await client.post(f"{CAMERA}/capture", json=body, headers={"Prefer": "respond-async"})
        sequence = await client.post(f"{CAMERA}/sequences", json={"kind": "burst", "session_id": "s", "count": 2})
    assert openapi["servers"] == [{"url": "/booth1"}]
    sockets = asyncapi["servers"]["sockets"]
    assert (sockets["host"], sockets["pathname"], sockets["protocol"]) == ("booth.example", "/booth1/", "wss")
    for answer, folder in ((taken, "captures"), (sequence, "camera/sequences")):
        # Relative, from the address that the proxy was asked for.
        asked = httpx2.URL(f"https://booth.example/booth1{answer.url.path}")
        assert asked.join(answer.headers["location"]).path.startswith(f"/booth1/api/v1/{folder}/")
