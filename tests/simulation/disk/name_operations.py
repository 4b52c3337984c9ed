"""Operations on names: files and folders are created, named, moved and removed, each in one atomic step."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from tests.simulation.disk.names import Names
from tests.simulation.disk.nodes import FolderNode, failed
from tests.simulation.disk.numbered import NumberedOperations

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.disk.nodes import FileNode, Node
    from tests.simulation.randomness import Randomness
    from tests.simulation.trace import Trace

UMASK = 0o022


class NameOperations(NumberedOperations):
    """The names on a disk. ``hard_links``: ``False``: there are none, as on exFAT.

    Args:
        root: Its path.
        randomness: Of the history; the parts are ``disk`` and ``listing``.
        trace: Of the history.
        wall: Seconds since 1970.
    """

    def __init__(self, root: str, randomness: Randomness, trace: Trace, wall: Callable[[], float]) -> None:
        super().__init__(randomness, trace)
        self.hard_links = True
        self.wall = wall
        self._wall_seconds = self._wall_ns = 0
        self.names = Names(root, self.now())
        self._listing = randomness.part("listing")

    def now(self) -> int:
        """Nanoseconds since 1970."""
        seconds = self.wall()
        if seconds != self._wall_seconds:  # many operations of one job are at one moment
            self._wall_seconds = seconds
            self._wall_ns = round(seconds * 1_000_000) * 1000
        return self._wall_ns

    def create(self, path: str, mode: int) -> FileNode:
        """A new, empty file where none is."""
        folder, name = self.names.place(path)
        planned = self.begin("create", path, space=True)
        node = self.names.new_file(mode & ~UMASK, self.now())
        self.names.change(node.mtime, (folder, name, node))
        if planned is not None:
            self.finish(planned, path)
        return node

    def mkdir(self, path: str, mode: int) -> None:
        """A new folder."""
        if self.names.find(path) is not None:
            raise failed(errno.EEXIST, path)
        folder, name = self.names.place(path)
        planned = self.begin("mkdir", path, space=True)
        made = self.names.new_folder(mode & ~UMASK, self.now())
        folder.links += 1
        self.names.change(made.mtime, (folder, name, made))
        if planned is not None:
            self.finish(planned, path)

    def unlink(self, path: str) -> None:
        """Take the name of a file away."""
        folder, name = self.names.place(path)
        node = folder.names.get(name)
        if node is None:
            raise failed(errno.ENOENT, path)
        if isinstance(node, FolderNode):
            raise failed(errno.EISDIR, path)
        planned = self.begin("unlink", path)
        node.links -= 1
        node.ctime = self.now()
        self.names.change(node.ctime, (folder, name, None))
        if planned is not None:
            self.finish(planned, path)

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        folder, name = self.names.place(path)
        node = folder.names.get(name)
        if node is None:
            raise failed(errno.ENOENT, path)
        if not isinstance(node, FolderNode):
            raise failed(errno.ENOTDIR, path)
        if node.names:
            raise failed(errno.ENOTEMPTY, path)
        planned = self.begin("rmdir", path)
        node.links = 0
        folder.links -= 1
        self.names.change(self.now(), (folder, name, None))
        if planned is not None:
            self.finish(planned, path)

    def link(self, source: str, target: str) -> None:
        """A second name for a file."""
        node = self.names.get(source)
        folder, name = self.names.place(target)
        if name in folder.names:
            raise failed(errno.EEXIST, source, target)
        if isinstance(node, FolderNode) or not self.hard_links:
            raise failed(errno.EPERM, source, target)
        planned = self.begin("link", target, f" from {source}", space=True)
        node.links += 1
        node.ctime = self.now()
        self.names.change(node.ctime, (folder, name, node))
        if planned is not None:
            self.finish(planned, target)

    def rename(self, source: str, target: str) -> None:
        """Move a name in one step; what stood there before is gone."""
        from_folder, from_name = self.names.place(source)
        to_folder, to_name = self.names.place(target)
        node, old = from_folder.names.get(from_name), to_folder.names.get(to_name)
        if node is None:
            raise failed(errno.ENOENT, source, target)
        if source.startswith(f"{target}/"):
            raise failed(errno.ENOTEMPTY, source, target)
        if isinstance(node, FolderNode):
            _check_folder_moves(node, old, source, target)
        elif isinstance(old, FolderNode):
            raise failed(errno.EISDIR, source, target)
        planned = self.begin("rename", target, f" from {source}")
        if node is not old:
            if isinstance(node, FolderNode):
                from_folder.links -= 1
                to_folder.links += 1
            if old is not None:
                old.links -= 1
                to_folder.links -= isinstance(old, FolderNode)
            node.ctime = self.now()
            self.names.change(node.ctime, (from_folder, from_name, None), (to_folder, to_name, node))
        if planned is not None:
            self.finish(planned, target)

    def list(self, folder: FolderNode, path: str) -> list[tuple[str, Node]]:
        """What stands in the folder, in an order that nobody may rely on."""
        planned = self.begin("list", path)
        if planned is not None:
            self.finish(planned, path)
        entries = list(folder.names.items())
        self._listing.shuffle(entries)
        return entries


def _check_folder_moves(node: FolderNode, old: Node | None, source: str, target: str) -> None:
    if f"{target}/".startswith(f"{source}/") and target != source:
        raise failed(errno.EINVAL, source, target)
    if isinstance(old, FolderNode) and old is not node and old.names:
        raise failed(errno.ENOTEMPTY, source, target)
    if old is not None and not isinstance(old, FolderNode):
        raise failed(errno.ENOTDIR, source, target)
