"""What a loss of power leaves on the disk.

Names. A file system with a journal loses the last steps from some moment on. Strictly, each folder has the names of its
own last flush, whatever happened elsewhere, or each step that no flush covers is lost or kept for itself: more is lost,
and more comes back, than any file system in use would do; what is right there is right everywhere.

Data. Each write that was not flushed was kept, lost, torn at a block, or had reached the disk as zeros (space that was
assigned before it was written), independently of every other. A large write is several of these. A lost truncation
takes with it what was written to the file after it. Or all of it had reached the disk but one block, or some pages.

Every state that ``tests/crash/models.py`` derives can be left here, too; a test there says so.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from tests.simulation.disk.nodes import FileNode, FolderNode, Node, UnsyncedChange

if TYPE_CHECKING:
    import random

    from tests.simulation.disk.names import Names

BLOCK_BYTES = 512
PAGE_BYTES = 4096
LARGE_BYTES = 4 * PAGE_BYTES
PIECES = 4


class NameLoss(Enum):
    """Which changes of names are lost."""

    JOURNAL = "those after some moment since the last flush"
    FOLDERS = "in each folder those after its own last flush"
    EACH = "any that no flush of a folder of theirs covers"


def lose_power(names: Names, draws: random.Random, loss: NameLoss) -> str:
    """Leave what the disk may hold after a loss of power; returns a line that says what was lost."""
    match loss:
        case NameLoss.JOURNAL:
            lost_names = _cut_journal(names, draws)
        case NameLoss.FOLDERS:
            lost_names = _revert_folders(names)
        case NameLoss.EACH:
            lost_names = _lose_each(names, draws)
    names.forget()
    kept: dict[int, Node] = {}
    links: dict[int, int] = {}
    for _path, node in names.walk():
        kept[node.number] = node
        if type(node) is FolderNode:
            links[node.number] = 2 + sum(type(each) is FolderNode for each in node.names.values())
        else:
            links[node.number] = links.get(node.number, 0) + 1
    damaged = 0
    for number, node in kept.items():
        node.links = links[number]
        if isinstance(node, FileNode):
            node.locks = None
            if node.unsynced:
                damaged += 1
                _lose_data(node, draws)
    return f"{lost_names} steps of names lost, {damaged} files were not flushed"


def _cut_journal(names: Names, draws: random.Random) -> int:
    """Undo the steps from some moment on."""
    steps = names.journal
    chance = draws.random()
    kept = 0 if chance < 0.3 else len(steps) if chance < 0.5 else draws.randint(0, len(steps))
    for step in reversed(steps[kept:]):
        for folder, name, old, _new in reversed(step):
            folder.put(name, old)
    return len(steps) - kept


def _revert_folders(names: Names) -> int:
    """Let each folder have the names of its own last flush."""
    lost = 0
    for folder in names.changed.values():
        for name, node in folder.before.items():
            lost += folder.names.get(name) is not node
            folder.put(name, node)
    _untie(names)
    return lost


def _lose_each(names: Names, draws: random.Random) -> int:
    """Undo every step since the first that no flush covers, and do again those that are covered, and some others."""
    chance = draws.choice((0.1, 0.5, 0.9))
    lost = 0
    for step in reversed(names.steps):
        for folder, name, old, _new in reversed(step.changes):
            folder.put(name, old)
    for step in names.steps:
        if not step.flushed and draws.random() >= chance:
            lost += 1
            continue
        for folder, name, _old, new in step.changes:
            folder.put(name, new)
    _untie(names)
    return lost


def _untie(names: Names) -> None:
    """Leave a folder that was moved, and stands in two places, in one: two would make a tree with circles possible."""
    seen: set[int] = set()
    waiting = [names.root]
    while waiting:
        folder = waiting.pop()
        for name in sorted(folder.names):
            node = folder.names[name]
            if type(node) is FolderNode:
                if node.number in seen:
                    folder.put(name, None)
                else:
                    seen.add(node.number)
                    waiting.append(node)


def _lose_data(node: FileNode, draws: random.Random) -> None:
    """Decide what of the unflushed changes had reached the disk."""
    node.undo()
    changes, node.unsynced = node.unsynced, []
    content = node.content
    # Either nothing at all had been written back, or a part, or nearly everything: each is as usual as the others.
    keep = draws.choice((0.0, 0.5, 0.9, 1.0, None, -1.0))
    if keep is None:
        _leave_hole(content, changes, draws)
        return
    if keep < 0:
        _leave_pages(content, changes, draws)
        return
    for change in changes:
        if change.data is None:
            if not change.proven and draws.random() >= keep:
                break
            _resize(content, change.offset)
            continue
        for offset, data in _pieces(change, draws):
            if change.proven or draws.random() < keep:
                _put(content, offset, data)
            elif keep > 0:
                _put_damaged(content, offset, data, draws)


def _leave_hole(content: bytearray, changes: list[UnsyncedChange], draws: random.Random) -> None:
    """Keep everything but one block, which is zeros: of a write that made the file longer than it was when flushed."""
    flushed = len(content)
    for change in changes:
        if change.data is None:
            _resize(content, change.offset)
        else:
            _put(content, change.offset, change.data)
    blocks = [
        start
        for change in changes
        for start in range(-(-change.offset // BLOCK_BYTES) * BLOCK_BYTES, _end(change) - BLOCK_BYTES, BLOCK_BYTES)
        if start >= flushed
    ]
    if blocks and not any(change.proven for change in changes):
        start = draws.choice(blocks)
        content[start : start + BLOCK_BYTES] = bytes(BLOCK_BYTES)


def _leave_pages(content: bytearray, changes: list[UnsyncedChange], draws: random.Random) -> None:
    """Keep the length, and each page as it was flushed, or as it was written."""
    before = bytearray(content)
    pages: set[int] = set()
    for change in changes:
        if change.data is None:
            _resize(content, change.offset)
            _resize(before, change.offset)
        else:
            _put(content, change.offset, change.data)
            if not change.proven:
                pages.update(range(change.offset // PAGE_BYTES, -(-_end(change) // PAGE_BYTES)))
    proven = any(change.proven for change in changes)
    for page in sorted(pages):
        end = min((page + 1) * PAGE_BYTES, len(content))
        if not proven and draws.random() < 0.5:
            content[page * PAGE_BYTES : end] = before[page * PAGE_BYTES : end].ljust(end - page * PAGE_BYTES, b"\0")


def _end(change: UnsyncedChange) -> int:
    return change.offset + len(change.data or b"")


def _pieces(change: UnsyncedChange, draws: random.Random) -> list[tuple[int, bytes]]:
    """What of one write reaches the disk on its own."""
    data = change.data or b""
    if change.proven or len(data) < LARGE_BYTES:
        return [(change.offset, data)]
    cuts = sorted({draws.randrange(len(data) // PAGE_BYTES) * PAGE_BYTES for _each in range(PIECES - 1)} | {0})
    ends = [*cuts[1:], len(data)]
    return [(change.offset + start, data[start:end]) for start, end in zip(cuts, ends, strict=True)]


def _put_damaged(content: bytearray, offset: int, data: bytes, draws: random.Random) -> None:
    """Lost, torn or zeros."""
    fate = draws.randrange(3)
    if fate == 1 and len(data) > BLOCK_BYTES:
        end = offset + draws.randrange(1, len(data))
        end -= end % BLOCK_BYTES
        if end > offset:
            _put(content, offset, data[: end - offset])
    elif fate == 2 and offset + len(data) > len(content):
        _resize(content, offset + len(data))


def _put(content: bytearray, offset: int, data: bytes) -> None:
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def _resize(content: bytearray, size: int) -> None:
    if size < len(content):
        del content[size:]
    else:
        content.extend(bytes(size - len(content)))
