"""Addresses of a service and its camera."""

from __future__ import annotations

import pytest

from photonic.client.address import ServiceAddress, bearer
from photonic.errors import BadInput
from photonic.model.frame import Scale
from photonic.model.hints import Hints


def test_the_routes_of_the_default_camera_and_of_a_named_one() -> None:
    assert ServiceAddress.parse("http://h:1/").camera_url("/capture") == "http://h:1/api/v1/camera/capture"
    assert ServiceAddress.parse("https://h/x", "a b/c").stream_url == (
        "wss://h/x/api/v1/cameras/a%20b%2Fc/liveview/stream"
    )
    assert ServiceAddress.parse("ws://[::1]:8000").url("/health") == "http://[::1]:8000/health"


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8000", "ftp://h", "http://", "http://h/?a=b", "http://h/#x", "http://h:99999", "http://h:x"]
)
def test_an_invalid_address_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        ServiceAddress.parse(url)


def test_a_token_is_sent_as_bearer_and_nothing_without_one() -> None:
    assert (bearer("x"), bearer(None)) == ({"Authorization": "Bearer x"}, {})


def test_hints_are_in_the_streams_address_only() -> None:
    address = ServiceAddress.parse("http://booth:8000", hints=Hints(10.0, Scale.HALF, adapts=False))
    assert address.stream_url == "ws://booth:8000/api/v1/camera/liveview/stream?scale=half&max_fps=10"
    assert address.camera_url("/capture") == "http://booth:8000/api/v1/camera/capture"


@pytest.mark.parametrize("camera", ["", "  "])
def test_an_empty_camera_name_is_refused(camera: str) -> None:
    with pytest.raises(BadInput, match="omit it"):
        ServiceAddress.parse("http://h", camera)
