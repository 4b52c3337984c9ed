from __future__ import annotations

import pytest

from photonic.access.caller import Caller


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("name=value", "value"),
        ('prefs={"x":1}; name=value', "value"),
        ("a b; =; ;; name=value; other=x", "value"),
        ('name="value"', "value"),
        ("other=name=value", ""),
        ("names=value", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_cookie_is_found_beside_malformed_ones(header: str | None, value: str) -> None:
    assert Caller("GET", "/", cookies=header).cookie("name") == value


@pytest.mark.parametrize(
    ("fields", "navigates"),
    [
        ({"fetch_mode": "navigate"}, True),
        ({"accepts_html": True}, True),
        ({"fetch_mode": "no-cors", "accepts_html": True}, False),
        ({"accepts_html": True, "origin": "http://evil.example"}, False),
        ({}, False),
    ],
)
def test_a_request_with_an_origin_is_no_navigation(fields: dict[str, object], navigates: bool) -> None:
    assert Caller("GET", "/", **fields).is_navigation is navigates  # type: ignore[arg-type]
