"""A small file system in memory, as a program of its own, that refuses what it is told to refuse.

``python -m tests.crash.disks.failing_disk PLACE OPTIONS`` mounts it and prints a line. Each line on the standard input
is a plan as JSON, answered by the number of operations so far; the end of the input takes the disk away.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import struct
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.crash.disks import fuse
from tests.crash.disks.fuse import Operation
from tests.crash.disks.nodes import ROOT, DiskTree, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

CHANGES = frozenset({
    Operation.CREATE, Operation.MKNOD, Operation.MKDIR, Operation.WRITE, Operation.LINK, Operation.UNLINK,
    Operation.RMDIR, Operation.RENAME, Operation.RENAME2, Operation.SETATTR, Operation.FSYNC, Operation.FSYNCDIR,
})  # fmt: skip
NEEDS_ROOM = frozenset({Operation.CREATE, Operation.MKNOD, Operation.MKDIR, Operation.WRITE, Operation.LINK})
AFTER_FAILURE = frozenset({errno.ENOSPC})


@dataclass(frozen=True, slots=True)
class Plan:
    """What is refused.

    Args:
        number: The error; 0: nothing.
        at: From this change on, counted from the plan.
        once: Only that one; for a full disk: the next one that needs room.
        reads: Whether reads are refused, too, from then on.
    """

    number: int = 0
    at: int = 0
    once: bool = False
    reads: bool = False


class FailingDisk:
    """Answers the kernel."""

    def __init__(self, descriptor: int, tree: DiskTree) -> None:
        self._descriptor = descriptor
        self._tree = tree
        self._plan = Plan()
        self._lock = threading.Lock()
        self.changes = 0
        self._answers: dict[Operation, Callable[[int, bytes], bytes]] = {
            Operation.INIT: self._begin,
            Operation.LOOKUP: lambda number, name: self._entry(self._tree.find(number, name[:-1])),
            Operation.GETATTR: lambda number, _body: self._attributes(number),
            Operation.SETATTR: self._change,
            Operation.MKNOD: lambda number, body: self._made(number, body[16:-1], struct.unpack_from("<I", body)[0]),
            Operation.MKDIR: self._make_folder,
            Operation.UNLINK: lambda number, name: self._removed(number, name[:-1], is_folder=False),
            Operation.RMDIR: lambda number, name: self._removed(number, name[:-1], is_folder=True),
            Operation.RENAME: lambda number, body: self._rename(number, body[:8], body[8:]),
            Operation.RENAME2: lambda number, body: self._rename(number, body[:12], body[16:]),
            Operation.LINK: self._link,
            Operation.OPEN: lambda _number, _body: fuse.OPENED.pack(0, 0, 0),
            Operation.OPENDIR: lambda _number, _body: fuse.OPENED.pack(0, 0, 0),
            Operation.CREATE: self._create,
            Operation.READ: self._read,
            Operation.WRITE: self._write,
            Operation.READDIR: self._list,
            Operation.STATFS: lambda _number, _body: self._space(),
            **dict.fromkeys(
                (Operation.RELEASE, Operation.RELEASEDIR, Operation.FSYNC, Operation.FSYNCDIR, Operation.FLUSH,
                 Operation.DESTROY),
                lambda _number, _body: b"",
            ),
        }  # fmt: skip

    def plan(self, plan: Plan) -> int:
        """Refuse this from now on; returns how many changes there were since the last plan."""
        with self._lock:
            before, self.changes, self._plan = self.changes, 0, plan
        return before

    def run(self) -> None:
        """Answer until the disk is taken away."""
        while True:
            try:
                request = os.read(self._descriptor, fuse.REQUEST_BYTES)
            except InterruptedError:
                continue
            except OSError as error:
                if error.errno == errno.ENODEV:
                    return
                raise
            with self._lock:
                self._answer(request)

    def _answer(self, request: bytes) -> None:
        _length, code, unique, number, *_caller = fuse.HEADER.unpack_from(request)
        if code in fuse.UNANSWERED:
            return
        body = request[fuse.HEADER.size :]
        result, data = 0, b""
        try:
            operation = Operation(code)
            self._refuse(operation)
            data = self._answers[operation](number, body)
        except ValueError:
            result = -errno.ENOSYS
        except Refused as error:
            result = -(error.errno or errno.EIO)
        os.write(self._descriptor, fuse.ANSWER.pack(fuse.ANSWER.size + len(data), result, unique) + data)

    def _refuse(self, operation: Operation) -> None:
        plan = self._plan
        if operation in CHANGES:
            self.changes += 1
        due = plan.number and self.changes >= plan.at
        needs = NEEDS_ROOM if plan.number in AFTER_FAILURE else CHANGES
        if due and (operation in needs or (plan.reads and operation is Operation.READ)):
            if plan.once:
                self._plan = Plan()
            raise Refused(plan.number)

    # One operation each; ``number``: of the file or folder that it is about.

    def _begin(self, _number: int, _body: bytes) -> bytes:
        return fuse.INIT.pack(7, 31, 65536, 0, 12, 9, fuse.LONGEST_WRITE, 1, 32, 0, 0, *[0] * 7)

    def _entry(self, number: int) -> bytes:
        return fuse.entry(number, self._tree.node(number))

    def _attributes(self, number: int) -> bytes:
        return fuse.ATTRIBUTE_ANSWER.pack(0, 0, 0) + fuse.attributes(number, self._tree.node(number))

    def _change(self, number: int, body: bytes) -> bytes:
        fields = fuse.SET_ATTRIBUTES.unpack_from(body)
        valid, size, times, mode = fields[0], fields[3], fields[5:7], fields[11]
        node = self._tree.node(number)
        if valid & fuse.SET_SIZE:
            self._tree.resize(number, size)
        if valid & fuse.SET_MODE:
            node.mode = stat.S_IFMT(node.mode) | stat.S_IMODE(mode)
        for place, flag, now in (
            (0, fuse.SET_ACCESS_TIME, fuse.ACCESS_TIME_NOW),
            (1, fuse.SET_TIME, fuse.TIME_NOW),
        ):
            if valid & flag:
                node.times[place] = time.time() if valid & now else float(times[place])
        return self._attributes(number)

    def _made(self, folder: int, name: bytes, mode: int) -> bytes:
        return self._entry(self._tree.make(folder, name, mode))

    def _make_folder(self, folder: int, body: bytes) -> bytes:
        return self._made(folder, body[8:-1], stat.S_IFDIR | struct.unpack_from("<I", body)[0])

    def _create(self, folder: int, body: bytes) -> bytes:
        return self._made(folder, body[16:-1], struct.unpack_from("<4xI", body)[0]) + fuse.OPENED.pack(0, 0, 0)

    def _removed(self, folder: int, name: bytes, *, is_folder: bool) -> bytes:
        self._tree.remove(folder, name, is_folder=is_folder)
        return b""

    def _rename(self, folder: int, head: bytes, names: bytes) -> bytes:
        to_folder, flags = struct.unpack_from("<Q", head)[0], int.from_bytes(head[8:], "little")
        if flags not in {0, 1}:
            raise Refused(errno.EINVAL)
        old, new, _end = names.split(b"\0")
        self._tree.rename(folder, old, to_folder, new, replaces=not flags)
        return b""

    def _link(self, folder: int, body: bytes) -> bytes:
        number = struct.unpack_from("<Q", body)[0]
        self._tree.link(number, folder, body[8:-1])
        return self._entry(number)

    def _read(self, number: int, body: bytes) -> bytes:
        _handle, offset, size, *_rest = fuse.TRANSFER.unpack_from(body)
        return bytes(self._tree.node(number).content[offset : offset + size])

    def _write(self, number: int, body: bytes) -> bytes:
        _handle, offset, size, *_rest = fuse.TRANSFER.unpack_from(body)
        self._tree.write(number, offset, body[fuse.TRANSFER.size :][:size])
        return fuse.WRITTEN.pack(size, 0)

    def _list(self, number: int, body: bytes) -> bytes:
        _handle, offset, size, *_rest = fuse.TRANSFER.unpack_from(body)
        names = [(b".", number, stat.S_IFDIR), (b"..", ROOT, stat.S_IFDIR)]
        names += [(name, each, self._tree.node(each).mode) for name, each in self._tree.node(number).names.items()]
        return fuse.listing(names, offset, size)

    def _space(self) -> bytes:
        tree, block = self._tree, 4096
        free = 0 if self._plan.number == errno.ENOSPC and self.changes >= self._plan.at else tree.free_bytes // block
        return fuse.SPACE.pack(
            tree.size_bytes // block, free, free, tree.inodes, tree.free_inodes, block, 255, block, 0
        )


def main(place: str, options: str) -> None:
    """Serve ``place`` until the input ends; ``options``: of ``DiskTree``, as JSON."""
    descriptor = fuse.mount(place)
    disk = FailingDisk(descriptor, DiskTree(**json.loads(options)))
    server = threading.Thread(target=disk.run, daemon=True)
    server.start()
    try:
        sys.stdout.write("mounted\n")
        sys.stdout.flush()
        for line in sys.stdin:
            sys.stdout.write(f"{disk.plan(Plan(**json.loads(line)))}\n")
            sys.stdout.flush()
    finally:
        fuse.unmount(place)


if __name__ == "__main__":
    main(*sys.argv[1:])
