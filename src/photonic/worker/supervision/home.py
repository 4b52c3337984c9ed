"""A private home directory for each camera process, removed afterwards even if its owner was killed.

libgphoto2 keeps its settings, including the capture target, in one file per home: two cameras must not share it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

PREFIX = "photonic-home-"
LOCK = ".in-use"


@contextmanager
def private_home(base: Path | None = None) -> Generator[Path]:
    """An empty home below ``base`` (``None``: the system's temporary directory) for as long as the context lasts.

    Homes whose owner was killed are removed first: the kernel released their lock (flock(2)) with the owner.
    """
    base = base or Path(tempfile.gettempdir())
    clear_orphans(base)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=base, ignore_cleanup_errors=True) as directory:
        home = Path(directory)
        (home / ".config").mkdir()
        descriptor = os.open(home / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield home
        finally:
            os.close(descriptor)


def home_environment(home: Path) -> dict[str, str]:
    """The environment variables that make ``home`` a process's home."""
    return {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}


def clear_orphans(base: Path) -> None:
    """Remove this user's homes without an owner; leaves other users' homes, and homes that are just being created."""
    for home in base.glob(f"{PREFIX}*"):
        with suppress(OSError):  # removed in the meantime, or not ours to remove
            if home.is_symlink() or home.stat().st_uid != os.getuid():
                continue
            descriptor = os.open(home / LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(home, ignore_errors=True)
            finally:
                os.close(descriptor)
