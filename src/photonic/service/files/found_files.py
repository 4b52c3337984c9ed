"""The photos that are in a photo root, folder by folder.

Only photos are listed, by the types that cameras write: notes, hidden files, links, and the folders of the service and
of other cameras are left alone. Everything here blocks: call it on a thread.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from photonic.service.photo import naming

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

UNKNOWN = naming.media_type(".bin")
FOLDER_FILES = 200
"""How many files are returned at a time."""


class FoundFiles:
    """Walks through one photo root.

    Args:
        root: its path, absolute.
        foreign: folders in it that are the photo roots of other cameras.
    """

    def __init__(self, root: Path, foreign: Sequence[str] = ()) -> None:
        self._skipped = {root / name for name in (*naming.RESERVED, *foreign)}
        self._root = root
        self._walk = self._pieces()

    def next(self) -> list[PurePosixPath] | None:
        """The next photos, below the root; ``None``: there are no more. A folder that cannot be read is skipped."""
        return next(self._walk, None)

    def _pieces(self) -> Iterator[list[PurePosixPath]]:
        folders = [self._root]
        while folders:
            with suppress(OSError), os.scandir(folders.pop()) as entries:
                found: list[PurePosixPath] = []
                for entry in entries:
                    path = Path(entry.path)
                    if entry.name[0] == "." or path in self._skipped:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(path)
                    elif entry.is_file(follow_symlinks=False) and _is_photo(path):
                        found.append(PurePosixPath(path.relative_to(self._root)))
                    if len(found) == FOLDER_FILES:
                        yield found
                        found = []
                yield found


def _is_photo(path: Path) -> bool:
    """Whether it is of a type that cameras write."""
    suffix = path.suffix.lower()
    return suffix in naming.JPEG_EXTENSIONS or naming.media_type(suffix) != UNKNOWN
