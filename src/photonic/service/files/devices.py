"""Which physical device holds a folder, so that a copy on the same one is not taken for a second copy.

Two folders are on the same device if their file systems have the same device number, or are partitions of one disk.
The kernel knows the disk of a partition (sysfs). File systems such as btrfs have a number of their own for each
subvolume; the table of mounts names the device that they lie on. Where neither says anything (network file systems,
tmpfs, device mapper over several disks), different numbers count as different devices.

Everything here blocks, and raises ``OSError`` for a folder that is not there.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from photonic.service.files import disk

_BLOCK_DEVICES = Path("/sys/dev/block")


def same_device(one: Path, other: Path) -> bool:
    """Whether the two folders are on one physical device, as far as the kernel says."""
    numbers = [place.stat().st_dev for place in (one, other)]
    if numbers[0] == numbers[1]:
        return True
    disks = [_disk_of(_block_device(number, place)) for number, place in zip(numbers, (one, other), strict=True)]
    return disks[0] is not None and disks[0] == disks[1]


def _block_device(number: int, place: Path) -> int:
    """The number of the block device under a file system, if it has another than its file system's ``number``."""
    if os.major(number) == 0:
        source = disk.source_of(place)
        if source is not None and source.startswith("/dev/"):
            with suppress(OSError):
                return Path(source).stat().st_rdev
    return number


def _disk_of(number: int) -> str | None:
    """The disk of a block device, as sysfs names it; ``None``: it is no block device."""
    entry = _BLOCK_DEVICES / f"{os.major(number)}:{os.minor(number)}"
    try:
        device = entry.resolve(strict=True)
        return str(device.parent if (device / "partition").exists() else device)
    except OSError:
        return None
