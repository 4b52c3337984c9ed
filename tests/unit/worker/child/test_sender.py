from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from photonic.worker.child.sender import WRITER, LinkSender
from photonic.worker.link.codec import Decoder, LinkFrame
from photonic.worker.link.messages import Calling, Event, Idle, Note

if TYPE_CHECKING:
    from collections.abc import Iterator

BUFFER_BYTES = 16 * 1024


class Link:
    """Both ends of a link with a small buffer; the parent's end reads only when the test calls ``read_until``."""

    def __init__(self) -> None:
        self.parent, self.child = socket.socketpair()
        self.child.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        self.child.setblocking(False)
        self.parent.settimeout(5.0)
        self.now = 50.0
        self.outbox = LinkSender(self.child.fileno(), clock=lambda: self.now)
        self._decoder: Decoder[Event] = Decoder(Event)
        self.read: list[Event | LinkFrame] = []

    def read_until(self, last: Event | LinkFrame) -> list[Event | LinkFrame]:
        while last not in self.read:
            count = self.parent.recv_into(self._decoder.room())
            assert count, "the link ended"
            self.read += self._decoder.received(count)
        return self.read

    def frames(self) -> list[int]:
        return [item.captured_us for item in self.read if isinstance(item, LinkFrame)]


@pytest.fixture
def link() -> Iterator[Link]:
    made = Link()
    yield made
    # The writer thread ends with the link, and only then may its descriptor's number be used again.
    made.parent.close()
    made.outbox.send(Idle())
    for thread in threading.enumerate():
        if thread.name == WRITER:
            thread.join(5.0)
    made.child.close()


def _note(text: str) -> Note:
    return Note(level="info", text=text)


def test_messages_and_frames_keep_their_order(link: Link) -> None:
    link.outbox.start()
    link.outbox.send(_note("a"))
    link.outbox.frame(1, b"one")
    link.outbox.send(_note("b"))
    link.outbox.frame(2, b"two")
    assert link.read_until(LinkFrame(2, b"two")) == [_note("a"), LinkFrame(1, b"one"), _note("b"), LinkFrame(2, b"two")]


def test_an_announcement_is_with_the_kernel_before_the_call_begins(link: Link) -> None:
    # The writer thread was not started: a call that never releases the GIL would not let it run either.
    with link.outbox.calling("exit", 2.0):
        assert link.read_until(Calling(call="exit", limit_seconds=2.0))
    assert link.read_until(Idle())


def test_while_the_parent_does_not_read_the_newest_frame_replaces_the_waiting_one(link: Link) -> None:
    link.outbox.start()
    size = 60_000
    for number in range(1, 101):
        link.outbox.frame(number, bytes(size))
        link.outbox.send(_note(str(number)))
    link.read_until(LinkFrame(100, bytes(size)))
    link.read_until(_note("100"))
    # The first frame had begun and the newest one waited; every message arrived.
    assert link.frames() == [1, 100]
    assert [item.text for item in link.read if isinstance(item, Note)] == [str(number) for number in range(1, 101)]
    assert link.outbox.dropped_frames == 98


def test_the_outer_call_holds_again_after_an_inner_one(link: Link) -> None:
    with link.outbox.calling("outer", 10.0):
        link.now += 4.0
        with link.outbox.calling("inner", 1.0):
            pass
    assert link.read_until(Idle()) == [
        Calling(call="outer", limit_seconds=10.0),
        Calling(call="inner", limit_seconds=1.0),
        Calling(call="outer", limit_seconds=6.0),
        Idle(),
    ]


def test_a_call_that_fails_has_ended_too(link: Link) -> None:
    with pytest.raises(ZeroDivisionError), link.outbox.calling("outer", 10.0):
        raise ZeroDivisionError
    assert link.read_until(Idle())[-1] == Idle()


def test_silence_is_counted_from_the_last_message(link: Link) -> None:
    link.outbox.send(Idle())
    link.now += 3.0
    assert link.outbox.silent_seconds == 3.0
    link.outbox.frame(1, b"x")
    assert link.outbox.silent_seconds == 0.0


def test_draining_waits_for_what_is_not_written_yet(link: Link) -> None:
    link.outbox.start()
    link.outbox.frame(1, bytes(200_000))
    assert not link.outbox.drain(0.01)
    link.read_until(LinkFrame(1, bytes(200_000)))
    assert link.outbox.drain(5.0)


def test_a_parent_that_has_gone_causes_no_error_in_the_driver(link: Link) -> None:
    link.outbox.start()
    link.parent.close()
    link.outbox.send(_note("to nobody"))
    link.outbox.frame(1, b"x")
    assert link.outbox.drain(5.0)
    assert os.fstat(link.child.fileno())
