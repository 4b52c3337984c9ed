"""The hub: newest wins, one slot a viewer, numbers that never repeat, bytes made once."""

from __future__ import annotations

import asyncio

import pytest
from tests.fakes.camera_process import JPEG

from photonic.errors import EndOfStream
from photonic.protocol import live, multipart
from photonic.service.hub import Hub, ViewerKind


@pytest.fixture
def hub() -> Hub:
    return Hub(lambda: asyncio.get_running_loop().time())


async def test_a_slow_viewer_gets_the_newest_and_counts_what_it_missed(hub: Hub) -> None:
    with hub.join(ViewerKind.LIVE) as viewer:
        for number in range(1, 6):
            hub.publish(number, JPEG)
        frame = await viewer.next(1)
        assert (frame.sequence, frame.captured_us) == (5, 5)
        assert (viewer.taken, viewer.missed) == (1, 4)
        hub.publish(6, JPEG)
        assert (await viewer.next(1)).sequence == 6
        assert viewer.missed == 4


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
        assert hub.live_message(frames[0]) is hub.live_message(frames[1])
        assert hub.part(frames[0]) is hub.part(frames[1])
        assert live.decode(hub.live_message(frames[0])) == frames[0]
        assert multipart.MultipartReader().feed(multipart.DELIMITER + hub.part(frames[0]))[0].body == JPEG


async def test_an_older_frame_does_not_take_the_place_of_the_newest_ones_bytes(hub: Hub) -> None:
    hub.publish(1, JPEG)
    old = hub.newest
    hub.publish(2, JPEG)
    assert old is not None
    assert hub.newest is not None
    kept = hub.live_message(hub.newest)
    assert live.decode(hub.live_message(old)).sequence == 1
    assert hub.live_message(hub.newest) is kept


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


async def test_a_nudge_ends_the_wait_once(hub: Hub) -> None:
    with hub.join(ViewerKind.LIVE) as viewer:
        viewer.nudge()
        with pytest.raises(TimeoutError):
            await viewer.next(60)
        hub.publish(1, JPEG)
        assert (await viewer.next(60)).sequence == 1
