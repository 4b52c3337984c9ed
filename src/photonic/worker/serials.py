"""Serial numbers as people and cameras write them: padded with zeros or not, in capitals or not."""

from __future__ import annotations


def bare_serial(serial: str) -> str:
    """The serial number without what may differ between two ways to write it."""
    return serial.strip().lstrip("0").casefold()


def same_serial(left: str, right: str) -> bool:
    """Whether two serial numbers are one: cameras pad them with zeros, stickers do not."""
    return bare_serial(left) == bare_serial(right)
