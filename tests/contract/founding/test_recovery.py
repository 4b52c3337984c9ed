"""Live view comes back: camera process killed, hung or cut off, service killed, socket cut during a capture."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import pytest
from tests.support.proxy import fault_proxy
from tests.support.stack import Stack, frame_after
from tests.support.usb_bus import NETWORK, TRANSPORTS, USB
from tests.support.waiting import taken_in_the_end, until_true
from tests.support.watching import until

from photonic import CameraClient, LiveView, ServiceError, SessionState

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic import StateChange


def kill(whole: Stack) -> None:
    os.kill(whole.camera_process_pid, signal.SIGKILL)


def endless(whole: Stack) -> None:
    # A little while: each new camera process must not fall into it as well.
    whole.camera.control.fault("endless_frame", seconds=0.5)


def drip(whole: Stack) -> None:
    whole.camera.control.fault("drip")


def mute(whole: Stack) -> None:
    whole.camera.control.fault("mute")


def wedge(whole: Stack) -> None:
    whole.camera.control.fault("wedged")


ON_BOTH = pytest.mark.parametrize("whole", TRANSPORTS, indirect=True)
FAULTS = pytest.mark.parametrize(
    ("whole", "fault"),
    [
        (NETWORK, kill),
        *(pytest.param(NETWORK, fault, marks=pytest.mark.long) for fault in (endless, drip, mute)),
        # A cable does not drip; on USB, an endpoint can be wedged.
        *(pytest.param(USB, fault, marks=pytest.mark.long) for fault in (kill, mute, wedge)),
    ],
    indirect=["whole"],
)


def latest_us(whole: Stack) -> int:
    """The camera's clock at the last thing that it wrote down."""
    return whole.camera.journal()[-1]["at_us"]


async def photo_in_the_end(client: CameraClient, number: int) -> None:
    """A capture works again; those before the camera is back may be refused, with a reason."""
    answer = await taken_in_the_end(lambda: client.capture("after", number))
    assert answer.success


@FAULTS
async def test_live_view_heals_when_the_camera_process_is_lost(whole: Stack, fault: Callable[[Stack], None]) -> None:
    async with LiveView(whole.url, scale="full") as view, CameraClient(whole.url) as client:
        await frame_after(view, 0)
        before = whole.camera_process_pid
        began = latest_us(whole)
        fault(whole)
        await until_true(lambda: view.snapshot is not None and view.snapshot.camera.state == "recovering")
        assert view.snapshot is not None
        assert view.snapshot.camera.reason
        await until_true(lambda: whole.has_another_camera_process(before), 60)
        whole.camera.control.clear()
        await frame_after(view, began)
        await until(view, SessionState.LIVE, 60)
        await photo_in_the_end(client, 1)
        await frame_after(view, whole.camera.journal("exposed")[-1]["at_us"])


@FAULTS
async def test_a_capture_fails_with_a_reason_and_the_next_one_works(
    whole: Stack, fault: Callable[[Stack], None]
) -> None:
    async with LiveView(whole.url, scale="full") as view, CameraClient(whole.url) as client:
        await frame_after(view, 0)
        await client.configure(shutter_speed_capture="8")
        capture = asyncio.create_task(client.capture("lost", 1))
        await until_true(lambda: whole.counted("pressed") == 1)
        if fault is endless:
            # Frames do not flow during an exposure: the first one after it is the endless one.
            whole.camera.control.fault("endless_frame", start="frame", number=1, seconds=0.5)
            assert (await capture).success
            await until_true(lambda: whole.counted("endless_frame") >= 1)
        else:
            fault(whole)
            with pytest.raises(ServiceError) as failed:
                await capture
            assert failed.value.kind is not None
            assert failed.value.reason
            whole.camera.control.clear()
        await photo_in_the_end(client, 2)
        await frame_after(view, whole.camera.journal("exposed")[-1]["at_us"])


@ON_BOTH
async def test_a_killed_service_is_found_again_without_limit(whole: Stack) -> None:
    async with LiveView(whole.url, scale="full") as view, CameraClient(whole.url) as client:
        await frame_after(view, 0)
        await client.configure(shutter_speed_capture="4")
        capture = asyncio.create_task(client.capture("kept", 1))
        await until_true(lambda: whole.counted("pressed") == 1)
        whole.kill_service()
        began = latest_us(whole)
        # The camera process died with its service: nothing holds the camera.
        await asyncio.to_thread(whole.start_service)
        await frame_after(view, began)
        # The same request with the same key is answered by the new service; the shutter does not fire twice.
        with pytest.raises(ServiceError) as failed:
            await capture
        assert failed.value.reason
        assert whole.counted("pressed") == 1
        await photo_in_the_end(client, 2)


@pytest.mark.long
@ON_BOTH
async def test_a_client_whose_socket_is_cut_is_back_during_the_capture(whole: Stack) -> None:
    """It shows the capture, spends no attempt, and has its first fresh frame with the viewer that was not cut."""
    changes: list[tuple[SessionState, bool]] = []

    async with (
        fault_proxy(whole.port) as proxy,
        CameraClient(whole.url) as client,
        LiveView(whole.url, scale="full") as uncut,
    ):

        def note(change: StateChange) -> None:
            changes.append((change.state, capture is not None and not capture.done()))

        capture: asyncio.Task[object] | None = None
        async with LiveView(f"http://127.0.0.1:{proxy.port}", scale="full", on_change=note) as cut:
            await frame_after(uncut, 0)
            await frame_after(cut, 0)
            await client.configure(shutter_speed_capture="8")
            capture = asyncio.create_task(client.capture("cut", 1))
            await until_true(lambda: whole.counted("pressed") == 1)
            await until(cut, SessionState.HOLD)
            changes.clear()
            dialed = proxy.accepted
            proxy.cut()
            before = cut.snapshot
            await until_true(lambda: proxy.accepted > dialed and cut.snapshot is not before)
            # Connected again, and the camera still exposes.
            assert whole.counted("exposed") == 0
            assert cut.snapshot is not None
            assert cut.snapshot.captures[0].session_id == "cut"
            assert SessionState.BACKOFF not in {state for state, _ in changes}
            await capture
            exposed = whole.camera.journal("exposed")[-1]["at_us"]
            first, second = await asyncio.gather(frame_after(uncut, exposed), frame_after(cut, exposed))
            # A few frames apart at the most on a busy machine: both resumed by the same frame or its neighbours.
            assert abs(first.counter - second.counter) <= 30
