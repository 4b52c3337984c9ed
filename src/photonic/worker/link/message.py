"""The base of all messages on the link, and the numbers in them."""

from __future__ import annotations

from typing import Annotated

import msgspec

Seconds = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]
"""A time span: neither NaN nor infinite. The longest is a bulb exposure of hours."""
Integer = Annotated[int, msgspec.Meta(le=2**63 - 1)]
"""The largest integer that the index can store: signed 64 bits."""
Sha256 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
"""A SHA-256 in hexadecimal digits."""


class Message(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """One message on the link."""
