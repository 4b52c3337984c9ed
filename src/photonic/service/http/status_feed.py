"""Status as text: one feed per station, encoded once for every socket; and server-sent events."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from photonic.model.status import Snapshot, ViewerStatus
    from photonic.protocol.envelopes import Envelope
    from photonic.service.http.camera_control import CameraControl

MEDIA_TYPE = "text/event-stream"
RECONNECT_AFTER_MS = 1000
LULL_SECONDS = 0.05
SLICES = 10
"""A thousand viewers reminded at once would be two thirds of a frame's time."""


class StatusFeed:
    """The newest snapshot of one station, as JSON made once for every live socket that gets the same.

    It is published on every change, several close together as one, and at least every second.
    """

    def __init__(self, controller: CameraControl) -> None:
        self._controller = controller
        self._listeners: dict[int, Callable[[Snapshot], None]] = {}
        self._newest: Snapshot | None = None
        self._texts: dict[tuple[ViewerStatus, Envelope], bytes] = {}

    async def run(self) -> None:
        """Publish what the station says, until cancelled."""
        told: int | None = None
        async for snapshot in self._controller.snapshots():
            if snapshot.rev == told:
                await self._remind(snapshot)
                continue
            told = snapshot.rev
            self.publish(snapshot)
            # Viewers that come in a crowd are not each told of every other one.
            await asyncio.sleep(LULL_SECONDS)

    def publish(self, snapshot: Snapshot) -> None:
        """Make a snapshot the newest one and tell every listener."""
        self._renew(snapshot)
        for listener in tuple(self._listeners.values()):
            listener(snapshot)

    def words(self, viewer: ViewerStatus, envelope: Envelope) -> bytes:
        """The newest snapshot for a viewer that gets this, in its envelope."""
        text = self._texts.get((viewer, envelope))
        if text is None:
            newest = self._newest or self._controller.snapshot()
            snapshot = newest.model_copy(update={"viewer": viewer})
            text = self._texts[viewer, envelope] = b"".join(envelope((snapshot.model_dump_json().encode(),)))
        return text

    @contextmanager
    def told(self, listener: Callable[[Snapshot], None]) -> Generator[None]:
        """``listener`` is told how it is now, and of each publication for as long as the context lasts."""
        snapshot = self._controller.snapshot()
        self._renew(snapshot)
        listener(snapshot)
        key = id(listener)
        self._listeners[key] = listener
        try:
            yield
        finally:
            del self._listeners[key]

    async def _remind(self, snapshot: Snapshot) -> None:
        """Tell every listener what it knows already, some at a time, so that no frame waits for it."""
        self._renew(snapshot)
        keys = tuple(self._listeners)
        for first in range(SLICES):
            for key in keys[first::SLICES]:
                if (listener := self._listeners.get(key)) is not None:
                    listener(snapshot)
            await asyncio.sleep(LULL_SECONDS / SLICES)

    def _renew(self, snapshot: Snapshot) -> None:
        self._newest = snapshot
        self._texts.clear()


def encode_event(snapshot: Snapshot) -> bytes:
    """One snapshot as a server-sent event; a repeated one, each second, is the heartbeat."""
    return f"id: {snapshot.boot_id}:{snapshot.rev}\nevent: status\ndata: {snapshot.model_dump_json()}\n\n".encode()


async def events(controller: CameraControl) -> AsyncGenerator[bytes]:
    """The station's snapshots as server-sent events, without end."""
    yield f"retry: {RECONNECT_AFTER_MS}\n\n".encode()
    async for snapshot in controller.snapshots():
        yield encode_event(snapshot)
