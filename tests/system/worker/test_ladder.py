"""The recovery ladder on real camera processes: reopened, replaced, waited for, refused, too large."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.support.launching import launch
from tests.support.plug import FakePlug
from tests.support.waiting import until_true

from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.worker.link.messages import CameraFault, CameraOpened, Captured, Facts, PreviewChanged
from photonic.worker.supervision.memory import MEBIBYTE, MemoryLimits
from photonic.worker.supervision.usb import GONE

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from tests.support.recording import RecordingListener
    from tests.system.worker.supervised import Camera, Supervise

    from photonic.worker.supervision.supervisor import Supervisor


def _processes(heard: RecordingListener) -> list[str]:
    return list(dict.fromkeys(text.split()[1] for text in heard.frames))


@pytest.mark.long
async def test_a_camera_is_opened_anew_in_the_same_process_three_times_then_in_a_new_one(camera: Camera) -> None:
    async with camera(fps=50, misbehave="fault_in_preview", after=20, reopenable=True) as (supervisor, heard):
        await heard.opened()
        await supervisor.start_preview()
        await heard.until(lambda: len(_processes(heard)) == 2)
        assert heard.rungs == [2, 2, 2, 4]
        assert heard.waits == [0.5, 1.0, 2.0, 0.1]
        assert {failure.reason for failure in heard.downs} == {"the cable is out"}
        # Each time frames came, and that was told once.
        assert heard.recoveries == 5
        assert len(heard.of(CameraOpened)) == 5
        assert [fault.reopenable for fault in heard.of(CameraFault)] == [True] * 4


async def test_a_sane_process_answers_commands_while_it_waits_to_reopen(camera: Camera, staging: Path) -> None:
    async with camera(misbehave="fault_in_capture", once=True, reopenable=True) as (supervisor, heard):
        await heard.opened()
        pid = supervisor.pid
        with pytest.raises(CameraError, match="the cable is out"):
            await supervisor.capture("c1", str(staging))
        with pytest.raises(CameraError, match="the cable is out"):
            await supervisor.capture("c2", str(staging))
        await heard.opened(2)
        await supervisor.capture("c3", str(staging))
        assert supervisor.pid == pid
        assert [event.capture_id for event in heard.of(Captured)] == ["c3"]


async def test_a_process_that_dies_while_it_waits_is_replaced(camera: Camera, staging: Path) -> None:
    async with camera(misbehave="fault_in_capture", once=True, reopenable=True) as (supervisor, heard):
        await heard.opened()
        pid = supervisor.pid
        with pytest.raises(CameraError):
            await supervisor.capture("c1", str(staging))
        supervisor.restart("the test wants a new one")
        await heard.opened(2)
        assert supervisor.pid != pid
        assert heard.rungs == [2, 0]


async def test_a_driver_that_cannot_reopen_gets_a_new_process(camera: Camera) -> None:
    async with camera(fps=50, misbehave="fault_in_preview", after=20, once=True) as (supervisor, heard):
        await heard.opened()
        await supervisor.start_preview()
        await heard.until(lambda: len(_processes(heard)) == 2)
        assert heard.rungs == [4]


async def test_without_live_view_the_facts_are_the_proof(camera: Camera) -> None:
    async with camera() as (supervisor, heard):
        await heard.until(lambda: heard.recoveries == 1)
        assert heard.of(Facts)
        supervisor.restart("the test wants a new one")
        await heard.until(lambda: heard.recoveries == 2)


async def test_a_camera_that_is_claimed_is_waited_for_without_a_rung(camera: Camera) -> None:
    async with camera(misbehave="claimed", once=True) as (supervisor, heard):
        await heard.until(lambda: heard.downs)
        assert (heard.downs[0].kind, heard.rungs, heard.waits) == (FailureKind.BLOCKED, [0], [10.0])
        supervisor.restart("somebody said that it is free")
        await heard.opened()


async def test_a_camera_that_refuses_live_view_keeps_its_process_and_takes_photos(
    camera: Camera, staging: Path
) -> None:
    async with camera(misbehave="hot", after=3) as (supervisor, heard):
        await heard.opened()
        await supervisor.start_preview()
        await heard.until(lambda: any(event.blocked for event in heard.of(PreviewChanged)))
        refused = heard.of(PreviewChanged)[-1]
        assert (refused.state, refused.reason, refused.blocked) == (
            "recovering",
            "the camera is too hot",
            FailureKind.BLOCKED,
        )
        await supervisor.capture("c1", str(staging))
        assert heard.downs == []


async def test_a_camera_that_is_unplugged_while_nobody_watches_is_absent_at_once(supervise: Supervise) -> None:
    plug = FakePlug()
    async with supervise(launch(fps=50), bus=plug) as (_, heard):
        await heard.until(lambda: bool(heard.of(CameraOpened)))
        plug.unplug()
        await heard.until(lambda: bool(heard.downs))
        assert (heard.downs[0].kind, heard.downs[0].reason) == (FailureKind.CAMERA_ABSENT, GONE)
        plug.plug_in()
        await heard.until(lambda: len(heard.of(CameraOpened)) == 2)


async def test_a_camera_that_is_unplugged_is_back_as_soon_as_it_is_plugged_in(supervise: Supervise) -> None:
    plug = FakePlug()
    launched = launch(fps=50, misbehave="fault_in_preview", after=10, reopenable=True)
    async with supervise(launched, bus=plug) as (supervisor, heard):
        await heard.opened()
        plug.unplug()
        await supervisor.start_preview()
        await heard.until(lambda: heard.downs)
        assert (heard.downs[0].kind, heard.downs[0].reason) == (FailureKind.CAMERA_ABSENT, GONE)
        assert heard.rungs == [0]
        looks = plug.asked + 5
        await until_true(lambda: plug.asked >= looks)
        assert len(heard.of(CameraOpened)) == 1
        plug.plug_in()
        await heard.opened(2)
        assert plug.resets == []


async def test_the_port_is_reset_after_a_death_in_the_middle_of_a_transfer(supervise: Supervise) -> None:
    plug = FakePlug()
    async with supervise(launch(fps=50, misbehave="hang_in_preview", after=20), bus=plug) as (supervisor, heard):
        await heard.opened()
        await supervisor.start_preview()
        await heard.until(lambda: len(_processes(heard)) == 2)
        assert plug.resets == ["F-0001"]
        assert heard.rungs == [4]


@pytest.mark.long
async def test_a_death_outside_a_transfer_leaves_the_port_alone(supervise: Supervise, staging: Path) -> None:
    plug = FakePlug()
    async with supervise(launch(misbehave="hang_in_capture", after=0), bus=plug) as (supervisor, heard):
        await heard.opened()
        with pytest.raises(CameraError, match="hung in trigger"):
            await supervisor.capture("c1", str(staging))
        await heard.opened(2)
        assert plug.resets == []


async def test_another_body_at_the_same_address_is_refused_until_the_first_is_back(
    supervise: Supervise, tmp_path: Path
) -> None:
    body = tmp_path / "serial"
    body.write_text("first")
    launched = launch(serial_file=body)
    async with supervise(launched) as (supervisor, heard):
        await heard.opened()
        await supervisor.start_preview()
        await heard.more_frames()
        body.write_text("second")
        supervisor.restart("the test wants a new one")
        await heard.until(lambda: len(heard.downs) >= 3)
        assert heard.downs[-1].kind is FailureKind.CAMERA_ABSENT
        assert "second" in heard.downs[-1].reason
        assert heard.rungs[-1] == 0
        assert len(heard.of(CameraOpened)) == 1
        body.write_text("first")
        await heard.opened(2)
        body.write_text("second")
    # Asked for anew, the camera is the one that is there.
    async with supervise(launched) as (_supervisor, heard):
        await heard.opened()
        assert heard.of(CameraOpened)[0].serial == "second"


async def test_a_garbled_serial_number_does_not_lock_the_camera_out(supervise: Supervise, tmp_path: Path) -> None:
    body = tmp_path / "serial"
    body.write_text("\u0110\u0291\u0491")
    async with supervise(launch(serial_file=body)) as (supervisor, heard):
        await heard.opened()
        await supervisor.start_preview()
        await heard.more_frames()
        body.write_text("first")
        supervisor.restart("the test wants a new one")
        await heard.opened(2)
        assert heard.of(CameraOpened)[1].serial == "first"


async def test_a_capture_is_cancelled_while_it_is_being_taken(camera: Camera, staging: Path) -> None:
    async with camera(prepare=60) as (supervisor, heard):
        await heard.opened()
        async with asyncio.TaskGroup() as tasks:
            shot = tasks.create_task(_cancelled(supervisor.capture("c1", str(staging))))
            await heard.until(lambda: any(getattr(event, "phase", "") == "exposing" for event in heard.events))
            # Does not wait for the capture.
            await supervisor.transient.cancel("c1")
        assert shot.result().kind is FailureKind.CANCELLED
        assert heard.downs == []


async def _cancelled(capture: Coroutine[None, None, None]) -> CaptureError:
    with pytest.raises(CaptureError) as failure:
        await capture
    return failure.value


GROWN = MemoryLimits(recycle_bytes=150 * MEBIBYTE, kill_bytes=4096 * MEBIBYTE)
GROWN_BEYOND_MEASURE = MemoryLimits(recycle_bytes=100 * MEBIBYTE, kill_bytes=150 * MEBIBYTE)


async def _capturing(supervisor: Supervisor, heard: RecordingListener, staging: Path) -> None:
    """Live view, and a capture in which the process grows."""
    await heard.opened()
    await supervisor.start_preview()
    await heard.more_frames()
    await supervisor.capture("c1", str(staging))


@pytest.mark.long
async def test_a_process_that_has_grown_is_replaced_after_its_capture(
    supervise: Supervise, tmp_path: Path, staging: Path
) -> None:
    launched = launch(memory=GROWN, misbehave="grow", once=tmp_path / "grown", capture=7.0)
    async with supervise(launched) as (supervisor, heard):
        await _capturing(supervisor, heard, staging)
        assert [event.capture_id for event in heard.of(Captured)] == ["c1"]
        await heard.until(lambda: len(_processes(heard)) == 2)
        assert heard.rungs == [0]
        assert "MB of memory" in heard.downs[0].reason


@pytest.mark.long
async def test_a_process_that_has_grown_beyond_all_measure_is_killed_at_once(
    supervise: Supervise, tmp_path: Path, staging: Path
) -> None:
    launched = launch(memory=GROWN_BEYOND_MEASURE, misbehave="grow", once=tmp_path / "grown", capture=60.0)
    async with supervise(launched) as (supervisor, heard):
        with pytest.raises(CameraError, match="MB of memory"):
            await _capturing(supervisor, heard, staging)
        await heard.until(lambda: len(_processes(heard)) == 2)
        assert heard.rungs == [0]
