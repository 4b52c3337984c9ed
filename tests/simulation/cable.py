"""The cable between the simulated library and a body: each call takes a moment, and may hang, crash or break."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Generator

    from tests.simulation.body import BodySession, CameraBody
    from tests.simulation.driver_thread import DriverThread

    from photonic.worker.roles import ParentLink

FOREVER_SECONDS = 1e6
CALL_SECONDS = (0.001, 0.004)
IO_ERROR, NO_DEVICE = -7, -52


class Cable:
    """The connection of one camera process. ``session``: with the body; ``None``: there is none yet.

    Args:
        body: At its end.
        outbox: Is told of each call.
        thread: The process's main thread, whose time passes in each call.
        draw: How long things take.
        crash: Ends the process with this signal.
    """

    def __init__(
        self,
        body: CameraBody,
        outbox: ParentLink,
        thread: DriverThread,
        draw: random.Random,
        crash: Callable[[int], None],
    ) -> None:
        self.session: BodySession | None = None
        self._body = body
        self._outbox = outbox
        self._thread = thread
        self._strikes = body.disturbances.strikes
        self._draw = draw
        self._crash = crash

    @contextmanager
    def call(self, name: str, limit_seconds: float, *, waits: bool = False) -> Generator[None]:
        """Announce a call of the library for the duration of the context.

        It takes a moment, unless the body of the context ``waits`` anyway. Raises ``CameraError``.
        """
        self._thread.alive()
        with self._outbox.calling(name, limit_seconds):
            if not waits:
                self.pass_time(CALL_SECONDS)
            if self._strikes("hang"):
                self.hang()
            if self._strikes("crash"):
                self._crash(signal.SIGABRT)
            if self._strikes("lost_connection"):
                raise faults.classify(IO_ERROR, (), name)
            self.reach()
            yield

    def reach(self) -> None:
        """Raise ``CameraError`` if the cable is out, or was."""
        if not self._body.reachable:
            raise faults.classify(NO_DEVICE, (), "port")
        if self._body.session is not self.session:
            raise faults.classify(IO_ERROR, (), "port")

    def transfer(
        self, content: bytes, pieces: int, take: Callable[[memoryview], object], seconds: tuple[float, float]
    ) -> None:
        """Send a file in so many pieces, each in a time within ``seconds``.

        Raises ``CameraError``, and what ``take`` raises.
        """
        if self._strikes("crash_between_files"):
            self._crash(signal.SIGSEGV)
        cut, hang, crash = (self._strikes(f"{what}_file") for what in ("cut_in", "hang_in", "crash_in"))
        size = -(-len(content) // pieces)
        refusal: OSError | None = None
        for place in range(0, len(content), size):
            self.pass_time(seconds)
            self.reach()
            if cut and (place or size >= len(content)):
                raise faults.classify(IO_ERROR, (), "file_get")
            if refusal is None:
                try:
                    take(memoryview(content)[place : place + size])
                except OSError as error:
                    refusal = error  # raised after the transfer, as in ``native.file_get_blocks``
            if hang:
                self.hang()
            if crash:
                self._crash(signal.SIGSEGV)
        if refusal is not None:
            raise refusal

    def hang(self) -> None:
        """Never answer."""
        self._thread.pause(FOREVER_SECONDS)

    def pass_time(self, seconds: tuple[float, float]) -> None:
        """Take a time between these two."""
        self._thread.pause(self._draw.uniform(*seconds))
