"""A whole stack for each test of the founding scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.stack import Stack, stack

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@pytest.fixture
def whole(tmp_path: Path) -> Generator[Stack]:
    with stack(tmp_path / "photos") as running:
        yield running
