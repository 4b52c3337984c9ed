"""The webcam on its cable: its device node, the sockets of the programs that have it open, and its clock.

Theory of operation. Everything runs in one event loop. Every input (a call, a timer) ends in ``pump``: it writes the
frames that are due into the mapped file, shows through the node's pipe whether a frame can be taken, and sets one timer
for what is due next. As on the simulated USB bus, a webcam that is unplugged loses its names, while its socket still
listens for a moment: the preload library ends a program that finds a name without a listener. Programs that have the
node open keep their sockets, and are answered ENODEV; the pipe stays readable for them.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Self

from photonic.simulator.usb.program_connection import ProgramConnection
from photonic.simulator.usb.uevent import UeventAction, pack_uevent
from photonic.simulator.video.entries import BUS, NODE, video_path, video_properties, webcam_entries
from photonic.simulator.video.video_file import VideoFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

    from photonic.simulator.faults import Fault, FaultName
    from photonic.simulator.journal import Journal
    from photonic.simulator.usb.bus_folder import BusFolder
    from photonic.simulator.usb.preload import PreloadConnection
    from photonic.simulator.video.webcam import Webcam

LISTENS_ON_SECONDS = 5.0
FRAMES_FOLDER = "frames"
"""In the root; ``shim.c`` maps its files."""

PIPES_FOLDER = "pipes"


class FramePipe:
    """The device node at ``path``: a pipe that is readable while a frame can be taken.

    ``own_name``: under which the simulation opens it; otherwise it would look like a program that holds the webcam.
    """

    def __init__(self, path: Path, own_name: Path) -> None:
        for name in (path, own_name):
            name.parent.mkdir(parents=True, exist_ok=True)
            name.unlink(missing_ok=True)
        os.mkfifo(own_name, 0o666)
        self._path = path
        self._file = os.open(own_name, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        path.hardlink_to(own_name)
        self._ready = False

    def set_ready(self, *, ready: bool) -> None:
        """Tell the programs that have the node open whether a frame can be taken."""
        if ready == self._ready:
            return
        self._ready = ready
        with suppress(BlockingIOError):
            if ready:
                os.write(self._file, b"\0")
            else:
                os.read(self._file, 1)

    def close(self) -> None:
        """Remove the name, and leave the pipe readable for the programs that have it open."""
        self.set_ready(ready=True)
        self._path.unlink(missing_ok=True)
        os.close(self._file)


class PluggedWebcam:
    """A webcam that programs see inside its ``async with`` block, whenever its cable is in."""

    def __init__(
        self, webcam: Webcam, folder: BusFolder, journal: Journal, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._webcam = webcam
        self._folder = folder
        self._journal = journal
        self._clock = clock
        self._entries = webcam_entries(webcam.serial, webcam.model)
        self._frames = folder.path / FRAMES_FOLDER / NODE
        self._file = -1
        self._pipe: FramePipe | None = None
        self._listener: asyncio.Server | None = None
        self._programs: set[VideoFile] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._cable_changed = asyncio.Event()
        self._cable: asyncio.Task[None] | None = None
        self._messages = count(1)

    async def __aenter__(self) -> Self:
        self._frames.parent.mkdir()
        self._file = os.open(self._frames, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        await self._plug()
        self._cable = asyncio.get_running_loop().create_task(self._watch_cable())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._cable is not None:
            self._cable.cancel()
            await asyncio.wait([self._cable])
        self._cancel_timer()
        self._unplug()
        self._stop_listening(self._listener)
        os.close(self._file)

    # What tests and people do to it.

    def arm(self, fault: Fault) -> None:
        """Begin a fault now, or at its start condition."""
        now = self._clock()
        self._journal.write(now, "fault", **fault.facts())
        self._webcam.faults.arm(fault, now)
        self.pump()

    def follow(self, faults: Iterator[Fault]) -> None:
        """Begin the faults of a stream one after another, each at its time."""
        self._webcam.faults.follow(faults)
        self.pump()

    def clear(self, name: FaultName | None) -> None:
        """End a fault; ``None``: every fault."""
        now = self._clock()
        self._journal.write(now, "fault_cleared", name=name)
        self._webcam.faults.clear(name, now)
        self.pump()

    # What programs do.

    def _connected(self) -> ProgramConnection:
        file = VideoFile(self._webcam, BUS)
        file.gone = self._pipe is None
        self._programs.add(file)
        return ProgramConnection(file, self._received, partial(self._closed, file))

    def _closed(self, file: VideoFile) -> None:
        self._programs.discard(file)
        file.close()
        self.pump()

    def _received(self, preload: PreloadConnection, data: bytes) -> bytes:
        answer = preload.received(data, self._clock())
        self.pump()
        return answer

    def pump(self) -> None:
        """Do what is due, and set the timer for what is not."""
        self._cancel_timer()
        now = self._clock()
        queue = self._webcam.queue
        if os.fstat(self._file).st_size < queue.count * queue.buffer_bytes:
            os.ftruncate(self._file, queue.count * queue.buffer_bytes)
        for place, data in self._webcam.advance(now):
            os.pwrite(self._file, data, place)
        if self._pipe is not None:
            self._pipe.set_ready(ready=queue.has_frame)
        if self._webcam.plugged(now) != (self._pipe is not None):
            self._cable_changed.set()
        due = self._webcam.next_time
        if due is not None and self._cable is not None and not self._cable.done():
            self._timer = asyncio.get_running_loop().call_later(max(0.0, due - self._clock()), self.pump)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # The cable.

    async def _watch_cable(self) -> None:
        self.pump()
        while True:
            await self._cable_changed.wait()
            self._cable_changed.clear()
            plugged = self._pipe is not None
            if plugged and not self._webcam.plugged(self._clock()):
                self._unplug()
                asyncio.get_running_loop().call_later(LISTENS_ON_SECONDS, self._stop_listening, self._listener)
            elif not plugged and self._webcam.plugged(self._clock()):
                await self._plug()

    async def _plug(self) -> None:
        socket_path = self._folder.socket(NODE)
        socket_path.parent.mkdir(parents=True, exist_ok=True)
        previous, self._listener = self._listener, None
        socket_path.unlink(missing_ok=True)
        self._listener = await asyncio.get_running_loop().create_unix_server(self._connected, str(socket_path))
        if previous is not None:
            previous.close()
        self._pipe = FramePipe(self._folder.node(NODE), self._folder.path / PIPES_FOLDER / NODE)
        self._folder.add(self._entries)
        self._tell(UeventAction.ADD)

    def _unplug(self) -> None:
        if self._pipe is None:
            return
        for file in self._programs:
            file.gone = True
            file.close()
        self._folder.remove(self._entries)
        self._pipe.close()
        self._pipe = None
        self._tell(UeventAction.REMOVE)

    def _stop_listening(self, listener: asyncio.Server | None) -> None:
        if listener is not None and listener is self._listener:
            self._folder.socket(NODE).unlink(missing_ok=True)
            listener.close()
            self._listener = None

    def _tell(self, action: UeventAction) -> None:
        message = pack_uevent(action, video_path(), video_properties(), next(self._messages), subsystem="video4linux")
        self._folder.send(message)
