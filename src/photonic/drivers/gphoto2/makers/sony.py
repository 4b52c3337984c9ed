"""Sony."""

from __future__ import annotations

from photonic.drivers.gphoto2.makers import reasons
from photonic.drivers.gphoto2.makers.maker import Maker

SONY = Maker(
    manufacturer="sony",
    # Presses the shutter button; an EOS has an entry of this name that only prepares a capture.
    reserved={"capture": reasons.SHUTTER, "movie": reasons.LIVE_VIEW},
    card_target="card",
    ram_target="sdram",
)
