"""Fujifilm."""

from __future__ import annotations

from photonic.drivers.gphoto2.makers.maker import Maker

FUJI = Maker(
    manufacturer="fuji",
    # The events of one shot come more than 50 ms apart, and a release in between is refused.
    late_event_seconds=0.3,
)
