"""A hook that prints: what is delivered to it, and what is left to deliver."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

from photonic.model.hook import Hook
from photonic.service.notify.notification import Delivered

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.controllers import ControllerHarness, ControllerHarnesses

    from photonic.model.hook import TargetHealth
    from photonic.service.notify.notification import Notification, Verdict


HOOKS = {"print": Hook(command=("true",), at_once=2)}
RAW = b"II*\0raw"


class Printer:
    """Stands in for the command: keeps its notifications, waits at its gate, and answers with ``verdicts`` in turn."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.verdicts: list[Verdict] = []
        self.delivered: list[Notification] = []
        self.at_once = 0
        self._inside = 0
        self._moved = asyncio.Condition()

    async def deliver(self, notice: Notification) -> Verdict:
        async with self._moved:
            self.delivered.append(notice)
            self._inside += 1
            self.at_once = max(self.at_once, self._inside)
            self._moved.notify_all()
        try:
            await self.gate.wait()
        finally:
            self._inside -= 1
        return self.verdicts.pop(0) if self.verdicts else Delivered()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20), self._moved:
            await self._moved.wait_for(condition)

    @property
    def numbers(self) -> list[int]:
        return [notice.record.sequence_number for notice in self.delivered]


def health(harness: ControllerHarness) -> TargetHealth:
    (target,) = harness.controller.health().targets
    return target


async def until_health(harness: ControllerHarness, condition: Callable[[TargetHealth], bool]) -> None:
    """A courier tells nobody of its figures: it is asked until they are so."""
    async with asyncio.timeout(20):
        while not condition(health(harness)):  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0)


def left(harnesses: ControllerHarnesses) -> int:
    """What lies in the record of a service that has stopped."""
    with sqlite3.connect(harnesses.photo_root / ".photonic" / "captures.sqlite3") as connection:
        (count,) = connection.execute("SELECT count(*) FROM deliveries").fetchone()
    connection.close()
    return count
