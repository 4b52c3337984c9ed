"""Work that outlives its caller: when it begins, and when it is refused."""

from __future__ import annotations

import asyncio

import pytest

from photonic.errors import CaptureError, FailureKind
from photonic.service.base.background import BackgroundTasks

pytestmark = pytest.mark.looptime

CLOSED = "closed"


async def one() -> int:
    return 1


async def test_what_comes_before_the_start_waits_for_it() -> None:
    """The service answers requests a few turns of the loop before all its tasks have begun."""
    background = BackgroundTasks(CLOSED)
    asked = asyncio.create_task(background.outcome(one()))
    await asyncio.sleep(0)
    async with background:
        assert await asked == 1


async def test_a_start_that_does_not_come_refuses() -> None:
    with pytest.raises(CaptureError, match=CLOSED) as refused:
        await BackgroundTasks(CLOSED).outcome(one())
    assert refused.value.kind is FailureKind.SHUTTING_DOWN


async def test_what_comes_while_the_owner_starts_again_waits_for_it() -> None:
    background = BackgroundTasks(CLOSED)
    with pytest.raises(ExceptionGroup):
        async with background:
            raise ZeroDivisionError
    asked = asyncio.create_task(background.outcome(one()))
    await asyncio.sleep(0)
    async with background:
        assert await asked == 1


async def test_what_comes_after_the_end_is_refused_at_once() -> None:
    background = BackgroundTasks(CLOSED)

    async def owner() -> None:
        async with background:
            await asyncio.Event().wait()

    owning = asyncio.create_task(owner())
    assert await background.outcome(one()) == 1
    owning.cancel()
    await asyncio.wait([owning])
    began = asyncio.get_running_loop().time()
    with pytest.raises(CaptureError, match=CLOSED):
        await background.outcome(one())
    assert asyncio.get_running_loop().time() == began


async def test_a_caller_that_gives_up_waiting_leaves_nothing_behind() -> None:
    background = BackgroundTasks(CLOSED)
    asked = asyncio.create_task(background.outcome(one()))
    await asyncio.sleep(0)
    asked.cancel()
    await asyncio.wait([asked])
    assert asked.cancelled()
