"""Sets aside staged files that are not complete photos, and has the camera's copies fetched again."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING

from photonic.service.ingest.card_plan import object_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.photo.staged import StagedFile
    from photonic.worker.link.card_messages import CardObject

FETCHES = 3
"""How often one photo is fetched again: a disk that damages all that it stores is not filled with damaged files."""

log = logging.getLogger(__name__)


class DamagedFiles:
    """Handles the damaged files of one photo root; ``fetch_again`` is called with the camera's copy of each."""

    def __init__(self, root: PhotoRoot, fetch_again: Callable[[CardObject], object]) -> None:
        self._root = root
        self._fetch_again = fetch_again
        self._fetched: Counter[CardObject] = Counter()

    async def set_aside(self, file: StagedFile, why: str) -> None:
        """Move a file out of the staging area; ``why`` it is damaged, for people. Raises ``StorageError``."""
        # A file that the camera itself sent damaged would come the same way again.
        differs = await asyncio.to_thread(self._root.staging.content.differs, file)
        aside = await asyncio.to_thread(self._root.staging.set_aside, file)
        log.warning("%s is not a complete photo (%s) and was set aside as %s", file.name, why, aside)
        wanted = None if file.identity is None else object_of(file.identity)
        if differs and wanted is not None and self._fetched[wanted] < FETCHES:
            self._fetched[wanted] += 1
            self._fetch_again(wanted)
