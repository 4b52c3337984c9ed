"""multipart/x-mixed-replace: frames survive any split of the stream, in bounded memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.multipart_reader import MultipartReader, Part, boundary_of

from photonic.errors import ProtocolError
from photonic.model.frame import Frame
from photonic.protocol.multipart import (
    BOUNDARY,
    CONTENT_TYPE,
    DELIMITER,
    PART_END,
    part_header,
)

U64 = st.integers(0, 2**64 - 1)
FRAMES = st.builds(Frame, st.just(1), U64, U64, st.binary(max_size=300))


def encode_part(frame: Frame) -> bytes:
    return part_header(frame, len(frame.jpeg)) + frame.jpeg + PART_END


def test_a_part_has_length_sequence_and_time_and_is_followed_by_the_next_delimiter() -> None:
    assert encode_part(Frame(1, 7, 1_234_567, b"\xff\xd8\xff\xd9")) == (
        b"Content-Type: image/jpeg\r\nContent-Length: 4\r\nX-Sequence: 7\r\nX-Timestamp: 1234567\r\n\r\n"
        b"\xff\xd8\xff\xd9\r\n--photonic-frame\r\n"
    )


@given(st.lists(FRAMES, max_size=5), st.lists(st.integers(1, 200), min_size=1, max_size=20))
def test_frames_survive_any_cut_of_the_stream(frames: list[Frame], cuts: list[int]) -> None:
    stream = DELIMITER + b"".join(encode_part(frame) for frame in frames)
    reader, parts, at, turn = MultipartReader(), list[Part](), 0, 0
    while at < len(stream):
        step = cuts[turn % len(cuts)]
        parts += reader.feed(stream[at : at + step])
        at, turn = at + step, turn + 1
    assert [(part.sequence, part.captured_us, part.body) for part in parts] == [
        (frame.sequence, frame.captured_us, frame.jpeg) for frame in frames
    ]


@given(st.integers(1, 40))
def test_parts_without_a_length_end_at_the_delimiter(step: int) -> None:
    stream = b"preamble\r\n--b\r\nContent-Type: image/jpeg\r\n\r\none\r\n-\r\n--b\r\n\r\ntwo\r\n--b--\r\nepilogue"
    reader, bodies = MultipartReader("b"), list[bytes]()
    for at in range(0, len(stream), step):
        bodies += [part.body for part in reader.feed(stream[at : at + step])]
    assert bodies == [b"one\r\n-", b"two"]
    assert reader.ended
    assert reader.feed(b"--b\r\n\r\nthree\r\n--b\r\n") == []


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(b"x" * 2000, id="no delimiter at all"),
        pytest.param(DELIMITER + b"A: " + b"b" * 2000, id="endless header"),
        pytest.param(DELIMITER + b"Content-Length: 5000\r\n\r\n", id="announced part too long"),
        pytest.param(DELIMITER + b"Content-Length: -1\r\n\r\n", id="negative length"),
        pytest.param(DELIMITER + b"Content-Length: many\r\n\r\n", id="length in words"),
        pytest.param(DELIMITER + b"no colon here\r\n\r\n", id="line without a colon"),
        pytest.param(DELIMITER + b"A: b\r\n\r\n" + b"y" * 5000, id="unannounced part too long"),
    ],
)
def test_a_stream_past_its_limits_raises_instead_of_growing(stream: bytes) -> None:
    reader = MultipartReader(header_limit_bytes=500, part_limit_bytes=1000)
    with pytest.raises(ProtocolError):
        for at in range(0, len(stream), 100):
            reader.feed(stream[at : at + 100])
            assert reader.buffered_bytes <= 1200


@given(st.binary(max_size=400))
def test_garbage_raises_protocol_error_or_nothing(data: bytes) -> None:
    reader = MultipartReader(header_limit_bytes=100, part_limit_bytes=100)
    try:
        reader.feed(DELIMITER + data)
    except ProtocolError:
        return


def test_the_boundary_is_read_from_the_content_type() -> None:
    assert boundary_of(CONTENT_TYPE) == BOUNDARY
    assert boundary_of('multipart/x-mixed-replace;boundary="--a b"; x=y') == "a b"
    for bad in ("image/jpeg", "multipart/x-mixed-replace", "text/plain; boundary=a"):
        with pytest.raises(ProtocolError):
            boundary_of(bad)
