"""The limits for guests, so that a guest cannot occupy the camera for long."""

from __future__ import annotations

from pydantic import BaseModel

EXPOSURE_SECONDS = 30.0
FRAMES = 20
WAIT_SECONDS = 30.0
CAPTURES_A_MINUTE = 12


class GuestLimits(BaseModel):
    """The limits for requests of a guest.

    ``exposure_seconds``: the longest exposure. ``frames``: the most photos in one sequence. ``wait_seconds``: the
    longest wait before a sequence and between two of its photos. ``captures_a_minute``: the most photos in a minute,
    those of sequences included; a longer sequence may be the only one of its minute.
    """

    exposure_seconds: float = EXPOSURE_SECONDS
    frames: int = FRAMES
    wait_seconds: float = WAIT_SECONDS
    captures_a_minute: int = CAPTURES_A_MINUTE
