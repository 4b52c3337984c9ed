"""The simulated camera's storage: the card's folders, and the RAM, which holds photos until the client fetches them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  a field of a public dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from photonic.ptp.codes import ObjectFormat
from photonic.ptp.datasets import ObjectInfo, StorageInfo

if TYPE_CHECKING:
    from collections.abc import Callable

CARD_STORAGE = 0x00020001
SECOND_STORAGE = 0x00030001
DCIM = 0x20000000
FOLDER = 0x20000001
SECOND_DCIM = 0x20000002
SECOND_FOLDER = 0x20000003
FIRST_FILE = 0x21000001
FIRST_IN_RAM = 0x90000001
_BLOCK = 32 * 1024
_LONE_BYTE = re.compile("[\udc80-\udcff]")


class SecondCard(StrEnum):
    """The use of a second card: a copy of each file, or the JPEG of RAW+JPEG."""

    BACKUP = "backup"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Photo:
    """One file of a shot, or a folder; ``render`` and ``thumbnail`` return its bytes, the same at each call.

    ``part`` returns the bytes at an offset, of a given length, for a file that is too large for the memory (``None``:
    it is not). Bytes of its ``name`` that are not UTF-8 are escaped as in PEP 383.
    """

    name: str
    format: ObjectFormat
    size_bytes: int
    taken_at: datetime
    render: Callable[[], bytes]
    thumbnail: Callable[[], bytes]
    part: Callable[[int, int], bytes] | None = None

    def read(self, offset: int, size_bytes: int) -> bytes:
        """Its bytes from ``offset`` on; fewer than ``size_bytes`` at its end."""
        return self.render()[offset : offset + size_bytes] if self.part is None else self.part(offset, size_bytes)

    @property
    def raw_name(self) -> bytes:
        """The name in the card's own bytes."""
        return self.name.encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A photo and its location; ``storage`` 0 is the RAM, ``parent`` 0 a storage's root."""

    handle: int
    storage: int
    parent: int
    photo: Photo

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.photo.format is ObjectFormat.FOLDER

    def info(self) -> ObjectInfo:
        """The dataset of this object."""
        photo = self.photo
        return ObjectInfo(
            storage=self.storage,
            format=photo.format,
            size_bytes=photo.size_bytes,
            parent=self.parent,
            # UTF-16 cannot hold single bytes, so a body widens each to a code unit.
            name=_LONE_BYTE.sub(lambda byte: chr(ord(byte[0]) - 0xDC00), photo.name),
            taken_at=photo.taken_at,
            thumbnail_bytes=0 if self.is_folder else len(photo.thumbnail()),
            is_folder=self.is_folder,
        )


def _folder(name: str, made_at: datetime) -> Photo:
    return Photo(name, ObjectFormat.FOLDER, 0, made_at, bytes, bytes)


class Store:
    """All objects of the camera, by handle.

    ``capacity_bytes`` ``None``: there is no card; ``ram_slots`` photos fit into the RAM; ``made_at`` dates the folders,
    and photos go to ``folder``. ``second``: a second card of the same size is inserted. The cards can be removed
    (``card_in``; their files stay), locked or full, and the RAM full, regardless of their contents.
    """

    def __init__(
        self,
        capacity_bytes: int | None,
        ram_slots: int,
        made_at: datetime,
        *,
        folder: str = "100CANON",
        label: str = "EOS_DIGITAL",
        second: SecondCard | None = None,
    ) -> None:
        self._label = label
        self._capacity_bytes = capacity_bytes
        self._ram_slots = ram_slots
        self._objects: dict[int, StoredObject] = {}
        self._next_file = FIRST_FILE
        self._next_in_ram = FIRST_IN_RAM
        self.card_in = True
        self.card_locked = False
        self.card_full = False
        self.ram_full = False
        self._second = second
        if capacity_bytes is not None:
            for handle, parent, name in ((DCIM, 0, "DCIM"), (FOLDER, DCIM, folder)):
                self._objects[handle] = StoredObject(handle, CARD_STORAGE, parent, _folder(name, made_at))
        if capacity_bytes is not None and second is not None:
            # Each card numbers its own folders; copies are in folders of the same name.
            other = folder if second is SecondCard.BACKUP else f"101{folder[3:]}"
            for handle, parent, name in ((SECOND_DCIM, 0, "DCIM"), (SECOND_FOLDER, SECOND_DCIM, other)):
                self._objects[handle] = StoredObject(handle, SECOND_STORAGE, parent, _folder(name, made_at))

    @property
    def has_card(self) -> bool:
        """Whether a card is inserted."""
        return self.card_in and self._capacity_bytes is not None

    @property
    def storages(self) -> tuple[int, ...]:
        """The inserted cards."""
        if not self.has_card:
            return ()
        return (CARD_STORAGE,) if self._second is None else (CARD_STORAGE, SECOND_STORAGE)

    @property
    def free_bytes(self) -> int:
        """The free space of the fullest card."""
        return min((self.free_bytes_on(storage) for storage in self.storages), default=self._capacity_bytes or 0)

    def free_bytes_on(self, storage: int) -> int:
        """The free space of one card."""
        if self.card_full:
            return 0
        on_it = (item.photo.size_bytes for item in self._objects.values() if item.storage == storage)
        return max(0, (self._capacity_bytes or 0) - sum(-(-size // _BLOCK) * _BLOCK for size in on_it))

    @property
    def free_slots(self) -> int:
        """The number of photos that still fit into the RAM."""
        if self.ram_full:
            return 0
        return self._ram_slots - sum(1 for item in self._objects.values() if not item.storage)

    def storage_info(self, storage: int = CARD_STORAGE) -> StorageInfo:
        """A card's dataset."""
        return StorageInfo(
            self._capacity_bytes or 0,
            self.free_bytes_on(storage),
            0xFFFFFFFF,
            "SD",
            self._label,
            read_only=self.card_locked,
        )

    def cards_of(self, photo: Photo, *, of_raw: bool) -> tuple[int, ...]:
        """The cards that a new photo is written to; ``of_raw``: its shot also has a raw file."""
        if self._second is SecondCard.BACKUP:
            return (CARD_STORAGE, SECOND_STORAGE)
        split = self._second is SecondCard.SPLIT and of_raw and photo.format is ObjectFormat.JPEG
        return (SECOND_STORAGE,) if split else (CARD_STORAGE,)

    def add(self, photo: Photo, *, to_card: bool, storage: int = CARD_STORAGE) -> StoredObject:
        """Store a new photo, and return the stored object; ``storage``: which card."""
        if to_card:
            handle, parent = self._next_file, FOLDER if storage == CARD_STORAGE else SECOND_FOLDER
            self._next_file += 1
        else:
            handle, storage, parent = self._next_in_ram, 0, 0
            self._next_in_ram += 1
        stored = StoredObject(handle, storage, parent, photo)
        self._objects[handle] = stored
        return stored

    def get(self, handle: int) -> StoredObject | None:
        """The object with this handle; ``None`` if there is none, or if its card is removed."""
        stored = self._objects.get(handle)
        return None if stored is None or (stored.storage and not self.card_in) else stored

    def remove(self, handle: int) -> bool:
        """Delete an object and its children; return whether it existed."""
        if self.get(handle) is None:
            return False
        for child in self.children(handle):
            self.remove(child.handle)
        del self._objects[handle]
        return True

    def children(self, parent: int | None, storage: int | None = None) -> list[StoredObject]:
        """The objects of a card (``None``: of all) in a folder (0: the root; ``None``: all), by handle."""
        if not self.card_in:
            return []
        return sorted(
            (
                item
                for item in self._objects.values()
                if item.storage and storage in {None, item.storage} and parent in {None, item.parent}
            ),
            key=lambda item: item.handle,
        )

    def forget_ram(self) -> list[str]:
        """Drop the photos in the RAM, because the session has ended; return their names."""
        lost = [(handle, item.photo.name) for handle, item in self._objects.items() if not item.storage]
        for handle, _name in lost:
            del self._objects[handle]
        return [name for _handle, name in lost]
