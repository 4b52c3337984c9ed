"""What a camera says of its files, compared: which are of one exposure, and which are copies on two cards.

A file belongs to an exposure by what it is, never because one is still missing. Both questions are asked while files
arrive (in the driver) and later (in the service), and have one answer.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Protocol

TWIN_SECONDS = 5
"""RAW and JPEG of one shot have times on the camera that are no further apart."""

_STORAGE = re.compile(r"/store_[0-9a-fA-F]+")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class CameraFile(Protocol):
    """One file as its camera describes it; ``None``: not known.

    ``folder`` has the storage in front, as libgphoto2 writes it (``/store_00010001/DCIM/100CANON``); ``taken_at`` is in
    seconds by the camera's clock.
    """

    @property
    def folder(self) -> str | None: ...

    @property
    def name(self) -> str: ...

    @property
    def size_bytes(self) -> int | None: ...

    @property
    def taken_at(self) -> int | None: ...


def plain(name: str) -> str:
    """A camera's name for a photo as it stands in a staging file's name."""
    return _UNSAFE.sub("_", name)[-80:]


def stem(name: str) -> str:
    """What RAW and JPEG of one shot have in common."""
    return PurePosixPath(plain(name)).stem


def storage(folder: str) -> str:
    """The storage in front of a folder; empty where there is none."""
    found = _STORAGE.match(folder)
    return found[0] if found else ""


def below_storage(folder: str) -> str:
    """A folder without the storage in front."""
    return folder.removeprefix(storage(folder))


def of_one_exposure(one: CameraFile, other: CameraFile) -> bool:
    """Whether two files of one camera are of one shot: one stem, one moment, another kind of file.

    RAW and JPEG may go to two cards, whose folders are numbered separately: there the moment has to be known.
    """
    names = (plain(one.name), plain(other.name))
    if stem(names[0]) != stem(names[1]) or PurePosixPath(names[0]).suffix == PurePosixPath(names[1]).suffix:
        return False
    apart = None if one.taken_at is None or other.taken_at is None else abs(one.taken_at - other.taken_at)
    if one.folder is not None and other.folder is not None and one.folder != other.folder:
        return storage(one.folder) != storage(other.folder) and apart is not None and apart <= TWIN_SECONDS
    return apart is None or apart <= TWIN_SECONDS


def copies(one: CameraFile, other: CameraFile) -> bool:
    """Whether two files are one photo that the camera has written to two cards: all but the storage is the same.

    One body gives a number once in a second, so that two photos do not agree in folder, name, size and second. What is
    not known agrees with nothing.
    """
    return (
        one.folder is not None
        and other.folder is not None
        and storage(one.folder) != storage(other.folder)
        and below_storage(one.folder) == below_storage(other.folder)
        and one.name == other.name
        and None not in {one.size_bytes, one.taken_at}
        and (one.size_bytes, one.taken_at) == (other.size_bytes, other.taken_at)
    )
