"""Carries out the events of the plan one by one, and records when each begins and ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from photonic import CameraClient
from photonic.errors import BadInput, ServiceError
from photonic.simulator.faults import FaultName
from soak import budgets, image_format
from soak.cable import Cable
from soak.history import Began, Ended
from soak.photographer import Photographer
from soak.plan import USB_DISTURBANCES, Disturbance

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Sequence

    from tests.support.proxy import FaultProxy

    from soak.history import History
    from soak.plan import PlannedEvent
    from soak.rig import Rig
    from soak.users import Goal, User
    from soak.viewers import Viewer

POLL_SECONDS = 0.1
BEYOND_SECONDS = 6.0
"""How much longer than the budget to wait for frames before the next event."""

CHARGE_BELOW_PERCENT = 50
COMMAND_SECONDS = 30.0
DELAY_SECONDS = 0.4
THROTTLED_BYTES_PER_SECOND = 120_000
BULB_SECONDS = 1.0


class Disturber:
    """Disturbs a rig, its viewers and its users. ``done`` counts the events by name."""

    def __init__(
        self, rig: Rig, viewers: Sequence[Viewer], users: Sequence[User], history: History, goal: Goal
    ) -> None:
        self._rig = rig
        self._viewers = viewers
        self._users = users
        self._history = history
        self._goal = goal
        self._photographer = Photographer(rig, history, goal)
        self._cable = Cable(rig)
        self._number = 0
        self._raw = False
        self.done: dict[str, int] = {}
        self.enough = asyncio.Event()

    async def carry_out(self, plan: Iterator[PlannedEvent]) -> None:
        """Carry out the plan until ``enough`` is set; the current event is finished first."""
        for event in plan:
            if await self._enough_within(event.quiet_seconds):
                return
            await self._one(event)
            await self._healed(event)
            await asyncio.to_thread(self._keep_charged)

    async def come_to_rest(self) -> None:
        """End all disturbances."""
        await asyncio.to_thread(self._rig.control.clear)
        for link in (*self._viewers, *self._users):
            _restore(link.proxy)
        if self._raw:
            await self._switch_format(raw=False)

    def _keep_charged(self) -> None:
        """Charge the battery as an operator would: a soak takes more photos than one charge lasts for."""
        if self._rig.control.state()["battery_percent"] < CHARGE_BELOW_PERCENT:
            self._rig.control.battery(100)

    async def reconnect(self) -> None:
        """Disconnect and reconnect the camera, so that photos missing in the index are imported from its card."""
        async with self._during("disconnected"):
            await self._command("disconnect")
            await self._command("connect")

    async def _one(self, event: PlannedEvent) -> None:
        self.done[event.what] = self.done.get(event.what, 0) + 1
        what, seconds, target = event.what, event.seconds, event.target
        if isinstance(what, FaultName):
            await self._fault(what, event)
        elif target is not None:
            await self._link(what, (self._viewers if what.of_a_viewer else self._users)[target], seconds)
        elif what in USB_DISTURBANCES:
            async with self._during(what, detail=event.terms):
                await self._cable.disturb(what, seconds)
        elif what in {Disturbance.SERVICE_KILLED, Disturbance.SERVICE_RESTARTED}:
            await self._service(what, seconds)
        elif what is Disturbance.PROCESS_KILLED:
            await self._process(signal.SIGKILL, what, seconds)
        elif what is Disturbance.PROCESS_STOPPED:
            await self._process(signal.SIGSTOP, what, seconds)
        elif what is Disturbance.DISCONNECTED:
            async with self._during(what):
                await self._command("disconnect")
                await asyncio.sleep(seconds)
                await self._command("connect")
        elif what in {Disturbance.SECOND_DISK_GONE, Disturbance.CLOCK_JUMP}:
            await self._machine(event)
        elif what is Disturbance.CONTINUOUS_DRIVE:
            async with self._during(what, detail=f"for {seconds:.1f} s"):
                await self._photographer.shoot_continuously(seconds)
        elif what is Disturbance.KILLED_WHILE_HELD:
            async with self._during(what):
                await self._photographer.hold_and_kill(seconds, self.enough)
        else:
            await self._switch_format(raw=True)
            if what is Disturbance.RAW_AND_JPEG:
                await self._enough_within(seconds)
            else:
                async with self._during(what, detail=event.terms):
                    await self._photographer.press_between(seconds, event.amount or 0.0, self.enough)
            await self._switch_format(raw=False)

    async def _fault(self, name: FaultName, event: PlannedEvent) -> None:
        control, seconds = self._rig.control, event.seconds
        start = "capture" if event.at_capture else "now"
        async with self._during(name, detail=event.terms):
            try:
                await asyncio.to_thread(
                    control.fault, name, start=start, seconds=seconds, amount=event.amount, times=event.times
                )
                # A release that is refused shows where the shutter is held open.
                self._goal.bulb_seconds = BULB_SECONDS if name is FaultName.RELEASE_REFUSED else None
                await asyncio.sleep(seconds)
            except BadInput as error:
                # A button that is pressed while the camera is busy, or off.
                self._history.note(f"the camera would not: {error}")
            finally:
                self._goal.bulb_seconds = None
                await asyncio.to_thread(control.clear, name)
            if name is FaultName.NO_VIEWFINDER:
                # The abilities of a camera are read only when it is opened.
                await self._command("disconnect")
                await self._command("connect")

    async def _link(self, disturbance: Disturbance, link: Viewer | User, seconds: float) -> None:
        async with self._during(disturbance, link=link, detail=f"{link.number} for {seconds:.1f} s"):
            match disturbance:
                case Disturbance.VIEWER_CUT | Disturbance.USER_CUT:
                    link.proxy.cut()
                case Disturbance.VIEWER_MUTE | Disturbance.USER_MUTE:
                    link.proxy.mute()
                case Disturbance.VIEWER_DELAY | Disturbance.USER_DELAY:
                    link.proxy.delay_seconds = DELAY_SECONDS
                case Disturbance.VIEWER_THROTTLE:
                    link.proxy.bytes_per_second = THROTTLED_BYTES_PER_SECOND
                case Disturbance.VIEWER_TURNED_AWAY | Disturbance.USER_TURNED_AWAY:
                    link.proxy.turning_away = True
                    link.proxy.cut()
                case Disturbance.VIEWER_REOPENED if link in self._viewers:
                    self._viewers[link.number].reopen(seconds)
                case _:
                    raise ValueError(f"{disturbance} is not about a link")
            await asyncio.sleep(seconds)
            _restore(link.proxy)

    async def _service(self, disturbance: Disturbance, seconds: float) -> None:
        # Every other kill is one of the machine, to the service: it finds another boot.
        unclean = disturbance is Disturbance.SERVICE_KILLED and self.done[disturbance] % 2 == 0
        async with self._during(disturbance, detail="with an unclean stop of the machine" if unclean else ""):
            await (self._rig.kill() if disturbance is Disturbance.SERVICE_KILLED else self._rig.stop())
            if unclean:
                self._rig.reboot()
            await asyncio.sleep(seconds)
            await self._rig.start()

    async def _machine(self, event: PlannedEvent) -> None:
        async with self._during(event.what, detail=event.terms):
            if event.what is Disturbance.CLOCK_JUMP:
                self._rig.jump(event.amount or 0.0)
                await asyncio.sleep(event.seconds)
                return
            self._rig.unplug_second()
            try:
                await asyncio.sleep(event.seconds)
            finally:
                self._rig.plug_second()

    async def _process(self, number: signal.Signals, disturbance: Disturbance, seconds: float) -> None:
        pid = self._rig.process_pid()
        if pid is None:
            self._history.note(f"{disturbance}: no camera process is running")
            return
        async with self._during(disturbance, detail=str(pid)):
            _send(pid, number)
            await asyncio.sleep(seconds)
            if number is signal.SIGSTOP and self._rig.process_pid() == pid:
                _send(pid, signal.SIGCONT)

    async def _switch_format(self, *, raw: bool) -> None:
        wanted = image_format.RAW_AND_JPEG if raw else image_format.JPEG
        async with self._during(Disturbance.RAW_AND_JPEG, detail=wanted):
            await self._command("disconnect")
            try:
                await self._set_format(wanted)
                self._raw = raw
            finally:
                await self._command("connect")

    async def _set_format(self, wanted: str) -> None:
        command = (sys.executable, "-m", "soak.image_format", self._rig.library_port, wanted)
        environment = {**os.environ, **self._rig.environment()}
        setting = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.PIPE)
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                _out, said = await setting.communicate()
        finally:
            if setting.returncode is None:
                setting.kill()
                await setting.wait()
        if setting.returncode:
            self._history.note(f"the image format could not be set to {wanted}: {said.decode(errors='replace')[-300:]}")

    async def _command(self, name: str) -> None:
        """Send ``disconnect`` or ``connect``, and retry until it succeeds; refusals are noted."""
        deadline = time.monotonic() + COMMAND_SECONDS
        async with CameraClient(self._rig.url) as client:
            while True:
                try:
                    await (client.disconnect() if name == "disconnect" else client.connect())
                except ServiceError as error:
                    self._history.note(f"{name}: {error.reason}")
                    if error.status is not None or time.monotonic() > deadline:
                        return
                    await asyncio.sleep(1.0)
                else:
                    return

    @asynccontextmanager
    async def _during(self, what: str, *, link: Viewer | User | None = None, detail: str = "") -> AsyncGenerator[None]:
        self._number += 1
        number = self._number
        viewer = next((one.number for one in self._viewers if one is link), None)
        user = next((one.number for one in self._users if one is link), None)
        began = Began(at=time.monotonic(), number=number, what=what, viewer=viewer, user=user, detail=detail)
        self._history.add(began)
        try:
            yield
        finally:
            self._history.add(Ended(at=time.monotonic(), number=number))

    async def _healed(self, event: PlannedEvent) -> None:
        """Wait until all viewers have fresh frames, or the budget is exceeded."""
        deadline = time.monotonic() + budgets.after(event.what) + BEYOND_SECONDS
        while time.monotonic() < deadline and not all(viewer.fresh for viewer in self._viewers):
            if await self._enough_within(POLL_SECONDS):
                return

    async def _enough_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self.enough.wait()
        except TimeoutError:
            return False


def _restore(proxy: FaultProxy) -> None:
    proxy.unmute()
    proxy.delay_seconds = 0.0
    proxy.bytes_per_second = None
    proxy.turning_away = False


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
