"""Redirects hold behind a proxy that serves the application under a path."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from starlette.datastructures import URL

from photonic.serving.relative_redirects import relative_to

HOST = "http://booth.local:8000"


@pytest.mark.parametrize(
    ("asked", "to"),
    [
        ("/docs/", "/docs"),
        ("/docs", "/docs/"),
        ("/api/v1/cameras/", "/api/v1/cameras"),
        ("/api/v1/cameras/?camera=left", "/api/v1/cameras?camera=left"),
        ("/a/b/c", "/"),
        ("/", "/x/y"),
        ("/sign-in", "/https:/evil.example/x"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "/booth1", "/a/b"])
def test_a_redirect_leads_to_the_same_place_under_every_path(asked: str, to: str, prefix: str) -> None:
    found = relative_to(URL(f"{HOST}{asked}"), f"{HOST}{to}")
    assert relative_to(URL(f"{HOST}{asked}"), to) == found
    assert not found.startswith(("/", "http"))
    assert urljoin(f"https://other.example{prefix}{asked}", found) == f"https://other.example{prefix}{to}"


@pytest.mark.parametrize(
    "location", ["https://other.example/docs", "sign-in?next=/gallery", "../docs", "//evil.example/x"]
)
def test_other_addresses_stay(location: str) -> None:
    assert relative_to(URL(f"{HOST}/docs/"), location) == location
