"""The staging area: where camera processes write files before they become photos, on the photo root's own disk.

Each capture has its own directory; files that no capture waits for are directly in the staging area. A staged file is
deleted only after its photo is in place and on record, so that after a crash the import can be finished.

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
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from photonic.errors import CaptureError, FailureKind
from photonic.service.base.unexpected import Where
from photonic.service.files import claims, disk
from photonic.service.files.exif_reading import read_exif
from photonic.service.media import integrity
from photonic.service.photo import naming
from photonic.service.photo.staged import CAPTURE_ID, Leftover, StagedFile, hash_in_staging, name_in_staging
from photonic.worker.link.parts import PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence
    from io import BufferedReader
    from pathlib import Path

    from photonic.model.exif import ExifFacts
    from photonic.service.base.unexpected import Unexpected
    from photonic.service.files.directories import Directories

INCOMPLETE = "incomplete"
"""The folder for incomplete photos, in the folder of the index."""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})

log = logging.getLogger(__name__)


class StagingArea:
    """The staging area of one photo root; methods raise ``StorageError`` when the disk refuses.

    Args:
        root: the photo root, absolute.
        unexpected: counts incomplete photos.
        photo_mode: the permissions of a photo, from the time when it is complete.
        directories: creates directories in the root.
    """

    def __init__(self, root: Path, unexpected: Unexpected, photo_mode: int, directories: Directories) -> None:
        self._root = root
        self._unexpected = unexpected
        self._photo_mode = photo_mode
        self._directories = directories
        self._unflushed: set[Path] = set()

    @property
    def path(self) -> Path:
        """The directory of the staging area."""
        return self._root / naming.STAGING

    def make(self, capture_id: str) -> Path:
        """Create the directory for a capture's files."""
        directory = self._of(capture_id)
        with disk.translated(self._root):
            directory.mkdir(parents=True, exist_ok=True)
        return directory

    def begun_at(self, capture_id: str) -> float | None:
        """When a capture was executed, or its first file was staged, in unix seconds; ``None``: it has no directory.

        A file that is written again changes the time of the directory, but keeps its own.
        """
        with disk.translated(self._root), suppress(FileNotFoundError):
            directory = self._of(capture_id)
            return min(path.stat().st_mtime for path in (directory, *_plain_files(directory)))
        return None

    def files(self, capture_id: str) -> list[StagedFile]:
        """The files in a capture's directory, sorted by name, without the sizes that the camera reported.

        Links and folders are skipped: no camera process creates them.
        """
        with disk.translated(self._root):
            found = _plain_files(self._of(capture_id))
        return [_found(path, (name_in_staging(path.name) or (None, path.name))[1]) for path in found]

    def captures(self) -> list[str]:
        """The ids of all captures that have a directory here."""
        with disk.translated(self._root):
            entries = self.path.iterdir() if self.path.is_dir() else ()
            return sorted(path.name for path in entries if path.is_dir() and not path.is_symlink())

    def leftovers(self) -> tuple[list[Leftover], list[Path]]:
        """Staged files outside the captures' directories, sorted by name, and entries that no camera process created.

        Files that are still being downloaded are in neither list.
        """
        ours: list[Leftover] = []
        with disk.translated(self._root):
            disk.drop_probes(self.path)
            entries = self.path.iterdir() if self.path.is_dir() else ()
            foreign = [path for path in entries if path.is_symlink() or not (path.is_file() or path.is_dir())]
            found = _plain_files(self.path)
            if self.path.is_dir():
                claims.forget_others(self.path, found)
        for path in found:
            if path.name.startswith(PREFIX):
                continue
            if (parts := name_in_staging(path.name)) is None:
                foreign.append(path)
            else:
                ours.append(Leftover(_found(path, parts[1]), parts[0]))
        foreign += [self.path / name for name in self.captures() if CAPTURE_ID.fullmatch(name) is None]
        return ours, sorted(foreign)

    def keep_names(self, files: Sequence[StagedFile]) -> None:
        """Make the names of staged files survive a power cut, before they get others in the folder.

        If only the other one survived, a photo that no capture waits for would be in the folder without a record.
        """
        with disk.translated(self._root):
            for directory in dict.fromkeys((self.path, *(file.path.parent for file in files))):
                claims.flush(directory)

    def drop_parts(self) -> None:
        """Delete the parts of aborted downloads."""
        with disk.translated(self._root):
            for path in _plain_files(self.path):
                if path.name.startswith(PREFIX):
                    path.unlink(missing_ok=True)

    def drop(self, file: StagedFile) -> None:
        """Delete a staged file whose photo is in place and on record, and its directory if that is empty then."""
        with disk.translated(self._root):
            with suppress(FileNotFoundError):
                file.path.unlink()
            claims.forget_claim(file.path)
            with suppress(FileNotFoundError):
                # Without this, the file may be back after a power cut.
                claims.flush(file.path.parent)
        if file.path.parent != self.path:
            with suppress(OSError):  # it is not empty
                file.path.parent.rmdir()

    def set_aside(self, file: StagedFile) -> Path:
        """Move an incomplete photo out of the staging area. Returns its new path.

        If a file with the same content was set aside before, that one is kept instead: a photo that is damaged on the
        card is downloaded again on each connection.
        """
        aside = self._root / naming.INDEX / INCOMPLETE
        with disk.translated(self._root):
            self._directories.make(aside)
            if (kept := claims.same_content(file.path, aside)) is not None:
                self.drop(file)
                return kept
            for number in range(1, naming.CLASH_LIMIT):
                place = aside / (file.path.name if number == 1 else f"{number}-{file.path.name}")
                if claims.claim(file.path, place):
                    break
            else:
                raise FileExistsError(errno.EEXIST, f"{naming.CLASH_LIMIT} files of that name exist", str(aside))
        self.drop(file)
        return place

    def fault(self, file: StagedFile) -> str | None:
        """Why a file is incomplete, judged by its size and structure, for people; ``None``: it is complete."""
        with disk.translated(self._root), claims.opened(file.path) as content:
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
        with disk.translated(self._root), claims.opened(file.path) as content:
            return file.sha256 is not None and _sha256(content) != file.sha256

    def sha256(self, file: StagedFile) -> str:
        """The hash of a file: what the camera process reported, or else that of its content."""
        if file.sha256 is not None:
            return file.sha256
        with disk.translated(self._root), claims.opened(file.path) as content:
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
            content = claims.opened(file.path)
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
        return claims.opened(file.path)

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

    def exif(self, file: StagedFile) -> ExifFacts | None:
        """How a staged photo was taken, according to the file; ``None`` when it does not say."""
        with disk.translated(self._root):
            return read_exif(file.path)

    def is_of_its_shot(self, file: StagedFile, capture_id: str) -> bool:
        """Whether a file was staged during this capture, not later."""
        return file.path.parent == self._of(capture_id)

    def clear(self, capture_id: str, kept: Sequence[str] = ()) -> None:
        """Delete a capture's directory after its photo is in place and on record; files named in ``kept`` stay."""
        directory = self._of(capture_id)
        if not kept:
            shutil.rmtree(directory, ignore_errors=True)
            return
        with suppress(OSError):  # what stays is known at the next start
            for path in _plain_files(directory):
                if path.name not in kept:
                    with suppress(OSError):
                        path.unlink()
                        claims.forget_claim(path)

    def clear_empty(self, capture_id: str) -> None:
        """Delete a capture's directory if no staged file is in it, with the notes about files that are gone."""
        directory = self._of(capture_id)
        with suppress(OSError):  # it is not empty, or was never made
            if not directory.is_symlink() and not _plain_files(directory):
                claims.forget_others(directory, ())
            directory.rmdir()

    def _of(self, capture_id: str) -> Path:
        return self.path / capture_id

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


def _found(path: Path, name: str) -> StagedFile:
    return StagedFile(path, name, None, sha256=hash_in_staging(path.name))


def _sha256(content: BufferedReader) -> str:
    content.seek(0)
    return hashlib.file_digest(content, "sha256").hexdigest()


def _plain_files(directory: Path) -> list[Path]:
    if directory.is_symlink() or not directory.is_dir():
        return []
    return sorted(
        path for path in directory.iterdir() if path.is_file() and not path.is_symlink() and not claims.is_own(path)
    )
