"""The controller on a fake camera process: its states, its live view, its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.support.camera_process import OPENED, FakeCameraProcess
from tests.support.surroundings import THIS_MACHINE

from photonic.errors import CameraError, CaptureError, EndOfStream, FailureKind
from photonic.model.api import CaptureRequest, ConfigRequest
from photonic.model.status import CameraState, CapturePhase, LiveState
from photonic.service.live.hub import ViewerKind
from photonic.worker.link.messages import PreviewChanged

if TYPE_CHECKING:
    from tests.support.controllers import ControllerHarnesses


def request(number: int = 1, **fields: object) -> CaptureRequest:
    return CaptureRequest(session_id="guest", sequence_number=number, **fields)  # pyright: ignore[reportArgumentType]


def hold(process: FakeCameraProcess) -> None:
    process.release.clear()


async def test_the_camera_goes_down_during_a_capture(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        job = await harness.controller.submit(request(1), None)
        waiting = await harness.controller.submit(request(2), None)
        await harness.process.exposing.wait()
        harness.process.go_down(FailureKind.CAMERA_FAULT, "it hung")
        record = await job.ended()
        assert (record.phase, record.error) == (CapturePhase.FAILED, "it hung")
        snapshot = harness.controller.snapshot()
        assert (snapshot.camera.state, snapshot.camera.reason) == (CameraState.RECOVERING, "it hung")
        assert waiting.phase is CapturePhase.QUEUED
        harness.process.release.set()
        harness.process.come_back()
        assert (await waiting.ended()).phase is CapturePhase.SAVED


@pytest.mark.parametrize(
    ("kind", "state"),
    [(FailureKind.CAMERA_ABSENT, CameraState.ABSENT), (FailureKind.BLOCKED, CameraState.BLOCKED)],
)
async def test_an_absent_or_blocked_camera_is_answered_at_once(
    harnesses: ControllerHarnesses, kind: FailureKind, state: CameraState
) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        harness.process.go_down(kind, "plug it in")
        assert harness.controller.snapshot().camera.state is state
        with pytest.raises(CaptureError, match="plug it in") as refused:
            await harness.controller.submit(request(), None)
        assert refused.value.kind is kind
        with pytest.raises(CameraError, match="plug it in"):
            await harness.controller.start_live()
        assert not harness.controller.status().connected


async def test_disconnect_lets_go_until_connect(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        await harness.controller.apply(ConfigRequest(iso_capture="400"))
        await harness.controller.disconnect()
        await harness.controller.disconnect()
        assert harness.process.ended.is_set()
        assert harness.controller.snapshot().camera.state is CameraState.DISCONNECTED
        with pytest.raises(CaptureError) as refused:
            await harness.controller.submit(request(), None)
        assert refused.value.kind is FailureKind.DISCONNECTED
        await harness.controller.connect()
        assert harness.controller.snapshot().camera.state is CameraState.READY
        assert len(harness.processes) == 2
        assert harness.process.profiles.capture == {"iso": "400"}


async def test_a_disconnected_camera_has_no_live_view_whoever_watches(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        with harness.controller.hub.join(ViewerKind.LIVE) as viewer:
            await viewer.next(5)
            await harness.controller.disconnect()
            live = harness.controller.snapshot().live
            assert (live.state, harness.controller.hub.newest) == (LiveState.OFF, None)
            assert live.reason is not None
            assert "connect it first" in live.reason
            await harness.controller.connect()
            await viewer.next(5)
            assert harness.controller.snapshot().live.state is LiveState.RUNNING


async def test_no_frame_comes_after_the_word_that_the_camera_is_disconnected(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        with harness.controller.hub.join(ViewerKind.LIVE) as viewer:
            await viewer.next(5)
            harness.process.give_frame()
            harness.process.parting_frame = True
            sequence = harness.controller.hub.sequence
            disconnecting = asyncio.create_task(harness.controller.disconnect())
            await harness.until(lambda: harness.controller.snapshot().camera.state is CameraState.DISCONNECTED)
            assert harness.controller.hub.newest is None
            await disconnecting
            assert harness.controller.hub.sequence == sequence


async def test_a_camera_that_is_wanted_back_while_it_is_let_go_is_not_said_to_be_disconnected(
    harnesses: ControllerHarnesses,
) -> None:
    started: list[FakeCameraProcess] = []

    def slow_to_open(process: FakeCameraProcess) -> None:
        process.opened = None if started else process.opened
        started.append(process)

    async with harnesses.running(prepare=slow_to_open) as harness:
        await harness.until_ready()
        with harness.controller.hub.join(ViewerKind.LIVE) as viewer:
            await viewer.next(5)
            disconnecting = asyncio.create_task(harness.controller.disconnect())
            await harness.until(lambda: harness.controller.snapshot().camera.state is CameraState.DISCONNECTED)
            connecting = asyncio.create_task(harness.controller.connect())
            await disconnecting
            assert harness.controller.snapshot().live.state is LiveState.STARTING
            harness.process.come_back()
            await connecting
            await viewer.next(5)


async def test_a_capture_that_the_dying_process_never_began_waits_for_the_next_one(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        harness.process.gone = True
        job = await harness.controller.submit(request(), None)
        await harness.until(lambda: job.phase is CapturePhase.PREPARING)
        harness.process.go_down(FailureKind.CAMERA_FAULT, "it hung")
        harness.process.gone = False
        harness.process.come_back()
        assert (await job.ended()).phase is CapturePhase.SAVED
        assert harness.process.captures == [f"capture {job.id}"]


async def test_a_capture_that_was_begun_is_never_exposed_again(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        harness.process.fault = CameraError("it died")
        record = await (await harness.controller.submit(request(), None)).ended()
        assert (record.phase, record.error) == (CapturePhase.FAILED, "it died")
        assert len(harness.process.captures) == 1


async def test_disconnect_ends_the_capture_that_runs_and_those_that_wait(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        jobs = [await harness.controller.submit(request(number), None) for number in (1, 2)]
        await harness.process.exposing.wait()
        await harness.controller.disconnect()
        records = [await job.ended() for job in jobs]
        assert [record.error_type for record in records] == ["disconnected"] * 2


async def test_connect_looks_at_once_at_a_camera_that_was_blocked(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        harness.process.go_down(FailureKind.CAMERA_FAULT, "it crashed")
        connecting = asyncio.create_task(harness.controller.connect())
        await asyncio.sleep(0)
        assert "restart a connection was requested" not in harness.process.calls
        harness.process.come_back()
        await connecting
        harness.process.go_down(FailureKind.BLOCKED, "another program holds the camera")
        connecting = asyncio.create_task(harness.controller.connect())
        await asyncio.sleep(0)
        harness.process.come_back()
        await connecting
        assert harness.process.calls.count("restart a connection was requested") == 1


async def test_connect_without_a_camera_fails_when_it_has_been_looked_for(harnesses: ControllerHarnesses) -> None:
    def absent(process: FakeCameraProcess) -> None:
        process.opened = None

    async with harnesses.running(prepare=absent) as harness:
        await harness.until(lambda: bool(harness.processes))
        connecting = asyncio.create_task(harness.controller.connect())
        await asyncio.sleep(0)
        harness.process.go_down(FailureKind.CAMERA_ABSENT, "no camera found")
        with pytest.raises(CameraError, match="no camera found"):
            await connecting


async def test_a_camera_without_live_view_says_so_and_still_captures(harnesses: ControllerHarnesses) -> None:
    def blind(process: FakeCameraProcess) -> None:
        process.opened = msgspec.structs.replace(OPENED, live_view=False)

    async with harnesses.running(prepare=blind) as harness:
        await harness.until_ready()
        with harness.controller.hub.join(ViewerKind.LIVE):
            live = harness.controller.snapshot().live
            assert (live.state, live.reason) == (
                LiveState.UNSUPPORTED,
                "this camera has no live view over this connection",
            )
            assert (await (await harness.controller.submit(request(), None)).ended()).phase is CapturePhase.SAVED
        assert "start_preview" not in harness.process.calls


async def test_stop_live_dismisses_viewers_of_part_a_only(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        hub = harness.controller.hub
        with hub.join(ViewerKind.PLAIN) as plain, hub.join(ViewerKind.LIVE) as ours:
            await plain.next(5)
            await harness.controller.stop_live()
            with pytest.raises(EndOfStream):
                await plain.next(5)
            await ours.next(5)
        assert "stop_preview" not in harness.process.calls


async def test_the_camera_lost_with_viewers_is_recovering_and_comes_back_by_itself(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        with harness.controller.hub.join(ViewerKind.LIVE) as viewer:
            first = await viewer.next(5)
            harness.process.go_down(FailureKind.CAMERA_FAULT, "it crashed")
            live = harness.controller.snapshot().live
            assert (live.state, live.reason) == (LiveState.RECOVERING, "it crashed")
            harness.process.come_back()
            fresh = await viewer.next(5)
            assert fresh.epoch == first.epoch + 1
            assert fresh.sequence > first.sequence
            assert harness.controller.snapshot().live.state is LiveState.RUNNING
            health = harness.controller.health()
            assert [viewer.kind for viewer in health.viewers] == ["live"]
            assert [(one.reason, one.outcome) for one in health.recoveries] == [("it crashed", "worked")]


async def test_a_pause_carries_the_time_left(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        with harness.controller.hub.join(ViewerKind.LIVE) as viewer:
            await viewer.next(5)
            harness.process.listener.event(PreviewChanged(state="paused", reason="capture", resume_by_seconds=7.0))
            live = harness.controller.snapshot().live
            assert live.state is LiveState.PAUSED
            assert live.resume_by_seconds is not None
            assert 0 < live.resume_by_seconds <= 7.0


async def test_rev_rises_with_states_and_viewers_but_not_with_frames(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        before = harness.controller.snapshot().rev
        assert harness.controller.snapshot().rev == before
        with harness.controller.hub.join(ViewerKind.LIVE) as viewer:
            await viewer.next(5)
            running = harness.controller.snapshot().rev
            assert running > before
            for _frame in range(3):
                harness.process.give_frame()
            assert harness.controller.snapshot().rev == running
            assert harness.controller.snapshot().live.seq == 4
        assert harness.controller.snapshot().rev > running


async def test_changed_answers_at_once_for_another_boot_and_when_newer(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        now = harness.controller.snapshot()
        assert (await harness.controller.changed("another", now.rev + 5, 60)).rev == now.rev
        assert (await harness.controller.changed(now.boot_id, now.rev - 1, 60)).rev == now.rev
        waiting = asyncio.create_task(harness.controller.changed(now.boot_id, now.rev, 60))
        await asyncio.sleep(0)
        with harness.controller.hub.join(ViewerKind.LIVE):
            assert (await waiting).rev > now.rev


async def test_a_shutdown_waits_for_a_photo_in_the_cameras_ram(harnesses: ControllerHarnesses) -> None:
    def ram(process: FakeCameraProcess) -> None:
        process.opened = msgspec.structs.replace(OPENED, capture_target="ram")
        process.release.clear()

    async with harnesses.running(prepare=ram) as harness:
        await harness.until_ready()
        job = await harness.controller.submit(request(), None)
        await harness.process.exposing.wait()
        job.advance(CapturePhase.DOWNLOADING, THIS_MACHINE.time.wall())
        asyncio.get_running_loop().call_later(1.3, harness.process.release.set)
    assert (await job.ended()).phase is CapturePhase.SAVED


async def test_a_shutdown_answers_those_who_wait_and_the_next_start_records_the_end(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        taken = await harness.controller.submit(request(1), "taken")
        waiting = await harness.controller.submit(request(2), "waiting")
        await harness.process.exposing.wait()
    for job in (taken, waiting):
        record = await job.ended()
        assert (record.phase, record.error_type) == (CapturePhase.FAILED, "shutting_down")
    async with harnesses.running() as harness:
        await harness.until_ready()
        await (await harness.controller.submit(request(3), None)).ended()
        page = await harness.controller.captures_page(None, 10)
        assert [record.id for record in page.captures][1:] == [waiting.id, taken.id]
        assert [record.phase for record in page.captures][1:] == [CapturePhase.FAILED] * 2
