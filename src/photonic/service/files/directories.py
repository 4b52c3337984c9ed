"""Directories that survive a power cut.

A name survives a power cut once its parent has been flushed. That a directory exists does not show this: an earlier run
may have been killed, or its disk may have failed, between creating the directory and the flush. So each run flushes the
parents of every directory that it uses once, and again if the directory is missing later.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from photonic.service.files.disk import flush

if TYPE_CHECKING:
    from pathlib import Path

REMEMBERED = 1000
"""How many flushed directories are remembered; each deleted photo has one of its own."""
_NOT_FLUSHED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EINVAL, errno.ENOTSUP})
"""A parent can be usable without being readable, or be on a file system that is read-only or flushes no directories."""


class Directories:
    """Creates directories; call it on a thread, since it blocks."""

    def __init__(self) -> None:
        self._flushed: set[Path] = set()

    def make(self, wanted: Path, *, mode: int = 0o777) -> None:
        """Create a directory and its missing parents so that they survive a power cut. Raises ``OSError``.

        ``mode``: the permissions of the directory itself, if it is created.
        """
        places = (wanted, *wanted.parents)
        if wanted.is_dir():
            unsafe = [place for place in places if place not in self._flushed]
        else:
            unsafe = [place for place in places if place not in self._flushed or not place.exists()]
            wanted.mkdir(mode=mode, parents=True, exist_ok=True)
        if not unsafe:
            return
        for place in unsafe:
            try:
                flush(place.parent)
            except OSError as error:
                if error.errno not in _NOT_FLUSHED:
                    raise
        if len(self._flushed) + len(unsafe) > REMEMBERED:
            self._flushed.clear()
        self._flushed.update(unsafe)
