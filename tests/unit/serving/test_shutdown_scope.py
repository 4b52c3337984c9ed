from __future__ import annotations

import asyncio

import pytest

from photonic.errors import EndOfStream
from photonic.serving.shutdown_scope import ShutdownScope


async def test_a_wait_ends_with_the_reason() -> None:
    shutdown = ShutdownScope()
    waiting = asyncio.Event()

    async def wait() -> None:
        async with shutdown.bound():
            waiting.set()
            await asyncio.get_running_loop().create_future()

    task = asyncio.ensure_future(wait())
    await waiting.wait()
    assert not shutdown.begun
    shutdown.end("stopping")
    with pytest.raises(EndOfStream, match="stopping"):
        await task
    assert shutdown.begun


async def test_a_wait_that_begins_after_the_end_ends_at_once() -> None:
    shutdown = ShutdownScope()
    shutdown.end("first")
    shutdown.end("second")
    with pytest.raises(EndOfStream, match="first"):
        async with shutdown.bound():
            await asyncio.get_running_loop().create_future()


async def test_a_wait_that_is_over_is_not_touched() -> None:
    shutdown = ShutdownScope()
    async with shutdown.bound():
        await asyncio.sleep(0)
    shutdown.end("stopping")
    await asyncio.sleep(0)


async def test_time_limits_of_the_body_stay_time_limits() -> None:
    with pytest.raises(TimeoutError):
        async with ShutdownScope().bound(), asyncio.timeout(0):
            await asyncio.get_running_loop().create_future()
