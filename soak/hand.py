"""The hand that disturbs: carries out one happening of the plan after the other, and says when each begins and ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from soak import budgets, image_format
from soak.history import Began, Ended
from soak.photographer import Photographer
from soak.plan import Deed

from photonic import CameraClient
from photonic.errors import BadInput, ServiceError
from photonic.simulator.faults import FaultName

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Sequence

    from soak.history import History
    from soak.plan import Happening
    from soak.rig import Rig
    from soak.users import Goal, User
    from soak.viewers import Viewer
    from tests.support.proxy import FaultProxy

POLL_SECONDS = 0.1
BEYOND_SECONDS = 6.0
"""How much longer than the budget is waited for pictures: then the next thing happens all the same."""

CHARGE_BELOW_PERCENT = 50
COMMAND_SECONDS = 30.0
DELAY_SECONDS = 0.4
THROTTLED_BYTES_PER_SECOND = 120_000
BULB_SECONDS = 1.0


class Hand:
    """Disturbs a rig, its viewers and its users. ``done`` counts what happened, by name."""

    def __init__(
        self, rig: Rig, viewers: Sequence[Viewer], users: Sequence[User], history: History, goal: Goal
    ) -> None:
        self._rig = rig
        self._viewers = viewers
        self._users = users
        self._history = history
        self._goal = goal
        self._photographer = Photographer(rig, history, goal)
        self._number = 0
        self._raw = False
        self.done: dict[str, int] = {}
        self.enough = asyncio.Event()

    async def carry_out(self, plan: Iterator[Happening]) -> None:
        """Everything in the plan, until ``enough`` is set; the one that is under way then is ended in order."""
        for happening in plan:
            if await self._enough_within(happening.quiet_seconds):
                return
            await self._one(happening)
            await self._healed(happening)
            await asyncio.to_thread(self._keep_charged)

    async def come_to_rest(self) -> None:
        """Nothing disturbs any more."""
        await asyncio.to_thread(self._rig.control.clear)
        for link in (*self._viewers, *self._users):
            _let_go(link.proxy)
        if self._raw:
            await self._switch_format(raw=False)

    def _keep_charged(self) -> None:
        """What an operator does: a battery lasts for a thousand photos, and a soak for more."""
        if self._rig.control.state()["battery_percent"] < CHARGE_BELOW_PERCENT:
            self._rig.control.battery(100)

    async def reconnect(self) -> None:
        """Let the camera go and take it again: what the index lacks is looked for on its card."""
        async with self._during("disconnected"):
            await self._command("disconnect")
            await self._command("connect")

    async def _one(self, happening: Happening) -> None:
        self.done[happening.what] = self.done.get(happening.what, 0) + 1
        what, seconds, target = happening.what, happening.seconds, happening.target
        if isinstance(what, FaultName):
            await self._fault(what, happening)
        elif target is not None and what.of_a_viewer:
            await self._link(what, self._viewers[target], seconds)
        elif target is not None:
            await self._link(what, self._users[target], seconds)
        elif what in {Deed.SERVICE_KILLED, Deed.SERVICE_RESTARTED}:
            await self._service(what, seconds)
        elif what is Deed.PROCESS_KILLED:
            await self._process(signal.SIGKILL, what, seconds)
        elif what is Deed.PROCESS_STOPPED:
            await self._process(signal.SIGSTOP, what, seconds)
        elif what is Deed.DISCONNECTED:
            async with self._during(what):
                await self._command("disconnect")
                await asyncio.sleep(seconds)
                await self._command("connect")
        elif what is Deed.CONTINUOUS_DRIVE:
            async with self._during(what, detail=f"for {seconds:.1f} s"):
                await self._photographer.shoot_continuously(seconds)
        elif what is Deed.KILLED_WHILE_HELD:
            async with self._during(what):
                await self._photographer.hold_and_kill(seconds, self.enough)
        else:
            await self._switch_format(raw=True)
            if what is Deed.RAW_AND_JPEG:
                await self._enough_within(seconds)
            else:
                async with self._during(what, detail=happening.terms):
                    await self._photographer.press_between(seconds, happening.amount or 0.0, self.enough)
            await self._switch_format(raw=False)

    async def _fault(self, name: FaultName, happening: Happening) -> None:
        control, seconds = self._rig.control, happening.seconds
        start = "capture" if happening.at_capture else "now"
        async with self._during(name, detail=happening.terms):
            try:
                await asyncio.to_thread(
                    control.fault, name, start=start, seconds=seconds, amount=happening.amount, times=happening.times
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
                # A camera is asked what it can do when it is opened.
                await self._command("disconnect")
                await self._command("connect")

    async def _link(self, deed: Deed, link: Viewer | User, seconds: float) -> None:
        async with self._during(deed, link=link, detail=f"{link.number} for {seconds:.1f} s"):
            match deed:
                case Deed.VIEWER_CUT | Deed.USER_CUT:
                    link.proxy.cut()
                case Deed.VIEWER_MUTE | Deed.USER_MUTE:
                    link.proxy.mute()
                case Deed.VIEWER_DELAY | Deed.USER_DELAY:
                    link.proxy.delay_seconds = DELAY_SECONDS
                case Deed.VIEWER_THROTTLE:
                    link.proxy.bytes_per_second = THROTTLED_BYTES_PER_SECOND
                case Deed.VIEWER_TURNED_AWAY | Deed.USER_TURNED_AWAY:
                    link.proxy.turning_away = True
                    link.proxy.cut()
                case Deed.VIEWER_REOPENED if link in self._viewers:
                    self._viewers[link.number].reopen(seconds)
                case _:
                    raise ValueError(f"{deed} is not about a link")
            await asyncio.sleep(seconds)
            _let_go(link.proxy)

    async def _service(self, deed: Deed, seconds: float) -> None:
        async with self._during(deed):
            await (self._rig.kill() if deed is Deed.SERVICE_KILLED else self._rig.stop())
            await asyncio.sleep(seconds)
            await self._rig.start()

    async def _process(self, number: signal.Signals, deed: Deed, seconds: float) -> None:
        pid = self._rig.process_pid()
        if pid is None:
            self._history.note(f"{deed}: no camera process lives now")
            return
        async with self._during(deed, detail=str(pid)):
            _send(pid, number)
            await asyncio.sleep(seconds)
            if number is signal.SIGSTOP and self._rig.process_pid() == pid:
                _send(pid, signal.SIGCONT)

    async def _switch_format(self, *, raw: bool) -> None:
        wanted = image_format.RAW_AND_JPEG if raw else image_format.JPEG
        async with self._during(Deed.RAW_AND_JPEG, detail=wanted):
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
        """``disconnect`` or ``connect``, until it is obeyed; a camera that is not there is told, and is no end."""
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

    async def _healed(self, happening: Happening) -> None:
        """Until everybody sees again, or the budget is more than spent."""
        deadline = time.monotonic() + budgets.after(happening.what) + BEYOND_SECONDS
        while time.monotonic() < deadline and not all(viewer.fresh for viewer in self._viewers):
            if await self._enough_within(POLL_SECONDS):
                return

    async def _enough_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self.enough.wait()
        except TimeoutError:
            return False


def _let_go(proxy: FaultProxy) -> None:
    proxy.unmute()
    proxy.delay_seconds = 0.0
    proxy.bytes_per_second = None
    proxy.turning_away = False


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
