"""What every message on the link is."""

from __future__ import annotations

from typing import Annotated

import msgspec

Seconds = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]
"""A time span: no number that is none, and none that has no end. The longest is a bulb exposure of hours."""
Integer = Annotated[int, msgspec.Meta(le=2**63 - 1)]
"""What the index can keep: 64 bits with a sign."""


class Message(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """One message on the link."""
