"""What happens with a new photo: it is announced, downloaded, and kept on the camera or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.compat.gphoto2.results import ActionFailed, failed
from photonic.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.client.camera import CameraClient
    from photonic.compat.gphoto2.camera_copy import CameraCopy, NewNames
    from photonic.compat.gphoto2.console import Console
    from photonic.compat.gphoto2.run_options import RunOptions
    from photonic.compat.gphoto2.saving import FileSaver
    from photonic.model.api import CaptureRecord, PhotoFile

NewFile = tuple["CaptureRecord", "PhotoFile"]


class NewPhotos:
    """Handles new photos of one camera.

    The copy in the camera's memory, from which gphoto2 downloads, is gone once the service has the photo: without
    ``--keep`` and ``--no-keep``, only this copy counts as deleted. ``--no-keep`` moves the photo to the trash.

    Args:
        camera: Its client.
        options: Say what is kept.
        names: Name the photos.
        saver: Saves them.
        console: Where they are announced.
    """

    def __init__(
        self, camera: CameraClient, options: RunOptions, names: NewNames, saver: FileSaver, console: Console
    ) -> None:
        self._camera = camera
        self._options = options
        self._names = names
        self._saver = saver
        self._console = console

    def named(self, file: NewFile) -> CameraCopy:
        """Give a new file its name on the camera."""
        return self._names.named(*file)

    async def announce(self, files: Sequence[NewFile], *, download: bool) -> bool:
        """Say where each file is; download it. Returns whether all could be saved: why not is printed."""
        saved: list[CameraCopy] = []
        for file in files:
            copy = self.named(file)
            self._console.location(copy.path)
            if not download:
                continue
            if self._options.keep_raw and copy.raw:
                self._console.note(f"Keeping file {copy.path} on the camera")
                continue
            if not await self.save(copy):
                return False
            kept = self._options.keep or (self._options.keep is None and self._names.lasting)
            self._console.note(f"{'Keeping' if kept else 'Deleting'} file {copy.path} on the camera")
            saved.append(copy)
        return await self.discard(saved, of=len(files))

    async def save(self, copy: CameraCopy) -> bool:
        """Download a file. Returns whether it could be saved: why not is printed."""
        try:
            await self._saver.save(copy, self._camera.photo(copy.photo.id))
        except (ActionFailed, ServiceError) as error:
            problem = failed(error) if isinstance(error, ServiceError) else error
            self._console.reason(problem.reason)
            self._console.failure("Could not get image.")
            return False
        return True

    async def discard(self, copies: Sequence[CameraCopy], *, of: int) -> bool:
        """With ``--no-keep``, move downloaded files of one photo to the trash; whether that went well.

        A photo is deleted as a whole: it stays if it has more files than were downloaded, such as a RAW file that
        ``--keep-raw`` left there.

        Args:
            copies: The files that were downloaded.
            of: How many files there are.
        """
        if self._options.keep is not False or not copies or len(copies) < of:
            return True
        try:
            await self._camera.gallery.delete(copies[0].photo.id)
        except ServiceError as error:
            self._console.reason(error.reason)
            self._console.failure("Could not delete image.")
            return False
        return True
