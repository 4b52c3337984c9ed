"""The binary message of live view: it round-trips, or is refused."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from photonic.errors import ProtocolError
from photonic.model.frame import Frame, Scale
from photonic.protocol.live import HEADER, decode, encode

FRAMES = st.builds(
    Frame,
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
    st.binary(max_size=100),
    st.sampled_from(Scale),
)


@given(FRAMES)
def test_a_frame_is_read_as_it_was_written(frame: Frame) -> None:
    assert decode(encode(frame)) == frame


@given(st.binary(max_size=100))
def test_any_bytes_give_a_frame_or_a_protocol_error(data: bytes) -> None:
    for message in (data, b"\1" + data):
        with suppress(ProtocolError):
            assert decode(message).jpeg == message[HEADER.size :]
