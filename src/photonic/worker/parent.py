"""The camera process's ties to its parent: dies with it, and never shares a camera with another."""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.errors import CameraError, FailureKind

if TYPE_CHECKING:
    from collections.abc import Generator

PR_SET_PDEATHSIG = 1
"""``linux/prctl.h``."""


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when ``parent`` dies; ends at once when it already has.

    Raises ``OSError`` where the kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl: {os.strerror(number)}")
    # The parent may have died before the request above.
    if os.getppid() != parent:
        raise SystemExit(0)


@contextmanager
def hold_camera(address: str) -> Generator[None]:
    """Hold this camera for as long as the process lives: the kernel frees the lock even after SIGKILL.

    Raises ``CameraError`` (BLOCKED) that names the process that holds it.
    """
    directory = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"photonic-{os.getuid()}"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / f"camera-{hashlib.sha256(address.encode()).hexdigest()[:16]}.lock"
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            holder = lock.read(32).strip() or "unknown"
            raise CameraError(
                f"another photonic (process {holder}) holds the camera at {address}; stop that one first",
                kind=FailureKind.BLOCKED,
            ) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
