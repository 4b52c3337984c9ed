"""What staged files contain: flushed, compared with what the camera sent, written again where the disk is not believed.

Theory of operation. What the camera sent is known by one hash, which the camera process took as the bytes came
(``StagedFile.sha256``); every check here compares with it. A file just reported is flushed, then read and compared
(``flush_whole``). A file whose flush has failed is written again under a new inode first: the kernel reports such an
error once, and marks the pages as written although they are not, so that a second flush of the same pages would succeed
and prove nothing. Nobody knows whether a flush failed in an earlier run: a file of it is written again
before it is believed, and is then read from the disk, not from memory (``verify``).

Everything here blocks: call it on a thread.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from photonic.errors import CaptureError, FailureKind
from photonic.service.base.unexpected import Where
from photonic.service.files import claims, disk
from photonic.service.media import integrity
from photonic.service.photo import naming

if TYPE_CHECKING:
    from io import BufferedReader
    from pathlib import Path

    from photonic.service.base.unexpected import Unexpected
    from photonic.service.photo.staged import StagedFile

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})

log = logging.getLogger(__name__)


class StagedContent:
    """The content of the files in one staging area; methods raise ``StorageError`` when the disk refuses.

    Args:
        root: the photo root, absolute.
        unexpected: counts incomplete photos.
        photo_mode: the permissions of a photo, from the time when it is complete.
    """

    def __init__(self, root: Path, unexpected: Unexpected, photo_mode: int) -> None:
        self._root = root
        self._unexpected = unexpected
        self._photo_mode = photo_mode
        self._unflushed: set[Path] = set()

    def fault(self, file: StagedFile) -> str | None:
        """Why a file is incomplete, judged by its size and structure, for people; ``None``: it is complete."""
        with disk.translated(self._root), disk.opened(file.path) as content:
            return self._fault(content, os.fstat(content.fileno()).st_size, file)

    def verify(self, file: StagedFile) -> str | None:
        """Why a file of an earlier run, or of an earlier try, is not what the camera sent, for people; ``None``: it is.

        Writes it again first, see above. Judges by the hash. A file without one (the camera process died before it
        reported it, or an earlier version staged it) is judged by its size and structure.
        """
        with disk.translated(self._root):
            self._write_again(file)
        with disk.translated(self._root), self._on_disk(file) as content:
            disk.drop_cached(content.fileno())
            return self._fault(content, os.fstat(content.fileno()).st_size, file) or self._difference(content, file)

    def differs(self, file: StagedFile) -> bool:
        """Whether the content of a file is known not to be what the camera sent."""
        with disk.translated(self._root), disk.opened(file.path) as content:
            return file.sha256 is not None and _sha256(content) != file.sha256

    def sha256(self, file: StagedFile) -> str:
        """The hash of a file: what the camera process reported, or else that of its content."""
        if file.sha256 is not None:
            return file.sha256
        with disk.translated(self._root), disk.opened(file.path) as content:
            return _sha256(content)

    def flush_whole(self, file: StagedFile) -> str:
        """Flush a file to the disk and check that it is what the camera sent. Returns its SHA-256.

        Raises:
            CaptureError: it is incomplete, or its content differs; it stays where it is.
            OSError: the disk refuses.
        """
        with self._on_disk(file) as content:
            size = os.fstat(content.fileno()).st_size
            why = self._fault(content, size, file) or self._difference(content, file)
            if why is not None:
                raise CaptureError(
                    f"the photo {file.name} is incomplete ({why}); the part that arrived is kept as {file.path}",
                    kind=FailureKind.CAMERA_FAULT,
                )
            with suppress(PermissionError):  # FAT and some network file systems have no permissions
                os.fchmod(content.fileno(), self._photo_mode)
            return file.sha256 or _sha256(content)

    def _on_disk(self, file: StagedFile) -> BufferedReader:
        """Open a file whose content is flushed to the disk. Raises ``OSError``."""
        if file.path not in self._unflushed:
            content = disk.opened(file.path)
            try:
                os.fsync(content.fileno())
            except OSError as error:
                linked = os.fstat(content.fileno()).st_nlink > 1
                content.close()
                if linked:  # a name that it got before a crash would no longer be known as its own
                    raise
                log.warning("%s could not be flushed (%s): writing it again", file.path, error)
                self._unflushed.add(file.path)
            else:
                return content
        claims.rewrite(file.path)
        self._unflushed.discard(file.path)
        return disk.opened(file.path)

    def _write_again(self, file: StagedFile) -> None:
        """Write a file again, in case that a flush of it has failed in an earlier run. Raises ``OSError``.

        Not if it has another name: it was flushed before it got that, and would no longer be known as its own.
        """
        if file.path.stat().st_nlink > 1:
            return
        try:
            claims.rewrite(file.path)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            log.warning("no room to write %s again: it is read from the disk only", file.path)
        else:
            self._unflushed.discard(file.path)

    def _fault(self, content: BinaryIO, size: int, file: StagedFile) -> str | None:
        expected = size if file.size_bytes is None and file.sha256 else file.size_bytes  # the hash shows the length too
        if (why := integrity.fault(content, size, naming.extension(file.name), expected)) is not None:
            self._unexpected.refused(Where.PHOTO_FILES)
        return why

    def _difference(self, content: BufferedReader, file: StagedFile) -> str | None:
        if file.sha256 is None or _sha256(content) == file.sha256:
            return None
        self._unexpected.refused(Where.PHOTO_FILES)
        return "its content is not what the camera sent"


def _sha256(content: BufferedReader) -> str:
    content.seek(0)
    return hashlib.file_digest(content, "sha256").hexdigest()
