"""What a guest may ask of the camera: nothing that holds it for long."""

from __future__ import annotations

from pydantic import BaseModel


class GuestLimits(BaseModel):
    """Of a page's request where a PIN is set and was not shown.

    ``exposure_seconds``: the longest exposure. ``frames``: the most photos of one sequence. ``wait_seconds``: the
    longest wait before a sequence and between two of its photos.
    """

    exposure_seconds: float = 30.0
    frames: int = 20
    wait_seconds: float = 30.0


GUEST_LIMITS = GuestLimits()
