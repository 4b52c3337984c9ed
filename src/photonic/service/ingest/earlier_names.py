"""Names that a staged file got in the photo root in an import that did not end.

An import gives the file its name first and records it then. If the record fails, or the service is killed in between,
the file has a name that no record mentions. The same photo may be imported from the card meanwhile, under another name.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.library.index import CaptureIndex
    from photonic.service.photo.staged import StagedFile


async def has_recorded_name(root: PhotoRoot, capture_index: CaptureIndex, file: StagedFile) -> bool:
    """Return whether a staged file is on record under one of its names; withdraw the others. Raises ``StorageError``.

    Must not be called for a file of a capture that has not ended.
    """
    names = await asyncio.to_thread(root.names_of, file)
    if not names:
        return False
    recorded = await capture_index.recorded(names)
    for name in names:
        if name not in recorded:
            await asyncio.to_thread(root.withdraw, name)
    return bool(recorded)
