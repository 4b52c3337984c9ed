"""The transport on which a body is reached."""

from __future__ import annotations

import pytest
from tests.support.usb_bus import TRANSPORTS


@pytest.fixture(scope="module", params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    """The network, and a simulated USB bus in the long tests."""
    return request.param
