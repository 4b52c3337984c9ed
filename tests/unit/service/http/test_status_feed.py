from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import ExitStack
from itertools import pairwise

import pytest
from tests.support.fake_controller import FakeController

from photonic.access.permission import Role
from photonic.access.principal import Means, Principal
from photonic.model.api import CaptureRequest
from photonic.model.frame import Scale
from photonic.model.requester import Requester
from photonic.model.status import DownloadStatus, LiveState, Snapshot, ViewerStatus
from photonic.protocol.envelopes import bare, websocket_text
from photonic.service.http.status_feed import LULL_SECONDS, SLICES, StatusFeed, encode_event, events


def nobody() -> None:
    """The viewer's right has ended."""


def test_an_event_carries_boot_and_revision() -> None:
    snapshot = FakeController().snapshot()
    name, kind, data, *rest = encode_event(snapshot).decode().split("\n")
    assert name == f"id: boot-1:{snapshot.rev}"
    assert kind == "event: status"
    assert json.loads(data.removeprefix("data: "))["boot_id"] == "boot-1"
    assert rest == ["", ""]


async def test_events_begin_with_the_whole_status() -> None:
    stream = events(FakeController(), nobody)
    assert (await anext(stream)).startswith(b"retry:")
    assert (await anext(stream)).startswith(b"id: boot-1:")
    await stream.aclose()


def test_a_feed_encodes_a_text_once_for_all_viewers_that_get_it() -> None:
    controller = FakeController()
    feed = StatusFeed(controller)
    small = ViewerStatus(scale=Scale.HALF, reason="slow")
    reported: list[Snapshot] = []
    with feed.listening(reported.append):
        first = feed.text(ViewerStatus(), bare, nobody)
        assert feed.text(ViewerStatus(), bare, nobody) is first
        assert json.loads(first)["viewer"] == {"scale": "full", "max_fps": None, "reason": None, "reason_code": None}
        assert json.loads(feed.text(small, bare, nobody))["viewer"]["scale"] == "half"
        assert feed.text(ViewerStatus(), websocket_text, nobody) == b"".join(websocket_text((first,)))
        controller.live_state = LiveState.PAUSED
        feed.publish(controller.snapshot())
        assert json.loads(feed.text(ViewerStatus(), bare, nobody))["live"]["state"] == "paused"
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


async def test_names_of_sessions_are_for_the_operator_and_the_owner() -> None:
    controller = FakeController()
    await controller.submit(CaptureRequest(session_id="annas-birthday", sequence_number=1), None, Requester("token:a"))
    await controller.submit(CaptureRequest(session_id="bens-party", sequence_number=1), None, Requester("token:b"))
    controller.download = DownloadStatus(name="MVI_1.MOV", size_bytes=9, done_bytes=1)
    feed = StatusFeed(controller)

    def names(role: Role, key: str) -> tuple[list[str], str]:
        principal = Principal(key, key, role, Means.BEARER)
        shown = json.loads(feed.text(ViewerStatus(), bare, lambda: principal))
        assert [one["id"] for one in shown["captures"]] == ["c-1", "c-2"]
        return [one["session_id"] for one in shown["captures"]], shown["download"]["name"]

    with feed.listening(lambda _snapshot: None):
        assert names(Role.OPERATOR, "token") == (["annas-birthday", "bens-party"], "MVI_1.MOV")
        assert names(Role.GUEST, "token:b") == (["", "bens-party"], "")
        assert names(Role.GUEST, "token:c") == (["", ""], "")
        assert names(Role.VIEWER, "token:a") == (["", ""], "")
        assert feed.text(ViewerStatus(), bare, nobody) is feed.text(
            ViewerStatus(), bare, lambda: Principal("token:c", "c", Role.GUEST, Means.BEARER)
        )
