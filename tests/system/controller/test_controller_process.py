"""The controller with a real camera process that runs the synthetic driver."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from tests.support import launching
from tests.support.driver import ISO_CHOICES, text_of
from tests.support.first_short import first_short
from tests.support.surroundings import THIS_MACHINE

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.model.api import CaptureRequest, ConfigRequest
from photonic.model.reach import EVERYTHING
from photonic.model.status import CameraState, CapturePhase, LiveState
from photonic.service.camera.controller import CameraController
from photonic.service.camera.controller_settings import ControllerSettings
from photonic.service.live.hub import ViewerKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from photonic.model.status import Snapshot
    from photonic.service.live.frames import LiveFrame
    from photonic.service.live.waiter import FrameWaiter

WAIT_SECONDS = 30.0


@asynccontextmanager
async def running(photo_root: Path, boot_id: str = "boot", **behaviour: object) -> AsyncGenerator[CameraController]:
    settings = ControllerSettings(
        name=None,
        address=launching.address(**behaviour),
        photo_root=photo_root,
        driver=launching.DRIVER,
        environment=launching.environment(),
        min_free_bytes=0,
    )
    controller = CameraController(settings, boot_id=boot_id, surroundings=THIS_MACHINE)
    task = asyncio.create_task(controller.run())
    try:
        yield controller
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error


async def until(controller: CameraController, condition: Callable[[Snapshot], bool]) -> Snapshot:
    async with asyncio.timeout(WAIT_SECONDS):
        async for snapshot in controller.snapshots():
            if condition(snapshot):
                return snapshot
    raise AssertionError("snapshots ended")


async def ready(controller: CameraController) -> None:
    await until(controller, lambda snapshot: snapshot.camera.state is CameraState.READY)


async def fresh(viewer: FrameWaiter, condition: Callable[[LiveFrame], bool] = lambda _frame: True) -> LiveFrame:
    async with asyncio.timeout(WAIT_SECONDS):
        while not condition(frame := await viewer.next(WAIT_SECONDS)):
            pass
    return frame


def pid_of(frame: LiveFrame) -> int:
    return int(text_of(frame.jpeg).split()[1])


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def request(number: int = 1) -> CaptureRequest:
    return CaptureRequest(session_id="guest", sequence_number=number)


async def test_live_view_comes_back_fresh_after_each_of_four_captures(tmp_path: Path) -> None:
    async with running(tmp_path, capture=0.2, objects=2) as controller:
        await ready(controller)
        with controller.hub.join(ViewerKind.LIVE) as viewer:
            first = await fresh(viewer)
            for number in range(1, 5):
                job = await controller.submit(request(number), None)
                paused = await until(controller, lambda snapshot: snapshot.live.state is LiveState.PAUSED)
                assert paused.live.resume_by_seconds is not None
                assert controller.capture_status().is_capturing
                record = await job.ended()
                assert record.phase is CapturePhase.SAVED
                assert not controller.capture_status().is_capturing
                assert len(record.files) == 2
                newest = controller.hub.sequence
                frame = await fresh(viewer, lambda frame, newest=newest: frame.sequence > newest)
                assert frame.epoch == first.epoch
                assert pid_of(frame) == pid_of(first)
            assert controller.snapshot().capture_count == 4
            assert controller.status().battery == 75


@pytest.mark.parametrize(
    "misbehave", first_short(["hang_in_preview", "exit_in_preview", "fault_in_preview", "stop_itself"], short=3)
)
async def test_live_view_comes_back_by_itself_from_a_camera_process_that(tmp_path: Path, misbehave: str) -> None:
    once = tmp_path / "once"
    async with running(tmp_path / "photos", misbehave=misbehave, after=3, once=once) as controller:
        with controller.hub.join(ViewerKind.LIVE) as viewer:
            first = await fresh(viewer)
            still = await until(controller, lambda snapshot: snapshot.live.state is LiveState.RECOVERING)
            assert still.live.reason
            recovering = await until(controller, lambda snapshot: snapshot.camera.state is CameraState.RECOVERING)
            assert recovering.camera.reason
            assert recovering.live.state is LiveState.RECOVERING
            frame = await fresh(viewer, lambda frame: frame.epoch > first.epoch)
            assert pid_of(frame) != pid_of(first)
            assert frame.sequence > first.sequence
            await until(controller, lambda snapshot: snapshot.live.state is LiveState.RUNNING)


async def test_a_killed_camera_process_is_replaced(tmp_path: Path) -> None:
    async with running(tmp_path) as controller:
        with controller.hub.join(ViewerKind.LIVE) as viewer:
            first = await fresh(viewer)
            os.kill(pid_of(first), signal.SIGKILL)
            frame = await fresh(viewer, lambda frame: frame.epoch > first.epoch)
            assert pid_of(frame) != pid_of(first)


@pytest.mark.parametrize("misbehave", ["hang_in_capture", "crash_in_capture", "fault_in_capture", "bug_in_capture"])
async def test_a_capture_that_takes_the_process_along_fails_with_a_reason_and_the_next_works(
    tmp_path: Path, misbehave: str
) -> None:
    once = tmp_path / "once"
    async with running(tmp_path / "photos", misbehave=misbehave, once=once) as controller:
        await ready(controller)
        with controller.hub.join(ViewerKind.LIVE) as viewer:
            first = await fresh(viewer)
            failing = await controller.submit(request(1), None)
            following = await controller.submit(request(2), None)
            record = await failing.ended()
            assert record.phase is CapturePhase.FAILED
            assert record.error
            assert record.error_type in {"timeout", "camera_fault"}
            assert (await following.ended()).phase is CapturePhase.SAVED
            assert pid_of(await fresh(viewer, lambda frame: frame.epoch > first.epoch)) != pid_of(first)


async def test_a_failed_focus_costs_that_capture_only(tmp_path: Path) -> None:
    once = tmp_path / "once"
    async with running(tmp_path / "photos", misbehave="autofocus", once=once) as controller:
        await ready(controller)
        with controller.hub.join(ViewerKind.LIVE) as viewer:
            first = await fresh(viewer)
            record = await (await controller.submit(request(1), None)).ended()
            assert record.error_type == "autofocus_failed"
            assert (await (await controller.submit(request(2), None)).ended()).phase is CapturePhase.SAVED
            newest = controller.hub.sequence
            frame = await fresh(viewer, lambda frame: frame.sequence > newest)
            assert (frame.epoch, pid_of(frame)) == (first.epoch, pid_of(first))


async def test_no_camera_is_answered_at_once(tmp_path: Path) -> None:
    async with running(tmp_path, misbehave="absent") as controller:
        await until(controller, lambda snapshot: snapshot.camera.state is CameraState.ABSENT)
        with pytest.raises(CameraError, match="plug it in"):
            await controller.connect()
        with pytest.raises(CaptureError) as refused:
            await controller.submit(request(), None)
        assert refused.value.kind is FailureKind.CAMERA_ABSENT
        assert not controller.status().connected


async def test_disconnect_ends_the_process_and_connect_makes_another(tmp_path: Path) -> None:
    async with running(tmp_path) as controller:
        with controller.hub.join(ViewerKind.LIVE) as viewer:
            first = await fresh(viewer)
            await controller.disconnect()
            assert not alive(pid_of(first))
            assert controller.snapshot().camera.state is CameraState.DISCONNECTED
            await controller.connect()
            frame = await fresh(viewer, lambda frame: frame.epoch > first.epoch)
            assert pid_of(frame) != pid_of(first)


async def test_the_end_of_the_station_is_the_end_of_the_process(tmp_path: Path) -> None:
    async with running(tmp_path, capture=5) as controller:
        await ready(controller)
        with controller.hub.join(ViewerKind.LIVE) as viewer:
            first = await fresh(viewer)
            job = await controller.submit(request(), None)
            await until(controller, lambda _snapshot: job.phase is CapturePhase.EXPOSING)
    assert not alive(pid_of(first))
    assert (await job.ended()).error_type == "shutting_down"


async def test_a_camera_without_live_view_says_so_and_captures(tmp_path: Path) -> None:
    async with running(tmp_path, live_view=False) as controller:
        await ready(controller)
        with controller.hub.join(ViewerKind.LIVE):
            assert controller.snapshot().live.state is LiveState.UNSUPPORTED
            assert (await (await controller.submit(request(), None)).ended()).phase is CapturePhase.SAVED


async def test_settings_are_taken_or_refused_and_survive_a_respawn(tmp_path: Path) -> None:
    async with running(tmp_path) as controller:
        await ready(controller)
        await controller.apply(ConfigRequest(iso_capture="400"))
        with pytest.raises(BadInput) as refused:
            await controller.apply(ConfigRequest(iso_capture="123"))
        assert refused.value.choices == ISO_CHOICES
        with controller.hub.join(ViewerKind.LIVE) as viewer:
            first = await fresh(viewer)
            os.kill(pid_of(first), signal.SIGKILL)
            await fresh(viewer, lambda frame: frame.epoch > first.epoch)
        record = await (await controller.submit(request(), None)).ended()
        assert record.metadata is not None
        assert record.metadata.iso == "400"


async def test_a_key_is_exposed_once_across_a_restart_of_the_service(tmp_path: Path) -> None:
    async with running(tmp_path, boot_id="one") as controller:
        await ready(controller)
        record = await (await controller.submit(request(), "key")).ended()
    async with running(tmp_path, boot_id="two") as controller:
        await ready(controller)
        assert await (await controller.submit(request(), "key")).ended() == record
        assert len(await controller.gallery.stills(EVERYTHING, None, None, 10)) == 1
