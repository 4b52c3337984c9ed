"""The states that a loss of power may leave, by models of a disk; pure functions of what was done until then.

Theory of operation. ``Moment`` sorts the operations before the loss of power: those that a flush covers are durable, in
each model; of the others each model keeps a different part.

| model | names | data that was not flushed |
| --- | --- | --- |
| strict | each folder has the names of its own last flush | lost |
| ordered | all until some moment after the last flush of anything | there until that moment, lost after it |
| torn | all | per file, all until some write, which is cut at a block |
| holes | all | the file has its whole length, and each page was written, or was not |
| zeros | all | zeros of the right length, or nothing at all |
| reorder | each step that no flush of its folders covers was kept, or was not | the same for each write |

ext4, xfs and btrfs are somewhere between ordered and zeros; strict and reorder lose more than any of them would: what
is right there is right everywhere. A step of names (a rename, too) is kept or lost as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.crash.operations import ROOT, Flushed, NamesChanged, Recording, Resized, Written

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Iterator, Mapping

BLOCK_BYTES = 512
PAGE_BYTES = 4096

DataChange = Written | Resized


@dataclass(frozen=True, slots=True)
class DiskState:
    """What is on the disk.

    Args:
        folders: Their paths below the root.
        files: The node of each path; two paths of one node are hard links.
        contents: By node.
    """

    folders: frozenset[str]
    files: Mapping[str, int]
    contents: Mapping[int, bytes]

    def content(self, path: str) -> bytes:
        """The bytes of a file. Raises ``KeyError``."""
        return self.contents[self.files[path]]


class Moment:
    """A loss of power after the first ``cut`` operations of a recording."""

    def __init__(self, recording: Recording, cut: int) -> None:
        self.folders = recording.folders
        self.cut = cut
        self.names: list[tuple[int, NamesChanged]] = []
        self.data: dict[int, list[tuple[int, DataChange]]] = {}
        self.flushed: dict[int, int] = {}
        for number, operation in enumerate(recording.operations[:cut]):
            if isinstance(operation, NamesChanged):
                self.names.append((number, operation))
            elif isinstance(operation, Written | Resized):
                self.data.setdefault(operation.node, []).append((number, operation))
            elif isinstance(operation, Flushed):
                self.flushed[operation.node] = max(self.flushed.get(operation.node, 0), operation.before)
        self.last_flush = max(self.flushed.values(), default=0)
        """Operations with lower numbers were done before the last flush of anything."""

    def is_durable(self, number: int, *nodes: int) -> bool:
        """Whether an operation on these nodes is covered by a flush of one of them."""
        return any(number < self.flushed.get(node, 0) for node in nodes)

    def durable(self, node: int) -> bytes:
        """What of a file was flushed."""
        return content(change for number, change in self.data.get(node, ()) if self.is_durable(number, node))

    def written(self, node: int) -> bytes:
        """What every program saw in a file."""
        return content(change for _number, change in self.data.get(node, ()))

    def unflushed(self, node: int) -> list[DataChange]:
        """The changes of a file that no flush covers."""
        return [change for number, change in self.data.get(node, ()) if not self.is_durable(number, node)]

    def state(
        self, data: Callable[[int], bytes], kept: Callable[[int, tuple[int, str, int | None]], bool] | None = None
    ) -> DiskState:
        """The tree of those entries that are ``kept`` (all), with each file's content from ``data``."""
        names: dict[int, dict[str, int]] = {}
        for number, change in self.names:
            for entry in change.entries:
                if kept is not None and not kept(number, entry):
                    continue
                folder, name, node = entry
                if node is None:
                    names.get(folder, {}).pop(name, None)
                else:
                    names.setdefault(folder, {})[name] = node
        return self._tree(names, data)

    def _tree(self, names: dict[int, dict[str, int]], data: Callable[[int], bytes]) -> DiskState:
        folders: set[str] = set()
        files: dict[str, int] = {}
        contents: dict[int, bytes] = {}
        seen = {ROOT}
        waiting = [("", ROOT)]
        while waiting:
            path, folder = waiting.pop()
            for name, node in names.get(folder, {}).items():
                if node not in self.folders:
                    files[path + name] = node
                    if node not in contents:
                        contents[node] = data(node)
                elif node not in seen:  # a folder whose move was half lost stands in one place
                    seen.add(node)
                    folders.add(path + name)
                    waiting.append((f"{path}{name}/", node))
        return DiskState(frozenset(folders), files, contents)


def content(changes: Iterable[DataChange]) -> bytes:
    """What a file contains after these changes."""
    found = bytearray()
    for change in changes:
        if isinstance(change, Resized):
            _resize(found, change.size_bytes)
        else:
            if change.offset > len(found):
                _resize(found, change.offset)
            found[change.offset : change.offset + len(change.data)] = change.data
    return bytes(found)


def _resize(found: bytearray, size_bytes: int) -> None:
    del found[size_bytes:]
    found.extend(bytes(size_bytes - len(found)))


def strict(moment: Moment, draws: random.Random) -> Iterator[DiskState]:
    """Nothing is there that was not flushed."""
    yield moment.state(moment.durable, lambda number, entry: moment.is_durable(number, entry[0]))


def ordered(moment: Moment, draws: random.Random) -> Iterator[DiskState]:
    """A journal, which writes data before the names and lengths that follow it."""
    end = draws.randint(moment.last_flush, moment.cut)

    def data(node: int) -> bytes:
        return content(
            change for number, change in moment.data.get(node, ()) if number < end or moment.is_durable(number, node)
        )

    yield moment.state(data, lambda number, _entry: number < end)


def torn(moment: Moment, draws: random.Random) -> Iterator[DiskState]:
    """Each file ends, or stops being new, within some write."""

    def data(node: int) -> bytes:
        changes = moment.unflushed(node)
        if not changes:
            return moment.written(node)
        last = draws.randrange(len(changes))
        kept = [change for number, change in moment.data[node] if moment.is_durable(number, node)] + changes[:last]
        if isinstance(whole := changes[last], Written):
            blocks = draws.randint(0, len(whole.data) // BLOCK_BYTES)
            kept.append(Written(node, whole.offset, whole.data[: blocks * BLOCK_BYTES]))
        return content(kept)

    yield moment.state(data)


def holes(moment: Moment, draws: random.Random) -> Iterator[DiskState]:
    """Each file has its length, and some of its pages."""

    def data(node: int) -> bytes:
        changes = moment.unflushed(node)
        whole = moment.written(node)
        if not changes:
            return whole
        touched = {
            page
            for change in changes
            if isinstance(change, Written)
            for page in range(change.offset // PAGE_BYTES, -(-(change.offset + len(change.data)) // PAGE_BYTES))
        }
        before = bytearray(moment.durable(node))
        _resize(before, len(whole))
        found = bytearray(whole)
        for page in sorted(touched):
            if draws.random() < 0.5:
                place = slice(page * PAGE_BYTES, min((page + 1) * PAGE_BYTES, len(whole)))
                found[place] = before[place]
        return bytes(found)

    yield moment.state(data)


def zeros(moment: Moment, draws: random.Random) -> Iterator[DiskState]:
    """Space was assigned before it was written: zeros, or no length at all."""

    def zeroed(node: int) -> bytes:
        found = bytearray(moment.durable(node))
        _resize(found, max(len(found), len(moment.written(node))))
        return bytes(found)

    yield moment.state(zeroed)
    yield moment.state(moment.durable)


def reorder(moment: Moment, draws: random.Random) -> Iterator[DiskState]:
    """Whatever no flush covers was kept or lost for itself."""
    chance = draws.choice((0.1, 0.5, 0.9))
    kept_names = {
        number: moment.is_durable(number, *(entry[0] for entry in change.entries)) or draws.random() < chance
        for number, change in moment.names
    }

    def data(node: int) -> bytes:
        return content(
            change
            for number, change in moment.data.get(node, ())
            if moment.is_durable(number, node) or draws.random() < chance
        )

    yield moment.state(data, lambda number, _entry: kept_names[number])


MODELS: dict[str, Callable[[Moment, random.Random], Iterator[DiskState]]] = {
    "strict": strict,
    "ordered": ordered,
    "torn": torn,
    "holes": holes,
    "zeros": zeros,
    "reorder": reorder,
}
