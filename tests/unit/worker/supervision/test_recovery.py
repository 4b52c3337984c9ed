"""The reports and the waits while a camera recovers, in virtual time, on a simulated plug."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.support.plug import FakePlug
from tests.support.recording import RecordingListener

from photonic.errors import CameraError, FailureKind
from photonic.worker.supervision.bus import NoBus
from photonic.worker.supervision.ladder import Failure, FailureClass, Step
from photonic.worker.supervision.recovery import Recovery
from photonic.worker.supervision.usb import GONE

if TYPE_CHECKING:
    from photonic.worker.supervision.bus import Bus
    from photonic.worker.supervision.ladder import Decision

pytestmark = pytest.mark.looptime

FAULT = CameraError("the cable shook", code=-7)
REPORTED = Failure(FailureClass.FAILED, reopenable=True)
HUNG_IN_DATA = Failure(FailureClass.HUNG, mid_data=True)


class RecoveryHarness:
    def __init__(self, bus: Bus, serial: str | None = "F-0001", port: str | None = None) -> None:
        self.heard = RecordingListener()
        self.recovery = Recovery(self.heard, bus, lambda: asyncio.get_running_loop().time())
        self.recovery.opened(serial, port)
        self.wake = asyncio.Event()

    async def waited(self, decision: Decision) -> float:
        began = asyncio.get_running_loop().time()
        await self.recovery.wait(decision, self.wake)
        return asyncio.get_running_loop().time() - began


async def test_on_a_network_the_time_alone_decides() -> None:
    harness = RecoveryHarness(NoBus())
    for wait, rung in ((0.5, 2), (1.0, 2), (2.0, 2), (0.1, 4)):
        decision = harness.recovery.on_failure(FAULT, REPORTED)
        assert decision.rung == rung
        assert await harness.waited(decision) == pytest.approx(wait)
    assert harness.heard.rungs == [2, 2, 2, 4]
    assert {failure.reason for failure in harness.heard.downs} == {FAULT.reason}


async def test_a_wait_is_cut_short_on_request() -> None:
    harness = RecoveryHarness(NoBus())
    decision = harness.recovery.on_failure(CameraError("held", kind=FailureKind.BLOCKED), Failure(FailureClass.BLOCKED))
    asyncio.get_running_loop().call_later(3.0, harness.wake.set)
    assert await harness.waited(decision) == pytest.approx(3.0)


async def test_a_failure_of_an_unplugged_camera_is_an_absence_that_is_waited_for_without_limit() -> None:
    plug = FakePlug()
    harness = RecoveryHarness(plug)
    plug.unplug()
    decision = harness.recovery.on_failure(FAULT, REPORTED)
    assert (decision.step, decision.rung) == (Step.AWAIT, 0)
    assert (harness.heard.downs[0].kind, harness.heard.downs[0].reason) == (FailureKind.CAMERA_ABSENT, GONE)
    asyncio.get_running_loop().call_later(500.0, plug.plug_in, "another")
    asyncio.get_running_loop().call_later(1000.0, plug.plug_in)
    assert await harness.waited(decision) == pytest.approx(1000.0)
    assert plug.resets == []


async def test_other_devices_on_the_bus_do_not_shorten_a_wait() -> None:
    plug = FakePlug()
    harness = RecoveryHarness(plug)
    decision = harness.recovery.on_failure(FAULT, REPORTED)
    asyncio.get_running_loop().call_later(0.1, plug.plug_in)
    assert await harness.waited(decision) == pytest.approx(0.5)


async def test_a_return_that_the_bus_does_not_report_is_found_by_polling() -> None:
    plug = FakePlug()
    harness = RecoveryHarness(plug)
    plug.unplug()
    decision = harness.recovery.on_failure(FAULT, REPORTED)
    asyncio.get_running_loop().call_later(100.0, setattr, plug, "serial", "F-0001")
    assert await harness.waited(decision) == pytest.approx(100.0, abs=2.1)


async def test_a_bus_that_never_showed_the_camera_is_not_believed() -> None:
    harness = RecoveryHarness(FakePlug(None))
    assert harness.recovery.on_failure(FAULT, REPORTED).rung == 2
    assert harness.recovery.on_failure(FAULT, HUNG_IN_DATA).reset is False


async def test_a_camera_that_the_bus_knows_by_another_serial_is_missed_but_its_port_is_left_alone() -> None:
    plug = FakePlug("descriptor")
    harness = RecoveryHarness(plug, "ptp")
    assert harness.recovery.on_failure(FAULT, HUNG_IN_DATA).reset is False
    plug.unplug()
    assert harness.recovery.on_failure(FAULT, REPORTED).step is Step.AWAIT


async def test_a_death_in_a_transfer_resets_the_port() -> None:
    plug = FakePlug()
    harness = RecoveryHarness(plug)
    decision = harness.recovery.on_failure(FAULT, HUNG_IN_DATA)
    assert await harness.waited(decision) == pytest.approx(0.1)
    assert plug.resets == ["F-0001"]
    assert harness.heard.rungs == [4]


async def test_a_camera_that_is_known_by_its_port_alone_is_reset_there() -> None:
    plug = FakePlug(serial="another number")
    harness = RecoveryHarness(plug, port="1-2")
    await harness.waited(harness.recovery.on_failure(FAULT, HUNG_IN_DATA))
    assert plug.resets == ["1-2"]


async def test_a_device_that_comes_back_from_its_reset_is_waited_for() -> None:
    class Slow(FakePlug):
        def reset(self, serial: str | None, port: str | None) -> None:
            super().reset(serial, port)
            self.serial = None

    plug = Slow()
    harness = RecoveryHarness(plug)
    decision = harness.recovery.on_failure(FAULT, HUNG_IN_DATA)
    asyncio.get_running_loop().call_later(0.6, plug.plug_in)
    assert await harness.waited(decision) == pytest.approx(0.6)


async def test_a_refused_reset_is_reported_with_advice_and_recovery_goes_on() -> None:
    plug = FakePlug()
    plug.refusal = CameraError("allow it with: sudo ...", kind=FailureKind.BLOCKED)
    harness = RecoveryHarness(plug)
    await harness.waited(harness.recovery.on_failure(FAULT, HUNG_IN_DATA))
    assert harness.heard.downs[-1].reason == "the cable shook; allow it with: sudo ..."
    assert harness.heard.downs[-1].kind is FailureKind.CAMERA_FAULT


async def test_the_highest_rung_asks_for_a_power_cycle_and_plugging_in_ends_its_wait() -> None:
    plug = FakePlug()
    harness = RecoveryHarness(plug)
    decisions = [harness.recovery.on_failure(FAULT, Failure(FailureClass.HUNG)) for _ in range(4)]
    assert [decision.rung for decision in decisions] == [4, 4, 4, 5]
    assert "switch the camera off and on" in harness.heard.downs[-1].reason
    assert "switch the camera off and on" not in harness.heard.downs[-2].reason
    loop = asyncio.get_running_loop()
    loop.call_later(1.0, plug.unplug)
    loop.call_later(2.0, plug.plug_in)
    assert await harness.waited(decisions[-1]) == pytest.approx(2.0)


async def test_recovered_is_reported_once_after_each_failure() -> None:
    harness = RecoveryHarness(NoBus())
    for _ in range(3):
        harness.recovery.on_healthy()
    assert harness.heard.recoveries == 1
    harness.recovery.on_failure(FAULT, REPORTED)
    assert harness.heard.recoveries == 1
    harness.recovery.on_healthy()
    assert harness.heard.recoveries == 2
