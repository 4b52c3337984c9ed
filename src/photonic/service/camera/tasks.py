"""The tasks of one camera: what runs for as long as the camera is controlled, each under a label of its own.

An unexpected failure is counted under the label of the task in which it happened, and restarts only this task
(``Unexpected.kept``). Each part runs on its own: none waits for the task of another one, only for its results.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from photonic.errors import StorageError
from photonic.service.base.unexpected import Where

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from photonic.service.camera.assembly import CameraParts


def tasks_of(parts: CameraParts) -> Mapping[Where, Callable[[], Coroutine[None, None, None]]]:
    """The tasks of a camera, by the label under which their failures are counted."""
    photos = parts.photos
    further: dict[Where, Callable[[], Coroutine[None, None, None]]] = {}
    if photos.card_cleanup is not None:
        further[Where.CARD_COPIES] = photos.card_cleanup.run
    if photos.second_copies is not None:
        further[Where.SECOND_COPIES] = photos.second_copies.run
    return {
        Where.CAMERA_PROCESS: parts.connection.run,
        Where.LIVE_VIEW: parts.live.run,
        Where.FRAMES: parts.hub.run,
        Where.CAPTURES: photos.captures.run,
        Where.SEQUENCES: photos.sequences.run,
        Where.UNASKED_PHOTOS: photos.photo_importer.run,
        Where.CARD: photos.card_importer.run,
        Where.DISK: photos.space.run,
        Where.TRASH: photos.trash.run,
        Where.DELIVERIES: photos.outbox.run,
        Where.INDEX: partial(_read_index, parts),
        Where.INDEX_UPKEEP: photos.upkeep.run,
        Where.UNCLEAN_STOP: photos.verified.unclean_stop.run,
        Where.VERIFICATION: photos.verified.verification.run,
        Where.REPAIR: photos.verified.repair.run,
        **further,
    }


async def _read_index(parts: CameraParts) -> None:
    """Read the index at the start, so that the first one who asks need not wait for it."""
    with suppress(StorageError):  # the index reports it to every caller
        await parts.photos.capture_index.open()
    parts.board.touch()
