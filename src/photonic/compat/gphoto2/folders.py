"""The service's photos as gphoto2 shows a camera's files: in folders, with numbers."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.compat.gphoto2.results import ActionFailed, ResultCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from photonic.compat.gphoto2.camera_copy import CameraCopy


class Folders:
    """A tree of files.

    Args:
        copies: The files, the oldest first.
        recurse: Whether actions include the folders below.
        reverse: Whether files are taken in reverse order.
    """

    def __init__(self, copies: Iterable[CameraCopy], *, recurse: bool = True, reverse: bool = False) -> None:
        self._files: dict[str, list[CameraCopy]] = {"/": []}
        self._recurse = recurse
        self._reverse = reverse
        for copy in copies:
            for folder in PurePosixPath(copy.folder, "_").parents:
                self._files.setdefault(str(folder), [])
            self._files[copy.folder].append(copy)

    def files(self, folder: str) -> list[CameraCopy]:
        """The files in a folder itself; none in a folder that does not exist."""
        return self._files.get(plain_folder(folder), [])

    def below(self, folder: str) -> list[str]:
        """The names of the folders in a folder, in the order of their first files."""
        above = plain_folder(folder)
        return [PurePosixPath(path).name for path in self._files if path != "/" and _parent(path) == above]

    def walk(self, folder: str) -> Iterator[str]:
        """A folder and, with ``recurse``, all folders below it, each before those that it contains."""
        here = plain_folder(folder)
        yield here
        if self._recurse:
            names = self.below(here)
            for name in reversed(names) if self._reverse else names:
                yield from self.walk(f"{here.removesuffix('/')}/{name}")

    def every_file(self, folder: str) -> Iterator[CameraCopy]:
        """The files in a folder and, with ``recurse``, below it."""
        for here in self.walk(folder):
            yield from reversed(self.files(here)) if self._reverse else self.files(here)

    def numbered(self, folder: str, numbers: Iterable[int]) -> list[CameraCopy]:
        """The files with these numbers, counted from 1. Raises ``ActionFailed`` for a number beyond the last."""
        known = [copy for here in Folders.walk(self, folder) for copy in self.files(here)]
        wanted = list(numbers)
        for number in wanted:
            if number > len(known):
                raise ActionFailed(ResultCode.BAD_PARAMETERS, _beyond(number, len(known), folder, self._recurse))
        found = [known[number - 1] for number in wanted]
        return found[::-1] if self._reverse else found

    def named(self, folder: str, path: str) -> CameraCopy:
        """The file with this name or path below a folder. Raises ``ActionFailed`` if there is none."""
        whole = PurePosixPath(plain_folder(folder), path.lstrip("/"))
        for copy in self.files(str(whole.parent)):
            if copy.name == whole.name:
                return copy
        raise ActionFailed(ResultCode.FILE_NOT_FOUND)


def plain_folder(folder: str) -> str:
    """A folder with one slash before each name and none at its end."""
    return "/" + "/".join(name for name in folder.split("/") if name)


def _parent(path: str) -> str:
    return str(PurePosixPath(path).parent)


def _beyond(number: int, count: int, folder: str, recurse: bool) -> str:
    advice = "Please obtain a valid file number from a file listing first."
    if recurse:
        there = f"there are only {count} files available in '{folder}' or its subfolders"
    elif count == 0:
        return f"There are no files in folder '{folder}'."
    elif count == 1:
        return f"Bad file number. You specified {number}, but there is only 1 file available in '{folder}'."
    else:
        there = f"there are only {count} files available in '{folder}'"
    return f"Bad file number. You specified {number}, but {there}. {advice}"
