"""Which disk a path or a descriptor belongs to: the simulated one, or what was there before."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tests.simulation.disk.open_files import FIRST_DESCRIPTOR

if TYPE_CHECKING:
    from types import SimpleNamespace

    from tests.simulation.disk.nodes import Node
    from tests.simulation.disk.open_files import OpenFile
    from tests.simulation.disk.simulated import SimulatedDisk


class Routing:
    """The replaced functions. Names and arguments are those of ``os``.

    ``ours`` and ``opened`` say whether a path or a descriptor belongs to the disk; ``real`` are the functions before.
    """

    def __init__(self, disk: SimulatedDisk, real: SimpleNamespace) -> None:
        self.real = real
        self.disk = disk
        self.root = disk.root
        self.below = f"{disk.root}/"

    def ours(self, path: Any, dir_fd: int | None = None) -> str | None:
        """The path on the disk; ``None``: it is elsewhere."""
        if type(path) is str:
            text = path
        elif isinstance(path, int):
            return None
        else:
            text = os.fsdecode(path)
        if dir_fd is not None and dir_fd >= FIRST_DESCRIPTOR and not text.startswith("/"):
            return f"{self.disk.files.get(dir_fd).path}/{text}"
        return text if text.startswith(self.below) or text == self.root else None

    def opened(self, number: Any) -> OpenFile | None:
        """The open file of this descriptor; ``None``: it is a real one, or a path."""
        if isinstance(number, int) and number >= FIRST_DESCRIPTOR:
            return self.disk.files.get(number)
        return None

    def node(self, path: Any, dir_fd: int | None = None) -> tuple[Node, str] | None:
        """What a path or a descriptor means on the disk, and its path; ``None``: it is elsewhere."""
        if (opened := self.opened(path)) is not None:
            return opened.node, opened.path
        if (place := self.ours(path, dir_fd)) is None:
            return None
        self.disk.life.check()
        return self.disk.names.get(place), place
