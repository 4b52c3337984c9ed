"""The files of deleted stills: moved to the trash folder below the photo root, and back.

Theory of operation. A move is done file by file, each with ``claims.move``: at every moment the complete file is in its
directory or in the trash, and a move that was cut off is finished by doing it again. Each still has a directory of its
own in the trash, so that a name there needs no number. The directory in the trash is flushed first, then the one that
the still was in; names that it still has there are withdrawn after that.

Everything here blocks: call it on a thread.
"""

from __future__ import annotations

import os
import shutil
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.errors import CaptureError, FailureKind
from photonic.service.files import claims, copied_claims, disk
from photonic.service.photo import naming
from photonic.service.photo.staged import StagedFile

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.trash import Discarded


class TrashFolder:
    """Moves the files. All methods block, and raise ``StorageError`` if the disk refuses."""

    def __init__(self, root: PhotoRoot) -> None:
        self._root = root

    def take(self, discarded: Discarded) -> list[PurePosixPath]:
        """Move the files to the trash. May be repeated; returns the names that they still have in their directory."""
        left: list[PurePosixPath] = []
        with self._root.translated():
            parent = self._root.path / discarded.parent
            self._root.directories.make(self._root.path / naming.TRASH / discarded.capture_id)
            for place in discarded.files:
                trashed, original = self._root.path / place, parent / place.name
                if trashed.is_file():
                    if parent.is_dir():
                        copied_claims.withdraw(trashed, parent)
                        left.extend(discarded.parent / link.name for link in claims.links(trashed, parent))
                elif original.is_file():
                    claims.move(original, trashed)
            disk.flush(self._root.path / naming.TRASH / discarded.capture_id)
            if parent.is_dir():
                disk.flush(parent)
        return left

    def withdraw(self, names: Sequence[PurePosixPath]) -> None:
        """Remove names below the root, of one directory."""
        with self._root.translated():
            for name in names:
                (self._root.path / name).unlink(missing_ok=True)
            if names:
                disk.flush(self._root.path / names[0].parent)

    def undo(self, discarded: Discarded) -> None:
        """Move back the files that ``take`` moved before it failed."""
        with self._root.translated():
            for place in discarded.files:
                trashed, original = self._root.path / place, self._root.path / discarded.parent / place.name
                if trashed.is_file() and not original.exists():
                    claims.move(trashed, original)
            parent = self._root.path / discarded.parent
            if parent.is_dir():
                disk.flush(parent)

    def give_back(self, discarded: Discarded) -> list[PurePosixPath]:
        """Give the files names in their original directory, in addition to those in the trash.

        Returns the new paths, below the root.

        Raises ``CaptureError`` (NOT_FOUND) if a file is missing from the trash.
        """
        directory = self._root.directory(discarded.parent)
        files = [StagedFile(self._root.path / place, place.name, None) for place in discarded.files]
        with self._root.translated():
            if any(not file.path.is_file() for file in files):
                raise CaptureError("the photo's files are no longer in the trash", kind=FailureKind.NOT_FOUND)
            places = claims.claim_all(files, directory, files[0].path.stem)
            disk.flush(directory)
        return [PurePosixPath(place.relative_to(self._root.path.resolve())) for place in places]

    def clear(self, capture_id: str, files: Sequence[PurePosixPath]) -> None:
        """Remove what is left of a still that is not in the trash, such as names that a power cut brought back.

        A file that is missing from its directory goes back there, and nothing is removed while one is missing.
        """
        with self._root.translated():
            for place in files:
                trashed, original = self._root.path / naming.TRASH / capture_id / place.name, self._root.path / place
                if trashed.is_file() and not original.exists():
                    claims.move(trashed, self._root.directory(place.parent) / place.name)
                    disk.flush(original.parent)
            if not all((self._root.path / place).exists() for place in files):
                return
        self.remove(capture_id)

    def remove(self, capture_id: str) -> None:
        """Delete the still's files in the trash."""
        shutil.rmtree(self._root.path / naming.TRASH / capture_id, ignore_errors=True)

    def holds(self) -> Generator[str]:
        """Yield the ids of the stills that have files in the trash."""
        place = self._root.path / naming.TRASH
        with self._root.translated():
            if place.is_dir():
                with os.scandir(place) as entries:
                    yield from (entry.name for entry in entries if entry.is_dir())
