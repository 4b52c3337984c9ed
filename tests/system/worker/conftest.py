"""Supervisors with real camera processes of the synthetic driver, each camera with locks of its own."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from tests.support.launching import launch
from tests.support.recording import RecordingListener

from photonic.worker.supervision.supervisor import Supervisor
from photonic.worker.supervision.this_machine import ThisMachine

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from tests.system.worker.supervised import Camera, Supervise

    from photonic.worker.supervision.bus import Bus
    from photonic.worker.supervision.launch import Launch


@pytest.fixture
def supervise(tmp_path: Path) -> Supervise:
    """A running supervisor for as long as the context lasts."""

    @asynccontextmanager
    async def running(launched: Launch, bus: Bus | None = None) -> AsyncGenerator[tuple[Supervisor, RecordingListener]]:
        listener = RecordingListener()
        supervisor = Supervisor(launched, listener, host=ThisMachine(tmp_path / "locks"), clock=time.monotonic, bus=bus)
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(supervisor.run())
            try:
                yield supervisor, listener
            finally:
                task.cancel()

    return running


@pytest.fixture
def camera(supervise: Supervise, tmp_path: Path) -> Camera:
    """A running supervisor of a fake camera that behaves so; ``once=True``: it misbehaves once, then never again."""

    def behaving(**behaviour: object) -> AbstractAsyncContextManager[tuple[Supervisor, RecordingListener]]:
        if behaviour.get("once"):
            behaviour["once"] = tmp_path / "misbehaved"
        return supervise(launch(None, None, **behaviour))

    return behaving


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    """Where captures are staged."""
    path = tmp_path / "staging"
    path.mkdir()
    return path
