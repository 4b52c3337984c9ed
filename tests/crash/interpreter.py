"""From system calls to operations on one tree of files; no input or output.

Theory of operation. The names below the root, and each process's table of open files, are followed call by call: the
name of a file may be gone, or belong to another file, while a descriptor is open on it. Threads share a table, forked
processes get a copy. strace also prints what a descriptor is open on (``-y``): this tells files from sockets, whose
opening is not recorded. A call that changes files below the root in a way that is not understood here is an error: a
state derived from half of the operations would prove nothing.

A call has its effect when it returns. An fsync covers what had returned before it was called.
"""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.crash.operations import ROOT, Flushed, NamesChanged, Operation, Recording, Resized, Sent, Written
from tests.crash.system_calls import CallBegun, SystemCall, data, descriptor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.crash.models import DiskState

TRACED = (
    "open", "openat", "creat", "close", "dup", "dup2", "dup3", "fcntl", "lseek", "fork", "vfork", "clone", "clone3",
    "write", "pwrite64", "writev", "pwritev", "pwritev2", "sendto", "sendmsg", "truncate", "ftruncate", "fsync",
    "fdatasync", "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir",
    "symlink", "symlinkat", "fallocate", "copy_file_range", "sendfile", "splice", "openat2", "io_uring_setup",
)  # fmt: skip
"""The calls that have to be recorded."""


class UnknownCall(ValueError):
    """A call changes files below the root in a way that is not understood."""


@dataclass(slots=True)
class OpenFile:
    """What descriptors stand for; those that were duplicated share it. ``offset`` ``None``: somebody may have read."""

    node: int
    offset: int | None
    appends: bool


Table = dict[int, OpenFile]


class Interpreter:
    """Follows the calls of a run on the tree below ``root``, a real path; it is empty, or ``begin_with`` says."""

    def __init__(self, root: str) -> None:
        self._root = posixpath.normpath(root)
        self._operations: list[Operation] = []
        self._ended: list[int] = []
        self._names: dict[int, dict[str, int]] = {ROOT: {}}
        self._sizes: dict[int, int] = {}
        self._tables: dict[int, Table] = {}
        self._starting: list[tuple[int, bool]] = []
        self._next = ROOT + 1
        self._start = 0
        self._moment = -1

    @property
    def recording(self) -> Recording:
        """What was done until now."""
        return Recording(tuple(self._operations), frozenset(self._names), self._start)

    def begin_with(self, found: DiskState) -> None:
        """What is on the disk, and was flushed, before the first call."""
        for folder in sorted(found.folders):
            self._make(f"{self._root}/{folder}", folder=True)
        known: dict[int, int] = {}
        for path, file in found.files.items():
            place = f"{self._root}/{path}"
            if file in known:
                self._change((*self._place(place), known[file]))
                continue
            known[file] = self._make(place, folder=False)
            self._sizes[known[file]] = len(found.contents[file])
            self._add(Written(known[file], 0, found.contents[file]))
        before = len(self._operations)
        for node in range(self._next):
            self._add(Flushed(node, before))
        self._start = len(self._operations)

    def feed(self, calls: Iterable[SystemCall | CallBegun]) -> None:
        """Go on with these calls. Raises ``UnknownCall``, ``UnreadableTrace``."""
        for call in calls:
            if isinstance(call, CallBegun):
                if call.name in _STARTS:
                    self._starting.append((call.process, _shares_files(call.arguments)))
            elif call.result >= 0 and (known := _EFFECTS.get(call.name)) is not None:
                self._moment = call.ended
                known(self, call)

    # Processes and descriptors.

    def _table(self, process: int) -> Table:
        if process not in self._tables:
            # Its first line came before its parent's call returned.
            self._tables[process] = self._inherited(*self._starting[-1]) if self._starting else {}
        return self._tables[process]

    def _inherited(self, parent: int, shared: bool) -> Table:
        table = self._table(parent)
        return table if shared else dict(table)

    def _started(self, call: SystemCall) -> None:
        shared = _shares_files(call.arguments)
        if (call.process, shared) in self._starting:
            self._starting.remove((call.process, shared))
        if call.result not in self._tables:
            self._tables[call.result] = self._inherited(call.process, shared)

    def _file(self, call: SystemCall, argument: int = 0) -> OpenFile | None:
        """The open file of a descriptor; ``None``: it is on nothing below the root."""
        number, target = descriptor(call.arguments[argument])
        table = self._table(call.process)
        if not self._is_below(target):
            return None
        if (known := table.get(number or 0)) is not None:
            return known
        node = self._find(target)
        if node is None:
            raise UnknownCall(f"{call.name} on {target}, whose opening was not seen")
        return OpenFile(node, None, appends=False)

    def _opened(self, call: SystemCall) -> None:
        at_descriptor = call.name == "openat"
        path = self._path(call, 1) if at_descriptor else self._path(call, None)
        words = call.arguments[2 if at_descriptor else 1] if call.name != "creat" else "O_WRONLY|O_CREAT|O_TRUNC"
        flags = set(words.split("|"))
        self._table(call.process).pop(call.result, None)
        if not self._is_below(path):
            return
        # A file without a name is of no state; a call that gave it one is not understood.
        node = self._new() if "O_TMPFILE" in flags else self._find(path)
        if node is None:
            if "O_CREAT" not in flags:
                raise UnknownCall(f"{path} was opened, and nothing is known of it")
            node = self._make(path, folder=False)
        elif "O_TRUNC" in flags and self._sizes.get(node):
            self._resize(node, 0)
        # Reads are not recorded: in a file that had content, nobody knows where the next write goes.
        known = "O_RDWR" not in flags or not self._sizes.get(node)
        self._table(call.process)[call.result] = OpenFile(node, 0 if known else None, "O_APPEND" in flags)

    def _closed(self, call: SystemCall) -> None:
        self._table(call.process).pop(descriptor(call.arguments[0])[0] or 0, None)

    def _duplicated(self, call: SystemCall) -> None:
        if call.name == "fcntl" and not call.arguments[1].startswith("F_DUPFD"):
            return
        table = self._table(call.process)
        table.pop(call.result, None)
        if (file := self._file(call)) is not None:
            table[call.result] = file

    def _moved(self, call: SystemCall) -> None:
        if (file := self._file(call)) is not None:
            file.offset = call.result

    # Data.

    def _wrote(self, call: SystemCall) -> None:
        _number, target = descriptor(call.arguments[0])
        if target.startswith(("socket:", "pipe:")):
            self._sent(call)
            return
        if (file := self._file(call)) is None:
            return
        written = data(call.arguments[1])[: call.result]
        if call.name in _POSITIONED:
            offset = int(call.arguments[3])
        elif file.appends:
            offset = self._sizes.get(file.node, 0)
        elif file.offset is None:
            raise UnknownCall(f"{call.name} on {target}, at a place that is not known")
        else:
            offset = file.offset
        if call.name not in _POSITIONED:
            file.offset = offset + len(written)
        self._add(Written(file.node, offset, written))
        self._sizes[file.node] = max(self._sizes.get(file.node, 0), offset + len(written))

    def _sent(self, call: SystemCall) -> None:
        self._add(Sent(data(call.arguments[1])[: call.result]))

    def _truncated(self, call: SystemCall) -> None:
        if call.name == "ftruncate":
            file = self._file(call)
            node = None if file is None else file.node
        else:
            node = self._find(self._path(call, None))
        if node is not None:
            self._resize(node, int(call.arguments[1]))

    def _allocated(self, call: SystemCall) -> None:
        if (file := self._file(call)) is not None:
            if call.arguments[1] != "0":
                raise UnknownCall(f"fallocate with {call.arguments[1]}")
            end = int(call.arguments[2]) + int(call.arguments[3])
            if end > self._sizes.get(file.node, 0):
                self._resize(file.node, end)

    def _resize(self, node: int, size_bytes: int) -> None:
        self._sizes[node] = size_bytes
        self._add(Resized(node, size_bytes))

    def _flushed(self, call: SystemCall) -> None:
        if (file := self._file(call)) is not None:
            self._add(Flushed(file.node, bisect_left(self._ended, call.began)))

    # Names.

    def _made_folder(self, call: SystemCall) -> None:
        path = self._path(call, 1 if call.name == "mkdirat" else None)
        if self._is_below(path) and path != self._root:
            self._make(path, folder=True)

    def _renamed(self, call: SystemCall) -> None:
        if call.name == "renameat2" and call.arguments[4] not in {"0", "RENAME_NOREPLACE"}:
            raise UnknownCall(f"renameat2 with {call.arguments[4]}")
        old, new = self._two_paths(call, at=call.name != "rename")
        if not self._both_below(call, old, new):
            return
        node, (old_folder, old_name), (new_folder, new_name) = self._find(old), self._place(old), self._place(new)
        if node is None:
            raise UnknownCall(f"{old} was renamed, and nothing is known of it")
        if self._find(new) == node:
            return  # two names of one file: nothing happens
        self._change((old_folder, old_name, None), (new_folder, new_name, node))

    def _linked(self, call: SystemCall) -> None:
        old, new = self._two_paths(call, at=call.name == "linkat")
        if self._both_below(call, old, new):
            node = self._find(old)
            if node is None:
                raise UnknownCall(f"{old} was linked, and nothing is known of it")
            self._change((*self._place(new), node))

    def _unlinked(self, call: SystemCall) -> None:
        path = self._path(call, 1 if call.name == "unlinkat" else None)
        if self._find(path) is not None:
            self._change((*self._place(path), None))

    def _refused(self, call: SystemCall) -> None:
        if any(self._is_below(text) for text in self._texts(call)):
            raise UnknownCall(f"{call.name} below the root: {call.arguments}"[:300])

    def _texts(self, call: SystemCall) -> list[str]:
        if call.name in {"symlink", "symlinkat"}:
            return [self._path(call, 2 if call.name == "symlinkat" else None, 1)]
        if call.name == "io_uring_setup":
            # libuv has one ring for epoll, and one with a thread of the kernel for files.
            return [self._root] if "IORING_SETUP_SQPOLL" in call.arguments[1] else []
        return [descriptor(each)[1] for each in call.arguments if each.partition("<")[2]]

    # The tree.

    def _path(self, call: SystemCall, after_descriptor: int | None, argument: int = 0) -> str:
        """The absolute path of an argument; ``after_descriptor``: it is this one, below the descriptor before it."""
        text = data(call.arguments[argument if after_descriptor is None else after_descriptor])
        path = text.decode(errors="surrogateescape")
        if after_descriptor is not None:
            path = posixpath.join(descriptor(call.arguments[after_descriptor - 1])[1], path)
        if not path.startswith("/"):
            raise UnknownCall(f"{call.name} with a path from the working directory: {path}")
        return posixpath.normpath(path)

    def _two_paths(self, call: SystemCall, *, at: bool) -> tuple[str, str]:
        """The old and the new path; ``at``: each has a descriptor before it."""
        if at:
            return self._path(call, 1), self._path(call, 3)
        return self._path(call, None), self._path(call, None, 1)

    def _is_below(self, path: str) -> bool:
        return path == self._root or path.startswith(f"{self._root}/")

    def _both_below(self, call: SystemCall, old: str, new: str) -> bool:
        below = {self._is_below(old), self._is_below(new)}
        if len(below) > 1:
            raise UnknownCall(f"{call.name} over the border of the tree: {old}, {new}")
        return below == {True}

    def _place(self, path: str) -> tuple[int, str]:
        folder, name = posixpath.split(path)
        node = self._find(folder)
        if node is None or node not in self._names:
            raise UnknownCall(f"no folder is known as {folder}")
        return node, name

    def _find(self, path: str) -> int | None:
        if not self._is_below(path):
            return None
        node: int | None = ROOT
        for part in filter(None, path.removeprefix(self._root).split("/")):
            node = self._names.get(node, {}).get(part) if node is not None else None
        return node

    def _new(self) -> int:
        node, self._next = self._next, self._next + 1
        return node

    def _make(self, path: str, *, folder: bool) -> int:
        node = self._new()
        if folder:
            self._names[node] = {}
        self._change((*self._place(path), node))
        return node

    def _change(self, *entries: tuple[int, str, int | None]) -> None:
        for folder, name, node in entries:
            if node is None:
                self._names[folder].pop(name, None)
            else:
                self._names[folder][name] = node
        self._add(NamesChanged(entries))

    def _add(self, operation: Operation) -> None:
        self._operations.append(operation)
        self._ended.append(self._moment)


def _shares_files(arguments: tuple[str, ...]) -> bool:
    return any("CLONE_FILES" in each for each in arguments)


_STARTS = frozenset({"fork", "vfork", "clone", "clone3"})
_POSITIONED = frozenset({"pwrite64", "pwritev", "pwritev2"})
_EFFECTS: dict[str, Callable[[Interpreter, SystemCall], None]] = {
    **dict.fromkeys(_STARTS, Interpreter._started),
    **dict.fromkeys(("open", "openat", "creat"), Interpreter._opened),
    **dict.fromkeys(("dup", "dup2", "dup3", "fcntl"), Interpreter._duplicated),
    **dict.fromkeys(("write", "writev", *_POSITIONED), Interpreter._wrote),
    **dict.fromkeys(("sendto", "sendmsg"), Interpreter._sent),
    **dict.fromkeys(("truncate", "ftruncate"), Interpreter._truncated),
    **dict.fromkeys(("fsync", "fdatasync"), Interpreter._flushed),
    **dict.fromkeys(("mkdir", "mkdirat"), Interpreter._made_folder),
    **dict.fromkeys(("rename", "renameat", "renameat2"), Interpreter._renamed),
    **dict.fromkeys(("link", "linkat"), Interpreter._linked),
    **dict.fromkeys(("unlink", "unlinkat", "rmdir"), Interpreter._unlinked),
    **dict.fromkeys(
        ("symlink", "symlinkat", "copy_file_range", "sendfile", "splice", "openat2", "io_uring_setup"),
        Interpreter._refused,
    ),
    "close": Interpreter._closed,
    "fallocate": Interpreter._allocated,
    "lseek": Interpreter._moved,
}
