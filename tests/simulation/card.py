"""A memory card of the simulated body: files by their folder and name, and the room that is left."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

CLUSTER_BYTES = 1024
"""The unit in which a file takes room. Simulated photos are a thousandth of real ones, and so is this."""

FOLDER_FILES = 100
"""Photos to a folder, as some bodies have it."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file on a card; ``taken_at`` is seconds since 1970 by the camera's clock, ``exposure`` the number of it."""

    content: bytes
    taken_at: int
    exposure: int


class MemoryCard:
    """One card, in the body or out of it.

    ``label``: what the camera calls it. ``files``: by folder and name; changed by ``put`` and ``remove`` only.
    """

    def __init__(self, label: str, capacity_bytes: int = 4 * 1024 * 1024) -> None:
        self.label = label
        self.capacity_bytes = capacity_bytes
        self.files: dict[tuple[str, str], KeptFile] = {}
        self._used_bytes = 0
        self._numbers: Counter[str] = Counter()

    @property
    def free_bytes(self) -> int:
        """The room that is left, in whole clusters."""
        return max(0, self.capacity_bytes - self._used_bytes)

    def put(self, folder: str, name: str, file: KeptFile) -> None:
        """Write a file; one of that name is replaced."""
        self.remove(folder, name)
        self.files[folder, name] = file
        self._used_bytes += _room(file)
        self._numbers[_number(name)] += 1

    def remove(self, folder: str, name: str) -> bool:
        """Delete a file; returns whether there was one."""
        file = self.files.pop((folder, name), None)
        if file is None:
            return False
        self._used_bytes -= _room(file)
        self._numbers[_number(name)] -= 1
        return True

    def has_number(self, number: str) -> bool:
        """Whether a file has this number; RAW and JPEG of one exposure share theirs."""
        return self._numbers[number] > 0

    def below(self, folder: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The folders and the files directly below ``folder`` (a path on the card, empty: its root), in order."""
        inside = f"{folder}/" if folder else ""
        folders = {path.removeprefix(inside).split("/")[0] for path, _name in self.files if path.startswith(inside)}
        return tuple(sorted(folders - {""})), tuple(name for path, name in sorted(self.files) if path == folder)

    def erase(self) -> None:
        """Format it."""
        for folder, name in tuple(self.files):
            self.remove(folder, name)


def _room(file: KeptFile) -> int:
    return -(-len(file.content) // CLUSTER_BYTES) * CLUSTER_BYTES


def _number(name: str) -> str:
    return name.partition(".")[0][-4:]
