"""The limits for guests, so that a guest cannot occupy the camera for long."""

from __future__ import annotations

from pydantic import BaseModel


class GuestLimits(BaseModel):
    """The limits for requests from a page without the PIN, if a PIN is set.

    ``exposure_seconds``: the longest exposure. ``frames``: the most photos in one sequence. ``wait_seconds``: the
    longest wait before a sequence and between two of its photos.
    """

    exposure_seconds: float = 30.0
    frames: int = 20
    wait_seconds: float = 30.0


GUEST_LIMITS = GuestLimits()
