"""Compares serial numbers, which people and cameras write with or without leading zeros and in either case."""

from __future__ import annotations


def bare_serial(serial: str) -> str:
    """The serial number without leading zeros and differences in case."""
    return serial.strip().lstrip("0").casefold()


def same_serial(left: str, right: str) -> bool:
    """Whether two serial numbers are the same: cameras pad them with zeros, stickers do not."""
    return bare_serial(left) == bare_serial(right)
