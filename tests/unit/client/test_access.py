"""Letting others in from Python: what is asked, and the addresses that a link opens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from photonic.client.access import AccessClient, addresses
from photonic.model.access import MadeLink

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNED = "signature=76b15a1abf585c8b.e1OIq8"
BASE = "https://booth.example/booth1"


def made(scope: str, route: str) -> MadeLink:
    return MadeLink(
        id="76b15a1abf585c8b",
        scope=scope,
        role="viewer",
        made_by="first",
        ends_in_seconds=7200.0,
        streams=50,
        query=SIGNED,
        address=f"{BASE}/api/v1/{route}?{SIGNED}",
    )


@pytest.mark.parametrize(
    ("scope", "route", "opened"),
    [
        ("photo:a1", "photos/a1", {"photo": "/api/v1/photos/a1?", "thumbnail": "/api/v1/photos/a1/thumbnail?"}),
        (
            "session:party",
            "sessions/party/photos.zip",
            {"zip": "/api/v1/sessions/party/photos.zip?", "list": "/api/v1/sessions/party/photos?"},
        ),
        (
            "live:left",
            "cameras/left/liveview/stream.mjpg",
            {
                "stream": "/api/v1/cameras/left/liveview/stream.mjpg?",
                "snapshot": "/api/v1/cameras/left/liveview/snapshot.jpg?",
                "page": "/view?camera=left&",
            },
        ),
        (
            "live:camera",
            "camera/liveview/stream.mjpg",
            {
                "stream": "/api/v1/camera/liveview/stream.mjpg?",
                "snapshot": "/api/v1/camera/liveview/snapshot.jpg?",
                "page": "/view?",
            },
        ),
    ],
)
def test_a_link_opens_whole_addresses_below_the_services_prefix(scope: str, route: str, opened: dict[str, str]) -> None:
    assert addresses(made(scope, route)) == {what: f"{BASE}{path}{SIGNED}" for what, path in opened.items()}


class Asked:
    """Notes what is asked, and answers with ``answer``."""

    def __init__(self, answer: str) -> None:
        self._answer = answer
        self.requests: list[tuple[str, str, object]] = []

    async def __call__(
        self,
        method: str,
        route: str,
        *,
        body: object = None,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        assert params is None
        assert headers is None
        self.requests.append((method, route, body))
        return self._answer.encode()


async def test_only_what_is_given_is_asked_for() -> None:
    asked = Asked(made("live:left", "cameras/left/liveview/stream.mjpg").model_dump_json())
    client = AccessClient(asked)
    await client.make_link("live:left", ends_in_seconds=60.0)
    await client.make_link("live:left", ends_in_seconds=60.0, role="guest", streams=3)
    short = {"scope": "live:left", "ends_in_seconds": 60.0}
    assert asked.requests == [
        ("POST", "/links", short),
        ("POST", "/links", {**short, "role": "guest", "streams": 3}),
    ]


async def test_links_are_listed_and_revoked_and_codes_issued() -> None:
    assert (await AccessClient(Asked('{"links": []}')).links()).links == ()
    asked = Asked("{}")
    await AccessClient(asked).revoke_link("a/b")
    assert asked.requests == [("DELETE", "/links/a%2Fb", None)]
    code = {"id": "1", "role": "guest", "typed": True, "ends_in_seconds": 300, "code": "K7Q2-9XBD"}
    asked = Asked(json.dumps({**code, "address": f"{BASE}/sign-in#code=K7Q2-9XBD", "qr": "<svg/>"}))
    assert (await AccessClient(asked).issue_code("guest", typed=True)).code == "K7Q2-9XBD"
    assert asked.requests == [("POST", "/access/codes", {"role": "guest", "typed": True})]
