from __future__ import annotations

import pytest

from photonic.service.http.operator_gate import needs_operator
from photonic.service.http.security import Caller

PAGE = "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("POST", "/api/v1/camera/capture", False),
        ("POST", "/api/v1/cameras/0123/capture", False),
        ("POST", "/api/v1/camera/sequences", False),
        ("DELETE", "/api/v1/cameras/0123/sequences/abc", False),
        ("DELETE", "/api/v1/captures/abc", False),
        ("POST", "/api/v1/operator", False),
        ("POST", "/api/v1/camera/liveview/start", False),
        ("GET", "/api/v1/camera/settings", False),
        ("PATCH", "/api/v1/camera/settings", True),
        ("PUT", "/api/v1/cameras/0123/profile", True),
        ("POST", "/api/v1/camera/config", True),
        ("POST", "/api/v1/camera/focus", True),
        ("POST", "/api/v1/camera/disconnect", True),
        ("DELETE", "/api/v1/photos/abc", True),
        ("PATCH", "/api/v1/camera/settings/../capture", True),
        ("POST", "/api/v1/camera/capture/", True),
        ("POST", "/a-route-that-is-new", True),
    ],
)
def test_the_requests_that_need_the_operator(method: str, path: str, *, needed: bool) -> None:
    assert needs_operator(Caller(method, path, origin=PAGE)) is needed
    assert needs_operator(Caller(method, path, fetch_site="same-origin")) is needed


def test_a_program_needs_no_operator() -> None:
    assert not needs_operator(Caller("PATCH", "/api/v1/camera/settings"))
