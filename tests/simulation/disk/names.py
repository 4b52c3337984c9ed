"""The tree of names: what is found under a path, and how names change, one atomic step at a time.

Theory of operation
-------------------
``journal`` lists the steps in their order since the last commit, as a file system with a journal does: a loss of power
undoes it from some step on (``power.py``). Each flush of anything commits it. Besides, each folder remembers its own
names as of its own last flush, for disks that promise no more than that (``strict``). ``steps`` are those that no flush
of one of their folders has covered, and what came after the first of them: on such a disk each may be lost for itself.

There are no symbolic links on this disk, so ``..`` in a path can be taken away as text.
"""

from __future__ import annotations

import errno
import posixpath
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulation.disk.nodes import FileNode, FolderNode, Node, failed

if TYPE_CHECKING:
    from collections.abc import Iterator

NameChange = tuple[FolderNode, str, "Node | None", "Node | None"]
"""In which folder, which name, what it meant, what it means now."""

LONGEST_NAME_BYTES = 255
REMEMBERED_STEPS = 500
"""Older ones were written back without a flush."""


@dataclass(slots=True)
class NameStep:
    """One atomic step; ``flushed``: a flush of one of its folders covers it."""

    changes: tuple[NameChange, ...]
    flushed: bool = False


class Names:
    """The names below one root. Paths are absolute and below the root; errors are the kernel's."""

    def __init__(self, root: str, now: int) -> None:
        self.root_path = root
        self.root = FolderNode(1, 0o755, now)
        self.root.links = 2
        self._start = len(root) + 1
        self._last_number = 1
        self.journal: list[tuple[NameChange, ...]] = []
        self.changed: dict[int, FolderNode] = {}
        self.steps: deque[NameStep] = deque(maxlen=REMEMBERED_STEPS)
        self._unflushed: dict[int, list[NameStep]] = {}

    # Looking up

    def find(self, path: str) -> Node | None:
        """What the path names; ``None``: nothing. ``NotADirectoryError`` if the way leads through a file."""
        node: Node = self.root
        for part in self._parts(path):
            if type(node) is not FolderNode:
                raise failed(errno.ENOTDIR, path)
            found = node.names.get(part)
            if found is None:
                return None
            node = found
        return node

    def get(self, path: str) -> Node:
        """What the path names; raises if there is nothing."""
        node = self.find(path)
        if node is None:
            raise failed(errno.ENOENT, path)
        return node

    def place(self, path: str) -> tuple[FolderNode, str]:
        """The folder in which the path's last name stands, and that name."""
        parts = self._parts(path)
        if not parts:
            raise failed(errno.EBUSY, path)
        node: Node = self.root
        for part in parts[:-1]:
            if type(node) is not FolderNode:
                raise failed(errno.ENOTDIR, path)
            found = node.names.get(part)
            if found is None:
                raise failed(errno.ENOENT, path)
            node = found
        if type(node) is not FolderNode:
            raise failed(errno.ENOTDIR, path)
        if len(parts[-1]) > LONGEST_NAME_BYTES // 4 and len(parts[-1].encode("utf-8", "surrogateescape")) > 255:
            raise failed(errno.ENAMETOOLONG, path)
        return node, parts[-1]

    def _parts(self, path: str) -> list[str]:
        below = path[self._start :]
        if not below:
            return []
        parts = below.split("/")
        if "" in parts or "." in parts or ".." in parts:
            below = posixpath.normpath(path)[self._start :]
            return below.split("/") if below else []
        return parts

    def walk(self) -> Iterator[tuple[str, Node]]:
        """Everything, with its path, folders before their content, in the order of their names."""
        waiting: list[tuple[str, Node]] = [(self.root_path, self.root)]
        while waiting:
            path, node = waiting.pop()
            yield path, node
            if type(node) is FolderNode:
                waiting += [(f"{path}/{name}", node.names[name]) for name in sorted(node.names, reverse=True)]

    # Changing

    def new_file(self, mode: int, now: int) -> FileNode:
        """A file without a name yet."""
        self._last_number += 1
        return FileNode(self._last_number, mode, now)

    def new_folder(self, mode: int, now: int) -> FolderNode:
        """A folder without a name yet."""
        self._last_number += 1
        folder = FolderNode(self._last_number, mode, now)
        folder.links = 2
        return folder

    def change(self, now: int, *changes: tuple[FolderNode, str, Node | None]) -> None:
        """Let these names mean these things, in one step."""
        step: list[NameChange] = []
        for folder, name, node in changes:
            step.append((folder, name, folder.names.get(name), node))
            folder.set(name, node)
            folder.mtime = folder.ctime = now
            self.changed[folder.number] = folder
            self._unflushed.setdefault(folder.number, [])
        self.journal.append(tuple(step))
        self.steps.append(made := NameStep(tuple(step)))
        for folder, _name, _node in changes:
            self._unflushed[folder.number].append(made)

    def commit(self) -> None:
        """Every step so far is on the disk of a file system with a journal."""
        self.journal.clear()

    def flushed(self, folder: FolderNode) -> None:
        """The names of this folder are on the disk."""
        folder.before.clear()
        self.changed.pop(folder.number, None)
        for step in self._unflushed.pop(folder.number, ()):
            step.flushed = True
        while self.steps and self.steps[0].flushed:
            self.steps.popleft()

    def forget(self) -> None:
        """Whatever the names are now, they are on the disk."""
        self.journal.clear()
        self.steps.clear()
        self._unflushed.clear()
        for folder in self.changed.values():
            folder.before.clear()
        self.changed.clear()
