"""The status as text: one feed per camera, encoded once for all sockets that get the same; and server-sent events.

What a viewer gets depends on who it is (``session_names``): the operator, the owner of a running capture, anybody else.
While there is nothing to hide, it is the same text for all.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from photonic.service.http.session_names import has_names, named_to, records_of, shown_to, without_names

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Sequence

    from photonic.access.principal import Principal
    from photonic.model.reach import Reachable
    from photonic.model.status import Snapshot, ViewerStatus
    from photonic.protocol.envelopes import Envelope
    from photonic.service.http.camera_control import CameraControl

MEDIA_TYPE = "text/event-stream"
RECONNECT_AFTER_MS = 1000
LULL_SECONDS = 0.05
SLICES = 10
"""Repeated statuses are sent in this many slices: a thousand at once would take two thirds of a frame period."""


class StatusFeed:
    """The newest snapshot of one camera as JSON, encoded once for all live sockets that get the same text.

    A snapshot is published on every change and at least every second; changes in quick succession are merged.
    """

    def __init__(self, controller: CameraControl) -> None:
        self._controller = controller
        self._listeners: dict[int, Callable[[Snapshot], None]] = {}
        self._newest: Snapshot | None = None
        self._records: Sequence[Reachable] | None = None
        self._texts: dict[tuple[ViewerStatus, Envelope, frozenset[str] | None], bytes] = {}

    async def run(self) -> None:
        """Publish snapshots until cancelled."""
        published: int | None = None
        async for snapshot in self._controller.snapshots():
            if snapshot.rev == published:
                await self._repeat(snapshot)
                continue
            published = snapshot.rev
            self.publish(snapshot)
            # When many viewers join at once, they do not all get a status for each of the others.
            await asyncio.sleep(LULL_SECONDS)

    def publish(self, snapshot: Snapshot) -> None:
        """Make a snapshot the newest one and call every listener."""
        self._renew(snapshot)
        for listener in tuple(self._listeners.values()):
            listener(snapshot)

    def text(self, viewer: ViewerStatus, envelope: Envelope, who: Callable[[], Principal | None]) -> bytes:
        """The newest snapshot in ``envelope``, with the status of this ``viewer``.

        ``who``: who it is now; ``None``: its right has ended. It is asked only if there is something to hide.
        """
        newest = self._newest or self._controller.snapshot()
        named = self._named(newest, who)
        text = self._texts.get((viewer, envelope, named))
        if text is None:
            snapshot = without_names(newest, named).model_copy(update={"viewer": viewer})
            text = self._texts[viewer, envelope, named] = b"".join(envelope((snapshot.model_dump_json().encode(),)))
        return text

    @contextmanager
    def listening(self, listener: Callable[[Snapshot], None]) -> Generator[None]:
        """Call ``listener`` with the current snapshot, and with every published one while the context is open."""
        snapshot = self._controller.snapshot()
        self._renew(snapshot)
        listener(snapshot)
        key = id(listener)
        self._listeners[key] = listener
        try:
            yield
        finally:
            del self._listeners[key]

    async def _repeat(self, snapshot: Snapshot) -> None:
        """Call every listener with an unchanged snapshot, in slices, so that no frame is delayed."""
        self._renew(snapshot)
        keys = tuple(self._listeners)
        for first in range(SLICES):
            for key in keys[first::SLICES]:
                if (listener := self._listeners.get(key)) is not None:
                    listener(snapshot)
            await asyncio.sleep(LULL_SECONDS / SLICES)

    def _named(self, snapshot: Snapshot, who: Callable[[], Principal | None]) -> frozenset[str] | None:
        """See ``named_to``."""
        if not has_names(snapshot):
            return None
        if self._records is None:
            self._records = records_of(snapshot, self._controller)
        return named_to(who(), self._records)

    def _renew(self, snapshot: Snapshot) -> None:
        self._newest = snapshot
        self._records = None
        self._texts.clear()


def encode_event(snapshot: Snapshot) -> bytes:
    """One snapshot as a server-sent event; an unchanged one, repeated every second, serves as a heartbeat."""
    return f"id: {snapshot.boot_id}:{snapshot.rev}\nevent: status\ndata: {snapshot.model_dump_json()}\n\n".encode()


async def events(controller: CameraControl, who: Callable[[], Principal | None]) -> AsyncGenerator[bytes]:
    """The camera's snapshots as an endless stream of server-sent events; ``who``: as in ``StatusFeed.text``."""
    yield f"retry: {RECONNECT_AFTER_MS}\n\n".encode()
    async for snapshot in controller.snapshots():
        yield encode_event(shown_to(who(), snapshot, controller))
