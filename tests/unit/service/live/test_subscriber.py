"""One viewer's stream: what it gets, what it misses, what it is told, and which size fits it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from tests.support.fake_frame_sender import FakeFrameSender

from photonic.errors import EndOfStream
from photonic.model.frame import Scale
from photonic.model.hints import Hints
from photonic.service.live.broadcast import Broadcast
from photonic.service.live.frames import LiveFrame, live_form, plain_form
from photonic.service.live.subscriber import KEPT_UP_FRAMES, TAKE_WITHIN_SECONDS, Subscriber

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from photonic.model.status import ViewerStatus
    from photonic.protocol.envelopes import Envelope

JPEG = b"\xff\xd8picture\xff\xd9"


class SubscriberHarness:
    """A subscriber with everything around it; frames are captured 30 times a second."""

    def __init__(self, hints: Hints = Hints()) -> None:  # noqa: B008
        self.sender = FakeFrameSender()
        self.broadcast = Broadcast(live_form, self.sender.picture)
        self.asked: list[Scale] = []
        self.newest: dict[Scale, LiveFrame] = {}
        self.number = 0
        self.channel = Subscriber(
            "live",
            self.sender,
            live_form,
            hints=hints,
            broadcast=self.broadcast,
            picture=self._picture,
            after_sequence=0,
            status_text=self._words,
        )

    def publish(self, count: int = 1) -> None:
        for _frame in range(count):
            self.number += 1
            frame = self.newest[Scale.FULL] = LiveFrame(1, self.number, self.number * 33_333, JPEG)
            self.broadcast.send(frame)
            self.channel.offer(frame)

    def reduce(self, scale: Scale) -> None:
        frame = self.newest[scale] = self.newest[Scale.FULL].reduced(scale, JPEG)
        self.channel.offer_reduced(frame)

    @property
    def sequences(self) -> list[int]:
        return [int.from_bytes(ready[8:16], "big") for ready in self.sender.pictures]

    @property
    def words(self) -> list[bytes]:
        return [ready for what, ready in self.sender.sent if what == "words"]

    def _picture(self, scale: Scale) -> LiveFrame | None:
        newest = self.newest.get(scale)
        if newest is None or newest.sequence < self.number:
            self.asked.append(scale)
            return None
        return newest

    def _words(self, viewer: ViewerStatus, envelope: Envelope) -> bytes:
        return f"{viewer.scale} {viewer.reason}".encode()


@asynccontextmanager
async def staged(hints: Hints = Hints()) -> AsyncGenerator[SubscriberHarness]:  # noqa: B008
    harness = SubscriberHarness(hints)
    async with harness.channel.opened():
        yield harness


async def test_a_free_viewer_gets_every_frame() -> None:
    async with staged() as harness:
        harness.publish(3)
        assert (harness.sequences, harness.channel.taken, harness.channel.missed) == ([1, 2, 3], 3, 0)
    harness.publish()
    assert (harness.sequences, harness.channel.taken) == ([1, 2, 3], 3)


async def test_a_viewer_whose_own_write_made_it_busy_gets_no_further_frame_until_it_is_free() -> None:
    async with staged() as harness:
        harness.sender.holds_after_send = True
        harness.publish(5)
        assert harness.sequences == [1]
        harness.sender.free()
        assert (harness.sequences, harness.channel.missed) == ([1, 5], 3)
        harness.sender.holds_after_send = False
        harness.sender.free()
        harness.publish()
        assert (harness.sequences, harness.channel.taken, harness.channel.missed) == ([1, 5, 6], 3, 3)


async def test_nothing_is_sent_twice_to_a_viewer_that_becomes_free_without_a_new_frame() -> None:
    async with staged() as harness:
        harness.publish()
        for _time in range(3):
            harness.sender.hold()
            harness.sender.free()
        assert harness.sequences == [1]


async def test_words_wait_for_a_busy_outlet_and_only_the_newest_are_said_before_the_frame() -> None:
    async with staged() as harness:
        harness.sender.hold()
        harness.channel.send_status()
        harness.channel.send_status()
        harness.publish()
        assert harness.sender.sent == []
        harness.sender.free()
        assert [what for what, _ready in harness.sender.sent] == ["words", "picture"]


async def test_max_fps_skips_frames_that_are_not_missed() -> None:
    async with staged(Hints(max_fps=10.0)) as harness:
        harness.publish(31)
        assert len(harness.sequences) in {10, 11}
        harness.publish(3)
        assert harness.channel.missed == 0
        assert harness.channel.taken + harness.channel.skipped == harness.sequences[-1]


async def test_a_due_frame_that_was_missed_is_made_up_for_with_the_newest() -> None:
    async with staged(Hints(max_fps=10.0)) as harness:
        harness.publish()
        harness.sender.hold()
        harness.publish(5)
        harness.sender.free()
        assert harness.sequences == [1, 6]


async def test_a_viewer_of_half_size_asks_for_it_when_it_is_free_and_gets_it_when_it_is_made() -> None:
    async with staged(Hints(scale=Scale.HALF, adapts=False)) as harness:
        harness.publish()
        assert (harness.asked, harness.sequences) == ([Scale.HALF], [])
        harness.reduce(Scale.QUARTER)
        assert harness.sequences == []
        harness.reduce(Scale.HALF)
        assert harness.sequences == [1]
        assert harness.sender.pictures[0][1] == Scale.HALF.exponent
        harness.reduce(Scale.HALF)
        assert harness.sequences == [1]


async def test_a_busy_viewer_asks_for_no_smaller_picture() -> None:
    async with staged(Hints(scale=Scale.HALF, adapts=False)) as harness:
        harness.sender.hold()
        harness.publish(10)
        assert harness.asked == []
        harness.sender.free()
        assert harness.asked == [Scale.HALF]


async def test_a_viewer_that_misses_most_frames_gets_smaller_ones_and_is_told() -> None:
    async with staged() as harness:
        now = 0.0
        while harness.channel.scale is Scale.FULL and now < 20:
            for _turn in range(3):
                harness.publish()
                harness.sender.hold()
                harness.publish(9)
                harness.sender.free()
            now += 1
            harness.channel.judge(now, harness.number)
        assert harness.channel.scale is Scale.HALF
        assert harness.words[-1].startswith(b"half this connection is too slow")
        sent = len(harness.sequences)
        harness.publish()
        assert len(harness.sequences) == sent
        harness.reduce(Scale.HALF)
        assert len(harness.sequences) == sent + 1


async def test_a_viewer_that_asked_for_a_size_keeps_it() -> None:
    async with staged(Hints(adapts=False)) as harness:
        for now in range(30):
            harness.publish()
            harness.sender.hold()
            harness.publish(29)
            harness.sender.free()
            harness.channel.judge(float(now), harness.number)
        assert (harness.channel.scale, harness.channel.status.reason) == (Scale.FULL, None)


@pytest.mark.parametrize("untaken", [1_000, None])
async def test_a_viewer_that_takes_nothing_is_stuck_after_the_time(untaken: int | None) -> None:
    harness = SubscriberHarness(Hints(adapts=False))
    with pytest.raises(EndOfStream, match="read nothing for 10 seconds"):
        async with harness.channel.opened():
            harness.sender.hold()
            harness.sender.untaken = untaken
            for second in range(int(TAKE_WITHIN_SECONDS)):
                harness.channel.judge(float(second), harness.number)
            assert not harness.channel.stuck
            harness.channel.judge(TAKE_WITHIN_SECONDS, harness.number)
            await asyncio.sleep(1)
    assert harness.channel.stuck


async def test_a_ping_behind_a_stuck_frame_is_no_progress() -> None:
    harness = SubscriberHarness(Hints(adapts=False))
    with pytest.raises(EndOfStream, match="read nothing"):
        async with harness.channel.opened():
            harness.sender.hold()
            harness.sender.untaken = 1_000
            for second in range(30):
                harness.sender.untaken += 6
                harness.channel.judge(float(second), harness.number)
            await asyncio.sleep(1)
    assert harness.channel.stuck


async def test_a_plain_viewer_is_told_nothing() -> None:
    sender = FakeFrameSender()
    channel = Subscriber(
        "plain",
        sender,
        plain_form,
        hints=Hints(),
        broadcast=Broadcast(plain_form, sender.picture),
        picture=lambda scale: None,
        after_sequence=0,
    )
    async with channel.opened():
        channel.send_status()
    assert sender.sent == []


async def test_the_health_of_a_viewer_is_what_it_got_and_how_fast() -> None:
    async with staged(Hints(max_fps=15)) as harness:
        harness.channel.judge(0.0, harness.number)
        for second in range(1, 4):
            harness.publish(30)
            harness.channel.judge(float(second), harness.number)
        health = harness.channel.health
        assert (health.kind, health.max_fps, health.scale) == ("live", 15, Scale.FULL)
        assert health.fps == pytest.approx(15, abs=1)
        assert (health.taken, health.missed) == (harness.channel.taken, 0)
        assert health.skipped == harness.channel.skipped > 30


async def test_a_viewer_whose_kernel_still_holds_a_frame_is_given_no_other_and_then_the_newest() -> None:
    """What the kernel holds of a slow viewer is how old its picture is: never more than one frame."""
    async with staged() as harness:
        harness.publish()
        harness.sender.is_behind = True
        harness.publish(20)
        assert harness.sequences == [1]
        harness.sender.catch_up()
        assert harness.sequences == [1, 21]
        assert harness.channel.missed == 19


async def test_a_smaller_picture_does_not_go_behind_one_that_still_waits() -> None:
    async with staged(Hints(scale=Scale.HALF, adapts=False)) as harness:
        harness.publish()
        harness.sender.is_behind = True
        harness.reduce(Scale.HALF)
        assert harness.sequences == []
        harness.sender.catch_up()
        assert harness.sequences == [1]


async def test_a_viewer_joins_the_broadcast_once_it_keeps_up_and_leaves_it_when_it_does_not() -> None:
    async with staged() as harness:
        harness.publish(KEPT_UP_FRAMES)
        assert harness.broadcast.sent == 0
        harness.publish(3)
        assert harness.broadcast.sent == 3
        harness.sender.hold()
        harness.sender.is_behind = True
        harness.sender.free()
        harness.publish(10)
        assert harness.broadcast.sent == 3
        harness.sender.catch_up()
        harness.publish(KEPT_UP_FRAMES + 2)
        assert harness.broadcast.sent == 5
        assert harness.sequences == sorted(set(harness.sequences))
