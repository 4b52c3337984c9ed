"""A body that can be controlled while it runs, on whatever its clients reach it: faults, its button, its battery."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from photonic.simulator.faults import FaultName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from photonic.simulator.body import Body
    from photonic.simulator.faults import Fault
    from photonic.simulator.journal import Journal


class ControlledBody(ABC):
    """What the control server and a script do to a body. ``clock``: seconds of CLOCK_MONOTONIC."""

    def __init__(self, body: Body, journal: Journal, *, clock: Callable[[], float]) -> None:
        self._body = body
        self._journal = journal
        self._clock = clock

    @abstractmethod
    def _wake(self) -> None:
        """Do what is due now, after the body has changed."""

    def arm(self, fault: Fault) -> None:
        """Begin a fault now, or at its start condition."""
        now = self._clock()
        self._journal.write(now, "fault", **fault.facts())
        self._body.faults.arm(fault, now)
        self._wake()

    def follow(self, faults: Iterator[Fault]) -> None:
        """Begin the faults of a stream one after another, each at its time."""
        self._body.faults.follow(faults)
        self._wake()

    def clear(self, name: FaultName | None) -> None:
        """End a fault; ``None``: every fault."""
        now = self._clock()
        self._journal.write(now, "fault_cleared", name=name)
        self._body.faults.clear(name, now)
        self._wake()

    def press(self) -> None:
        """Press and release the shutter button on the body. Raises the same errors as ``Body.press``."""
        now = self._clock()
        self._body.advance(now)
        self._body.press(now, "button")
        self._body.release(now)
        self._wake()

    def charge(self, percent: float) -> None:
        """Set the battery's charge; at 0 the camera leaves the network until it is charged."""
        self._body.power.charge(percent)
        self._wake()

    def _unreachable(self, now: float) -> bool:
        """Whether its clients cannot reach the body: the cable is out, or it is switched off."""
        return self._body.faults.active(FaultName.UNPLUG, now) or self._body.power.off(now)
