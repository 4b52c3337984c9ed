"""The disk: every operation is numbered, and may be the one at which the process dies or gets an error.

Theory of operation
-------------------
``operations`` counts over the whole history, through every life. ``plan`` says at which number something goes wrong; a
user of the disk may add to it while the history runs. Numbered are changes, reads of content and listings of folders;
looking something up, opening what exists and closing are not.

An operation is atomic and happens at once. ``begin`` counts it and refuses it, as planned; ``finish`` ends the life or
reports an error after it. A write and a flush may also stop in their middle.

The dead are refused: whatever is called after the life has ended raises its ``Death`` and changes nothing.
"""

from __future__ import annotations

import errno
import zlib
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Self

from tests.simulation.death import Life
from tests.simulation.disk.names import Names
from tests.simulation.disk.nodes import FileNode, FolderNode, failed
from tests.simulation.disk.open_files import OpenFiles
from tests.simulation.disk.patches import installed
from tests.simulation.disk.power import lose_power

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.simulation.disk.disturbance import Disturbance
    from tests.simulation.disk.nodes import Node
    from tests.simulation.randomness import Randomness
    from tests.simulation.trace import Trace

UMASK = 0o022
SIZE_BYTES = 64 * 10**9
WHOLE_OR_NOT = frozenset({"write", "flush"})


class SimulatedDisk:
    """A disk below one root. As a context manager it stands under ``os``, ``open``, ``shutil`` and ``tempfile``.

    Args:
        root: Absolute; need not exist in reality. The folder ``tmp`` below it is for temporary files.
        randomness: Of the history; the disk's parts are ``disk``, ``listing``, ``power`` and ``tempfile``.
        trace: Of the history.
        wall: Seconds since 1970, for the times of files.
        hard_links: ``False``: a file system without them, as exFAT.
    """

    def __init__(
        self,
        root: str | Path,
        randomness: Randomness,
        trace: Trace,
        *,
        wall: Callable[[], float] = lambda: 1_700_000_000.0,
        hard_links: bool = True,
    ) -> None:
        self.root = str(root)
        self.randomness = randomness
        self.trace = trace
        self.wall = wall
        self.hard_links = hard_links
        self.life = Life()
        self.plan: dict[int, Disturbance] = {}
        self.operations = 0
        self.free_bytes = SIZE_BYTES
        """0: the disk is full."""
        self.failing: int | None = None
        """Every change and every read reports this error, until it is ``None`` again."""
        self.names = Names(self.root, self.now())
        self.files = OpenFiles(self)
        self._draws = randomness.part("disk")
        self._listing = randomness.part("listing")
        self._installed = ExitStack()
        self.names.root.put("tmp", self.names.new_folder(0o777, self.now()))

    def __enter__(self) -> Self:
        self._installed.enter_context(installed(self))
        return self

    def __exit__(self, *_error: object) -> None:
        self._installed.close()

    # Lives

    def begin_life(self) -> Life:
        """The machine starts the process: nothing is open or locked. The dead must have been buried before."""
        self.files = OpenFiles(self)
        for _path, node in self.names.walk():
            if isinstance(node, FileNode):
                node.locks = None
        self.life = Life()
        return self.life

    def refuse_everything(self) -> None:
        """End the life, if it has not ended: nothing that anybody does has an effect until the next one."""
        self.life.end("ended by the history")

    def power_lost(self, *, strict: bool) -> None:
        """Lose what may be lost (``power.py``). The life has to have ended.

        Args:
            strict: Every name is lost whose folder was not flushed.
        """
        self.refuse_everything()
        lost = lose_power(self.names, self.randomness.part("power"), strict=strict)
        self.trace.note("disk", f"power lost: {lost}")

    # For the judge: nothing of this is an operation

    def contents(self, below: str | Path | None = None) -> dict[str, bytes]:
        """The content of each file below this folder (``None``: the root), by absolute path, in order."""
        prefix = self.root if below is None else str(below)
        return {
            path: bytes(node.content)
            for path, node in self.names.walk()
            if isinstance(node, FileNode) and path.startswith(f"{prefix}/")
        }

    def content(self, path: str | Path) -> bytes | None:
        """The content of this file; ``None``: there is none."""
        node = self.names.find(str(path))
        return bytes(node.content) if isinstance(node, FileNode) else None

    # Operations

    def now(self) -> int:
        """Nanoseconds since 1970."""
        return round(self.wall() * 1_000_000) * 1000

    def begin(self, what: str, path: str, detail: str = "", *, space: bool = False) -> Disturbance | None:
        """Count an operation; raises what goes wrong before it, and returns what goes wrong in its middle or after it.

        Args:
            what: Its kind.
            path: For the trace and the error.
            detail: For the trace.
            space: Whether it needs space.
        """
        ended = self.life.ended
        if ended is not None:
            raise ended
        self.operations = number = self.operations + 1
        self.trace.note("disk", f"{number} {what} {path}{detail}")
        if number in self.plan:
            return self._planned(self.plan[number], what, path, space)
        if self.failing is not None:
            raise failed(self.failing, path)
        if space and self.free_bytes <= 0:
            raise failed(errno.ENOSPC, path)
        return None

    def _planned(self, planned: Disturbance, what: str, path: str, space: bool) -> Disturbance | None:
        if planned.kind == "ENOSPC" and not space:
            return None
        self.trace.note("disk", f"{planned.kind} {planned.moment}")
        before = planned.moment == "before"
        if planned.moment == "middle" and what not in WHOLE_OR_NOT:
            before = self._draws.random() < 0.5
        if before and what != "flush":
            self.finish(planned, path)
        return planned

    def finish(self, planned: Disturbance, path: str) -> None:
        """What goes wrong at an operation: raises it."""
        if (number := planned.error) is not None:
            raise failed(number, path)
        raise self.life.end(f"operation {self.operations} ({path})", power=planned.kind == "power")

    @contextmanager
    def operation(self, what: str, path: str, detail: str = "") -> Iterator[None]:
        """An operation that needs no space; what is done within is done at once."""
        planned = self.begin(what, path, detail)
        yield
        if planned is not None:
            self.finish(planned, path)

    def read(self, node: FileNode, path: str, offset: int, count: int) -> bytes:
        """These bytes, fewer at the end of the file."""
        planned = self.begin("read", path, f" {offset}+{count}")
        if planned is not None:
            self.finish(planned, path)
        return bytes(memoryview(node.content)[offset : offset + count])

    def write(self, node: FileNode, path: str, offset: int, data: bytes) -> int:
        """Write the bytes; returns how many they are."""
        space = offset + len(data) > len(node.content)
        planned = self.begin("write", path, f" {offset}+{len(data)} {zlib.crc32(data):08x}", space=space)
        written = data
        if planned is not None and planned.moment == "middle":
            written = data[: self._draws.randrange(len(data))] if data else data
        node.write(offset, written)
        node.mtime = node.ctime = self.now()
        if planned is not None:
            self.finish(planned, path)
        return len(data)

    def truncate(self, node: FileNode, path: str, size: int) -> None:
        """Cut off, or extend with zeros."""
        planned = self.begin("truncate", path, f" {size}", space=size > len(node.content))
        node.truncate(size)
        node.mtime = node.ctime = self.now()
        if planned is not None:
            self.finish(planned, path)

    def flush(self, node: Node, path: str, *, names: bool = True) -> None:
        """Bring the content of the file, or the names of the folder, to the disk.

        Args:
            names: Whether a journal of names is committed, too (fsync does it, fdatasync need not).
        """
        planned = self.begin("flush", path)
        if planned is not None and planned.moment != "after":
            if isinstance(node, FileNode):
                if planned.moment == "middle":
                    node.flushed_first(self._draws.randint(0, len(node.unsynced)))
                if planned.error is not None:
                    node.flush_failed()
            self.finish(planned, path)
        if isinstance(node, FileNode):
            node.flushed()
        elif isinstance(node, FolderNode):
            self.names.flushed(node)
        if names:
            self.names.commit()
        if planned is not None:
            self.finish(planned, path)

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
        if isinstance(node, FolderNode) or not self.hard_links:
            raise failed(errno.EPERM, source, target)
        folder, name = self.names.place(target)
        if name in folder.names:
            raise failed(errno.EEXIST, source, target)
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
