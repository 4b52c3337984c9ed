"""The operations of a recording, done on the disk of the simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.crash.models import DiskState
from tests.crash.operations import ROOT, Flushed, NamesChanged, Resized, Written
from tests.simulation.disk import SimulatedDisk
from tests.simulation.disk.nodes import FileNode, FolderNode
from tests.simulation.randomness import Randomness
from tests.simulation.trace import Trace

if TYPE_CHECKING:
    from tests.crash.operations import Recording
    from tests.simulation.disk.nodes import Node

PLACE = "/simulated"
TEMPORARY = "tmp"
"""Its own folder for temporary files."""


class OnSimulatedDisk:
    """A simulated disk, and the same operations on it as in a recording.

    A flush covers all that was done before it returned: on the simulated disk, nothing happens while it runs.
    """

    def __init__(self, recording: Recording, seed: int) -> None:
        self._folders = recording.folders
        self.disk = SimulatedDisk(PLACE, Randomness(seed), Trace())
        self.disk.settle()
        self._nodes: dict[int, Node] = {ROOT: self.disk.names.root}
        self._paths: dict[int, str] = {ROOT: PLACE}
        for operation in recording.operations:
            if isinstance(operation, NamesChanged):
                self._change(operation)
            elif isinstance(operation, Written):
                self.disk.write(self._file(operation.node), "", operation.offset, operation.data)
            elif isinstance(operation, Resized):
                self.disk.truncate(self._file(operation.node), "", operation.size_bytes)
            elif isinstance(operation, Flushed) and operation.node in self._nodes:
                self.disk.flush(self._nodes[operation.node], "")

    def state(self) -> DiskState:
        """What is on it; a node's number is the lowest path that it has."""
        below = len(PLACE) + 1
        files: dict[str, int] = {}
        contents: dict[int, bytes] = {}
        folders: set[str] = set()
        for path, node in self.disk.names.walk():
            name = path[below:]
            if isinstance(node, FileNode):
                files[name] = node.number
                contents[node.number] = bytes(node.content)
            elif name not in {"", TEMPORARY}:
                folders.add(name)
        return DiskState(frozenset(folders), files, contents)

    def _file(self, number: int) -> FileNode:
        if number not in self._nodes:  # written before it has a name
            self._nodes[number] = self.disk.names.new_file(0o600, self.disk.now())
        node = self._nodes[number]
        assert isinstance(node, FileNode)
        return node

    def _change(self, change: NamesChanged) -> None:
        places = [(f"{self._paths[folder]}/{name}", node) for folder, name, node in change.entries]
        if len(places) == 2:
            (old, _none), (new, number) = places
            assert number is not None
            self.disk.rename(old, new)
            self._paths[number] = new
            return
        ((path, number),) = places
        if number is None:
            gone = self.disk.names.get(path)
            (self.disk.rmdir if isinstance(gone, FolderNode) else self.disk.unlink)(path)
        elif number in self._nodes:
            self.disk.link(next(path for path, node in self.disk.names.walk() if node is self._nodes[number]), path)
        else:
            if number in self._folders:
                self.disk.mkdir(path, 0o755)
            else:
                self.disk.create(path, 0o644)
            self._nodes[number], self._paths[number] = self.disk.names.get(path), path


def plain(state: DiskState) -> tuple[frozenset[str], frozenset[tuple[str, bytes]], frozenset[frozenset[str]]]:
    """A state without the numbers of its nodes: folders, files with their contents, names that are of one file."""
    groups: dict[int, set[str]] = {}
    for path, node in state.files.items():
        groups.setdefault(node, set()).add(path)
    return (
        state.folders,
        frozenset((path, state.content(path)) for path in state.files),
        frozenset(frozenset(group) for group in groups.values()),
    )
