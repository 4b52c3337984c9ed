"""The simulated webcam, without I/O: its mode, its controls, its stream and its faults.

Theory of operation. While the stream is on, a frame is due every interval; ``advance`` puts what is due into the queued
buffers, and returns what has to be written to the mapped file. A frame for which no buffer is queued is dropped, as by
the kernel. After a pause (a busy machine), the missed frames are skipped.
"""

from __future__ import annotations

import errno
import math
from typing import TYPE_CHECKING

from photonic.simulator.fault_kinds import FaultName
from photonic.simulator.faults import FaultStart
from photonic.simulator.frame_damage import damaged
from photonic.simulator.video.buffers import BufferQueue, FilledFrame
from photonic.simulator.video.controls import ControlValues
from photonic.simulator.video.modes import MODES, WebcamMode, nearest_mode
from photonic.simulator.video.picture import Appearance, Painter

if TYPE_CHECKING:
    from photonic.simulator.faults import Fault, Faults
    from photonic.simulator.journal import Journal


class Webcam:
    """One webcam; ``serial`` is that of its USB descriptor."""

    def __init__(self, serial: str, faults: Faults, journal: Journal, *, model: str = "Photonic Webcam") -> None:
        self.serial = serial
        self.model = model
        self.faults = faults
        self.controls = ControlValues()
        self.queue = BufferQueue()
        self.mode = MODES[0]
        self.rate = self.mode.rates[0]
        self.frames = 0
        self._journal = journal
        self._painter = Painter()
        self._next_at = math.inf
        self._sequence = 0
        faults.begun, faults.ended = self._begun, self._ended

    # State.

    @property
    def next_time(self) -> float | None:
        """When a frame is due, or a fault begins or ends; ``None``: never."""
        times = (self._next_at if self.queue.streaming else math.inf, self.faults.next_time or math.inf)
        return None if min(times) == math.inf else min(times)

    def plugged(self, now: float) -> bool:
        """Whether the cable is in."""
        return not self.faults.active(FaultName.UNPLUG, now)

    # What a program does.

    def choose(self, format_name: str, width: int, height: int) -> WebcamMode:
        """Set the mode nearest to a request, at its highest rate. EBUSY: there are buffers."""
        self.queue.check_free()
        self.mode = nearest_mode(format_name, width, height)
        self.rate = self.mode.rates[0]
        return self.mode

    def choose_rate(self, frames_per_second: float) -> None:
        """Set the nearest rate that the mode has. EBUSY: there are buffers."""
        self.queue.check_free()
        self.rate = min(self.mode.rates, key=lambda rate: abs(rate - frames_per_second))

    def set_control(self, number: int, value: int, now: float) -> int:
        """Set a control; return what it is then. EIO: it stalls, a fault."""
        if self.faults.strike(FaultName.CONTROL_STALL, now):
            self._journal.write(now, FaultName.CONTROL_STALL, control=number)
            raise OSError(errno.EIO, "stalled")
        value = self.controls.set(number, value)
        self._journal.write(now, "control_set", control=number, value=value)
        return value

    def start(self, owner: object, now: float) -> None:
        """Switch the stream on. ENOSPC: there is no bandwidth, a fault."""
        if self.faults.active(FaultName.NO_BANDWIDTH, now):
            self._journal.write(now, FaultName.NO_BANDWIDTH)
            raise OSError(errno.ENOSPC, "no bandwidth")
        self.queue.start(owner)
        self._sequence = 0
        self._next_at = now + 1 / self.rate
        mode = self.mode
        self._journal.write(now, "stream_on", format=mode.format, width=mode.width, height=mode.height, fps=self.rate)

    def stop(self, owner: object, now: float) -> None:
        """Switch the stream off."""
        if self.queue.streaming:
            self._journal.write(now, "stream_off", frames=self._sequence)
        self.queue.stop(owner)

    # Progress.

    def advance(self, now: float) -> list[tuple[int, bytes]]:
        """Do what is due; return the frames to write, each with its offset in the mapped file."""
        self.faults.advance(now)
        filled: list[tuple[int, bytes]] = []
        if self.queue.streaming and self.plugged(now) and self._next_at <= now:
            missed = int((now - self._next_at) * self.rate)
            self._sequence += missed
            self._next_at += (missed + 1) / self.rate
            self._expose(now, filled)
        return filled

    def _expose(self, now: float, filled: list[tuple[int, bytes]]) -> None:
        self.frames += 1
        self._sequence += 1
        self.faults.count(FaultStart.FRAME, now)
        # A dropped frame is seen by nobody, so it uses up no fault.
        if self.faults.active(FaultName.MUTE, now) or not self.queue.has_room:
            return
        appearance = Appearance.of(self.controls.values)
        data = self._painter.frame(self.mode, self.frames, now, appearance)
        data = damaged(data, self.faults, self._journal, now)[: self.mode.size_bytes]
        flagged = self.faults.strike(FaultName.FLAGGED_FRAME, now) is not None
        if flagged:
            self._journal.write(now, FaultName.FLAGGED_FRAME)
        place = self.queue.fill(FilledFrame(len(data), int(now * 1e6), self._sequence - 1, flagged))
        if place is not None:
            filled.append((place, data))

    def _begun(self, fault: Fault, now: float) -> None:
        self._journal.write(now, "fault_begin", **fault.facts())

    def _ended(self, fault: Fault, now: float, why: str) -> None:
        self._journal.write(now, "fault_end", name=fault.name, why=why)
