"""Gives a record to photos in the photo root that no record mentions, on request (``photonic reindex``).

It is the last resort, after index, copies and record are lost: a name and an Exif time do not say which capture a photo
was. So it never happens by itself, and never to a photo whose content is on record. The files stay as they are. Nobody
is notified of such a photo: its notifications were sent when it was taken, or are lost.
"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from photonic.model.api import CaptureMetadata, CaptureRecord
from photonic.model.status import CapturePhase
from photonic.service.files.exif_reading import read_exif
from photonic.service.journal.capture_rows import CaptureResult
from photonic.service.media import integrity
from photonic.service.photo import naming
from photonic.service.photo.staged import StoredFile, completed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import PurePosixPath

    from photonic.machine.timekeeping import Timekeeping
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.captures import CaptureJournal

KIND = "reconciled"
WARNING = "found in the photo folder without a record: its session and number are read from its name"
# As the default template writes it: session, number, unix seconds.
_NAME = re.compile(r"(?P<session>[A-Za-z0-9][A-Za-z0-9._-]{0,63})_(?P<number>\d{1,9})_\d{9,11}(?:_\d+)?")


class Adoption:
    """Records photos that are found. Methods raise ``StorageError``.

    Args:
        root: The photo root.
        journal: Records them.
        camera_id: The camera whose photos they are taken for.
        session: The session of photos whose name does not say one.
        time: The clocks.
        new_id: Makes the id of a record.
    """

    def __init__(
        self,
        root: PhotoRoot,
        journal: CaptureJournal,
        *,
        camera_id: Callable[[], str],
        session: str,
        time: Timekeeping,
        new_id: Callable[[], str],
    ) -> None:
        self._root = root
        self._journal = journal
        self._camera_id = camera_id
        self._session = session
        self._time = time
        self._new_id = new_id

    async def adopt(self, path: PurePosixPath, size_bytes: int, sha256: str) -> CaptureRecord | None:
        """Record a photo below the photo root; ``None``: it is not a complete photo.

        A photo beside another one of the same name (RAW and JPEG) gets a record of its own.
        """
        described = await asyncio.to_thread(self._described, path, size_bytes, sha256)
        if described is None:
            return None
        stored, taken_at = described
        session, number = self._session, 0
        if (found := _NAME.fullmatch(path.stem)) is not None:
            session, number = found["session"], int(found["number"])
        record = CaptureRecord(
            id=self._new_id(),
            camera_id=self._camera_id(),
            kind=KIND,
            phase=CapturePhase.SAVED,
            session_id=session,
            sequence_number=number,
            created_at=taken_at,
            metadata=CaptureMetadata(timestamp=taken_at),
            warning=WARNING,
        )
        await self._journal.adopt(CaptureResult(completed(record, [stored]), (stored,), path.parent))
        return record

    def _described(self, path: PurePosixPath, size_bytes: int, sha256: str) -> tuple[StoredFile, datetime] | None:
        place = self._root.path / path
        suffix = naming.extension(path.name)
        with self._root.translated(), place.open("rb") as content:
            if integrity.fault(content, size_bytes, suffix, None) is not None:
                return None
            modified = datetime.fromtimestamp(place.stat().st_mtime, UTC)
            facts = read_exif(place)
        taken_at = modified if facts is None or facts.taken_at is None else facts.taken_at
        if taken_at.tzinfo is None:
            taken_at = taken_at.replace(tzinfo=UTC)
        return StoredFile(path, size_bytes, sha256, naming.media_type(suffix), None, facts), taken_at
