from __future__ import annotations

import asyncio

import pytest

from photonic.errors import EndOfStream
from photonic.service.base.shutdown import Endings


async def test_a_wait_ends_with_the_reason() -> None:
    endings = Endings()
    waiting = asyncio.Event()

    async def wait() -> None:
        async with endings.bound():
            waiting.set()
            await asyncio.get_running_loop().create_future()

    task = asyncio.ensure_future(wait())
    await waiting.wait()
    assert not endings.begun
    endings.end("stopping")
    with pytest.raises(EndOfStream, match="stopping"):
        await task
    assert endings.begun


async def test_a_wait_that_begins_after_the_end_ends_at_once() -> None:
    endings = Endings()
    endings.end("first")
    endings.end("second")
    with pytest.raises(EndOfStream, match="first"):
        async with endings.bound():
            await asyncio.get_running_loop().create_future()


async def test_a_wait_that_is_over_is_not_touched() -> None:
    endings = Endings()
    async with endings.bound():
        await asyncio.sleep(0)
    endings.end("stopping")
    await asyncio.sleep(0)


async def test_time_limits_of_the_body_stay_time_limits() -> None:
    with pytest.raises(TimeoutError):
        async with Endings().bound(), asyncio.timeout(0):
            await asyncio.get_running_loop().create_future()
