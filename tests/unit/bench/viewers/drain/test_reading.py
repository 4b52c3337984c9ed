"""What the viewers of the benchmark see of a stream, however it is cut."""

from __future__ import annotations

import pytest
from bench.viewers.drain.reading import PartReader, Reader, SocketReader
from bench.viewers.floor.wire import Numbers
from hypothesis import given
from hypothesis import strategies as st

from photonic.errors import ProtocolError
from photonic.protocol.envelopes import http_chunk, websocket_binary, websocket_text
from photonic.protocol.live import encode_header
from photonic.protocol.multipart import DELIMITER, PART_END, part_header

SIZES = st.lists(st.integers(1, 5_000), max_size=6)
CUTS = st.lists(st.integers(1, 3_000), min_size=1, max_size=8)

Seen = list[tuple[int, int]]


def messages(sizes: list[int]) -> bytes:
    stream = b""
    for number, size in enumerate(sizes, start=1):
        numbers = Numbers(number, number * 1_000)
        stream += b"".join(websocket_text((b'{"type": "status"}' * number,)))
        stream += b"".join(websocket_binary((encode_header(numbers), bytes(size))))
    return stream


def parts(sizes: list[int]) -> bytes:
    stream = b"".join(http_chunk((DELIMITER,)))
    for number, size in enumerate(sizes, start=1):
        head = part_header(Numbers(number, number * 1_000), size)
        stream += b"".join(http_chunk((head, bytes(size), PART_END)))
    return stream


def take(reader: Reader, stream: bytes, cuts: list[int]) -> None:
    """As a viewer does: what may be skipped is never fed."""
    position, turn = 0, 0
    while position < len(stream):
        count = min(cuts[turn % len(cuts)], len(stream) - position)
        if reader.skip:
            count = min(count, reader.skip)
            reader.passed(count)
        else:
            reader.feed(stream[position : position + count])
        position += count
        turn += 1


@given(SIZES, CUTS)
def test_every_message_is_seen_once_with_its_stamp(sizes: list[int], cuts: list[int]) -> None:
    seen: Seen = []
    take(SocketReader(lambda sequence, captured_us: seen.append((sequence, captured_us))), messages(sizes), cuts)
    assert seen == [(number, number * 1_000) for number in range(1, len(sizes) + 1)]


@given(SIZES, CUTS)
def test_every_part_is_seen_once_with_its_stamp(sizes: list[int], cuts: list[int]) -> None:
    seen: Seen = []
    take(PartReader(lambda sequence, captured_us: seen.append((sequence, captured_us))), parts(sizes), cuts)
    assert seen == [(number, number * 1_000) for number in range(1, len(sizes) + 1)]


def test_a_ping_is_answered_with_its_payload_masked() -> None:
    reader = SocketReader(lambda sequence, captured_us: None)
    assert reader.feed(b"\x89\x04ping") == b"\x8a\x84" + bytes(4) + b"ping"


def test_a_close_ends_the_stream_with_its_reason() -> None:
    reader = SocketReader(lambda sequence, captured_us: None)
    reader.feed(b"\x88\x06\x03\xf4stop")
    assert reader.ended == "closed by the server: stop"
    ended = PartReader(lambda sequence, captured_us: None)
    ended.feed(b"0\r\n\r\n")
    assert ended.ended == "ended by the server"


@pytest.mark.parametrize("data", [b"\x02\x01x", b"\xc2\x01x", b"\x82\x81abcdx", b"\x82\x05short", b"\x8b\x00"])
def test_what_is_no_message_of_the_service_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        SocketReader(lambda sequence, captured_us: None).feed(data)


@pytest.mark.parametrize("data", [b"zz\r\n", b"x" * 100])
def test_what_is_no_chunk_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        PartReader(lambda sequence, captured_us: None).feed(data)
