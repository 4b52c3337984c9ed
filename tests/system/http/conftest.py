"""Rules for every test of the real server."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.support.certificate import IssuedCertificate
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


@pytest.fixture(params=["direct", *(pytest.param(path, marks=pytest.mark.long) for path in ("plain", "tls"))])
def path(request: pytest.FixtureRequest) -> Path:
    """How frames leave the service (``tests.support.serving.Path``)."""
    return request.param


@pytest.fixture
def serve(path: Path, certificate: IssuedCertificate) -> Serve:
    """``serving`` by that path."""
    return partial(serving, direct=path != "plain", tls=certificate if path == "tls" else None)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> IssuedCertificate:
    """The service's certificate."""
    return IssuedCertificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(autouse=True)
def nobody_is_pinged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that are slow on purpose answer no ping in time: those who test pings ask for them."""
    monkeypatch.setattr("photonic.service.server.PING_EVERY_SECONDS", 3600.0)
