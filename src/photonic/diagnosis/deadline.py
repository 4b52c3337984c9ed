"""Runs a probe that may hang in a daemon thread: access to a dead network disk may never return."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_Result = TypeVar("_Result")


async def within(limit_seconds: float, look: Callable[[], _Result]) -> _Result:
    """What ``look`` returns or raises.

    Raises ``TimeoutError`` when it takes longer; its thread is left behind then, and ends with the process.
    """
    answer: Future[_Result] = Future()
    answer.set_running_or_notify_cancel()

    def work() -> None:
        try:
            result = look()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            answer.set_exception(error)
        else:
            answer.set_result(result)

    threading.Thread(target=work, name="doctor", daemon=True).start()
    async with asyncio.timeout(limit_seconds):
        return await asyncio.wrap_future(answer)
