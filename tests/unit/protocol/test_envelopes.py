"""Our envelopes, read by the reference implementations."""

from __future__ import annotations

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame as ReferenceFrame
from websockets.frames import Opcode
from websockets.streams import StreamReader

from photonic.protocol.envelopes import Envelope, bare, http_chunk, websocket_binary, websocket_text

PIECES = st.lists(st.binary(max_size=70), min_size=1, max_size=3).map(tuple)


def read_back(data: bytes) -> ReferenceFrame:
    reader = StreamReader()
    reader.feed_data(data)
    parsing = ReferenceFrame.parse(reader.read_exact, mask=False)
    with pytest.raises(StopIteration) as end:
        next(parsing)
    assert len(reader.buffer) == 0
    return end.value.value


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
@pytest.mark.parametrize(("envelope", "opcode"), [(websocket_binary, Opcode.BINARY), (websocket_text, Opcode.TEXT)])
def test_a_message_is_one_frame_of_the_reference(size: int, envelope: Envelope, opcode: Opcode) -> None:
    payload = b"x" * size
    data = b"".join(envelope((payload,)))
    frame = read_back(data)
    assert (frame.opcode, frame.fin, bytes(frame.data)) == (opcode, True, payload)
    assert (frame.rsv1, frame.rsv2, frame.rsv3) == (False, False, False)
    assert data == ReferenceFrame(opcode, payload).serialize(mask=False)


@given(PIECES)
def test_pieces_come_back_as_one_message(pieces: tuple[bytes, ...]) -> None:
    whole = b"".join(pieces)
    assert b"".join(bare(pieces)) == whole
    assert bytes(read_back(b"".join(websocket_binary(pieces))).data) == whole
    assert b"".join(websocket_binary(tuple(map(memoryview, pieces)))) == b"".join(websocket_binary(pieces))


@given(st.lists(PIECES.filter(lambda pieces: bool(b"".join(pieces))), max_size=5))
def test_chunks_are_the_body_that_a_parser_reads(messages: list[tuple[bytes, ...]]) -> None:
    body = bytearray()

    class Answer:
        def on_body(self, data: bytes) -> None:
            body.extend(data)

    parser = httptools.HttpResponseParser(Answer())
    parser.feed_data(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for message in messages:
        parser.feed_data(b"".join(http_chunk(message)))
    assert bytes(body) == b"".join(b"".join(message) for message in messages)
