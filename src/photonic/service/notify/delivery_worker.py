"""Delivers one target's notifications, oldest first, until each is delivered, has failed, or is dropped."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from photonic.errors import StorageError
from photonic.model.hook import TargetHealth
from photonic.protocol.backoff import delay_after, doubling
from photonic.recurring import Recurring
from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.notify.notification import Delivered, DeliveryFailed, Notification, Retry

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.machine.timekeeping import Timekeeping
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.deliveries import Delivery, OutboxJournal
    from photonic.service.library.index import CaptureIndex
    from photonic.service.notify.notification import Notifier, Verdict

KEEP_SECONDS = 24 * 3600.0
"""How long a delivery is retried before it is dropped; only time in which the service runs counts."""
KEEP_TRIES = 12
"""Consecutive failures in this run before anything is dropped: about 20 minutes of doubling waits, enough for a network
that is down when the service starts."""
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 300.0
RETRY_SECONDS = 30.0
"""How long to wait after a disk error."""
JITTER = (0.8, 1.2)
FAILED = Retry("the delivery failed unexpectedly; see the service's log")
TIMER_SECONDS = 0.001

log = logging.getLogger(__name__)


class DeliveryWorker:
    """Delivers to one target.

    After a temporary failure all deliveries to the target wait; the wait doubles with each failure.

    Args:
        target: The target's name in the journal.
        notifier: Sends a notification to the target.
        outbox: Holds the pending deliveries.
        capture_index: Holds the captures' records.
        root: The folder in which the photos are stored.
        time: The clocks.
        jitter: Draws a number between two others.
        at_once: How many deliveries may run at the same time.
        unexpected: Counts failures.
    """

    def __init__(
        self,
        target: str,
        notifier: Notifier,
        outbox: OutboxJournal,
        capture_index: CaptureIndex,
        root: PhotoRoot,
        *,
        time: Timekeeping,
        jitter: Callable[[float, float], float],
        at_once: int = 1,
        unexpected: Unexpected | None = None,
    ) -> None:
        self._unexpected = unexpected or Unexpected()
        self._target = target
        self._notifier = notifier
        self._outbox = outbox
        self._capture_index = capture_index
        self._root = root
        self._time = time
        self._jitter = jitter
        self._at_once = at_once
        self._wanted = asyncio.Event()
        self._under_way: set[int] = set()
        self._failed_tries = 0
        self._resume_at: float | None = None
        self._health = TargetHealth(name=target)
        self._failures = Recurring(time.monotonic)

    def wake(self) -> None:
        """There may be something to deliver."""
        self._wanted.set()

    def health(self) -> TargetHealth:
        """The target's health."""
        return self._health.model_copy(update={"next_try_seconds": self._pause_left()})

    async def run(self) -> None:
        """Make all pending and future deliveries, until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._wanted.clear()
                if self._pause_left() is None:
                    self._resume_at = None
                    found = await self._next()
                    # A delivery that ended meanwhile may have started a pause; these are read again after it.
                    for delivery in found if self._pause_left() is None else ():
                        self._under_way.add(delivery.number)
                        group.create_task(self._deliver(delivery))
                try:
                    async with asyncio.timeout(self._pause_left()):
                        await self._wanted.wait()
                except TimeoutError:
                    pass

    def _pause_left(self) -> float | None:
        """Seconds left of a pause; ``None``: not paused."""
        if self._resume_at is None:
            return None
        left = self._resume_at - asyncio.get_running_loop().time()
        # The loop's timers may fire early, by its resolution.
        return left if left > TIMER_SECONDS else None

    def _pause(self, seconds: float) -> None:
        self._resume_at = asyncio.get_running_loop().time() + seconds

    async def _next(self) -> list[Delivery]:
        free = self._at_once - len(self._under_way)
        try:
            # A copy: another thread reads it while deliveries end, and would otherwise return those that just ended.
            without = frozenset(self._under_way)
            found = await self._outbox.waiting(self._target, free, without) if free else []
            # Counted last: a delivery that was added between the two queries must not start without being counted.
            self._health.waiting = await self._outbox.count(self._target)
        except StorageError as error:
            level = self._failures.level(error.reason, logging.INFO)
            log.log(level, "%s is waiting for the photo index: %s", self._target, error)
            self._pause(RETRY_SECONDS)
            return []
        return found

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            verdict = await self._attempt(delivery)
            overdue = isinstance(verdict, Retry) and self._is_overdue(delivery)
            if overdue or not isinstance(verdict, Retry):
                await self._outbox.done(delivery.number)
            self._record(delivery, verdict)
            if overdue:
                self._drop(delivery)
        except StorageError as error:
            log.info("%s: retrying %s: %s", self._target, delivery.capture_id, error)
            self._pause(RETRY_SECONDS)
        finally:
            self._under_way.discard(delivery.number)
            self._wanted.set()

    async def _attempt(self, delivery: Delivery) -> Verdict | None:
        """The result of one try; ``None``: the photo was deleted meanwhile. Raises ``StorageError``."""
        notification = await self._notification(delivery)
        if notification is None:
            return None
        with self._unexpected.survived(Where.DELIVERIES):
            return await self._notifier.deliver(notification)
        return FAILED

    def _is_overdue(self, delivery: Delivery) -> bool:
        """Whether it was retried for long enough and often enough."""
        return self._failed_tries >= KEEP_TRIES and self._outbox.running_seconds - delivery.since > KEEP_SECONDS

    async def _notification(self, delivery: Delivery) -> Notification | None:
        record = await self._capture_index.find(delivery.capture_id)
        ending = await self._capture_index.result(delivery.capture_id)
        if record is None or ending is None or record.deleted_at is not None:
            return None
        new = slice(delivery.first_file - 1, None)
        paths = tuple(self._root.path / file.path for file in ending.files[new])
        ids = tuple(photo.id for photo in record.files[new])
        hashes = tuple(file.sha256 for file in ending.files[new])
        own_id = f"{record.id}-{delivery.first_file}"
        return Notification(own_id, delivery.event, record, paths, ids, hashes) if paths else None

    def _record(self, delivery: Delivery, verdict: Verdict | None) -> None:
        health = self._health
        match verdict:
            case None:
                log.info("%s: skipping %s: the photo was deleted", self._target, delivery.capture_id)
            case Delivered():
                self._failures.over()
                if self._failed_tries:
                    log.info("%s: reachable again", self._target)
                self._failed_tries, health.failing = 0, None
                health.delivered += 1
            case DeliveryFailed(reason):
                log.warning("%s: delivery of %s failed: %s", self._target, delivery.capture_id, reason)
                self._failed_tries, health.failing, health.failed_at = 0, reason, self._time.wall()
                health.failed += 1
            case Retry(reason, after_seconds):
                doubled = delay_after(self._failed_tries, doubling(FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS))
                wait = max(after_seconds, doubled * self._jitter(*JITTER))
                level = self._failures.level(reason)
                log.log(level, "%s: %s; retrying in %.0f s", self._target, reason, wait)
                self._failed_tries += 1
                health.failing, health.failed_at = reason, self._time.wall()
                self._pause(wait)

    def _drop(self, delivery: Delivery) -> None:
        """Give the delivery up, so that the outbox does not grow without limit; try the next one soon."""
        self._health.failing = f"{self._health.failing}, for more than {KEEP_SECONDS / 3600:.0f} hours"
        self._health.failed += 1
        self._pause(FIRST_WAIT_SECONDS)
        log.warning("%s: dropped %s: %s", self._target, delivery.capture_id, self._health.failing)
