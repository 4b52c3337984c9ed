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


class Stage:
    """A channel with everything around it; frames are captured 30 times a second."""

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
async def staged(hints: Hints = Hints()) -> AsyncGenerator[Stage]:  # noqa: B008
    stage = Stage(hints)
    async with stage.channel.opened():
        yield stage


async def test_a_free_viewer_gets_every_frame() -> None:
    async with staged() as stage:
        stage.publish(3)
        assert (stage.sequences, stage.channel.taken, stage.channel.missed) == ([1, 2, 3], 3, 0)
    stage.publish()
    assert (stage.sequences, stage.channel.taken) == ([1, 2, 3], 3)


async def test_a_viewer_whose_own_write_made_it_busy_gets_no_further_frame_until_it_is_free() -> None:
    async with staged() as stage:
        stage.sender.holds_after_send = True
        stage.publish(5)
        assert stage.sequences == [1]
        stage.sender.free()
        assert (stage.sequences, stage.channel.missed) == ([1, 5], 3)
        stage.sender.holds_after_send = False
        stage.sender.free()
        stage.publish()
        assert (stage.sequences, stage.channel.taken, stage.channel.missed) == ([1, 5, 6], 3, 3)


async def test_nothing_is_sent_twice_to_a_viewer_that_becomes_free_without_a_new_frame() -> None:
    async with staged() as stage:
        stage.publish()
        for _time in range(3):
            stage.sender.hold()
            stage.sender.free()
        assert stage.sequences == [1]


async def test_words_wait_for_a_busy_outlet_and_only_the_newest_are_said_before_the_frame() -> None:
    async with staged() as stage:
        stage.sender.hold()
        stage.channel.send_status()
        stage.channel.send_status()
        stage.publish()
        assert stage.sender.sent == []
        stage.sender.free()
        assert [what for what, _ready in stage.sender.sent] == ["words", "picture"]


async def test_max_fps_skips_frames_that_are_not_missed() -> None:
    async with staged(Hints(max_fps=10.0)) as stage:
        stage.publish(31)
        assert len(stage.sequences) in {10, 11}
        stage.publish(3)
        assert stage.channel.missed == 0
        assert stage.channel.taken + stage.channel.skipped == stage.sequences[-1]


async def test_a_due_frame_that_was_missed_is_made_up_for_with_the_newest() -> None:
    async with staged(Hints(max_fps=10.0)) as stage:
        stage.publish()
        stage.sender.hold()
        stage.publish(5)
        stage.sender.free()
        assert stage.sequences == [1, 6]


async def test_a_viewer_of_half_size_asks_for_it_when_it_is_free_and_gets_it_when_it_is_made() -> None:
    async with staged(Hints(scale=Scale.HALF, adapts=False)) as stage:
        stage.publish()
        assert (stage.asked, stage.sequences) == ([Scale.HALF], [])
        stage.reduce(Scale.QUARTER)
        assert stage.sequences == []
        stage.reduce(Scale.HALF)
        assert stage.sequences == [1]
        assert stage.sender.pictures[0][1] == Scale.HALF.exponent
        stage.reduce(Scale.HALF)
        assert stage.sequences == [1]


async def test_a_busy_viewer_asks_for_no_smaller_picture() -> None:
    async with staged(Hints(scale=Scale.HALF, adapts=False)) as stage:
        stage.sender.hold()
        stage.publish(10)
        assert stage.asked == []
        stage.sender.free()
        assert stage.asked == [Scale.HALF]


async def test_a_viewer_that_misses_most_frames_gets_smaller_ones_and_is_told() -> None:
    async with staged() as stage:
        now = 0.0
        while stage.channel.scale is Scale.FULL and now < 20:
            for _turn in range(3):
                stage.publish()
                stage.sender.hold()
                stage.publish(9)
                stage.sender.free()
            now += 1
            stage.channel.judge(now, stage.number)
        assert stage.channel.scale is Scale.HALF
        assert stage.words[-1].startswith(b"half this connection is too slow")
        sent = len(stage.sequences)
        stage.publish()
        assert len(stage.sequences) == sent
        stage.reduce(Scale.HALF)
        assert len(stage.sequences) == sent + 1


async def test_a_viewer_that_asked_for_a_size_keeps_it() -> None:
    async with staged(Hints(adapts=False)) as stage:
        for now in range(30):
            stage.publish()
            stage.sender.hold()
            stage.publish(29)
            stage.sender.free()
            stage.channel.judge(float(now), stage.number)
        assert (stage.channel.scale, stage.channel.status.reason) == (Scale.FULL, None)


@pytest.mark.parametrize("untaken", [1_000, None])
async def test_a_viewer_that_takes_nothing_is_stuck_after_the_time(untaken: int | None) -> None:
    stage = Stage(Hints(adapts=False))
    with pytest.raises(EndOfStream, match="read nothing for 10 seconds"):
        async with stage.channel.opened():
            stage.sender.hold()
            stage.sender.untaken = untaken
            for second in range(int(TAKE_WITHIN_SECONDS)):
                stage.channel.judge(float(second), stage.number)
            assert not stage.channel.stuck
            stage.channel.judge(TAKE_WITHIN_SECONDS, stage.number)
            await asyncio.sleep(1)
    assert stage.channel.stuck


async def test_a_ping_behind_a_stuck_frame_is_no_progress() -> None:
    stage = Stage(Hints(adapts=False))
    with pytest.raises(EndOfStream, match="read nothing"):
        async with stage.channel.opened():
            stage.sender.hold()
            stage.sender.untaken = 1_000
            for second in range(30):
                stage.sender.untaken += 6
                stage.channel.judge(float(second), stage.number)
            await asyncio.sleep(1)
    assert stage.channel.stuck


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
    async with staged(Hints(max_fps=15)) as stage:
        stage.channel.judge(0.0, stage.number)
        for second in range(1, 4):
            stage.publish(30)
            stage.channel.judge(float(second), stage.number)
        health = stage.channel.health
        assert (health.kind, health.max_fps, health.scale) == ("live", 15, Scale.FULL)
        assert health.fps == pytest.approx(15, abs=1)
        assert (health.taken, health.missed) == (stage.channel.taken, 0)
        assert health.skipped == stage.channel.skipped > 30


async def test_a_viewer_whose_kernel_still_holds_a_frame_is_given_no_other_and_then_the_newest() -> None:
    """What the kernel holds of a slow viewer is how old its picture is: never more than one frame."""
    async with staged() as stage:
        stage.publish()
        stage.sender.is_behind = True
        stage.publish(20)
        assert stage.sequences == [1]
        stage.sender.catch_up()
        assert stage.sequences == [1, 21]
        assert stage.channel.missed == 19


async def test_a_smaller_picture_does_not_go_behind_one_that_still_waits() -> None:
    async with staged(Hints(scale=Scale.HALF, adapts=False)) as stage:
        stage.publish()
        stage.sender.is_behind = True
        stage.reduce(Scale.HALF)
        assert stage.sequences == []
        stage.sender.catch_up()
        assert stage.sequences == [1]


async def test_a_viewer_joins_the_broadcast_once_it_keeps_up_and_leaves_it_when_it_does_not() -> None:
    async with staged() as stage:
        stage.publish(KEPT_UP_FRAMES)
        assert stage.broadcast.sent == 0
        stage.publish(3)
        assert stage.broadcast.sent == 3
        stage.sender.hold()
        stage.sender.is_behind = True
        stage.sender.free()
        stage.publish(10)
        assert stage.broadcast.sent == 3
        stage.sender.catch_up()
        stage.publish(KEPT_UP_FRAMES + 2)
        assert stage.broadcast.sent == 5
        assert stage.sequences == sorted(set(stage.sequences))
