"""A memory card of the simulated body: files by their folder and name, and the room that is left."""

from __future__ import annotations

from dataclasses import dataclass, field

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


@dataclass
class MemoryCard:
    """One card, in the body or out of it; ``label``: what the camera calls it."""

    label: str
    capacity_bytes: int = 4 * 1024 * 1024
    files: dict[tuple[str, str], KeptFile] = field(default_factory=dict[tuple[str, str], KeptFile])

    @property
    def free_bytes(self) -> int:
        """The room that is left, in whole clusters."""
        used = sum(-(-len(file.content) // CLUSTER_BYTES) * CLUSTER_BYTES for file in self.files.values())
        return max(0, self.capacity_bytes - used)

    def numbers(self) -> set[str]:
        """The numbers in use: the last digits of the names without their suffixes."""
        return {name.partition(".")[0][-4:] for _folder, name in self.files}

    def below(self, folder: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The folders and the files directly below ``folder`` (a path on the card, empty: its root), in order."""
        inside = f"{folder}/" if folder else ""
        folders = {path.removeprefix(inside).split("/")[0] for path, _name in self.files if path.startswith(inside)}
        return tuple(sorted(folders - {""})), tuple(name for path, name in sorted(self.files) if path == folder)

    def erase(self) -> None:
        """Format it."""
        self.files.clear()
