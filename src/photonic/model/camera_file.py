"""Compares a camera's files: which belong to one exposure, and which are copies on two cards.

A file is assigned to an exposure by its properties, never because one is still missing. The driver asks while files
arrive and the service asks later, and both get the same answer.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Protocol

TWIN_SECONDS = 5
"""The largest difference between the camera times of the RAW and the JPEG of one shot."""

NAMES_REMEMBERED = 10_000
"""The stems of so many names are not computed again: each look at a card asks for those of all its photos."""

_STORAGE = re.compile(r"/store_[0-9a-fA-F]+")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class CameraFile(Protocol):
    """One file as its camera describes it; ``None``: unknown.

    ``folder`` begins with the storage, as in libgphoto2 (``/store_00010001/DCIM/100CANON``); ``taken_at``: in seconds
    of the camera's clock.
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
    """A camera's file name, as used in the name of a staged file."""
    return _UNSAFE.sub("_", name)[-80:]


@lru_cache(maxsize=NAMES_REMEMBERED)
def stem(name: str) -> str:
    """The part of the name that RAW and JPEG of one shot share."""
    return PurePosixPath(plain(name)).stem


def storage(folder: str) -> str:
    """The storage that a folder begins with; empty if it has none."""
    found = _STORAGE.match(folder)
    return found[0] if found else ""


def below_storage(folder: str) -> str:
    """A folder without its storage."""
    return folder.removeprefix(storage(folder))


def of_one_exposure(one: CameraFile, other: CameraFile) -> bool:
    """Whether two files of one camera belong to one shot: same stem, same time, different suffix.

    RAW and JPEG may be on two cards, whose folders are numbered separately: the times must then be known.
    """
    names = (plain(one.name), plain(other.name))
    if stem(names[0]) != stem(names[1]) or PurePosixPath(names[0]).suffix == PurePosixPath(names[1]).suffix:
        return False
    apart = None if one.taken_at is None or other.taken_at is None else abs(one.taken_at - other.taken_at)
    if one.folder is not None and other.folder is not None and one.folder != other.folder:
        return storage(one.folder) != storage(other.folder) and apart is not None and apart <= TWIN_SECONDS
    return apart is None or apart <= TWIN_SECONDS


def copies(one: CameraFile, other: CameraFile) -> bool:
    """Whether two files are copies of one photo on two cards: everything except the storage is the same.

    A camera does not reuse a file number within a second, so two photos never agree in folder, name, size and second.
    An unknown value is equal to nothing.
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
