"""A whole stack for each test of the founding scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.stack import Stack, stack
from tests.support.usb_bus import NETWORK

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@pytest.fixture
def whole(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Stack]:
    """The camera is on the network, unless a test asks for another transport."""
    with stack(tmp_path / "photos", transport=getattr(request, "param", NETWORK)) as running:
        yield running
