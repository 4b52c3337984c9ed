from __future__ import annotations

import re
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.errors import FailureKind, ProtocolError
from photonic.model.capture_options import CaptureOptions
from photonic.worker.link.codec import (
    FIRST_READ_BYTES,
    FRAME,
    LIMIT_BYTES,
    Decoder,
    LinkFrame,
    frame_header,
    message_record,
)
from photonic.worker.link.messages import Calling, Capture, Command, Done, Event, Failed, Idle, Note
from photonic.worker.link.setting_messages import SettingEntry, SettingsRead

messages = st.one_of(
    st.builds(Done, request=st.integers(0, 2**31)),
    st.builds(Note, level=st.sampled_from(["info", "error"]), text=st.text(max_size=300)),
    st.builds(Calling, call=st.text(max_size=20), limit_seconds=st.floats(0, 1000)),
    st.just(Idle()),
    st.builds(
        Failed,
        request=st.integers(0, 2**31),
        kind=st.sampled_from(FailureKind),
        reason=st.text(max_size=50),
        choices=st.lists(st.text(max_size=5), max_size=4).map(tuple),
    ),
)
frames = st.builds(LinkFrame, st.integers(0, 2**64 - 1), st.binary(max_size=5000))


def _record(item: Event | LinkFrame) -> bytes:
    if isinstance(item, LinkFrame):
        return frame_header(item.captured_us, len(item.jpeg)) + item.jpeg
    return message_record(item)


def _feed(decoder: Decoder[Event], data: bytes, sizes: list[int]) -> list[Event | LinkFrame]:
    items: list[Event | LinkFrame] = []
    position, turn = 0, 0
    while position < len(data):
        room = decoder.room()
        count = min(sizes[turn % len(sizes)], len(room), len(data) - position)
        room[:count] = data[position : position + count]
        items += decoder.received(count)
        position += count
        turn += 1
    return items


@given(st.lists(st.one_of(messages, frames), max_size=30), st.lists(st.integers(1, 9000), min_size=1, max_size=8))
def test_what_is_encoded_arrives_in_order_however_it_is_cut(items: list[Event | LinkFrame], sizes: list[int]) -> None:
    assert _feed(Decoder(Event), b"".join(map(_record, items)), sizes) == items


def test_frames_larger_than_the_buffer_arrive_whole() -> None:
    items = [LinkFrame(number, bytes([number]) * (number * 700_000)) for number in range(1, 6)]
    assert _feed(Decoder(Event), b"".join(map(_record, items)), [300_000, 7]) == items


@pytest.mark.parametrize("size", [0, 5, 500, 600, 80_000])
def test_a_frame_is_not_changed_by_later_bytes_nor_by_its_owner(size: int) -> None:
    decoder: Decoder[Event] = Decoder(Event)
    (first,) = _feed(decoder, _record(LinkFrame(1, b"1" * size)), [100_000])
    _feed(decoder, _record(LinkFrame(2, b"2" * size)), [100_000])
    assert first == LinkFrame(1, b"1" * size)
    assert isinstance(first, LinkFrame)
    assert isinstance(first.jpeg, memoryview)
    assert first.jpeg.readonly


def test_a_frame_is_received_where_it_stays() -> None:
    """Except for the few bytes that arrived in the same read as its header."""
    decoder: Decoder[Event] = Decoder(Event)
    record = _record(LinkFrame(1, bytes(range(256)) * 400))
    room = decoder.room()
    assert len(room) == FIRST_READ_BYTES
    room[:] = record[: len(room)]
    assert decoder.received(len(room)) == []
    own = decoder.room()
    assert len(own) == len(record) - FIRST_READ_BYTES
    own[:] = record[FIRST_READ_BYTES:]
    (frame,) = decoder.received(len(own))
    assert isinstance(frame, LinkFrame)
    assert isinstance(frame.jpeg, memoryview)
    assert frame.jpeg.obj is own.obj


@given(st.lists(st.one_of(messages, frames), min_size=1, max_size=10))
def test_no_read_extends_beyond_the_end_of_a_frame(items: list[Event | LinkFrame]) -> None:
    """Each read is as long as possible, but never reads the bytes after a frame into the frame's buffer."""
    data = b"".join(map(_record, items))
    assert _feed(Decoder(Event), data, [len(data)]) == items


def test_an_impossible_length_is_refused_before_there_is_a_buffer_for_it() -> None:
    decoder: Decoder[Event] = Decoder(Event)
    with pytest.raises(ProtocolError):
        _feed(decoder, FRAME.pack(LIMIT_BYTES + 1, 1, 0), [100])
    assert len(decoder.room()) <= FIRST_READ_BYTES


@pytest.mark.parametrize(
    "data",
    [
        struct.pack(">IB", 5, 2) + b"12345",
        struct.pack(">IB", LIMIT_BYTES + 1, 0),
        struct.pack(">IB", 7, 1) + b"1234567",
        struct.pack(">IB", 3, 0) + b"abc",
        struct.pack(">IB", 0, 0),
        message_record(Capture(request=1, capture_id="c", staging="/s")),
    ],
    ids=["kind", "length", "short frame", "no message", "empty", "a command among events"],
)
def test_bytes_that_break_the_rules_are_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        _feed(Decoder(Event), data, [4096])


@given(st.binary(max_size=300))
def test_any_bytes_give_items_or_a_protocol_error(data: bytes) -> None:
    decoder: Decoder[Event] = Decoder(Command)
    try:
        _feed(decoder, data, [64])
    except ProtocolError:
        return


def test_a_record_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(ProtocolError, match="limit"):
        frame_header(0, LIMIT_BYTES)
    with pytest.raises(ProtocolError, match="limit"):
        message_record(Note(level="info", text="x" * LIMIT_BYTES))


@given(st.text(st.characters(categories=("Cs", "L")), max_size=20))
def test_any_text_of_a_camera_is_sent_as_unicode(text: str) -> None:
    record = message_record(Note(level="info", text=text))
    (note,) = _feed(Decoder(Event), record, [4096])
    assert isinstance(note, Note)
    assert note.text == re.sub("[\ud800-\udfff]", "\ufffd", text)


def test_invalid_text_is_replaced_anywhere_in_a_message() -> None:
    entry = SettingEntry(
        name="artist", path="", label="K\udcfcnstler", kind="choice", value="J\udcf6rg", choices=("\udcf6",)
    )
    done = Done(request=1, result=SettingsRead(settings=(entry,), complete=False))
    (read,) = _feed(Decoder(Event), message_record(done), [4096])
    assert isinstance(read, Done)
    assert isinstance(read.result, SettingsRead)
    assert not read.result.complete
    (sent,) = read.result.settings
    assert (sent.label, sent.value, sent.choices) == ("K\ufffdnstler", "J\ufffdrg", ("\ufffd",))


def test_the_options_of_a_capture_arrive_as_one_object() -> None:
    options = CaptureOptions(bulb_seconds=2.5, autofocus=False, retry_without_autofocus=True, settings={"iso": "400"})
    command = Capture(request=1, capture_id="c", staging="/s", options=options)
    (read,) = _feed(Decoder(Command), message_record(command), [4096])
    assert read == command
