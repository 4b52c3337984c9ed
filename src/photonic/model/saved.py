"""How many copies of a photo there are when the service says that it is saved."""

from __future__ import annotations

from enum import StrEnum


class SaveLevel(StrEnum):
    """Where a photo is when a client is told that it is saved; every level includes the photo root's disk.

    ``CARD``: the camera's card has a copy, too, and keeps it until the stored file was read back and compared.
    ``SECOND``: a second folder, on another device, has a copy that was flushed, read back and compared.
    """

    DISK = "disk"
    CARD = "disk+card"
    SECOND = "disk+second"
