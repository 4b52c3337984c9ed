"""Saves files of the camera where the user wants them."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.compat.gphoto2.file_pattern import preview_name
from photonic.compat.gphoto2.results import ActionFailed, ResultCode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from photonic.compat.gphoto2.camera_copy import CameraCopy
    from photonic.compat.gphoto2.console import Console
    from photonic.compat.gphoto2.file_pattern import FilePattern
    from photonic.compat.gphoto2.hook_script import HookScript
    from photonic.compat.gphoto2.run_options import RunOptions

NEW_FILE_MODE = 0o666


class FileSaver:
    """Saves files under their patterns' names, or writes them to standard output.

    Args:
        options: Say how.
        pattern: Makes the names.
        console: Where questions are asked, and files go with ``--stdout``.
        hook: Runs after each file.
    """

    def __init__(self, options: RunOptions, pattern: FilePattern, console: Console, hook: HookScript) -> None:
        self._options = options
        self._pattern = pattern
        self._console = console
        self._hook = hook

    async def save(self, copy: CameraCopy, content: AsyncIterator[bytes]) -> None:
        """Save a photo. Raises ``ActionFailed``, ``ServiceError``."""
        if self._options.stdout:
            await self._to_stdout(content, copy.photo.size_bytes)
            return
        name = self._pattern.name_for(copy.name, copy.folder, copy.modified)
        await self._to_file(name, content, copy.modified)

    async def save_preview(self, jpeg: bytes, name: str, folder: str = "/", modified: datetime | None = None) -> None:
        """Save a frame of live view, or the thumbnail of a photo. Raises ``ActionFailed``.

        Args:
            jpeg: The picture.
            name: The photo's name on the camera, or ``capture_preview``.
            folder: The photo's folder there.
            modified: When the photo was taken; ``None``: now.
        """
        content = _in_one(jpeg)
        if self._options.stdout:
            await self._to_stdout(content, len(jpeg))
            return
        made_at = modified or datetime.now().astimezone()
        named = self._pattern.name_for(name, folder, made_at)
        alone = self._options.pattern is None and modified is None
        await self._to_file(f"{named}.jpg" if alone else preview_name(named), content, made_at)

    async def _to_stdout(self, content: AsyncIterator[bytes], size_bytes: int) -> None:
        stream = self._console.stream
        if self._options.stdout_size:
            stream.write(f"{size_bytes}\n".encode())
        async for chunk in content:
            stream.write(chunk)
        stream.flush()

    async def _to_file(self, name: str, content: AsyncIterator[bytes], modified: datetime) -> None:
        path = self._chosen(Path(name))
        if path is None:
            return
        self._console.note(f"Saving file as {path}")
        try:
            await _write(path, content, modified.timestamp())
        except OSError as error:
            raise ActionFailed(ResultCode.UNSPECIFIED, f"cannot write {path}: {error.strerror or error}") from error
        await self._hook.run("download", str(path))

    def _chosen(self, path: Path) -> Path | None:
        """Where the file goes; ``None``: nowhere, because there is one already."""
        if self._options.skip_existing and path.is_file():
            self._console.note(f"Skip existing file {path}")
            return None
        while not (self._options.quiet or self._options.force_overwrite) and path.is_file():
            if self._console.confirmed(f"File {path} exists. Overwrite?", bell=True):
                return path
            if not self._console.confirmed("Specify new filename?"):
                return None
            path = Path(self._console.asked("Enter new filename: "))
        return path


async def _write(path: Path, content: AsyncIterator[bytes], modified: float) -> None:
    """Write a file next to its place first, so that an interrupted download leaves no half photo there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=".photonic-", dir=path.parent)
    with os.fdopen(number, "wb") as file, ExitStack() as unless_whole:
        unless_whole.callback(os.unlink, name)
        async for chunk in content:
            file.write(chunk)
        file.close()
        _put_in_place(Path(name), path, modified)
        unless_whole.pop_all()


def _put_in_place(partial: Path, path: Path, modified: float) -> None:
    mask = os.umask(0o022)
    os.umask(mask)
    partial.chmod(NEW_FILE_MODE & ~mask)
    os.utime(partial, (modified, modified))
    partial.replace(path)


async def _in_one(content: bytes) -> AsyncIterator[bytes]:
    yield content
