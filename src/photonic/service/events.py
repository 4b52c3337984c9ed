"""Status as text: one feed per station, encoded once for every socket; and server-sent events."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from photonic.model.status import Snapshot
    from photonic.service.roles import CameraStation

MEDIA_TYPE = "text/event-stream"
RECONNECT_AFTER_MS = 1000


class StatusFeed:
    """The newest snapshot of one station as JSON, made once for every live socket.

    ``number`` rises with each publication: on every change, and at least every second.
    """

    def __init__(self, station: CameraStation) -> None:
        self._station = station
        self._listeners: set[Callable[[], None]] = set()
        self.text = ""
        self.number = 0

    async def run(self) -> None:
        """Publish what the station says, until cancelled."""
        async for snapshot in self._station.snapshots():
            self.publish(snapshot)

    def publish(self, snapshot: Snapshot) -> None:
        """Make a snapshot the newest one and tell every listener."""
        if not self._listeners:
            return
        self.text = snapshot.model_dump_json()
        self.number += 1
        for listener in tuple(self._listeners):
            listener()

    @contextmanager
    def told(self, listener: Callable[[], None]) -> Generator[None]:
        """``listener`` is called after each publication for as long as the context lasts."""
        self._listeners.add(listener)
        try:
            yield
        finally:
            self._listeners.discard(listener)


def encode_event(snapshot: Snapshot) -> bytes:
    """One snapshot as a server-sent event; a repeated one, each second, is the heartbeat."""
    return f"id: {snapshot.boot_id}:{snapshot.rev}\nevent: status\ndata: {snapshot.model_dump_json()}\n\n".encode()


async def events(station: CameraStation) -> AsyncGenerator[bytes]:
    """The station's snapshots as server-sent events, without end."""
    yield f"retry: {RECONNECT_AFTER_MS}\n\n".encode()
    async for snapshot in station.snapshots():
        yield encode_event(snapshot)
