from __future__ import annotations

import pytest

from photonic.access.caller import Caller
from photonic.access.origins import OriginRule

ALLOWED = "http://page.example:3000"


def caller(**fields: object) -> Caller:
    return Caller(**{"method": "GET", "path": "/x", "host": "127.0.0.1:8000", **fields})  # type: ignore[arg-type]


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
    assert (OriginRule((f"{ALLOWED}/",)).problem(caller(**fields)) is None) is passes


@pytest.mark.parametrize(
    ("fields", "passes"),
    [
        ({}, True),
        ({"fetch_site": "same-origin"}, True),
        ({"fetch_site": "none"}, True),
        ({"fetch_site": "cross-site"}, False),
        ({"fetch_site": "cross-site", "fetch_mode": "no-cors"}, False),
        ({"fetch_site": "cross-site", "fetch_mode": "navigate"}, True),
        ({"fetch_site": "cross-site", "origin": ALLOWED}, True),
        ({"fetch_site": "cross-site", "referer": f"{ALLOWED}/page"}, True),
        ({"fetch_site": "cross-site", "referer": "http://evil.example/"}, False),
        ({"referer": "http://evil.example/page"}, False),
        ({"referer": "http://evil.example/page", "accepts_html": True}, True),
        ({"referer": "http://127.0.0.1:8000/gallery"}, True),
        ({"referer": f"{ALLOWED}/page"}, True),
        ({"referer": "http://x:y/"}, True),
    ],
)
def test_who_may_read(fields: dict[str, object], passes: bool) -> None:
    assert (OriginRule((ALLOWED,)).read_problem(caller(**fields)) is None) is passes
