from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import ExitStack
from itertools import pairwise

import pytest
from tests.support.fake_controller import FakeController

from photonic.model.frame import Scale
from photonic.model.status import LiveState, Snapshot, ViewerStatus
from photonic.protocol.envelopes import bare, websocket_text
from photonic.service.http.status_feed import LULL_SECONDS, SLICES, StatusFeed, encode_event, events


def test_an_event_carries_boot_and_revision() -> None:
    snapshot = FakeController().snapshot()
    name, kind, data, *rest = encode_event(snapshot).decode().split("\n")
    assert name == f"id: boot-1:{snapshot.rev}"
    assert kind == "event: status"
    assert json.loads(data.removeprefix("data: "))["boot_id"] == "boot-1"
    assert rest == ["", ""]


async def test_events_begin_with_the_whole_status() -> None:
    stream = events(FakeController())
    assert (await anext(stream)).startswith(b"retry:")
    assert (await anext(stream)).startswith(b"id: boot-1:")
    await stream.aclose()


def test_a_feed_encodes_a_text_once_for_all_viewers_that_get_it() -> None:
    controller = FakeController()
    feed = StatusFeed(controller)
    small = ViewerStatus(scale=Scale.HALF, reason="slow")
    reported: list[Snapshot] = []
    with feed.listening(reported.append):
        first = feed.text(ViewerStatus(), bare)
        assert feed.text(ViewerStatus(), bare) is first
        assert json.loads(first)["viewer"] == {"scale": "full", "max_fps": None, "reason": None, "reason_code": None}
        assert json.loads(feed.text(small, bare))["viewer"]["scale"] == "half"
        assert feed.text(ViewerStatus(), websocket_text) == b"".join(websocket_text((first,)))
        controller.live_state = LiveState.PAUSED
        feed.publish(controller.snapshot())
        assert json.loads(feed.text(ViewerStatus(), bare))["live"]["state"] == "paused"
    feed.publish(controller.snapshot())
    assert [snapshot.live.state for snapshot in reported] == [LiveState.RUNNING, LiveState.PAUSED]


@pytest.mark.looptime
async def test_many_quick_changes_are_merged_and_the_last_one_is_sent() -> None:
    controller = FakeController()
    feed = StatusFeed(controller)
    reported: list[Snapshot] = []
    running = asyncio.create_task(feed.run())
    with feed.listening(reported.append):
        await asyncio.sleep(LULL_SECONDS / 2)
        before = len(reported)
        for number in range(100):
            controller.reason = f"change {number}"
            controller.touch()
            await asyncio.sleep(0)
        await asyncio.sleep(LULL_SECONDS)
        assert [snapshot.camera.reason for snapshot in reported[before:]] == ["change 99"]
    running.cancel()
    await asyncio.wait([running])


@pytest.mark.looptime
async def test_every_listener_gets_a_repeated_status_within_a_second_in_slices() -> None:
    controller = FakeController()
    feed = StatusFeed(controller)
    loop = asyncio.get_running_loop()
    times: list[list[float]] = [[] for _ in range(40)]
    running = asyncio.create_task(feed.run())
    with ExitStack() as stack:
        for heard in times:
            stack.enter_context(feed.listening(lambda _snapshot, heard=heard: heard.append(loop.time())))
        await asyncio.sleep(10)
    running.cancel()
    await asyncio.wait([running])
    for heard in times:
        assert all(after - before <= 1 + 2 * LULL_SECONDS for before, after in pairwise(heard))
    at_once = Counter(moment for heard in times for moment in heard[2:])
    assert max(at_once.values()) <= len(times) / SLICES
