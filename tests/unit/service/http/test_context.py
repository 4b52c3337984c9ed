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

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.bound: Mapping[str, object] = {}
        self.logged = asyncio.Event()

    async def run(self) -> None:
        self.bound = structlog.contextvars.get_contextvars()
        self.logged.set()
        await super().run()


@pytest.mark.parametrize("count", [1, 2])
async def test_of_several_cameras_the_log_names_the_one_it_is_about(count: int) -> None:
    stations = [LoggingStation(name) for name in ("left", "right")[:count]]
    surface = surface_behind(asking(*stations))
    running = [asyncio.create_task(surface.run(station)) for station in stations]
    await asyncio.gather(*(station.logged.wait() for station in stations))
    surface.stop()
    await asyncio.gather(*running)
    named = [station.bound.get("camera") for station in stations]
    assert named == (["left", "right"] if count > 1 else [None])
