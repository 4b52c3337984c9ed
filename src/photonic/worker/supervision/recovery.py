"""Recovery of one camera: what the ladder decides, told to the listener, and waited for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from photonic.errors import CameraError, FailureKind
from photonic.worker.supervision.ladder import HANDS, Failure, FailureClass, LadderState, Step, decide, proved

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.worker.roles import Listener
    from photonic.worker.supervision.bus import Bus
    from photonic.worker.supervision.ladder import Decision

GONE = "the camera was unplugged or switched off; plug it in and switch it on"
RETURN_SECONDS = 2.0
"""What a device is given to come back after its port was reset."""

LAST_RUNG = 5


class Recovery:
    """Where recovery of one camera stands, for as long as it is supervised. ``clock`` gives seconds, monotonic."""

    def __init__(self, listener: Listener, bus: Bus, clock: Callable[[], float]) -> None:
        self._listener = listener
        self._bus = bus
        self._clock = clock
        self._ladder_state = LadderState()
        # What the bus can see of the camera: learnt while it is open, not believed before.
        self._serial: str | None = None
        self._visible = False
        self._failure = CameraError("nothing has failed")

    def opened(self, serial: str | None) -> None:
        """The camera with this serial number is open: whatever the bus shows now is a plugged-in camera."""
        # Many bodies say another serial number in their USB descriptor: any camera has to do there.
        for candidate in (serial, None):
            if self._bus.present(candidate):
                self._serial, self._visible = candidate, True
                return

    def well(self) -> None:
        """A fresh valid frame has come, or another proof that the newest step has worked."""
        first = not self._ladder_state.proven
        self._ladder_state = proved(self._ladder_state, self._clock())
        if first:
            self._listener.recovered()

    def setback(self, failure: CameraError, setback: Failure) -> Decision:
        """What to do about a failure; the listener has been told."""
        there = self._there()
        if there is False and setback.failure_class in {FailureClass.FAILED, FailureClass.HUNG}:
            failure = _caused(CameraError(GONE, kind=FailureKind.CAMERA_ABSENT, code=failure.code), failure)
            setback = replace(setback, failure_class=FailureClass.ABSENT)
        # Without a serial number it might be another camera's port.
        setback = replace(setback, resettable=there is True and self._serial is not None)
        self._ladder_state, decision = decide(self._ladder_state, setback, self._clock())
        if decision.rung == LAST_RUNG:
            failure = _caused(CameraError(f"{failure.reason}; {HANDS}", kind=failure.kind, code=failure.code), failure)
        self._failure = failure
        self._listener.down(failure, decision.wait_seconds, decision.rung)
        return decision

    async def wait(self, decision: Decision, wake: asyncio.Event) -> None:
        """Wait until the step is due: its time has come, the camera was plugged in, or ``wake`` is set.

        A camera that is known to be away is waited for, however long that takes. Then the port is reset, if that was
        decided.
        """
        while not await self._woken(decision.wait_seconds, wake):
            if decision.step is not Step.AWAIT or self._there() is not False:
                break
        if decision.reset:
            await self._reset(decision, wake)

    async def _reset(self, decision: Decision, wake: asyncio.Event) -> None:
        try:
            await asyncio.to_thread(self._bus.reset, self._serial)
        except CameraError as error:
            reason = f"{self._failure.reason}; {error.reason}"
            failure = CameraError(reason, kind=self._failure.kind, code=self._failure.code)
            self._listener.down(_caused(failure, error), 0.0, decision.rung)
            return
        if self._there() is False:
            await self._woken(RETURN_SECONDS, wake)

    async def _woken(self, limit_seconds: float, wake: asyncio.Event) -> bool:
        """Whether there is a reason to go on before the time is up."""
        try:
            async with asyncio.timeout(limit_seconds), asyncio.TaskGroup() as tasks:
                plugged_in = tasks.create_task(self._plugged_in(wake))
                await wake.wait()
                plugged_in.cancel()
        except TimeoutError:
            return False
        return True

    async def _plugged_in(self, wake: asyncio.Event) -> None:
        """Wake when the camera, or any where none was ever seen, is there that was not there."""
        there = self._bus.present(self._serial)
        while True:
            await self._bus.moved()
            before, there = there, self._bus.present(self._serial)
            if there and not before:
                wake.set()

    def _there(self) -> bool | None:
        """Whether the camera is plugged in; ``None``: the bus has never shown it."""
        return self._bus.present(self._serial) if self._visible else None


def _caused(failure: CameraError, cause: CameraError) -> CameraError:
    failure.__cause__ = cause
    return failure
