"""The real driver on the real libgphoto2, with kill points around its steps; a driver's module for the supervisor."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.kill_orders import FORMAT_VARIABLE, VARIABLE, Orders

from photonic.drivers.gphoto2.camera import ObjectAdded
from photonic.drivers.gphoto2.driver import GPhoto2Driver
from photonic.drivers.gphoto2.library import LibraryCamera
from photonic.worker.child.process import run_child
from photonic.worker.link.messages import Captured, CaptureProgressed, Staged

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.camera import CameraEvent

MIDDLE_SECONDS = 0.5
"""The library waits for 2.5 s for data that does not come."""

LIBRARY = "photonic.drivers.gphoto2.library:LibraryCamera"


def said(_outbox: object, message: object) -> str | None:
    """What the camera process says of a capture, as a step."""
    match message:
        case CaptureProgressed():
            return f"say_{message.phase}"
        case Staged():
            return "say_staged"
        case Captured():
            return "say_captured"
        case _:
            return None


def patch(orders: Orders) -> None:
    """Put the kill points in."""
    orders.around(f"{LIBRARY}.trigger", "trigger")
    orders.around(f"{LIBRARY}.details", "ask_details")
    orders.around(f"{LIBRARY}.fetch", "fetch")
    orders.around(f"{LIBRARY}.forget", "forget")
    orders.around("photonic.worker.child.sender:LinkSender.send", "say", said)
    _after_events(orders)
    _within_fetch(orders)
    _choose_format()


def _after_events(orders: Orders) -> None:
    real = LibraryCamera.next_event

    def next_event(self: LibraryCamera, wait_seconds: float, transfer_seconds: float = 0.0) -> CameraEvent:
        event = real(self, wait_seconds, transfer_seconds)
        if isinstance(event, ObjectAdded):
            # In RAM mode the library has taken the photo out of the camera by now, and told it so.
            orders.pass_by("object_added.after")
        return event

    LibraryCamera.next_event = next_event


def _within_fetch(orders: Orders) -> None:
    real = LibraryCamera.fetch

    def fetch(
        self: LibraryCamera, folder: str, name: str, take: Callable[[memoryview], object], limit_seconds: float
    ) -> None:
        if orders.ordered("fetch.middle"):
            # The test has the camera stop in the middle of its data.
            threading.Timer(MIDDLE_SECONDS, orders.die, ["fetch.middle"]).start()
        if orders.ordered("fetch.half_written"):
            blocks: list[bytes] = []
            real(self, folder, name, lambda block: blocks.append(bytes(block)), limit_seconds)
            content = b"".join(blocks)
            take(memoryview(content)[: len(content) // 2])
            orders.die("fetch.half_written")
        real(self, folder, name, take, limit_seconds)

    LibraryCamera.fetch = fetch


def _choose_format() -> None:
    wanted = os.environ.get(FORMAT_VARIABLE)
    if wanted is None:
        return
    real = LibraryCamera.open

    def open_(self: LibraryCamera) -> None:
        real(self)
        self.write("imageformat", wanted)

    LibraryCamera.open = open_


if __name__ == "__main__":
    patch(Orders(Path(os.environ[VARIABLE])))
    sys.exit(run_child(GPhoto2Driver, sys.argv))
