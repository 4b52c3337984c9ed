"""Lists, downloads and deletes the service's photos as files of the camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.compat.gphoto2.camera_copy import in_gallery
from photonic.compat.gphoto2.file_numbers import file_numbers, is_file_number
from photonic.compat.gphoto2.folders import Folders
from photonic.model.gallery import ThumbnailSize

if TYPE_CHECKING:
    from photonic.client.camera import CameraClient
    from photonic.compat.gphoto2.camera_copy import CameraCopy
    from photonic.compat.gphoto2.console import Console
    from photonic.compat.gphoto2.run_options import RunOptions
    from photonic.compat.gphoto2.saving import FileSaver

PAGE = 200
KILOBYTE = 1024


class FileActions:
    """The actions on files. Each raises ``ActionFailed`` and ``ServiceError``.

    Args:
        camera: The client.
        options: Folder, recursion, order and form of the lists.
        saver: Saves files.
        console: Where lists are printed.
    """

    def __init__(self, camera: CameraClient, options: RunOptions, saver: FileSaver, console: Console) -> None:
        self._camera = camera
        self._options = options
        self._saver = saver
        self._console = console

    async def list_folders(self) -> None:
        """Print the folders in the folder, and in those below it."""
        folders = await self._folders()
        for here in folders.walk(self._options.folder):
            names = folders.below(here)
            count = len(names)
            self._console.note(f"There {'is' if count == 1 else 'are'} {_count(count, 'folder')} in folder '{here}'.")
            for name in names:
                self._console.line(f"{here.removesuffix('/')}/{name}" if self._options.quiet else f" - {name}")

    async def list_files(self) -> None:
        """Print the files in the folder, and in those below it."""
        folders = await self._folders()
        number = 0
        for here in folders.walk(self._options.folder):
            copies = folders.files(here)
            if copies:
                verb = "is" if len(copies) == 1 else "are"
                self._console.note(f"There {verb} {_count(len(copies), 'file')} in folder '{here}'.")
            else:
                self._console.note(f"There is no file in folder '{here}'.")
            for copy in copies:
                number += 1
                self._console.line(self._row(copy, number))

    async def print_count(self) -> None:
        """Print the number of files in the folder itself."""
        count = len((await self._folders()).files(self._options.folder))
        there = f"Number of files in folder '{self._options.folder}': {count}"
        self._console.line(str(count) if self._options.quiet else there)

    async def get_files(self, argument: str) -> None:
        """Download a file by name or path, or files by their numbers."""
        for copy in await self._chosen(argument):
            await self._saver.save(copy, self._camera.photo(copy.photo.id))

    async def get_all_files(self) -> None:
        """Download every file in the folder and below it."""
        for copy in (await self._folders()).every_file(self._options.folder):
            await self._saver.save(copy, self._camera.photo(copy.photo.id))

    async def get_thumbnails(self, argument: str) -> None:
        """Download the thumbnails of files."""
        for copy in await self._chosen(argument):
            await self._save_thumbnail(copy)

    async def get_all_thumbnails(self) -> None:
        """Download the thumbnail of every file in the folder and below it."""
        for copy in (await self._folders()).every_file(self._options.folder):
            await self._save_thumbnail(copy)

    async def delete_files(self, argument: str) -> None:
        """Move photos to the service's trash, with all files of each."""
        folders = await self._folders()
        if "." in argument:
            copies = [folders.named(self._options.folder, argument)]
        else:
            copies = folders.numbered(self._options.folder, file_numbers(argument))
        # One photo may have several of the files; it is deleted once.
        for photo_id in {copy.photo.id.rpartition("-")[0]: copy.photo.id for copy in copies}.values():
            await self._camera.gallery.delete(photo_id)

    async def _chosen(self, argument: str) -> list[CameraCopy]:
        folders = await self._folders()
        if is_file_number(argument):
            return folders.numbered(self._options.folder, file_numbers(argument))
        return [folders.named(self._options.folder, argument)]

    async def _save_thumbnail(self, copy: CameraCopy) -> None:
        jpeg = await self._camera.gallery.thumbnail(copy.photo.id, ThumbnailSize.SMALL)
        await self._saver.save_preview(jpeg, copy.name, copy.folder, copy.modified)

    async def _folders(self) -> Folders:
        """All photos of the camera, the oldest first."""
        copies: list[CameraCopy] = []
        cursor: str | None = None
        while True:
            page = await self._camera.captures(cursor=cursor, limit=PAGE)
            copies += [in_gallery(record, photo) for record in page.captures for photo in reversed(record.files)]
            if (cursor := page.next_cursor) is None:
                break
        copies.reverse()
        return Folders(copies, recurse=self._options.recurse, reverse=self._options.reverse)

    def _row(self, copy: CameraCopy, number: int) -> str:
        photo, seconds = copy.photo, int(copy.modified.timestamp())
        if self._options.parsable:
            facts = f"FILESIZE={photo.size_bytes} FILETYPE={photo.media_type} FILEMTIME={seconds}"
            return f"FILENAME='{copy.path}' PERMS=rd {facts}"
        if self._options.quiet:
            return copy.path
        kilobytes = -(-photo.size_bytes // KILOBYTE)
        return f"#{number:<5d} {copy.name:<27s}rd {kilobytes:5d} KB {photo.media_type} {seconds}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
