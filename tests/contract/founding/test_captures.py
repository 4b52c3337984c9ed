"""Live view survives captures: one, three rapid, the third, the tenth, a slow one; freshness is read from pixels."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
import websockets
from tests.support.stack import Stack, frame_after
from tests.support.usb_bus import TRANSPORTS

from photonic import CameraClient, LiveView, SessionState, StateChange
from photonic.simulator import pixels

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from photonic.model.api import CaptureAnswer

pytestmark = pytest.mark.parametrize("whole", TRANSPORTS, indirect=True)


BROKEN = {SessionState.DIALING, SessionState.BACKOFF, SessionState.REFUSED, SessionState.STOPPED}


@dataclass
class Seen:
    """What a viewer was told since it first saw a picture."""

    states: list[SessionState] = field(default_factory=list[SessionState])

    def __call__(self, change: StateChange) -> None:
        if self.states or change.state is SessionState.LIVE:
            self.states.append(change.state)


async def take(client: CameraClient, whole: Stack, number: int) -> CaptureAnswer:
    """One capture; its photo is on the disk and is the one that the camera exposed last."""
    answer = await client.capture("guest", number)
    assert answer.success
    assert answer.image_path is not None
    stamp = pixels.read(await asyncio.to_thread(Path(answer.image_path).read_bytes))
    assert stamp.kind == "photo"
    assert stamp.counter in {entry["counter"] for entry in whole.camera.journal("exposed")}
    return answer


@pytest.mark.parametrize(
    "captures", [1, pytest.param(3, marks=pytest.mark.long), pytest.param(10, marks=pytest.mark.long)]
)
async def test_the_view_is_fresh_after_each_capture_and_its_socket_stays_open(whole: Stack, captures: int) -> None:
    seen = Seen()
    async with LiveView(whole.url, scale="full", on_change=seen) as view, CameraClient(whole.url) as client:
        await frame_after(view, 0)
        for number in range(1, captures + 1):
            await take(client, whole, number)
            exposed = whole.camera.journal("exposed")
            assert len(exposed) == number
            fresh = await frame_after(view, exposed[-1]["at_us"])
            assert fresh.kind == "viewfinder"
            assert (await client.capture_status()).is_capturing is False
    assert not BROKEN & set(seen.states[:-1])
    assert len(list(whole.photo_root.rglob("guest_*.jpg"))) == captures


@pytest.mark.long
async def test_three_rapid_captures_are_taken_one_by_one_and_the_view_is_fresh_after_them(whole: Stack) -> None:
    seen = Seen()
    async with LiveView(whole.url, scale="full", on_change=seen) as view, CameraClient(whole.url) as client:
        await frame_after(view, 0)
        answers = await asyncio.gather(*(take(client, whole, number) for number in (1, 2, 3)))
        exposed = whole.camera.journal("exposed")
        await frame_after(view, exposed[-1]["at_us"])
    assert [entry["counter"] for entry in exposed] == [1, 2, 3]
    assert len({answer.image_path for answer in answers}) == 3
    assert not BROKEN & set(seen.states[:-1])


async def test_the_status_is_truthful_at_every_moment_of_a_slow_capture(whole: Stack) -> None:
    """20 s of exposure, four times as fast as a real body: asked all the time, the service always knows."""
    async with LiveView(whole.url, scale="full") as view, CameraClient(whole.url) as client:
        await frame_after(view, 0)
        await client.configure(shutter_speed_capture="20")
        capture = asyncio.create_task(take(client, whole, 1))
        phases: list[str] = []
        held = False
        async with asyncio.timeout(60):
            while not capture.done():
                status = await client.capture_status()
                # An answer that was made before the capture's end may arrive after it, never the other way round.
                assert status.is_capturing or capture.done() or not phases or phases[-1] == "downloading"
                phases += [one.phase for one in getattr(status, "captures", ())]
                held = held or view.state is SessionState.HOLD
                await asyncio.wait({capture}, timeout=0.05)
        await capture
        exposed = whole.camera.journal("exposed")[-1]
        assert exposed["shutter_seconds"] == 20
        assert "exposing" in phases
        assert held
        fresh = await frame_after(view, exposed["at_us"])
        # The live view's own exposure is back: the pixels say so, not the API.
        assert fresh.shutter_us != 20_000_000


async def test_existing_clients_get_nothing_but_pictures_through_a_capture(whole: Stack) -> None:
    """The compat API: a bare socket, a bare POST; any message counts as a frame."""
    socket_url = whole.url.replace("http", "ws") + "/api/v1/camera/liveview/stream"
    async with (
        websockets.connect(socket_url, compression=None, max_size=None) as socket,
        httpx2.AsyncClient(base_url=whole.url, timeout=30) as http,
    ):
        first = pixels.read(await asyncio.wait_for(_picture(socket), 30))
        answer = await http.post("/api/v1/camera/capture", json={"session_id": "old", "sequence_number": 1})
        assert answer.status_code == 200
        assert set(answer.json()) >= {
            "success", "image_path", "metadata", "error", "error_type", "capture_time_ms", "forced_capture",
            "attempts", "warning",
        }  # fmt: skip
        exposed = whole.camera.journal("exposed")[-1]["at_us"]
        async with asyncio.timeout(30):
            while (stamp := pixels.read(await _picture(socket))).camera_us <= exposed:
                assert stamp.counter >= first.counter


async def _picture(socket: ClientConnection) -> bytes:
    message = await socket.recv()
    assert isinstance(message, bytes)
    return message
