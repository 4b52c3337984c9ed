"""One camera's stored photos without the service: the command takes the index itself, to check or to list them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from photonic.service.camera.verification_parts import assemble_verification
from photonic.service.files.photo_root import PhotoRoot
from photonic.service.files.second_root import SecondRoot
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.trash import TrashJournal
from photonic.service.library.gallery import Gallery
from photonic.service.library.index import CaptureIndex
from photonic.service.library.thumbnails import Thumbnails
from photonic.service.library.trash import Trash
from photonic.service.photo import naming

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from photonic.machine.timekeeping import Timekeeping
    from photonic.service.base.surroundings import Surroundings
    from photonic.service.camera.controller_settings import ControllerSettings
    from photonic.service.library.verification import Verification
    from photonic.service.photo.staged import Leftover


@asynccontextmanager
async def offline_verification(
    settings: ControllerSettings, surroundings: Surroundings
) -> AsyncGenerator[Verification]:
    """The checks of one camera; its index is open inside the block, and no service can open it.

    Raises ``StorageError``, also if a service has it open. What is only on the card cannot be repaired.
    """

    async def idle() -> None:
        """No capture runs without the service."""

    async def reread(_capture_id: str) -> None:
        """Nobody lists photos."""

    time = surroundings.time
    root = _root(settings)
    journal = _journal(root, time)
    second_root = None
    if settings.second_root is not None:
        second_root = SecondRoot(settings.second_root, settings.second_folder, root.path)
    parts = assemble_verification(
        settings,
        root,
        journal,
        second_root,
        camera_id=lambda: settings.name or "camera",
        fetch=None,
        idle=idle,
        open_index=journal.open,
        reread=reread,
        bytes_a_second=0.0,
        surroundings=surroundings,
        on_change=lambda: None,
    )
    await journal.open()
    try:
        yield parts.verification
    finally:
        await journal.close()


@asynccontextmanager
async def offline_gallery(settings: ControllerSettings, surroundings: Surroundings) -> AsyncGenerator[Gallery]:
    """The photos of one camera, for reading; its index is open inside the block, and no service can open it.

    Raises ``StorageError``, also if a service has it open.
    """

    async def nothing_is_left_over() -> list[Leftover]:
        """The next start of the service ends what is unfinished."""
        return []

    time = surroundings.time
    root = _root(settings)
    journal = _journal(root, time)
    index = CaptureIndex(journal, root, settings.image_path, recover=nothing_is_left_over, clock=time.monotonic)
    thumbnails = Thumbnails(root.path / naming.THUMBNAILS, clock=time.monotonic)
    trash = Trash(root, TrashJournal(journal), index, thumbnails, time=time, on_change=lambda: None)
    await journal.open()
    try:
        yield Gallery(index, thumbnails, trash)
    finally:
        thumbnails.close()
        await journal.close()


def _root(settings: ControllerSettings) -> PhotoRoot:
    return PhotoRoot(settings.photo_root, foreign=settings.foreign_folders, photo_mode=settings.photo_mode)


def _journal(root: PhotoRoot, time: Timekeeping) -> CaptureJournal:
    return CaptureJournal(root.path / naming.INDEX_FILE, time=time)
