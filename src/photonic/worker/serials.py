"""Compares and judges serial numbers, which people and cameras write with or without leading zeros, in either case."""

from __future__ import annotations


def bare_serial(serial: str) -> str:
    """The serial number without leading zeros and differences in case."""
    return serial.strip().lstrip("0").casefold()


def same_serial(left: str, right: str) -> bool:
    """Whether two serial numbers are the same: cameras pad them with zeros, stickers do not."""
    return bare_serial(left) == bare_serial(right)


def plausible_serial(serial: str) -> bool:
    """Whether a camera may have been given this serial number: makers use printable ASCII.

    Anything else was garbled on its way. It may be shown, but no camera is held to it: the true one would be refused.
    """
    return serial.isascii() and serial.isprintable()
