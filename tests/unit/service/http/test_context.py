"""The application context and the cameras that it runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import structlog
from tests.support.asking import app_context_behind, asking
from tests.support.fake_controller import FakeController

if TYPE_CHECKING:
    from collections.abc import Mapping


class LoggingController(FakeController):
    """Records the context of each line that it logs."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.bound: Mapping[str, object] = {}
        self.logged = asyncio.Event()

    async def run(self) -> None:
        self.bound = structlog.contextvars.get_contextvars()
        self.logged.set()
        await super().run()


@pytest.mark.parametrize("count", [1, 2])
async def test_with_several_cameras_each_log_line_names_its_camera(count: int) -> None:
    controllers = [LoggingController(name) for name in ("left", "right")[:count]]
    app_context = app_context_behind(asking(*controllers))
    running = [asyncio.create_task(app_context.run(controller)) for controller in controllers]
    await asyncio.gather(*(controller.logged.wait() for controller in controllers))
    app_context.stop()
    await asyncio.gather(*running)
    named = [controller.bound.get("camera") for controller in controllers]
    assert named == (["left", "right"] if count > 1 else [None])
