"""Tells one target of its photos, the oldest first, until each is told or given up."""

from __future__ import annotations

import asyncio
import logging
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from photonic.errors import StorageError
from photonic.model.hook import TargetHealth
from photonic.protocol.backoff import delay_after, doubling
from photonic.recurring import Recurring
from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.notify.notification import Delivered, DeliveryFailed, Notification, Retry

if TYPE_CHECKING:
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.deliveries import Delivery, OutboxJournal
    from photonic.service.library.index import CaptureIndex
    from photonic.service.notify.notification import Notifier, Verdict

KEEP_SECONDS = 24 * 3600.0
"""How long a delivery is retried before it is dropped: in time that the service runs."""
KEEP_TRIES = 12
"""So often in a row the target must have failed, in this run, before anything is dropped: about 20 minutes of doubling
waits, in which a network that is not up yet at the start comes up."""
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 300.0
RETRY_SECONDS = 30.0
"""After the disk has refused something."""
JITTER = (0.8, 1.2)
FAILED = Retry("the delivery failed unexpectedly: the service's log says how")
TIMER_SECONDS = 0.001

log = logging.getLogger(__name__)


class DeliveryWorker:
    """One target's. ``at_once``: deliveries that may be under way.

    A target that may answer later is left alone for a while that doubles from try to try, with all that waits for it.
    """

    def __init__(
        self,
        target: str,
        messenger: Notifier,
        outbox: OutboxJournal,
        capture_index: CaptureIndex,
        root: PhotoRoot,
        *,
        at_once: int = 1,
        unexpected: Unexpected | None = None,
    ) -> None:
        self._unexpected = unexpected or Unexpected()
        self._target = target
        self._messenger = messenger
        self._outbox = outbox
        self._capture_index = capture_index
        self._root = root
        self._at_once = at_once
        self._wanted = asyncio.Event()
        self._under_way: set[int] = set()
        self._tries = 0
        self._resume_at: float | None = None
        self._health = TargetHealth(name=target)
        self._failures = Recurring()

    def wake(self) -> None:
        """There may be something to tell."""
        self._wanted.set()

    def health(self) -> TargetHealth:
        """How it is doing."""
        left = self._left()
        return self._health.model_copy(update={"next_try_seconds": left})

    async def run(self) -> None:
        """Tell of what there is and of what comes, until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._wanted.clear()
                if self._left() is None:
                    self._resume_at = None
                    found = await self._next()
                    # A delivery that ended meanwhile may have asked for a pause; those found keep until it is over.
                    for delivery in found if self._left() is None else ():
                        self._under_way.add(delivery.number)
                        group.create_task(self._deliver(delivery))
                try:
                    async with asyncio.timeout(self._left()):
                        await self._wanted.wait()
                except TimeoutError:
                    pass

    def _left(self) -> float | None:
        """Seconds until it goes on; ``None``: now."""
        if self._resume_at is None:
            return None
        left = self._resume_at - asyncio.get_running_loop().time()
        # Timers of a loop come as early as its resolution allows.
        return left if left > TIMER_SECONDS else None

    def _pause(self, seconds: float) -> None:
        self._resume_at = asyncio.get_running_loop().time() + seconds

    async def _next(self) -> list[Delivery]:
        free = self._at_once - len(self._under_way)
        try:
            self._health.waiting = await self._outbox.count(self._target)
            # A copy: another thread reads it while deliveries end, and would find those that have just ended once more.
            return await self._outbox.waiting(self._target, free, frozenset(self._under_way)) if free else []
        except StorageError as error:
            level = self._failures.level(error.reason, logging.INFO)
            log.log(level, "%s waits for the record of captures: %s", self._target, error)
            self._pause(RETRY_SECONDS)
            return []

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            verdict = await self._told(delivery)
            overdue = isinstance(verdict, Retry) and self._is_overdue(delivery)
            if overdue or not isinstance(verdict, Retry):
                await self._outbox.done(delivery.number)
            self._take(delivery, verdict)
            if overdue:
                self._drop(delivery)
        except StorageError as error:
            log.info("%s is told of %s once more: %s", self._target, delivery.capture_id, error)
            self._pause(RETRY_SECONDS)
        finally:
            self._under_way.discard(delivery.number)
            self._wanted.set()

    async def _told(self, delivery: Delivery) -> Verdict | None:
        """What became of it; ``None`` for a photo that was deleted meanwhile. Raises ``StorageError``."""
        notice = await self._notice(delivery)
        if notice is None:
            return None
        with self._unexpected.survived(Where.DELIVERIES):
            return await self._messenger.tell(notice)
        return FAILED

    def _is_overdue(self, delivery: Delivery) -> bool:
        """Whether it was retried for long enough, and often enough."""
        return self._tries >= KEEP_TRIES and self._outbox.running_seconds - delivery.since > KEEP_SECONDS

    async def _notice(self, delivery: Delivery) -> Notification | None:
        record = await self._capture_index.found(delivery.capture_id)
        ending = await self._capture_index.ending(delivery.capture_id)
        if record is None or ending is None or record.deleted_at is not None:
            return None
        new = slice(delivery.first_file - 1, None)
        paths = tuple(self._root.path / file.path for file in ending.files[new])
        ids = tuple(photo.id for photo in record.files[new])
        return Notification(f"{record.id}-{delivery.first_file}", delivery.event, record, paths, ids) if paths else None

    def _take(self, delivery: Delivery, verdict: Verdict | None) -> None:
        health = self._health
        match verdict:
            case None:
                log.info("%s is not told of %s: it was deleted", self._target, delivery.capture_id)
            case Delivered():
                self._failures.over()
                if self._tries:
                    log.info("%s answers again", self._target)
                self._tries, health.failing = 0, None
                health.delivered += 1
            case DeliveryFailed(reason):
                log.warning("%s failed for %s: %s", self._target, delivery.capture_id, reason)
                self._tries, health.failing, health.failed_at = 0, reason, datetime.now(UTC)
                health.failed += 1
            case Retry(reason, after_seconds):
                doubled = delay_after(self._tries, doubling(FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS))
                wait = max(after_seconds, doubled * random.uniform(*JITTER))
                level = self._failures.level(reason)
                log.log(level, "%s: %s; it is tried again, first in %.0f s", self._target, reason, wait)
                self._tries += 1
                health.failing, health.failed_at = reason, datetime.now(UTC)
                self._pause(wait)

    def _drop(self, delivery: Delivery) -> None:
        """The target has failed for too long; the next one is tried soon: no outbox grows for ever."""
        self._health.failing = f"{self._health.failing}, for more than {KEEP_SECONDS / 3600:.0f} hours"
        self._health.failed += 1
        self._pause(FIRST_WAIT_SECONDS)
        log.warning("%s gave up on %s: %s", self._target, delivery.capture_id, self._health.failing)
