"""Viewers that take little, or nothing: they see the present, are told why they are closed, and harm nobody."""

from __future__ import annotations

import asyncio
import math
import socket as sockets
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from tests.support.fake_controller import FakeController
from tests.support.raw_viewers import (
    SOCKETS,
    Kind,
    joined,
    number_of,
    numbered,
    patience,
    turns,
    viewing,
)
from tests.support.raw_wire import PING, PONG, WITHIN_SECONDS, accepted, client_frame
from tests.support.simulated import simulated_camera
from tests.support.surroundings import THIS_MACHINE

from photonic.service.camera.controller import CameraController
from photonic.service.camera.controller_settings import ControllerSettings
from photonic.serving.listening import NOT_SENT_BYTES
from photonic.simulator import pixels

if TYPE_CHECKING:
    from pathlib import Path as Folder

    from tests.support.raw_viewers import Picture, RawViewer
    from tests.support.serving import Path, Serve

FULL = "?scale=full"
"""A viewer that wants no smaller pictures: what it misses is what it is late."""
RECEIVE_BUFFER_BYTES = 16 * 1024
LARGE_BYTES = 1_000_000
"""More than the kernel takes for anybody."""
TAKE_WITHIN_SECONDS = 1.5
SEGMENT_BYTES = 64 * 1024
"""The kernel takes bytes in pieces of this size at most, and looks at its limits before each."""
SERVER_BUFFER_BYTES = 64 * 1024
"""What asyncio's transports hold by themselves before they ask for a pause."""

every_kind = pytest.mark.parametrize("kind", Kind)


def waiting(path: Path, kind: Kind) -> int:
    """Frames that have been chosen and are not with the kernel.

    uvicorn waits before it writes, not after: on a socket of its own, the frame behind the one that it sends was chosen
    when that one was. An empty chunk has it wait after a part, too.
    """
    return 2 if path == "plain" and kind in SOCKETS else 1


@every_kind
async def test_a_stuck_viewer_misses_frames_and_then_gets_the_newest(serve: Serve, path: Path, kind: Kind) -> None:
    controller = FakeController()
    async with (
        serve(controller) as service,
        viewing(service, kind, query=FULL, receive_buffer_bytes=RECEIVE_BUFFER_BYTES) as stuck,
    ):
        await joined(controller, 1)
        for number in range(1, 21):
            controller.publish(numbered(number, LARGE_BYTES))
            await turns(20)
        numbers = [number_of((await stuck.picture()).jpeg)]
        while numbers[-1] != 20 and len(numbers) <= waiting(path, kind):
            numbers.append(number_of((await stuck.picture()).jpeg))
        # Fewer waited where a text, which comes every second, had the place of one of them.
        assert numbers == [*range(1, len(numbers)), 20]
        assert len(numbers) >= 2
        controller.publish(numbered(21))
        assert number_of((await stuck.picture()).jpeg) == 21


@every_kind
async def test_a_viewer_that_takes_nothing_is_closed_and_others_go_on(
    serve: Serve, path: Path, kind: Kind, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    patience(monkeypatch, 0.5)
    controller = FakeController()
    async with (
        serve(controller) as service,
        viewing(service, kind, query=FULL, receive_buffer_bytes=RECEIVE_BUFFER_BYTES) as stuck,
        AsyncExitStack() as stack,
    ):
        others = [await stack.enter_async_context(viewing(service, other)) for other in Kind]
        await joined(controller, 4)
        number = 0
        async with asyncio.timeout(WITHIN_SECONDS):
            while controller.hub.viewers == 4:
                number += 1
                controller.publish(numbered(number, 300_000))
                for other in others:
                    assert number_of((await other.picture()).jpeg) == number
        assert controller.hub.viewers == 3
        # Nothing of it is left when it asks: what the kernel had taken may still come, then there is an end.
        await stuck.wire.rest()
        controller.publish(numbered(number + 1))
        for other in others:
            assert number_of((await other.picture()).jpeg) == number + 1
    if path == "plain" and kind is Kind.MULTIPART:
        # uvicorn's own end of a response that was not ended: without our extension there is no other.
        assert caplog.messages[-1] == "ASGI callable returned without completing response."
        caplog.clear()


@pytest.mark.parametrize("path", ["direct"], indirect=True)
@pytest.mark.parametrize("kind", SOCKETS)
async def test_a_viewer_that_takes_nothing_is_told_so_if_it_wakes_in_time(
    serve: Serve, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not through plain ASGI: uvicorn's own close waits behind the bytes that nobody takes."""
    patience(monkeypatch, 0.5)
    controller = FakeController()
    async with (
        serve(controller) as service,
        viewing(service, kind, query=FULL, receive_buffer_bytes=RECEIVE_BUFFER_BYTES) as stuck,
    ):
        await joined(controller, 1)
        controller.publish(numbered(1, 1_000_000))
        await joined(controller, 0)
        assert number_of((await stuck.picture()).jpeg) == 1
        end = await stuck.end()
        assert (end.code, "read nothing for 0.5 seconds" in end.reason) == (1013, True)


@pytest.mark.long
@every_kind
async def test_a_viewer_that_takes_slowly_but_steadily_stays(
    serve: Serve, path: Path, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Directly, one frame may take longer than the limit; ASGI does not show what was taken of it."""
    patience(monkeypatch, TAKE_WITHIN_SECONDS)
    size_bytes = LARGE_BYTES if path == "direct" else 200_000
    controller = FakeController()
    loop = asyncio.get_running_loop()
    async with (
        serve(controller) as service,
        viewing(service, kind, query=FULL, receive_buffer_bytes=RECEIVE_BUFFER_BYTES) as slow,
    ):
        await joined(controller, 1)
        number, until = 0, loop.time() + 2.5 * TAKE_WITHIN_SECONDS
        while loop.time() < until:
            number += 1
            controller.publish(numbered(number, size_bytes))
            await asyncio.gather(slow.wire.exactly(20_000), asyncio.sleep(TAKE_WITHIN_SECONDS / 20))
        assert controller.hub.viewers == 1


@every_kind
async def test_a_slow_viewer_sees_the_present(serve: Serve, path: Path, kind: Kind) -> None:
    """A frame's age, in rounds of the test, is what the kernel may hold divided by what the viewer takes a round."""
    controller = FakeController()
    async with (
        serve(controller) as service,
        viewing(service, kind, query=FULL, receive_buffer_bytes=RECEIVE_BUFFER_BYTES) as slow,
    ):
        await joined(controller, 1)
        size_bytes, a_round_bytes, frames_a_round = 20_000, 30_000, 5
        rounds_late = math.ceil((held_bytes(slow, path) + waiting(path, kind) * size_bytes) / a_round_bytes)
        newest = 0
        lateness: list[int] = []
        for _round in range(20 * rounds_late):
            for _frame in range(frames_a_round):
                newest += 1
                controller.publish(numbered(newest, size_bytes))
                await turns(5)
            taking = asyncio.ensure_future(slow.take(a_round_bytes))
            # Where less lies before the viewer than it takes, it is given the next frame.
            while not (await asyncio.wait([taking], timeout=0.02))[0]:
                newest += 1
                controller.publish(numbered(newest, size_bytes))
            lateness += [newest - number_of(picture.jpeg) for picture in await taking]
    assert len(lateness) > 10 * rounds_late
    assert max(lateness) <= frames_a_round * (rounds_late + 1)


def held_bytes(viewer: RawViewer, path: Path) -> int:
    """The most that may lie between the hub and this viewer's hands, frames that wait apart.

    What the viewer's kernel takes, what ours takes before it says that it has enough, and one write of more than that.
    """
    with accepted(viewer.wire) as other:
        unsent = other.getsockopt(sockets.IPPROTO_TCP, sockets.TCP_NOTSENT_LOWAT)
        sent = min(other.getsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF), unsent + SEGMENT_BYTES)
    received = viewer.wire.socket.getsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF)
    assert sent <= NOT_SENT_BYTES + SEGMENT_BYTES
    return sent + received + (0 if path == "direct" else SERVER_BUFFER_BYTES)


@pytest.mark.parametrize("kind", SOCKETS)
async def test_a_stuck_viewer_that_pings_gets_its_answers_when_it_reads(serve: Serve, kind: Kind) -> None:
    """Answers stand behind the frame that was under way, never inside it."""
    controller = FakeController()
    async with (
        serve(controller) as service,
        viewing(service, kind, query=FULL, receive_buffer_bytes=RECEIVE_BUFFER_BYTES) as stuck,
    ):
        await joined(controller, 1)
        controller.publish(numbered(1, LARGE_BYTES))
        await turns()
        for number in range(10):
            await stuck.wire.send(client_frame(PING, b"%d" % number))
            await turns()
        assert number_of((await stuck.picture()).jpeg) == 1
        answers: list[bytes] = []
        async with asyncio.timeout(WITHIN_SECONDS):
            while len(answers) < 10:
                if (frame := await stuck.wire.frame()).opcode == PONG:
                    answers.append(frame.payload)
        assert answers == [b"%d" % number for number in range(10)]


@pytest.mark.long
async def test_a_slow_viewer_sees_the_present_of_a_real_camera(
    serve: Serve, path: Path, tmp_path: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counters are read from pixels: how far the camera is, from a quick viewer; what a slow one sees, from its own."""
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    with simulated_camera("--speed", "4") as camera:
        settings = ControllerSettings(name="camera", address=camera.address, photo_root=tmp_path, min_free_bytes=0)
        controller = CameraController(settings, boot_id="boot-1", surroundings=THIS_MACHINE)
        async with (
            serve(controller, photo_root=tmp_path) as service,
            viewing(service, Kind.PLAIN, query=FULL) as quick,
            viewing(service, Kind.LIVE, query=FULL, receive_buffer_bytes=RECEIVE_BUFFER_BYTES) as slow,
        ):
            async with asyncio.timeout(40):
                size_bytes = 2 * len((await quick.picture()).jpeg)
            rounds_late = math.ceil((held_bytes(slow, path) + waiting(path, Kind.LIVE) * size_bytes) / size_bytes)
            first = newest = counter(await quick.picture())
            lateness: list[int] = []
            async with asyncio.timeout(60):
                for _round in range(8 * rounds_late):
                    for _frame in range(4):
                        newest = counter(await quick.picture())
                    lateness += [newest - counter(picture) for picture in await slow.take(size_bytes)]
    # The camera counts frames that its process did not send on: as many per round as there were on the whole.
    frames_a_round = math.ceil((newest - first) / (8 * rounds_late))
    assert len(lateness) > 2 * rounds_late
    assert max(lateness) <= frames_a_round * (rounds_late + 1)


def counter(picture: Picture) -> int:
    return pixels.read(picture.jpeg).counter


@pytest.mark.parametrize("path", ["direct"], indirect=True)
@every_kind
async def test_of_small_frames_no_pile_lies_before_a_viewer_that_takes_nothing(serve: Serve, kind: Kind) -> None:
    """At 50 KB/s, each 50 KB that wait are a second of age, however small the frames are."""
    size_bytes = 20_000
    controller = FakeController()
    async with (
        serve(controller) as service,
        viewing(service, kind, query=FULL, receive_buffer_bytes=RECEIVE_BUFFER_BYTES) as slow,
    ):
        await joined(controller, 1)
        for number in range(1, 101):
            controller.publish(numbered(number, size_bytes))
            await turns(5)
        received = slow.wire.socket.getsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF)
        numbers = [number_of((await slow.picture()).jpeg)]
        while numbers[-1] != 100:
            numbers.append(number_of((await slow.picture()).jpeg))
    # Those that the viewer's own kernel holds, one that ours has not sent, one on its way, and the newest.
    assert len(numbers) <= received // size_bytes + 3
