"""Each route is asked as each role and as a stranger: who reaches it is exactly what the table says."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.staticfiles import StaticFiles
from tests.support.asking import NOWHERE
from tests.support.fake_controller import FakeController

from photonic import web
from photonic.access.permission import PERMISSIONS, Permission, Role
from photonic.access.tokens import TokenTable
from photonic.protocol.live import SUBPROTOCOL
from photonic.service.app import create_app
from photonic.service.config.settings import ServiceSettings
from photonic.service.http.access import route_permissions
from photonic.serving.route_permissions import Declared, declared_needs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI
    from starlette.types import Message, Receive, Scope, Send

    from photonic.service.http.context import AppContext
    from photonic.serving.route_permissions import PermittedRoute

PAGE = Path(web.__file__).parent
TURNS = 500
"""Turns of the loop in which a request finds its route, or is refused."""
ASKERS = (None, *Role)


@dataclass
class Asked:
    """What became of a request: what the route that it reached declares, and the status, as far as they are known."""

    reached: Declared | None
    status: int | None


class Service:
    """The application, with a token for each role, and a look behind its gate."""

    def __init__(self) -> None:
        self.app: FastAPI = create_app(ServiceSettings(photo_root=NOWHERE), [FakeController("booth")], PAGE)
        context: AppContext = self.app.state.app_context
        self.table = route_permissions(self.app, context).table
        tokens = TokenTable()
        self.secrets = {role: tokens.add(role.value, role, None, "") for role in Role}
        context.access.replace_tokens(tokens)
        self._scope: Scope | None = None
        self.app.middleware_stack = layer = cast("Any", self.app.build_middleware_stack())
        while (inner := "app" if hasattr(layer, "app") else "_app") and getattr(layer, inner) is not self.app.router:
            layer = getattr(layer, inner)
        setattr(layer, inner, self._at_the_router)

    async def _at_the_router(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        await self.app.router(scope, receive, send)

    async def ask(self, method: str, path: str, asker: Role | None, *, websocket: bool = False) -> Asked:
        """Send one request without a body, and look how far it comes."""
        self._scope = None
        sent: list[Message] = []
        first: list[Message] = [
            {"type": "websocket.connect"} if websocket else {"type": "http.request", "body": b"", "more_body": False}
        ]

        async def receive() -> Message:
            if first:
                return first.pop()
            return await asyncio.Event().wait()  # type: ignore[return-value]

        async def send(message: Message) -> None:
            sent.append(message)

        headers = [(b"host", b"localhost")]
        if asker is not None:
            headers.append((b"authorization", f"Bearer {self.secrets[asker]}".encode()))
        scope: Scope = {
            "type": "websocket" if websocket else "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": headers,
            "client": ("127.0.0.1", 4711),
            "server": ("localhost", 8000),
            "extensions": {"websocket.http.response": {}},
            **({"subprotocols": [SUBPROTOCOL]} if websocket else {"method": method}),
        }
        task = asyncio.ensure_future(self.app(scope, receive, send))
        for _turn in range(TURNS):
            await asyncio.sleep(0)
            if task.done() or any(message["type"] == "http.response.start" for message in sent):
                break
            if self._scope is not None and "endpoint" in self._scope:
                break
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task
        status = next((message["status"] for message in sent if message["type"] == "http.response.start"), None)
        return Asked(self._found(), status)

    def _found(self) -> Declared | None:
        endpoint = None if self._scope is None else self._scope.get("endpoint")
        if isinstance(endpoint, StaticFiles):
            return Declared(Permission.OPEN)
        return None if endpoint is None else declared_needs(endpoint)


@pytest.fixture(scope="module")
def service() -> Service:
    return Service()


def address(path: str) -> str:
    """An address that the route of this path answers."""
    return re.sub(r"\{[^}]+\}", lambda found: "booth" if "camera" in found[0] else "x-1", path)


def requests(table: list[PermittedRoute]) -> Iterator[tuple[PermittedRoute, str]]:
    """Every route with each of its methods; a folder of files with GET."""
    for route in table:
        if route.websocket:
            yield route, "WEBSOCKET"
        else:
            methods = route.methods or {"GET"}
            yield from ((route, method) for method in sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def may(asker: Role | None, permission: Permission) -> bool:
    return permission is Permission.OPEN or (asker is not None and permission in PERMISSIONS[asker])


@pytest.mark.parametrize("asker", ASKERS)
async def test_each_route_is_reached_by_exactly_those_who_may(service: Service, asker: Role | None) -> None:
    differing: list[str] = []
    for route, method in requests(service.table):
        path = address(route.path)
        if route.methods is None and not route.websocket:
            path += "/style/base.css"
        asked = await service.ask(method, path, asker, websocket=route.websocket)
        expected = may(asker, route.declared.permission)
        reached = asked.reached is not None
        if reached is not expected or (reached and asked.reached != route.declared):
            differing.append(f"{method} {path}: {asked}, expected {expected}")
        if not reached and not route.websocket:
            right = {401, 303} if asker is None else {403}
            if asked.status not in right:
                differing.append(f"{method} {path}: {asked.status}, not {right}")
    assert differing == []


@given(st.data())
def test_no_way_of_writing_an_address_leads_past_the_gate(data: st.DataObject) -> None:
    """Other methods, letters, slashes and encodings: whoever reaches a route may do what it declares."""
    service = SHARED
    asker = data.draw(st.sampled_from(ASKERS))
    path = address(data.draw(st.sampled_from([route.path for route in service.table])))
    where = data.draw(st.integers(0, len(path)))
    change = data.draw(
        st.sampled_from(["", "/", "//", "/.", "/..", "%2f", ";", "\\", "A", "\x00", "?", "#", "/api", " "])
    )
    method = data.draw(st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get"]))
    websocket = data.draw(st.booleans())
    changed = path[:where] + change + path[where:]
    asked = asyncio.run(service.ask(method, changed, asker, websocket=websocket))
    # 405: the address of a route, with a method that it does not have.
    assert asked.reached is None or asked.status == 405 or may(asker, asked.reached.permission)


SHARED = Service()


@pytest.mark.parametrize(
    ("method", "path", "smallest"),
    [
        ("GET", "/health", None),
        ("GET", "/sign-in", None),
        ("GET", "/api/v1/access", None),
        ("GET", "/api/v1/camera/status", Role.VIEWER),
        ("WEBSOCKET", "/api/v1/camera/liveview/stream", Role.VIEWER),
        ("GET", "/operator", Role.VIEWER),
        ("POST", "/api/v1/camera/capture", Role.GUEST),
        ("GET", "/api/v1/photos", Role.GUEST),
        ("GET", "/api/v1/photos/{photo_id}", Role.GUEST),
        ("PATCH", "/api/v1/camera/settings", Role.OPERATOR),
        ("DELETE", "/api/v1/photos/{photo_id}", Role.OPERATOR),
        ("GET", "/api/v1/diagnosis/log", Role.OPERATOR),
        ("GET", "/api/v1/access/sessions", Role.OPERATOR),
        ("POST", "/api/v1/links", Role.OPERATOR),
    ],
)
def test_what_the_table_must_say(service: Service, method: str, path: str, smallest: Role | None) -> None:
    route = next(
        route
        for route in service.table
        if route.path == path and (method in (route.methods or ()) or (method == "WEBSOCKET" and route.websocket))
    )
    for asker in ASKERS:
        allowed = smallest is None or (asker is not None and asker.allows(smallest))
        assert may(asker, route.declared.permission) is allowed
