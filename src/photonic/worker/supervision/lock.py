"""Ensures one owner per camera on this machine: a file stays locked while the owner, or its camera process, lives."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

from photonic.errors import BadInput, CameraError, FailureKind
from photonic.machine.private_folder import private_folder
from photonic.worker.serials import bare_serial
from photonic.worker.supervision.holders import named

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
READABLE_LENGTH = 80
PTPIP_PORT = "15740"
LONGEST_PROCESS_ID = 10


def lock_file(directory: Path, camera: str) -> Path:
    """The lock file of a camera; different names never share a file, whatever characters they contain."""
    readable = _UNSAFE.sub("_", camera)[:READABLE_LENGTH]
    digest = hashlib.blake2s(camera.encode(), digest_size=6).hexdigest()
    return directory / f"{readable}-{digest}.lock"


def lock_name(address: str) -> str:
    """A canonical name for an address, regardless of a default port, leading zeros or letter case."""
    kind, _, place = address.partition(":")
    match kind:
        case "ptpip":
            host, _, port = place.partition(":")
            return f"ptpip:{host.lower()}:{port or PTPIP_PORT}"
        case "usb":
            return f"usb:{bare_serial(place).upper()}"
        case _:
            return address


def runtime_directory() -> Path:
    """Where this user's locks are stored: in XDG_RUNTIME_DIR, or else in the system's temporary directory."""
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return Path(base) / f"photonic-{os.getuid()}"


class CameraLock:
    """Locks ``camera`` (an address, or ``usb:SERIAL``) from ``acquire`` to ``release``.

    The kernel releases a flock(2) when the last process with its descriptor ends, however it ends. A camera process
    inherits the descriptor, so a new service cannot open a camera that a dying process still uses.
    """

    def __init__(self, directory: Path, camera: str) -> None:
        self._path = lock_file(directory, camera)
        self.camera = camera
        self.descriptor: int | None = None

    def acquire(self) -> None:
        """Acquire the lock. Raises ``CameraError`` (BLOCKED), naming the process that holds it."""
        if self.descriptor is not None:
            return
        try:
            private_folder(self._path.parent)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except BadInput as refusal:
            raise CameraError(
                f"cannot lock the camera {self.camera}: {refusal.reason}", kind=FailureKind.BLOCKED
            ) from refusal
        except OSError as error:
            raise CameraError(
                f"cannot lock the camera {self.camera}: {error}; check the directory of that file",
                kind=FailureKind.BLOCKED,
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
            os.close(descriptor)
            raise CameraError(
                f"the camera {self.camera} is in use by {_described(holder)}: stop it, or choose another camera",
                kind=FailureKind.BLOCKED,
            ) from error
        self.descriptor = descriptor
        with suppress(OSError):  # if the disk is full, the lock still works, but without its holder's process id
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Release the lock. The file stays: after unlinking, two processes could lock two files of the same name."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


def _described(holder: str) -> str:
    """Text for people that names the process, without its arguments, which may contain a secret."""
    if not (holder.isascii() and holder.isdigit() and len(holder) < LONGEST_PROCESS_ID):
        return "another process"
    return str(named(int(holder)))
