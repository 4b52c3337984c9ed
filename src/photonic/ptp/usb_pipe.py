"""A pipe from a USB device to its host: what the device has queued, cut into packets as the host's transfers take them.

A transfer ends when it is full, or with a packet shorter than the pipe's packet size. A message whose length is a
multiple of that size is therefore followed by a packet of no bytes; where that is missing, a transfer with room left
goes on with the next message.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum


class TransferEnd(Enum):
    """How a transfer ended."""

    DONE = "done"
    STALLED = "stalled"
    OVERFLOW = "overflow"
    """The device sent a packet that is larger than the room left ("babble")."""


@dataclass(slots=True)
class InTransfer:
    """One transfer that a host has asked for: room for ``length`` bytes, and what has arrived."""

    length: int
    data: bytearray = field(default_factory=bytearray)

    @property
    def room(self) -> int:
        """How many bytes may still come."""
        return self.length - len(self.data)


class InPipe:
    """One IN endpoint. ``packet_bytes``: its packet size; ``most_messages``: how many wait, ``None``: any number."""

    def __init__(self, packet_bytes: int, *, most_messages: int | None = None) -> None:
        self._packet_bytes = packet_bytes
        self._messages: deque[memoryview] = deque(maxlen=most_messages)
        self.halted = False

    def __bool__(self) -> bool:
        """Whether something waits to be read."""
        return bool(self._messages)

    def queue(self, message: bytes, *, ended: bool = True) -> None:
        """Queue a message; the oldest is lost when too many wait.

        Args:
            message: Its bytes.
            ended: Whether a packet of no bytes follows where one is due.
        """
        if message:
            self._messages.append(memoryview(message))
        if ended and len(message) % self._packet_bytes == 0:
            self._messages.append(memoryview(b""))

    def clear(self) -> None:
        """Forget what is queued; a halt stays."""
        self._messages.clear()

    @property
    def ends_with_zero_packet(self) -> bool:
        """Whether a packet of no bytes waits to be read."""
        return any(not message for message in self._messages)

    def fill(self, transfer: InTransfer, *, zero_packets: bool = True) -> TransferEnd | None:
        """Move packets into a transfer; ``None``: it is not at its end, and waits for more.

        Args:
            transfer: The transfer.
            zero_packets: Whether a packet of no bytes can be sent now.
        """
        while self._messages and (zero_packets or self._messages[0]):
            end = self._take(transfer)
            if end is not None:
                return end
        return TransferEnd.STALLED if self.halted else None

    def _take(self, transfer: InTransfer) -> TransferEnd | None:
        message = self._messages[0]
        whole = len(message) <= transfer.room
        size = len(message) if whole else transfer.room // self._packet_bytes * self._packet_bytes
        if not whole and not size:
            # The packet is larger than the room, and lost.
            self._messages[0] = message[self._packet_bytes :]
            if not self._messages[0]:
                self._messages.popleft()
            return TransferEnd.OVERFLOW
        transfer.data += message[:size]
        if whole:
            self._messages.popleft()
        else:
            self._messages[0] = message[size:]
        short = whole and (len(message) % self._packet_bytes > 0 or not message)
        return TransferEnd.DONE if short or not transfer.room else None
