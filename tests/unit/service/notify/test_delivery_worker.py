"""How long and how often one target is tried, in virtual time: the clock on the wall has no say in it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.gallery import still
from tests.support.surroundings import THIS_MACHINE
from tests.support.virtual_time import in_virtual_time

from photonic.model.hook import PhotoEvent
from photonic.service.base.running_time import RunningTime
from photonic.service.journal.deliveries import Delivery
from photonic.service.notify import delivery_worker as worker_module
from photonic.service.notify.delivery_worker import (
    FIRST_WAIT_SECONDS,
    JITTER,
    KEEP_SECONDS,
    KEEP_TRIES,
    LONGEST_WAIT_SECONDS,
    DeliveryWorker,
)
from photonic.service.notify.notification import Delivered, Retry

if TYPE_CHECKING:
    from collections.abc import Collection

    from photonic.service.notify.notification import Notification, Verdict

HOUR = 3600.0
SHORT_KEEP_SECONDS = 2 * HOUR
"""Where a day would cost too many tries: what is held is the same."""


@dataclass
class Record:
    """The outbox on the disk, and the time that the service has run, over its starts."""

    waiting_: list[Delivery] = field(default_factory=list[Delivery])
    ran_before: int = 0
    time: RunningTime | None = None

    @property
    def running_seconds(self) -> int:
        assert self.time is not None
        return self.time.seconds

    def start(self) -> None:
        self.time = RunningTime(asyncio.get_running_loop().time, self.ran_before)

    def stop(self) -> None:
        self.ran_before = self.running_seconds

    def put(self, number: int) -> None:
        event = PhotoEvent.SAVED
        self.waiting_.append(Delivery(number, "webhooks.a", event, f"c{number}", 1, self.running_seconds))

    async def waiting(self, _target: str, limit: int, without: Collection[int]) -> list[Delivery]:
        return [one for one in self.waiting_ if one.number not in without][:limit]

    async def count(self, _target: str) -> int:
        return len(self.waiting_)

    async def done(self, number: int) -> None:
        self.waiting_ = [one for one in self.waiting_ if one.number != number]


class Receiver:
    """Answers while it is ``up``; ``tries``: which delivery, when, and whether it was taken."""

    def __init__(self) -> None:
        self.up = False
        self.tries: list[tuple[str, float, bool]] = []

    async def deliver(self, notification: Notification) -> Verdict:
        await asyncio.sleep(0.1)
        self.tries.append((notification.id, asyncio.get_running_loop().time(), self.up))
        return Delivered() if self.up else Retry("the network is not up")


class FakeCaptureIndex:
    async def find(self, capture_id: str) -> Any:
        return still(capture_id)

    async def result(self, _capture_id: str) -> Any:
        return SimpleNamespace(files=(SimpleNamespace(path=PurePosixPath("photos/a.jpg"), sha256="0" * 64),))


def delivery_worker(record: Record, receiver: Receiver) -> DeliveryWorker:
    parts = (record, FakeCaptureIndex(), SimpleNamespace(path=Path("/root")))
    return DeliveryWorker(
        "webhooks.a", receiver, *cast("Any", parts), time=THIS_MACHINE.time, jitter=THIS_MACHINE.jitter
    )


def test_the_waits_double_up_to_five_minutes_and_no_further() -> None:
    async def story() -> None:
        record, receiver = Record(), Receiver()
        record.start()
        record.put(1)
        running = asyncio.create_task(delivery_worker(record, receiver).run())
        await asyncio.sleep(12 * HOUR)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        waits = [after[1] - before[1] for before, after in pairwise(receiver.tries)]
        for number, wait in enumerate(waits):
            doubled = min(FIRST_WAIT_SECONDS * 2**number, LONGEST_WAIT_SECONDS)
            assert doubled * JITTER[0] <= wait <= doubled * JITTER[1] + 0.2
        assert len(waits) > 12 * HOUR / (LONGEST_WAIT_SECONDS * JITTER[1] + 0.2)

    in_virtual_time(story())


def test_a_target_that_is_dead_for_days_lets_go_of_old_photos_and_of_no_new_ones() -> None:
    async def story() -> None:
        record, receiver = Record(), Receiver()
        record.start()
        for number in range(1, 51):
            record.put(number)
        running = asyncio.create_task(delivery_worker(record, receiver).run())
        await asyncio.sleep(KEEP_SECONDS - 600)
        assert len(record.waiting_) == 50
        record.put(51)
        await asyncio.sleep(2 * HOUR)
        assert [one.number for one in record.waiting_] == [51]
        receiver.up = True
        await asyncio.sleep(2 * LONGEST_WAIT_SECONDS)
        assert (record.waiting_, receiver.tries[-1][2]) == ([], True)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    in_virtual_time(story())


@settings(max_examples=30)
@given(
    runs=st.lists(
        st.tuples(
            # How long the service was off before, how long it runs, and when in it the receiver comes up.
            st.floats(0, 10 * SHORT_KEEP_SECONDS),
            st.floats(1.0, 1.5 * SHORT_KEEP_SECONDS),
            st.one_of(st.none(), st.floats(0.0, 1.5 * SHORT_KEEP_SECONDS)),
        ),
        min_size=1,
        max_size=4,
    )
)
@example(runs=[(0.0, 60.0, None), (2 * SHORT_KEEP_SECONDS, 60.0, 30.0)])
@example(runs=[(0.0, SHORT_KEEP_SECONDS - 10.0, None), (0.0, 60.0, None)])
def test_whatever_the_clock_does_a_photo_is_dropped_only_after_a_day_of_running_and_many_tries_in_a_row(
    runs: list[tuple[float, float, float | None]],
) -> None:
    async def story() -> None:
        loop, record = asyncio.get_running_loop(), Record()
        for number, (off_seconds, run_seconds, up_after) in enumerate(runs, 1):
            await asyncio.sleep(off_seconds)
            record.start()
            receiver = Receiver()
            record.put(number)
            before = {one.number: one for one in record.waiting_}
            running = asyncio.create_task(delivery_worker(record, receiver).run())
            if up_after is not None:
                loop.call_later(up_after, setattr, receiver, "up", True)
            await asyncio.sleep(run_seconds)
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            taken = {int(told.split("-")[0][1:]) for told, _at, well in receiver.tries if well}
            for dropped in before.keys() - taken - {one.number for one in record.waiting_}:
                assert record.running_seconds - before[dropped].since > SHORT_KEEP_SECONDS
                assert len(receiver.tries) > KEEP_TRIES
            if up_after is not None and run_seconds > up_after + 2 * LONGEST_WAIT_SECONDS:
                assert record.waiting_ == []
            record.stop()

    with patch.object(worker_module, "KEEP_SECONDS", SHORT_KEEP_SECONDS):
        in_virtual_time(story())


class SlowRecord(Record):
    """Answers a second late, as a busy disk does, and from what it held when it was asked."""

    async def count(self, _target: str) -> int:
        await asyncio.sleep(1.0)
        return len(self.waiting_)

    async def waiting(self, _target: str, limit: int, without: Collection[int]) -> list[Delivery]:
        rows = list(self.waiting_)
        await asyncio.sleep(1.0)
        return [one for one in rows if one.number not in without][:limit]


@pytest.mark.parametrize("verdict", [Retry("answers 429", 500.0), Delivered()])
def test_a_delivery_that_ends_while_the_next_ones_are_read_is_not_begun_again(verdict: Verdict) -> None:
    class Once:
        def __init__(self) -> None:
            self.tries: list[str] = []

        async def deliver(self, notification: Notification) -> Verdict:
            self.tries.append(notification.id)
            await asyncio.sleep(1.2)
            return verdict

    async def story() -> None:
        record, receiver = SlowRecord(), Once()
        record.start()
        record.put(1)
        parts = (record, FakeCaptureIndex(), SimpleNamespace(path=Path("/root")))
        worker = DeliveryWorker(
            "webhooks.a", receiver, *cast("Any", parts), time=THIS_MACHINE.time, jitter=THIS_MACHINE.jitter, at_once=2
        )
        running = asyncio.create_task(worker.run())
        for _second in range(20):
            await asyncio.sleep(0.3)
            worker.wake()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        assert len(receiver.tries) == 1

    in_virtual_time(story())


class GrowingRecord(Record):
    """A photo is saved right after the first query."""

    def _save(self) -> None:
        if not self.waiting_:
            self.put(1)

    async def count(self, target: str) -> int:
        found = await super().count(target)
        self._save()
        return found

    async def waiting(self, target: str, limit: int, without: Collection[int]) -> list[Delivery]:
        found = await super().waiting(target, limit, without)
        self._save()
        return found


def test_a_delivery_that_is_retried_counts_as_waiting() -> None:
    async def story() -> None:
        record, receiver = GrowingRecord(), Receiver()
        record.start()
        worker = delivery_worker(record, receiver)
        running = asyncio.create_task(worker.run())
        # The capture is reported a while after its record was written.
        await asyncio.sleep(0.3)
        worker.wake()
        await asyncio.sleep(0.2)
        assert (len(receiver.tries), worker.health().waiting) == (1, 1)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    in_virtual_time(story())
