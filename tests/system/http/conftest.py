"""Rules for every test of the real server."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.support.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.serving import Path, Serve


@pytest.fixture(autouse=True)
def nothing_goes_wrong_in_the_server(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fails a test during which uvicorn logged an error: an exception of ours, or a response that was not ended."""
    yield
    errors = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert errors == []


@pytest.fixture(params=["direct", pytest.param("plain", marks=pytest.mark.long)])
def path(request: pytest.FixtureRequest) -> Path:
    """How frames leave the service: written to the transports themselves, or through ASGI and uvicorn's own classes."""
    return request.param


@pytest.fixture
def serve(path: Path) -> Serve:
    """``serving`` by that path."""
    return partial(serving, direct=path == "direct")


@pytest.fixture(autouse=True)
def nobody_is_pinged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that are slow on purpose answer no ping in time: those who test pings ask for them."""
    monkeypatch.setattr("photonic.service.server.PING_EVERY_SECONDS", 3600.0)
