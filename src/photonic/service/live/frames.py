"""One live-view frame for any number of viewers: its bytes are built once for each form and envelope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.model.frame import Scale
from photonic.protocol.live import encode_header
from photonic.protocol.multipart import PART_END, part_header

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.machine.timekeeping import Timekeeping
    from photonic.protocol.envelopes import Envelope

    Form = Callable[["LiveFrame"], tuple[bytes | memoryview, ...]]
    """Turns a frame into the pieces that one kind of viewer receives: the JPEG and what surrounds it."""


class LiveFrame:
    """A frame in the service. ``jpeg`` is the buffer in which it was received; it does not change anymore.

    ``epoch``, ``sequence``, ``captured_us`` and ``scale`` are as in ``model.frame.Frame``.
    """

    __slots__ = ("_encoded", "captured_us", "epoch", "jpeg", "scale", "sequence")

    def __init__(
        self, epoch: int, sequence: int, captured_us: int, jpeg: bytes | memoryview, scale: Scale = Scale.FULL
    ) -> None:
        self.epoch = epoch
        self.sequence = sequence
        self.captured_us = captured_us
        self.jpeg = jpeg
        self.scale = scale
        self._encoded: dict[tuple[Form, Envelope], bytes] = {}

    def encoded(self, form: Form, envelope: Envelope) -> bytes:
        """The bytes that go to a transport: the same object for every viewer with this form and envelope.

        The service copies a frame nowhere else, and here once for each form and envelope in use.
        """
        ready = self._encoded.get((form, envelope))
        if ready is None:
            ready = self._encoded[form, envelope] = b"".join(envelope(form(self)))
        return ready

    def reduced(self, scale: Scale, jpeg: bytes | memoryview) -> LiveFrame:
        """The same frame with a smaller JPEG."""
        return LiveFrame(self.epoch, self.sequence, self.captured_us, jpeg, scale)


def plain_form(frame: LiveFrame) -> tuple[bytes | memoryview, ...]:
    """The compat API: the JPEG and nothing else."""
    return (frame.jpeg,)


def live_form(frame: LiveFrame) -> tuple[bytes | memoryview, ...]:
    """A message of ``photonic.live.v1``."""
    return (encode_header(frame), frame.jpeg)


def part_form(frame: LiveFrame) -> tuple[bytes | memoryview, ...]:
    """One part of ``multipart/x-mixed-replace``, with the delimiter after it."""
    return (part_header(frame, len(frame.jpeg)), frame.jpeg, PART_END)


@dataclass(frozen=True, slots=True)
class WallClockParts:
    """The form ``part_form`` with the time of day in X-Timestamp. ``time``: the clocks of the service."""

    time: Timekeeping

    def __call__(self, frame: LiveFrame) -> tuple[bytes | memoryview, ...]:
        """One part, with the delimiter after it."""
        return (part_header(frame, len(frame.jpeg), self.timestamp(frame)), frame.jpeg, PART_END)

    def timestamp(self, frame: LiveFrame) -> str:
        """When the frame was captured: unix seconds with six decimals, as mjpg-streamer and uStreamer send it."""
        return f"{self.time.unix_seconds() - (self.time.now_us() - frame.captured_us) / 1e6:.6f}"
