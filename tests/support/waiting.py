"""Waiting for what another process or thread does, which tells nobody: asked again and again, with an end."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

from photonic.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")
LONGEST_SECONDS = 30.0
LOOK_EVERY_SECONDS = 0.02


def until(
    condition: Callable[[], object], seconds: float = LONGEST_SECONDS, report: Callable[[], object] = str
) -> None:
    """Waits until ``condition`` holds. Fails after ``seconds``, with what ``report`` says."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {report()}"
        time.sleep(LOOK_EVERY_SECONDS)


def until_found(ask: Callable[[], T], condition: Callable[[T], object], seconds: float = LONGEST_SECONDS) -> T:
    """The first answer that fits ``condition``. Fails after ``seconds``, with the last answer."""
    deadline = time.monotonic() + seconds
    while not condition(answer := ask()):
        assert time.monotonic() < deadline, f"after {seconds:.0f} s it is {answer!r}"
        time.sleep(LOOK_EVERY_SECONDS)
    return answer


async def until_true(condition: Callable[[], object], seconds: float = LONGEST_SECONDS) -> None:
    """``until`` on an event loop."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - see above
            await asyncio.sleep(LOOK_EVERY_SECONDS / 2)


async def until_answer(
    ask: Callable[[], Awaitable[T]], condition: Callable[[T], object], seconds: float = LONGEST_SECONDS
) -> T:
    """``until_found`` on an event loop."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not condition(answer := await ask()):
        assert loop.time() < deadline, f"after {seconds:.0f} s it is {answer!r}"
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    return answer


async def taken_in_the_end(take: Callable[[], Awaitable[T]], seconds: float = 60.0) -> T:
    """The answer of a capture that succeeds after all; those before it are refused, each with a kind and a reason."""
    refused, last = 0, "none was answered"
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    return await take()
                except ServiceError as error:
                    assert error.kind is not None, error.reason
                    assert error.reason
                    refused, last = refused + 1, f"{error.kind}: {error.reason}"
                    await asyncio.sleep(10 * LOOK_EVERY_SECONDS)
    except TimeoutError:
        raise AssertionError(f"no capture succeeded within {seconds:.0f} s, {refused} were refused; {last}") from None
