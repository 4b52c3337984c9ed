"""The files of one service in the state folder: read with care, replaced whole. Blocking.

Nothing in it is worth a service that does not start: a file that is damaged is set aside, and a folder that cannot be
written leaves a service that keeps its tables in memory only.
"""

from __future__ import annotations

import logging
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.access.state_text import LONGEST_TEXT
from photonic.errors import BadInput
from photonic.machine.private_folder import private_folder
from photonic.serving.token_file import replace_file

if TYPE_CHECKING:
    from pathlib import Path

SET_ASIDE = ".damaged"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FileMark:
    """Tells one content of a file from another: its inode, its size, and when it was changed."""

    inode: int
    size_bytes: int
    modified_ns: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class PrivateText:
    """What a private file contains, and its mark."""

    text: str
    mark: FileMark


def mark_of(path: Path) -> FileMark | None:
    """The mark of a file; ``None``: there is none. Raises ``OSError``."""
    try:
        return _mark(path.stat())
    except FileNotFoundError:
        return None


def read_private(path: Path) -> PrivateText | None:
    """The content of a file of this user; ``None``: there is none.

    Raises ``BadInput`` if it belongs to somebody else, is too long or no text, and ``OSError``.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_uid not in {os.geteuid(), 0}:
            raise BadInput(f"{path} is not a file of this user", field="state_folder")
        data = file.read(LONGEST_TEXT + 1)
    if len(data) > LONGEST_TEXT:
        raise BadInput(f"{path} is longer than {LONGEST_TEXT} bytes", field="state_folder")
    try:
        return PrivateText(data.decode(), _mark(found))
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8", field="state_folder") from error


class StateFolder:
    """The folder ``root/instance``.

    ``root_is_private``: whether ``prepare`` found that nobody else controls ``root``.

    Args:
        root: The state folder, which services on this machine share.
        instance: Names this service.
    """

    def __init__(self, root: Path, instance: str) -> None:
        self.root = root
        self.path = root / instance
        self.root_is_private = False

    def prepare(self) -> None:
        """Make the folder, for this user only, and remove what a power cut left half written.

        Raises ``BadInput`` if it belongs to another user, and ``OSError``.
        """
        private_folder(self.root, field="state_folder")
        self.root_is_private = True
        private_folder(self.path, field="state_folder")
        for scratch in self.path.glob(".*"):
            with suppress(OSError):
                scratch.unlink()

    def read(self, name: str) -> str | None:
        """The content of a file; ``None``: there is none. Raises ``BadInput`` and ``OSError``."""
        found = read_private(self.path / name)
        return None if found is None else found.text

    def write(self, name: str, text: str) -> None:
        """Replace a file, whole or not at all, and durably. Raises ``BadInput`` if that fails."""
        replace_file(self.path / name, text)
        with suppress(OSError):  # not every file system knows it
            descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def set_aside(self, name: str, reason: Exception) -> None:
        """Rename a file that cannot be read, so that somebody can look at it; an older one is replaced."""
        path = self.path / name
        with suppress(OSError):
            path.replace(path.with_name(name + SET_ASIDE))
        log.error("%s; it was set aside as %s, and the service starts without it", reason, name + SET_ASIDE)


def _mark(found: os.stat_result) -> FileMark:
    return FileMark(found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
