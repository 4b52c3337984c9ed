"""The staging area: where camera processes write files before they become photos, on the photo root's own disk.

Each capture has its own directory; files that no capture waits for are directly in the staging area. A staged file is
deleted only after its photo is in place and on record, so that after a crash the import can be finished.

What the files contain is judged by ``staged_content``.

Everything here blocks: call it on a thread.
"""

from __future__ import annotations

import errno
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from photonic.service.files import claims, copied_claims, disk
from photonic.service.files.exif_reading import read_exif
from photonic.service.files.staged_content import StagedContent
from photonic.service.photo import naming
from photonic.service.photo.staged import CAPTURE_ID, Leftover, StagedFile, hash_in_staging, name_in_staging
from photonic.worker.link.parts import PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from photonic.model.exif import ExifFacts
    from photonic.service.base.unexpected import Unexpected
    from photonic.service.files.directories import Directories

INCOMPLETE = "incomplete"
"""The folder for incomplete photos, in the folder of the index."""


class StagingArea:
    """The staging area of one photo root; methods raise ``StorageError`` when the disk refuses.

    Args:
        root: the photo root, absolute.
        unexpected: counts incomplete photos.
        photo_mode: the permissions of a photo, from the time when it is complete.
        directories: creates directories in the root.

    ``content`` judges and flushes what the files contain.
    """

    def __init__(self, root: Path, unexpected: Unexpected, photo_mode: int, directories: Directories) -> None:
        self._root = root
        self._directories = directories
        self.content = StagedContent(root, unexpected, photo_mode)

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
                copied_claims.forget_others(self.path, found)
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
                disk.flush(directory)

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
            copied_claims.forget(file.path)
            with suppress(FileNotFoundError):
                # Without this, the file may be back after a power cut.
                disk.flush(file.path.parent)
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
                        copied_claims.forget(path)

    def clear_empty(self, capture_id: str) -> None:
        """Delete a capture's directory if no staged file is in it, with the notes about files that are gone."""
        directory = self._of(capture_id)
        with suppress(OSError):  # it is not empty, or was never made
            if not directory.is_symlink() and not _plain_files(directory):
                copied_claims.forget_others(directory, ())
            directory.rmdir()

    def _of(self, capture_id: str) -> Path:
        return self.path / capture_id


def _found(path: Path, name: str) -> StagedFile:
    return StagedFile(path, name, None, sha256=hash_in_staging(path.name))


def _plain_files(directory: Path) -> list[Path]:
    if directory.is_symlink() or not directory.is_dir():
        return []
    return sorted(
        path
        for path in directory.iterdir()
        if path.is_file() and not path.is_symlink() and not copied_claims.is_own(path)
    )
