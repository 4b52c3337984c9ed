"""The folder that the preload library shows as ``/sys`` and ``/dev``: files, links, device nodes, listeners of udev."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
from fcntl import F_SETPIPE_SZ, fcntl
from typing import TYPE_CHECKING, Self

from photonic.errors import BadInput
from photonic.simulator.usb.umockdev import RUNTIME

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from photonic.simulator.usb.sysfs import SysfsEntries

ONE_PAGE = 4096
PERMITTED = 0o666
LONGEST_PATH = 80
"""Of the folder, in bytes: a socket's path has at most 107, and ``/ioctl//dev/bus/usb/001/002`` is added to it."""


class NodeFifo:
    """A device node: a pipe of one page, whose fill is what poll tells a program.

    A full one is not writable, which to libusb means that no URB can be reaped. An ordinary file would always be ready.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(path, PERMITTED)
        self._file = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl(self._file, F_SETPIPE_SZ, ONE_PAGE)
        self._path = path
        self._ready = True
        self._allowed = True
        self.set_ready(ready=False)

    def set_ready(self, *, ready: bool) -> None:
        """Tell the programs that have the node open whether a URB can be reaped."""
        if ready == self._ready:
            return
        self._ready = ready
        with contextlib.suppress(BlockingIOError):
            if ready:
                os.read(self._file, ONE_PAGE)
            else:
                os.write(self._file, bytes(ONE_PAGE))

    def permit(self, *, allowed: bool) -> None:
        """Let users open the node, or nobody."""
        if allowed != self._allowed:
            self._allowed = allowed
            self._path.chmod(PERMITTED if allowed else 0)

    def close(self) -> None:
        """Close this end; programs keep theirs."""
        os.close(self._file)


class BusFolder:
    """Makes and removes names below ``path``, which is short, because sockets lie in it; removes it at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        """Raises ``BadInput`` for a path that is too long."""
        if len(os.fsencode(self.path)) > LONGEST_PATH:
            raise BadInput(
                f"{self.path} is longer than {LONGEST_PATH} bytes, too long for the sockets in it; set TMPDIR to /tmp"
            )
        for name in ("sys/bus/usb/devices", "sys/bus/usb/drivers/usb", "sys/class", "dev/.node", "run/udev/data"):
            (self.path / name).mkdir(parents=True)
        (self.path / RUNTIME).mkdir(mode=0o700)
        # libudev takes a machine without this for one on which udev does not run, and listens to nothing.
        (self.path / "run/udev/control").touch()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def node(self, name: str) -> Path:
        """The path of a device node, ``name`` below ``/dev``."""
        return self.path / "dev" / name

    def socket(self, name: str) -> Path:
        """The path of the socket to which the preload library sends the calls on a device node."""
        return self.path / "ioctl/dev" / name

    def add(self, entries: SysfsEntries) -> None:
        """Make files and links; the links last, because programs find a device through them."""
        for name, data in entries.files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        for name, target in entries.links.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(target)

    def remove(self, entries: SysfsEntries) -> None:
        """Remove files and links, the links first, and the folders that are empty then."""
        for name in (*entries.links, *entries.files):
            (self.path / name).unlink(missing_ok=True)
        folders = {(self.path / name).parent for name in entries.files}
        for folder in sorted(folders, key=lambda folder: len(folder.parts), reverse=True):
            with contextlib.suppress(OSError):
                folder.rmdir()

    def send(self, message: bytes) -> None:
        """Send a message of udev to every program that listens; the socket of one that is gone is removed."""
        for path in self.path.glob("event*"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
                try:
                    sender.sendto(message, str(path))
                except ConnectionRefusedError:
                    path.unlink(missing_ok=True)
                except (BlockingIOError, FileNotFoundError):
                    continue
