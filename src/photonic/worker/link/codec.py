"""The byte format between a camera process and its parent, without I/O.

====== ===== =====================================================
offset type  field
====== ===== =====================================================
0      u32   length of the payload in bytes, at most 64 MiB
4      u8    kind: 0 message, 1 frame
5      ...   payload
====== ===== =====================================================

Big-endian. A message's payload is MessagePack (``messages``). A frame's payload is a u64, the capture time in
microseconds of CLOCK_MONOTONIC, and the JPEG.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import msgspec

from photonic.errors import ProtocolError
from photonic.model.foreign_text import shown

if TYPE_CHECKING:
    from photonic.worker.link.messages import Message

LIMIT_BYTES = 64 * 1024 * 1024
RECORD = struct.Struct(">IB")
FRAME = struct.Struct(">IBQ")
CAPTURED = struct.Struct(">Q")
MESSAGE_KIND = 0
FRAME_KIND = 1
INITIAL_BYTES = 64 * 1024
FIRST_READ_BYTES = 512
"""Large enough for most messages; at most this much of a frame is copied into the frame's own buffer."""

M = TypeVar("M")

_encode = msgspec.msgpack.Encoder().encode


class LinkFrame(NamedTuple):
    """A live-view JPEG on the link; ``captured_us`` is microseconds of CLOCK_MONOTONIC.

    ``jpeg`` is the buffer that it was received into, which is read-only and never reused.
    """

    captured_us: int
    jpeg: bytes | memoryview


def message_record(message: Message) -> bytes:
    """The record of a message; camera text that is not valid UTF-8 is replaced (``model.foreign_text``).

    Raises ``ProtocolError`` if it is too long.
    """
    try:
        payload = _encode(message)
    except UnicodeEncodeError:
        payload = _encode(_readable(msgspec.to_builtins(message)))
    if len(payload) > LIMIT_BYTES:
        raise ProtocolError(f"a message of {len(payload)} bytes is longer than the link's limit of {LIMIT_BYTES}")
    return RECORD.pack(len(payload), MESSAGE_KIND) + payload


def _readable(value: Any) -> Any:
    """The same value with text that is valid Unicode."""
    match value:
        case str():
            return shown(value)
        case dict():
            return {_readable(key): _readable(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
        case list() | tuple():
            return [_readable(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return value


def frame_header(captured_us: int, size_bytes: int) -> bytes:
    """The header of the record of a JPEG of ``size_bytes``; without the JPEG, which would have to be copied.

    Raises ``ProtocolError`` if it is too long.
    """
    length = CAPTURED.size + size_bytes
    if length > LIMIT_BYTES:
        raise ProtocolError(f"a frame of {size_bytes} bytes is longer than the link's limit of {LIMIT_BYTES}")
    return FRAME.pack(length, FRAME_KIND, captured_us)


class _Arriving:
    """A frame that is being received into a buffer of its own."""

    def __init__(self, captured_us: int, size_bytes: int) -> None:
        self._captured_us = captured_us
        self._buffer = memoryview(bytearray(size_bytes))
        self._filled = 0

    @property
    def room(self) -> memoryview:
        """The buffer for its next bytes; it ends where the frame ends."""
        return self._buffer[self._filled :]

    def received(self, count: int) -> LinkFrame | None:
        """Account for ``count`` more bytes; returns the frame once it is whole."""
        self._filled += count
        whole = self._filled == len(self._buffer)
        return LinkFrame(self._captured_us, self._buffer.toreadonly()) if whole else None


class Decoder(Generic[M]):
    """Decodes messages and frames from bytes as they arrive; a JPEG is received into its final buffer, without a copy.

    ``messages`` is the union of the message types that this end accepts. The owner reads into ``room()`` and then calls
    ``received(count)``. After a ``ProtocolError`` the link is unusable.
    """

    def __init__(self, messages: Any) -> None:
        self._decoder: msgspec.msgpack.Decoder[M] = msgspec.msgpack.Decoder(messages)
        self._buffer = memoryview(bytearray(INITIAL_BYTES))
        self._start = 0
        self._end = 0
        self._record_bytes = 0
        self._arriving: _Arriving | None = None

    def room(self) -> memoryview:
        """The buffer for the next bytes: never empty, valid until ``received`` is called."""
        if self._arriving is not None:
            return self._arriving.room
        if self._start == self._end:
            self._start = self._end = 0
        # The rest of a message that has begun, or the beginning of a record.
        wanted = max(self._start + self._record_bytes - self._end, FIRST_READ_BYTES)
        if len(self._buffer) - self._end < wanted:
            self._make_room(wanted)
        return self._buffer[self._end : self._end + wanted]

    def received(self, count: int) -> list[M | LinkFrame]:
        """The messages and frames that ``count`` more bytes in ``room()`` complete, in order.

        Raises ``ProtocolError`` for an unknown kind, an impossible length, or an invalid message.
        """
        if self._arriving is not None:
            frame = self._arriving.received(count)
            if frame is None:
                return []
            self._arriving = None
            return [frame]
        self._end += count
        items: list[M | LinkFrame] = []
        while (item := self._next()) is not None:
            items.append(item)
        return items

    def _next(self) -> M | LinkFrame | None:
        self._record_bytes = 0
        here = self._end - self._start
        if here < RECORD.size:
            return None
        length, kind = RECORD.unpack_from(self._buffer, self._start)
        if length > LIMIT_BYTES or kind > FRAME_KIND or (kind == FRAME_KIND and length < CAPTURED.size):
            raise ProtocolError(f"a record of kind {kind} and {length} bytes on the link: the other side is corrupt")
        if kind == FRAME_KIND:
            return self._next_frame(length - CAPTURED.size) if here >= FRAME.size else None
        self._record_bytes = RECORD.size + length
        if self._record_bytes > here:
            return None
        payload = self._start + RECORD.size
        self._start += self._record_bytes
        try:
            return self._decoder.decode(self._buffer[payload : self._start])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ProtocolError(f"an invalid message on the link: {error}") from error

    def _next_frame(self, size_bytes: int) -> LinkFrame | None:
        """Begin a frame whose header has arrived: all its bytes go into a buffer of its own."""
        (captured_us,) = CAPTURED.unpack_from(self._buffer, self._start + RECORD.size)
        begins = self._start + FRAME.size
        count = min(size_bytes, self._end - begins)
        arriving = _Arriving(captured_us, size_bytes)
        arriving.room[:count] = self._buffer[begins : begins + count]
        self._start = begins + count
        frame = arriving.received(count)
        if frame is None:
            self._arriving = arriving
        return frame

    def _make_room(self, wanted: int) -> None:
        """Move the incomplete record to the front of the buffer, or of a larger one if necessary."""
        begun = self._buffer[self._start : self._end]
        buffer = self._buffer
        if len(begun) + wanted > len(buffer):
            buffer = memoryview(bytearray(len(begun) + wanted))
        buffer[: len(begun)] = begun
        self._buffer, self._start, self._end = buffer, 0, len(begun)
