"""The disk: content, lives and losses of power, on top of its names (``name_operations.py``)."""

from __future__ import annotations

import posixpath
import zlib
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from tests.simulation.death import Life
from tests.simulation.disk.name_operations import NameOperations
from tests.simulation.disk.nodes import FileNode, FolderNode
from tests.simulation.disk.open_files import OpenFiles
from tests.simulation.disk.patches import installed
from tests.simulation.disk.power import NameLoss, lose_power

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.simulation.disk.nodes import Node
    from tests.simulation.randomness import Randomness
    from tests.simulation.trace import Trace


class SimulatedDisk(NameOperations):
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
        super().__init__(str(root), randomness, trace, wall)
        self.root = str(root)
        self.randomness = randomness
        self.hard_links = hard_links
        self.files = OpenFiles(self)
        self._installed = ExitStack()
        self._second_node: FolderNode | None = None
        self.names.root.put("tmp", self.names.new_folder(0o777, self.now()))

    def __enter__(self) -> Self:
        self._installed.enter_context(installed(self))
        return self

    def __exit__(self, *_error: object) -> None:
        self._installed.close()

    # Lives

    def begin_life(self) -> Life:
        """The machine starts the process: nothing is open or locked. The dead must have been buried before."""
        self.files = OpenFiles(self, self.files.last)
        for _path, node in self.names.walk():
            if isinstance(node, FileNode):
                node.locks = None
        self.life = Life()
        return self.life

    def refuse_everything(self) -> None:
        """End the life, if it has not ended: nothing that anybody does has an effect until the next one."""
        self.life.end("ended by the history")

    def power_lost(self, *, strict: bool, each: bool = False) -> None:
        """Lose what may be lost (``power.py``). The life has to have ended.

        Args:
            strict: Every name is lost whose folder was not flushed.
            each: Of a strict loss: every name may be lost.
        """
        self.refuse_everything()
        loss = NameLoss.JOURNAL if not strict else NameLoss.EACH if each else NameLoss.FOLDERS
        lost = lose_power(self.names, self.randomness.part("power"), loss)
        self.trace.note("disk", f"power lost: {lost}")

    # Outside of the history: nothing of this is an operation

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

    def numbers(self) -> dict[str, int]:
        """The number of the file at each path; two names of one file have one number."""
        return {path: node.number for path, node in self.names.walk() if isinstance(node, FileNode)}

    def mount_second(self, path: Path) -> None:
        """Let this folder directly below the root, which is created, be another device."""
        self.second = str(path)
        self._second_node = self.names.new_folder(0o777, self.now())
        self.names.root.put(path.name, self._second_node)

    def unplug_second(self) -> None:
        """The second device is gone, with its folder."""
        assert self.second is not None
        self.names.root.put(posixpath.basename(self.second), None)

    def plug_second(self) -> None:
        """The second device is back, as it was."""
        assert self.second is not None
        self.names.root.put(posixpath.basename(self.second), self._second_node)

    def settle(self) -> None:
        """Everything so far is on the disk, as after a long time: what the history finds at its beginning."""
        for _path, node in self.names.walk():
            if isinstance(node, FileNode):
                node.unsynced.clear()
            elif isinstance(node, FolderNode):
                self.names.flushed(node)
        self.names.forget()

    # Content

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
            written = data[: self.draws.randrange(len(data))] if data else data
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
                    node.flushed_first(self.draws.randint(0, len(node.unsynced)))
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
