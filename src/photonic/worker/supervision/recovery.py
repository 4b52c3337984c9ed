"""Recovery of one camera: applies the ladder's decisions, reports them to the listener, and waits for their time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from photonic.errors import CameraError, FailureKind
from photonic.worker.supervision.ladder import POWER_CYCLE, Failure, FailureClass, LadderState, Step, decide, proved
from photonic.worker.supervision.usb import GONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.worker.roles import Listener
    from photonic.worker.supervision.bus import Bus
    from photonic.worker.supervision.ladder import Decision

RETURN_SECONDS = 2.0
"""How long a device may take to reappear after its port was reset."""

LAST_RUNG = 5


class Recovery:
    """The recovery of one camera for as long as it is supervised.

    Args:
        listener: Notified of each failure, and of recovery.
        bus: Where the camera is plugged in.
        clock: Returns monotonic seconds.
    """

    def __init__(self, listener: Listener, bus: Bus, clock: Callable[[], float]) -> None:
        self._listener = listener
        self._bus = bus
        self._clock = clock
        self._ladder_state = LadderState()
        # Whether, and under which serial number, the bus shows the camera: found out while it is open.
        self._serial: str | None = None
        self._visible = False
        self._port: str | None = None
        self._error = CameraError("nothing has failed")

    def opened(self, serial: str | None, port: str | None = None) -> None:
        """The camera is open: from now on the bus can tell whether it is plugged in.

        Args:
            serial: Its serial number; ``None``: it reports none.
            port: The port that it is plugged into; ``None``: unknown.
        """
        self._port = port
        # Many bodies have another serial number in their USB descriptor: then accept any camera.
        for candidate in (serial, None):
            if self._bus.present(candidate):
                self._serial, self._visible = candidate, True
                return

    @property
    def unplugged(self) -> bool:
        """Whether the bus has shown the camera before, and does not show it now."""
        return self._present() is False

    def on_healthy(self) -> None:
        """A fresh valid frame, or other proof that the latest step has worked, has arrived."""
        first = not self._ladder_state.proven
        self._ladder_state = proved(self._ladder_state, self._clock())
        if first:
            self._listener.recovered()

    def on_failure(self, error: CameraError, failure: Failure) -> Decision:
        """Decide what to do about a failure, and report it to the listener.

        Args:
            error: The failure as people see it.
            failure: The failure as the ladder sees it; whether a port can be reset is filled in here.
        """
        present = self._present()
        if present is False and failure.failure_class in {FailureClass.FAILED, FailureClass.HUNG}:
            error = _caused(CameraError(GONE, kind=FailureKind.CAMERA_ABSENT, code=error.code), error)
            failure = replace(failure, failure_class=FailureClass.ABSENT)
        # Otherwise the port might be another camera's.
        known = self._serial is not None or self._port is not None
        failure = replace(failure, resettable=present is True and known)
        self._ladder_state, decision = decide(self._ladder_state, failure, self._clock())
        if decision.rung == LAST_RUNG:
            error = _caused(CameraError(f"{error.reason}; {POWER_CYCLE}", kind=error.kind, code=error.code), error)
        self._error = error
        self._listener.down(error, decision.wait_seconds, decision.rung)
        return decision

    async def wait(self, decision: Decision, wake: asyncio.Event) -> None:
        """Wait until the step is due: after its delay, when the camera is plugged in, or when ``wake`` is set.

        Waits without limit for a camera that is known to be absent. Then resets the port if the decision says so.
        """
        while not await self._woken(decision.wait_seconds, wake):
            if decision.step is not Step.AWAIT or self._present() is not False:
                break
        if decision.reset:
            await self._reset(decision, wake)

    async def _reset(self, decision: Decision, wake: asyncio.Event) -> None:
        try:
            await asyncio.to_thread(self._bus.reset, self._serial, self._port)
        except CameraError as refusal:
            reason = f"{self._error.reason}; {refusal.reason}"
            error = CameraError(reason, kind=self._error.kind, code=self._error.code)
            self._listener.down(_caused(error, refusal), 0.0, decision.rung)
            return
        if self._present() is False:
            await self._woken(RETURN_SECONDS, wake)

    async def _woken(self, limit_seconds: float, wake: asyncio.Event) -> bool:
        """Wait; returns whether ``wake`` was set, or the camera plugged in, within the limit."""
        try:
            async with asyncio.timeout(limit_seconds), asyncio.TaskGroup() as tasks:
                plugged_in = tasks.create_task(self._plugged_in(wake))
                await wake.wait()
                plugged_in.cancel()
        except TimeoutError:
            return False
        return True

    async def _plugged_in(self, wake: asyncio.Event) -> None:
        """Set ``wake`` when the camera (any camera, if it was never seen on the bus) is plugged in."""
        present = self._bus.present(self._serial)
        while True:
            await self._bus.changed()
            before, present = present, self._bus.present(self._serial)
            if present and not before:
                wake.set()

    def _present(self) -> bool | None:
        """Whether the camera is plugged in; ``None``: the bus has never shown it."""
        return self._bus.present(self._serial) if self._visible else None


def _caused(error: CameraError, cause: CameraError) -> CameraError:
    error.__cause__ = cause
    return error
