"""An IN pipe of a USB device: where transfers end, the packet of no bytes, halts and babble."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from photonic.ptp.usb_pipe import InPipe, InTransfer, TransferEnd

PACKET = 8


def read(pipe: InPipe, length: int) -> tuple[TransferEnd | None, bytes]:
    transfer = InTransfer(length)
    return pipe.fill(transfer), bytes(transfer.data)


@given(
    st.lists(st.binary(min_size=1, max_size=5 * PACKET), max_size=5),
    st.lists(st.integers(1, 4).map(lambda packets: packets * PACKET), min_size=1),
)
def test_transfers_of_any_number_of_packets_carry_each_message_whole(messages: list[bytes], lengths: list[int]) -> None:
    pipe = InPipe(PACKET)
    for message in messages:
        pipe.queue(message)
    arrived: list[bytes] = []
    message, step = b"", 0
    while pipe:
        length = lengths[step % len(lengths)]
        end, data = read(pipe, length)
        assert end is TransferEnd.DONE
        message, step = message + data, step + 1
        if len(data) < length:
            arrived.append(message)
            message = b""
    if message:
        arrived.append(message)
    # A message that fills its last transfer is told from the next one by the packet of no bytes only.
    assert arrived == messages


def test_a_message_of_whole_packets_is_followed_by_one_of_no_bytes() -> None:
    pipe = InPipe(PACKET)
    pipe.queue(b"a" * 16)
    assert read(pipe, 16) == (TransferEnd.DONE, b"a" * 16)
    assert read(pipe, 16) == (TransferEnd.DONE, b"")
    assert not pipe


def test_without_that_packet_a_transfer_goes_on_with_the_next_message() -> None:
    pipe = InPipe(PACKET)
    transfer = InTransfer(32)
    pipe.queue(b"a" * 16, ended=False)
    assert pipe.fill(transfer) is None
    pipe.queue(b"bcd")
    assert pipe.fill(transfer) is TransferEnd.DONE
    assert transfer.data == b"a" * 16 + b"bcd"


def test_an_idle_pipe_leaves_a_transfer_waiting() -> None:
    assert read(InPipe(PACKET), 8) == (None, b"")


def test_a_halted_pipe_gives_what_was_queued_and_then_stalls() -> None:
    pipe = InPipe(PACKET)
    pipe.queue(b"a" * 12, ended=False)
    pipe.halted = True
    assert read(pipe, 8) == (TransferEnd.DONE, b"a" * 8)
    assert read(pipe, 8) == (TransferEnd.DONE, b"a" * 4)
    assert read(pipe, 8) == (TransferEnd.STALLED, b"")


def test_a_packet_larger_than_the_room_overflows_and_is_lost() -> None:
    pipe = InPipe(PACKET)
    pipe.queue(b"a" * 8 + b"b" * 3)
    assert read(pipe, 4) == (TransferEnd.OVERFLOW, b"")
    assert read(pipe, 8) == (TransferEnd.DONE, b"b" * 3)


def test_the_oldest_messages_are_lost_where_too_many_wait() -> None:
    pipe = InPipe(PACKET, most_messages=2)
    for message in (b"1", b"2", b"3"):
        pipe.queue(message)
    assert [read(pipe, 8)[1], read(pipe, 8)[1]] == [b"2", b"3"]
    assert not pipe
