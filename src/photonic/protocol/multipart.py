"""Frames as ``multipart/x-mixed-replace``, which ``<img>``, OBS and Home Assistant show without a script.

The delimiter of the next part is sent with each part: Chromium shows a part only after the delimiter that follows it,
so a delimiter sent with the following frame would delay everything by one frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.frame import Scale

if TYPE_CHECKING:
    from photonic.protocol.live import Numbered

BOUNDARY = "photonic-frame"
CONTENT_TYPE = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
DELIMITER = f"--{BOUNDARY}\r\n".encode()
"""Sent once, before the first part."""
PART_END = b"\r\n" + DELIMITER
"""Sent after each JPEG."""


def part_header(frame: Numbered, size_bytes: int, timestamp: str | None = None) -> bytes:
    """Encode the header of one part, with its blank line; the JPEG of ``size_bytes`` and ``PART_END`` follow it.

    ``timestamp``: sent as X-Timestamp; ``None``: ``captured_us``.
    """
    scale = f"X-Scale: {frame.scale}\r\n" if frame.scale is not Scale.FULL else ""
    return (
        "Content-Type: image/jpeg\r\n"
        f"Content-Length: {size_bytes}\r\n"
        f"X-Sequence: {frame.sequence}\r\n"
        f"X-Timestamp: {frame.captured_us if timestamp is None else timestamp}\r\n"
        f"{scale}\r\n"
    ).encode()
