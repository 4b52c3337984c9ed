"""PTP/IP framing: packets survive any split of the stream; garbage only ever raises a protocol error."""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.errors import ProtocolError
from photonic.ptp import packets
from photonic.ptp.packets import Packet, PacketDecoder, PacketType

PACKETS = st.lists(st.tuples(st.sampled_from(PacketType), st.binary(max_size=80)), max_size=6)


@given(PACKETS, st.data())
def test_packets_come_out_as_they_went_in_however_the_bytes_are_cut(
    wanted: list[tuple[PacketType, bytes]], data: st.DataObject
) -> None:
    stream = b"".join(packets.pack(kind, body) for kind, body in wanted)
    decoder = PacketDecoder()
    found: list[Packet] = []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += decoder.feed(stream[:size])
        stream = stream[size:]
    assert found == [Packet(kind, body) for kind, body in wanted]


def test_half_a_packet_waits_for_the_rest() -> None:
    packet = packets.pack(PacketType.INIT_EVENT_REQUEST, b"\1\0\0\0")
    decoder = PacketDecoder()
    assert decoder.feed(packet[:-1]) == []
    assert decoder.feed(packet[-1:]) == [Packet(PacketType.INIT_EVENT_REQUEST, b"\1\0\0\0")]


def test_the_first_packet_is_limited_to_a_kilobyte_and_the_others_to_the_size_of_settings() -> None:
    long = packets.pack(PacketType.DATA, bytes(packets.LONGEST_FIRST))
    with pytest.raises(ProtocolError):
        PacketDecoder().feed(long[:8])
    decoder = PacketDecoder()
    decoder.feed(packets.pack(PacketType.INIT_COMMAND_REQUEST, bytes(40)))
    assert decoder.feed(long) == [Packet(PacketType.DATA, bytes(packets.LONGEST_FIRST))]


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(struct.pack("<II", 7, 6), id="shorter than its head"),
        pytest.param(struct.pack("<II", 0, 6), id="no length"),
        pytest.param(struct.pack("<II", packets.LONGEST + 1, 6), id="too long"),
        pytest.param(struct.pack("<II", 8, 0), id="type 0"),
        pytest.param(struct.pack("<II", 8, 15), id="unknown type"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="another protocol"),
    ],
)
def test_bytes_that_cannot_be_a_packet_are_refused_at_once(head: bytes) -> None:
    with pytest.raises(ProtocolError):
        PacketDecoder().feed(head)


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_garbage_is_a_protocol_error_or_waits(pieces: list[bytes]) -> None:
    decoder = PacketDecoder()
    with suppress(ProtocolError):
        for piece in pieces:
            decoder.feed(piece)


@given(st.binary(max_size=2000), st.integers(0, 2**32 - 1))
def test_a_data_phase_carries_its_size_and_every_byte(data: bytes, transaction: int) -> None:
    first, *rest = PacketDecoder().feed(b"".join(packets.pack_data(transaction, data)))
    assert first == Packet(PacketType.START_DATA, struct.pack("<IQ", transaction, len(data)))
    assert [packet.type for packet in rest] == [PacketType.END_DATA]
    assert b"".join(packet.body[4:] for packet in rest) == data


def test_a_long_data_phase_is_cut_into_chunks_and_ends_once() -> None:
    data = bytes(range(256)) * (2 * packets.DATA_CHUNK // 256) + b"end"
    _, *rest = PacketDecoder().feed(b"".join(packets.pack_data(9, data)))
    assert [packet.type for packet in rest] == [PacketType.DATA, PacketType.DATA, PacketType.END_DATA]
    assert b"".join(packet.body[4:] for packet in rest) == data


@pytest.mark.parametrize("size", [0, 1, packets.DATA_CHUNK - 1, packets.DATA_CHUNK, packets.DATA_CHUNK + 7])
def test_a_data_phase_that_stops_is_the_beginning_of_the_whole_one(size: int) -> None:
    data = bytes(range(256)) * (2 * packets.DATA_CHUNK // 256)
    start = packets.pack_data_start(9, data, size)
    assert b"".join(packets.pack_data(9, data)).startswith(start)
    heads = 20 + 12 * (size // packets.DATA_CHUNK + 1)
    assert len(start) == heads + size


@given(
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(0, 2**32 - 1), max_size=5),
    st.booleans(),
)
def test_an_operation_request_is_read_as_it_was_written(
    code: int, transaction: int, parameters: list[int], sends: bool
) -> None:
    body = struct.pack(f"<IHI{len(parameters)}I", 2 if sends else 1, code, transaction, *parameters)
    assert packets.unpack_operation(body) == packets.OperationRequest(code, transaction, tuple(parameters), sends)


@given(st.binary(max_size=40))
def test_an_operation_request_is_whole_or_refused(body: bytes) -> None:
    whole = 10 <= len(body) <= 30 and (len(body) - 10) % 4 == 0
    try:
        packets.unpack_operation(body)
    except ProtocolError:
        assert not whole
    else:
        assert whole
