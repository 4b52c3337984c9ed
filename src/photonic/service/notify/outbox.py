"""A transactional outbox: every saved photo is delivered to every hook and webhook at least once.

The journal writes a delivery for each target in the same transaction as the photo itself. A delivery worker for each
target reads them in order, and removes each once it was delivered, failed permanently, or was retried for long enough.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from photonic.errors import PhotonicError
from photonic.recurring import Recurring
from photonic.service.journal.deliveries import OutboxJournal
from photonic.service.notify.delivery_worker import RETRY_SECONDS, DeliveryWorker
from photonic.service.notify.hook import HookCommand
from photonic.service.notify.webhook import WebhookSender

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.model.hook import Hook, TargetHealth, Webhook
    from photonic.service.base.surroundings import Surroundings
    from photonic.service.base.unexpected import Unexpected
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.database import JournalFile
    from photonic.service.library.index import CaptureIndex

log = logging.getLogger(__name__)


def targets(hooks: Mapping[str, Hook], webhooks: Mapping[str, Webhook]) -> tuple[str, ...]:
    """The names of the targets, as the journal uses them."""
    return (*(f"hooks.{name}" for name in hooks), *(f"webhooks.{name}" for name in webhooks))


class Outbox:
    """The delivery workers of one camera."""

    def __init__(
        self,
        hooks: Mapping[str, Hook],
        webhooks: Mapping[str, Webhook],
        journal: JournalFile,
        capture_index: CaptureIndex,
        root: PhotoRoot,
        *,
        surroundings: Surroundings,
        unexpected: Unexpected | None = None,
    ) -> None:
        self._journal = OutboxJournal(journal)
        self._capture_index = capture_index
        self._targets = targets(hooks, webhooks)
        time, host, transport = surroundings.time, surroundings.host, surroundings.webhooks
        self._clock = time.monotonic
        parts = (self._journal, capture_index, root)
        commands = [(HookCommand(hook, root.path, host), hook.at_once) for hook in hooks.values()]
        senders = [(WebhookSender(webhook, time=time, transport=transport), 1) for webhook in webhooks.values()]
        self._delivery_workers = tuple(
            DeliveryWorker(
                target,
                notifier,
                *parts,
                time=time,
                jitter=surroundings.jitter,
                at_once=at_once,
                unexpected=unexpected,
            )
            for target, (notifier, at_once) in zip(self._targets, [*commands, *senders], strict=True)
        )

    def wake(self) -> None:
        """Wake the workers: there may be something to deliver. Never waits."""
        for delivery_worker in self._delivery_workers:
            delivery_worker.wake()

    def health(self) -> tuple[TargetHealth, ...]:
        """The health of each target."""
        return tuple(delivery_worker.health() for delivery_worker in self._delivery_workers)

    async def run(self) -> None:
        """Make the deliveries that earlier runs left and all new ones, until cancelled."""
        await self._open()
        async with asyncio.TaskGroup() as group:
            for delivery_worker in self._delivery_workers:
                group.create_task(delivery_worker.run())

    async def _open(self) -> None:
        refusals = Recurring(self._clock)
        while True:
            try:
                await self._capture_index.open()
                if dropped := await self._journal.forget_others(self._targets):
                    log.warning(
                        "notifications dropped because their hooks are no longer in the configuration: %d", dropped
                    )
            except PhotonicError as error:
                log.log(refusals.level(str(error), logging.INFO), "notifications wait for the photo index: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return
