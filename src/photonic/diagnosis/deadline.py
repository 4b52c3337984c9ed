"""Runs a probe that may hang in a daemon thread: access to a dead network disk may never return."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_Result = TypeVar("_Result")


async def within(limit_seconds: float, probe: Callable[[], _Result]) -> _Result:
    """Run ``probe`` in a thread, and return its result or raise its exception.

    Raises ``TimeoutError`` if it takes longer than ``limit_seconds``; its thread then keeps running until the process
    ends.
    """
    answer: Future[_Result] = Future()
    answer.set_running_or_notify_cancel()

    def work() -> None:
        try:
            result = probe()
        except BaseException as error:  # noqa: BLE001 - raised again by the caller's await
            answer.set_exception(error)
        else:
            answer.set_result(result)

    threading.Thread(target=work, name="doctor", daemon=True).start()
    async with asyncio.timeout(limit_seconds):
        return await asyncio.wrap_future(answer)
