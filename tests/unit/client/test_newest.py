"""Readers of the newest value and of a bounded series never block the writer."""

from __future__ import annotations

import asyncio

from photonic.client.newest import CHANGES_KEPT, Follower, Newest
from photonic.client.statistics import FlowMeter
from photonic.model.frame import Frame


async def test_a_reader_gets_the_newest_and_misses_what_came_between() -> None:
    newest: Newest[int] = Newest()
    newest.put(1)
    reader = newest.follow()
    assert await anext(reader) == 1
    newest.put(2)
    newest.put(3)
    assert await anext(reader) == 3
    waiting = asyncio.ensure_future(anext(reader, None))
    await asyncio.sleep(0)
    newest.end()
    assert await waiting is None


async def test_a_series_comes_in_order_and_is_bounded() -> None:
    follower: Follower[int] = Follower()
    for number in range(CHANGES_KEPT + 10):
        follower.put(number)
    follower.end()
    assert [value async for value in follower.values()] == list(range(10, CHANGES_KEPT + 10))


def test_statistics_count_gaps_within_a_socket_and_are_reset() -> None:
    meter = FlowMeter()
    for at, sequence in enumerate((1, 2, 5, 6)):
        meter.frame(1, Frame(1, sequence, 0, b""), 0.1 * at)
    meter.frame(2, Frame(1, 90, 0, b""), 0.4)
    figures = meter.read(0.4)
    assert (figures.frames, figures.dropped, figures.last_frame_at, round(figures.fps)) == (5, 2, 0.4, 10)
    assert meter.read(1.0).fps == 4.0
    assert meter.read(10.0).fps == 0.0
    meter.reset()
    assert meter.read(0.5).frames == 0
    assert meter.read(0.5).last_frame_at is None
