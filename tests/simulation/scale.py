"""Makes the driver's limits of sizes a thousandth, as the simulated photos are, and names the simulated boot.

A camera process is looked at half as often as by the real service: most steps of an idle history are such looks. And
nothing is mounted, whatever the kernel's table says: it is read for each capture.

The audit of a card notices a missing photo by its size, a large object is fetched in pieces, and a film is large: with
photos of a few kilobytes none of that would ever happen.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from unittest import mock

from tests.simulation.card import CLUSTER_BYTES

from photonic.drivers.gphoto2 import card, card_audit, object_intake, pieces, shot_files
from photonic.service.files import disk
from photonic.worker.supervision import deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

LARGE_BYTES = 64 * 1024
PIECE_BYTES = 8 * 1024
COMPARED_BYTES = 1024
UNKNOWN_PHOTO_BYTES = 3 * 1024
POLL_SECONDS = 0.5
"""Live view that is stale after 2 s must be said to be so within 2.6 s."""


@contextmanager
def scaled(boot: Callable[[], str] = lambda: "boot") -> Generator[None]:
    """Scale the driver down while the context lasts; ``boot`` names the boot of the simulated machine."""
    with ExitStack() as stack:
        for module in (pieces, card, object_intake, shot_files):
            stack.enter_context(mock.patch.object(module, "LARGE_BYTES", LARGE_BYTES))
        stack.enter_context(mock.patch.object(pieces, "PIECE_BYTES", PIECE_BYTES))
        stack.enter_context(mock.patch.object(pieces, "COMPARED_BYTES", COMPARED_BYTES))
        stack.enter_context(mock.patch.object(card_audit, "CLUSTER_BYTES", CLUSTER_BYTES))
        stack.enter_context(mock.patch.object(card_audit, "UNKNOWN_PHOTO_BYTES", UNKNOWN_PHOTO_BYTES))
        for module in (card, object_intake):
            stack.enter_context(mock.patch.object(module, "machine_boot", boot))
        stack.enter_context(mock.patch.object(disk, "mount_points", lambda: ("/",)))
        stack.enter_context(mock.patch.object(deadline, "POLL_SECONDS", POLL_SECONDS))
        yield
