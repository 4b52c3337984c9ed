"""The hub: newest wins, one slot a viewer, numbers that never repeat, bytes made once."""

from __future__ import annotations

import asyncio

import pytest
from tests.support.camera_process import JPEG
from tests.support.fake_frame_sender import FakeFrameSender
from tests.support.multipart_reader import MultipartReader

from photonic.errors import EndOfStream
from photonic.protocol import live, multipart
from photonic.service.live.frames import live_form, part_form, plain_form
from photonic.service.live.hub import Hub, ViewerKind


@pytest.fixture
def hub() -> Hub:
    return Hub(lambda: asyncio.get_running_loop().time())


async def test_a_viewer_that_asks_late_gets_the_newest(hub: Hub) -> None:
    with hub.join(ViewerKind.LIVE) as viewer:
        for number in range(1, 6):
            hub.publish(number, JPEG)
        frame = await viewer.next(1)
        assert (frame.sequence, frame.captured_us) == (5, 5)
        hub.publish(6, JPEG)
        assert (await viewer.next(1)).sequence == 6


async def test_a_viewer_never_gets_a_frame_from_before_it_joined(hub: Hub) -> None:
    hub.publish(1, JPEG)
    with hub.join(ViewerKind.LIVE) as viewer:
        waiting = asyncio.create_task(viewer.next(1))
        await asyncio.sleep(0)
        assert not waiting.done()
        hub.publish(2, JPEG)
        assert (await waiting).sequence == 2


@pytest.mark.looptime
async def test_no_frame_in_time_is_a_timeout_and_the_viewer_stays(hub: Hub) -> None:
    loop = asyncio.get_running_loop()
    with hub.join(ViewerKind.LIVE) as viewer:
        before = loop.time()
        with pytest.raises(TimeoutError):
            await viewer.next(4)
        assert loop.time() - before == pytest.approx(4)
        hub.publish(1, JPEG)
        assert (await viewer.next(4)).sequence == 1


async def test_every_waiting_viewer_gets_the_same_object(hub: Hub) -> None:
    with hub.join(ViewerKind.LIVE) as first, hub.join(ViewerKind.LIVE) as second:
        waiting = [asyncio.create_task(viewer.next(1)) for viewer in (first, second)]
        await asyncio.sleep(0)
        hub.publish(1, JPEG)
        frames = await asyncio.gather(*waiting)
        assert frames[0] is frames[1]


async def test_every_stream_of_a_kind_sends_the_same_object(hub: Hub) -> None:
    first, second, other = FakeFrameSender(), FakeFrameSender(), FakeFrameSender()
    with (
        hub.attach(ViewerKind.LIVE, first, live_form) as one,
        hub.attach(ViewerKind.LIVE, second, live_form) as two,
        hub.attach(ViewerKind.MULTIPART, other, part_form) as three,
    ):
        async with one.opened(), two.opened(), three.opened():
            hub.publish(1, JPEG)
            assert first.pictures[0] is second.pictures[0]
            assert live.decode(first.pictures[0]).jpeg == JPEG
            assert MultipartReader().feed(multipart.DELIMITER + other.pictures[0])[0].body == JPEG


async def test_a_stream_whose_outlet_is_busy_misses_frames_and_then_gets_the_newest(hub: Hub) -> None:
    sender = FakeFrameSender()
    with hub.attach(ViewerKind.PLAIN, sender, plain_form) as channel:
        async with channel.opened():
            sender.hold()
            for number in range(1, 6):
                hub.publish(number, JPEG)
            assert sender.pictures == []
            sender.free()
            assert (len(sender.pictures), channel.taken, channel.missed) == (1, 1, 4)
            sender.free()
            assert len(sender.pictures) == 1
            hub.publish(6, JPEG)
            assert (len(sender.pictures), channel.missed, hub.missed) == (2, 4, 4)
    assert (hub.missed, hub.viewers) == (4, 0)


async def test_a_stream_gets_nothing_before_it_is_opened_nor_after(hub: Hub) -> None:
    sender = FakeFrameSender()
    with hub.attach(ViewerKind.PLAIN, sender, plain_form) as channel:
        hub.publish(1, JPEG)
        async with channel.opened():
            hub.publish(2, JPEG)
        hub.publish(3, JPEG)
    assert len(sender.pictures) == 1


async def test_a_restart_opens_a_new_epoch_and_repeats_no_number(hub: Hub) -> None:
    hub.publish(1, JPEG)
    hub.restart()
    assert hub.newest is None
    hub.publish(2, JPEG)
    assert hub.newest is not None
    assert (hub.newest.epoch, hub.newest.sequence) == (2, 2)


async def test_what_is_no_whole_jpeg_is_dropped_and_counted(hub: Hub) -> None:
    for broken in (b"", JPEG[:-2], JPEG[2:]):
        hub.publish(1, broken)
    assert hub.newest is None
    assert (hub.sequence, hub.statistics.dropped, hub.statistics.frames) == (0, 3, 0)


async def test_a_dismissed_viewer_is_told_even_while_it_waits(hub: Hub) -> None:
    with hub.join(ViewerKind.PLAIN) as plain, hub.join(ViewerKind.LIVE) as ours:
        waiting = asyncio.create_task(plain.next(None))
        await asyncio.sleep(0)
        hub.dismiss("stopped", ViewerKind.PLAIN)
        with pytest.raises(EndOfStream, match="stopped"):
            await waiting
        assert plain.dismissed
        assert not ours.dismissed
        hub.publish(1, JPEG)
        with pytest.raises(EndOfStream):
            await plain.next(1)
        assert (await ours.next(1)).sequence == 1


async def test_the_membership_counts_who_comes_and_goes() -> None:
    changes: list[int] = []
    hub = Hub(lambda: 0.0, on_membership=lambda: changes.append(hub.viewers))
    with hub.join(ViewerKind.LIVE) as viewer:
        assert hub.wanted
        viewer.leave()
        viewer.leave()
        assert not hub.wanted
    with hub.join(ViewerKind.PICTURE, wants_preview=False):
        assert (hub.viewers, hub.wanted) == (1, False)
    assert changes == [1, 0, 1, 0]
    assert hub.membership == 4


@pytest.mark.looptime
async def test_a_stream_that_takes_nothing_is_ended_with_a_reason(hub: Hub) -> None:
    sender, good = FakeFrameSender(), FakeFrameSender()
    running = asyncio.create_task(hub.run())
    with (
        hub.attach(ViewerKind.PLAIN, sender, plain_form) as channel,
        hub.attach(ViewerKind.LIVE, good, live_form) as fine,
    ):
        async with fine.opened():
            with pytest.raises(EndOfStream, match="read nothing for 10 seconds"):
                async with channel.opened():
                    hub.publish(1, JPEG)
                    sender.hold()
                    sender.untaken = 50_000
                    await asyncio.sleep(60)
        assert (channel.stuck, fine.stuck, fine.dismissed, hub.stuck) == (True, False, False, 1)
    running.cancel()
    await asyncio.wait([running])


@pytest.mark.looptime
async def test_a_stream_that_takes_a_little_now_and_then_is_not_ended(hub: Hub) -> None:
    sender = FakeFrameSender()
    running = asyncio.create_task(hub.run())
    with hub.attach(ViewerKind.PLAIN, sender, plain_form) as channel:
        async with channel.opened():
            hub.publish(1, JPEG)
            sender.hold()
            sender.untaken = 50_000
            for _step in range(10):
                await asyncio.sleep(9)
                sender.untaken -= 1
            assert not channel.dismissed
    running.cancel()
    await asyncio.wait([running])


def test_every_viewer_has_its_health(hub: Hub) -> None:
    assert hub.health() == ()
    with hub.join(ViewerKind.PICTURE), hub.attach(ViewerKind.PLAIN, FakeFrameSender(), plain_form):
        streamed, pictured = hub.health()
    assert (streamed.kind, streamed.taken, streamed.missed) == ("plain", 0, 0)
    assert (pictured.kind, pictured.taken, pictured.fps) == ("picture", None, None)
