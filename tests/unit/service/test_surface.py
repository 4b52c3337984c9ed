"""What a service's surface does around its stations."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import structlog
from tests.fakes.asking import asking, surface_behind
from tests.fakes.station import FakeStation

if TYPE_CHECKING:
    from collections.abc import Mapping


class LoggingStation(FakeStation):
    """Keeps what stands in each line that it logs."""

    bound: Mapping[str, object] | None = None

    async def run(self) -> None:
        self.bound = structlog.contextvars.get_contextvars()
        await super().run()


@pytest.mark.parametrize("count", [1, 2])
async def test_of_several_cameras_the_log_names_the_one_it_is_about(count: int) -> None:
    stations = [LoggingStation(name) for name in ("left", "right")[:count]]
    surface = surface_behind(asking(*stations))
    running = [asyncio.create_task(surface.run(station)) for station in stations]
    while any(station.bound is None for station in stations):
        await asyncio.sleep(0)
    surface.stop()
    await asyncio.gather(*running)
    expected = [{"camera": "left"}, {"camera": "right"}] if count > 1 else [{}]
    assert [station.bound for station in stations] == expected
