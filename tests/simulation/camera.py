"""A simulated camera process: the real driver and its loop, on a simulated body, at the far end of the link's bytes.

What ``worker.child.process`` does with threads, descriptors and ``os._exit`` is done here with a greenlet, a link in
memory and an end that cleans up nothing. Everything above that is the product's own code: the loop of the driver, live
view, the driver for libgphoto2. So the messages have the order that the real process gives them.
"""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from contextlib import suppress
from queue import Empty
from typing import TYPE_CHECKING

from tests.simulation.cable import FOREVER_SECONDS
from tests.simulation.driver_thread import DriverThread
from tests.simulation.library import ABSENT, OPEN_SECONDS, SimulatedLibrary

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.driver import GPhoto2Driver
from photonic.errors import CameraError
from photonic.worker.child.driving import DriverLoop
from photonic.worker.child.process import EXIT_BUG, EXIT_CAMERA, EXIT_ORPHAN
from photonic.worker.child.sender import LinkSender
from photonic.worker.link.codec import Decoder, LinkFrame, message_record
from photonic.worker.link.messages import CameraFault, CancelCapture, Command, Idle
from photonic.worker.supervision.spawn import described_end, uninterrupted

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.simulation.body import CameraBody
    from tests.simulation.stream import FarEnd

    from photonic.drivers.gphoto2.port import Port
    from photonic.worker.link.messages import Capture, Event
    from photonic.worker.roles import ParentLink

START_SECONDS = (0.12, 0.4)
"""Until a new process says its first word."""

RESIDENT_BYTES = 26 * 2**20
GROWTH_BYTES = (100 * 2**20, 1200 * 2**20)
SETTLE_SECONDS = 0.001


class SimulatedProcess:
    """One camera process; implements ``worker.host.Child`` and ``stream.FarSide``.

    Args:
        pid: Its number.
        find_body: The body at an address; ``None``: there is none.
        draw: How long things take.
        clock: Simulated seconds.
        fps: Live-view frames a second.
        failed: Is told of what the driver raises that is no error of a camera.
    """

    def __init__(
        self,
        pid: int,
        find_body: Callable[[Port], CameraBody | None],
        draw: random.Random,
        *,
        clock: Callable[[], float],
        fps: float,
        failed: Callable[[Exception], None],
    ) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.resident_bytes = RESIDENT_BYTES
        self._find_body = find_body
        self._draw = draw
        self._clock = clock
        self._fps = fps
        self._failed = failed
        loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = loop.create_future()
        self._thread = DriverThread(loop, self._main, waits=self._send, ended=lambda: self._end(0))
        self._commands = CommandQueue(self._thread)
        self._decoder: Decoder[Command] = Decoder(Command)
        self._link: FarEnd | None = None
        self._outbox = GatheringSender(clock)
        self._driving = DriverLoop(self._make_driver, self._outbox, self._commands, clock=clock)  # pyright: ignore[reportArgumentType] - it only gets

    # worker.host.Child

    async def wait(self, limit_seconds: float | None = None) -> None:
        """Wait for the process to end, for at most ``limit_seconds``."""
        await asyncio.wait([self._ended], timeout=limit_seconds)

    async def kill(self) -> None:
        """SIGKILL; returns when the process is gone. A cancellation is delivered afterwards."""
        self._thread.kill()
        self._end(-signal.SIGKILL)
        await uninterrupted(self._ended)

    def describe_end(self) -> str:
        """How the process ended; completes the sentence "the camera process ..."."""
        return described_end(self.returncode)

    def orphan(self, steps: int = 0) -> None:
        """The service is gone, its loop with it: the kernel kills this process, after ``steps`` more steps at most."""
        # The service may have died with the machine: then the disk refuses this process, too.
        with suppress(SystemExit):
            while steps > 0 and self._thread.step():
                steps -= 1
        self._thread.kill()

    # FarSide

    def connected(self, end: FarEnd) -> None:
        """See ``FarSide``; the process starts."""
        self._link = end
        self._thread.start(self._draw.uniform(*START_SECONDS))

    def received(self, data: bytes) -> None:
        """See ``FarSide``."""
        left = memoryview(data)
        while left and not self._thread.dead:
            room = self._decoder.room()
            count = min(len(room), len(left))
            room[:count] = left[:count]
            left = left[count:]
            for item in self._decoder.received(count):
                if isinstance(item, CancelCapture):
                    self._driving.cancel(item.capture_id)
                if not isinstance(item, LinkFrame):
                    self._commands.put(item)

    def closed(self) -> None:
        """See ``FarSide``; the process ends, whatever the driver is doing."""
        self._thread.kill()
        self._end(EXIT_ORPHAN)

    def _main(self) -> None:
        # The first message: from now on the parent measures the silence between messages.
        self._outbox.send(Idle())
        try:
            self._driving.run()
        except CameraError as error:
            self._fail(CameraFault(kind=error.kind, reason=error.reason, code=error.code), EXIT_CAMERA)
        except Exception as error:  # noqa: BLE001 - as in the real process
            self._failed(error)
            reason = f"the driver failed with {type(error).__name__}: {error}"
            self._fail(CameraFault(kind=CameraError(reason).kind, reason=reason), EXIT_BUG)

    def _fail(self, fault: CameraFault, code: int) -> None:
        """Report the fault, close the camera as properly as possible, and exit."""
        self._outbox.send(fault)
        self._driving.close()
        self._thread.leave(lambda: self._end(code))

    def _crash(self, number: int) -> None:
        self._thread.leave(lambda: self._end(-number))

    def _end(self, code: int) -> None:
        if self.returncode is None:
            self.returncode = code
            if self._link is not None:
                self._link.close()
            if not self._ended.done():
                self._ended.set_result(None)

    def _send(self) -> None:
        data = self._outbox.gathered()
        if data and self._link is not None:
            self._link.write(data)

    def _make_driver(self, outbox: ParentLink) -> SimulatedDriver:
        return SimulatedDriver(outbox, self._connect, self._thread, self._grow, self._clock)

    def _grow(self, size_bytes: int) -> None:
        self.resident_bytes += size_bytes

    def _connect(self, outbox: ParentLink, port: Port) -> SimulatedLibrary:
        body = self._find_body(port)
        if body is None:
            with outbox.calling("detect", OPEN_SECONDS):
                self._thread.pause(SETTLE_SECONDS)
            raise faults.classify(ABSENT, (), "detect")
        library = SimulatedLibrary(
            body,
            outbox,
            self._thread,
            self._draw,
            clock=self._clock,
            fps=self._fps,
            crash=self._crash,
        )
        library.open()
        return library


class SimulatedDriver(GPhoto2Driver):
    """The real driver, which may hang outside of any library call; tells the body who asks for an exposure."""

    def __init__(
        self,
        outbox: ParentLink,
        connect: Callable[[ParentLink, Port], SimulatedLibrary],
        thread: DriverThread,
        grow: Callable[[int], None],
        clock: Callable[[], float],
    ) -> None:
        self._library: SimulatedLibrary | None = None
        self._thread = thread
        self._grow = grow
        self._simulated = clock
        self._settled_at: float | None = None

        def remember(outbox: ParentLink, port: Port) -> SimulatedLibrary:
            self._library = connect(outbox, port)
            return self._library

        super().__init__(outbox, connect=remember, clock=clock, pause=thread.pause)

    def capture(self, command: Capture, cancelled: Callable[[], bool]) -> None:
        """See ``GPhoto2Driver``."""
        if self._library is not None:
            self._library.asked_by = command.capture_id
        super().capture(command, cancelled)

    def settle(self) -> None:
        """See ``GPhoto2Driver``."""
        # A loop of the driver takes a moment, too: without it, one that does nothing would be endless.
        if self._settled_at == self._simulated():
            self._thread.pause(SETTLE_SECONDS)
        self._settled_at = self._simulated()
        if self._library is not None:
            disturbances = self._library.body.disturbances
            if disturbances.strikes("silent_hang"):
                self._thread.pause(FOREVER_SECONDS)
            if disturbances.strikes("grow"):
                self._grow(disturbances.draw("grow").randint(*GROWTH_BYTES))
        super().settle()


class GatheringSender(LinkSender):
    """Gathers what is sent until the thread waits: until then no time passes, and nobody could receive it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(-1, clock=clock)

    def gathered(self) -> bytes:
        """What was sent since the last time."""
        data = b"".join(buffer for record in self._records for buffer in record)
        self._records.clear()
        self._frame = None
        return data

    def send(self, message: Event) -> None:
        # There is no other thread to lock out.
        self._records.append([memoryview(message_record(message))])
        self._sent_at = self._clock()

    def _flush(self) -> None:
        self._sent_at = self._clock()


class CommandQueue:
    """The commands of the service, as ``DriverLoop`` gets them from its ``SimpleQueue``."""

    def __init__(self, thread: DriverThread) -> None:
        self._thread = thread
        self._waiting: deque[Command] = deque()

    def put(self, command: Command) -> None:
        """Add a command; called by the loop."""
        self._waiting.append(command)
        self._thread.wake()

    def get_nowait(self) -> Command:
        """The next command. Raises ``Empty``."""
        self._thread.alive()
        if not self._waiting:
            raise Empty
        return self._waiting.popleft()

    def get(self, timeout: float) -> Command:
        """The next command within ``timeout`` seconds. Raises ``Empty``."""
        if not self._waiting:
            self._thread.wait(timeout)
        return self.get_nowait()
