"""The bytes on the socket pair between a camera process and its parent, without I/O.

====== ====== =====================================================
offset type   field
====== ====== =====================================================
0      u32    size of what follows the kind, big endian
4      u8     kind: 0 message, 1 frame
5      bytes  message: MessagePack; frame: u64 capture time in
              microseconds of CLOCK_MONOTONIC, then the JPEG
====== ====== =====================================================
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from photonic.errors import ProtocolError

if TYPE_CHECKING:
    from photonic.worker.messages import Message

MAX_SIZE = 64 * 1024 * 1024
"""A live-view frame has some 100 kB; more than this is a corrupt length."""

_HEAD = struct.Struct(">IB")
_FRAME_HEAD = struct.Struct(">IBQ")
_STAMP = struct.Struct(">Q")
_encoder = msgspec.msgpack.Encoder()

Item = TypeVar("Item")


class Kind(IntEnum):
    """What an item on the link is."""

    MESSAGE = 0
    FRAME = 1


@dataclass(frozen=True, slots=True)
class LinkFrame:
    """One live-view frame on its way to the hub, which numbers it."""

    captured_us: int
    jpeg: bytes


def encode_message(message: Message) -> bytes:
    """One message, ready to be written."""
    body = _encoder.encode(message)
    return _HEAD.pack(len(body), Kind.MESSAGE) + body


def encode_frame_head(captured_us: int, size_bytes: int) -> bytes:
    """What stands before the ``size_bytes`` bytes of a frame's JPEG."""
    return _FRAME_HEAD.pack(_STAMP.size + size_bytes, Kind.FRAME, captured_us)


class LinkDecoder(Generic[Item]):
    """Takes bytes as they come; gives the messages of one direction, and frames.

    ``direction`` is ``Command`` (in the child) or ``Event`` (in the parent).
    """

    def __init__(self, direction: type[Item]) -> None:
        self._decoder = msgspec.msgpack.Decoder(direction)
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Item | LinkFrame]:
        """Everything that is whole now, in order.

        Raises ``ProtocolError`` for bytes that no photonic wrote; the link is of no further use then.
        """
        buffer = self._buffer
        buffer += data
        items: list[Item | LinkFrame] = []
        taken = 0
        while len(buffer) - taken >= _HEAD.size:
            size, kind = _HEAD.unpack_from(buffer, taken)
            if size > MAX_SIZE:
                raise ProtocolError(
                    f"an item of {size} bytes on the link to the camera process; {MAX_SIZE} at the most"
                )
            start = taken + _HEAD.size
            if len(buffer) - start < size:
                break
            taken = start + size
            with memoryview(buffer) as view:
                items.append(self._item(kind, view[start:taken]))
        del buffer[:taken]
        return items

    def _item(self, kind: int, body: memoryview) -> Item | LinkFrame:
        with body:
            if kind == Kind.FRAME and len(body) >= _STAMP.size:
                (captured_us,) = _STAMP.unpack_from(body)
                return LinkFrame(captured_us, bytes(body[_STAMP.size :]))
            if kind != Kind.MESSAGE:
                raise ProtocolError(f"an item of kind {kind} with {len(body)} bytes on the link to the camera process")
            try:
                return self._decoder.decode(body)
            except msgspec.MsgspecError as error:
                raise ProtocolError(f"a message on the link to the camera process cannot be read: {error}") from error
