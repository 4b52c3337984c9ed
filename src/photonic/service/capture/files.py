"""The staged files of one capture: which came, which of them are its photo, and what becomes of the others.

Theory of operation. One release can take several stills, and a still can have several files (RAW+JPEG). A photo can
also be late: one that an earlier release took arrives while this capture waits. The files are therefore grouped into
stills, in the order of their arrival, and the first one that is not late is this capture's. Those before it are
``earlier``, those after it ``others``, of the same release; both are left to the import.

What is staged is recorded before the first name in the folder is claimed: after a crash, it is of this release. Files
that a dead camera process did not report are collected from the staging directory, whose existence says that the
capture was executed; it is therefore made again until the end of the capture is on record.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from photonic.errors import CaptureError, FailureKind, StorageError
from photonic.service.photo.staged import by_still, found_identity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.service.capture.camera import WhosePhoto
    from photonic.service.capture.job import CaptureJob
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.captures import CaptureJournal
    from photonic.service.photo.staged import StagedFile, StoredFile
    from photonic.worker.link.messages import Captured

STORING_SECONDS = 30.0
"""How long the disk may take to store one still."""

log = logging.getLogger(__name__)


class CaptureFiles:
    """The files of one capture; see ``CaptureExecution`` for the arguments.

    ``staged`` are all that came, ``captured`` is what the camera process said after the last one. After ``store``,
    ``others`` holds the staged files of each still that the same shutter release took and that was not stored with the
    capture, and ``earlier`` those of each still that arrived before the capture's own, of earlier releases.
    """

    def __init__(
        self,
        job: CaptureJob,
        root: PhotoRoot,
        journal: CaptureJournal,
        is_of_another: WhosePhoto,
    ) -> None:
        self._job = job
        self._root = root
        self._journal = journal
        self._is_of_another = is_of_another
        self.staged: list[StagedFile] = []
        self.captured: Captured | None = None
        self.others: tuple[tuple[StagedFile, ...], ...] = ()
        self.earlier: tuple[tuple[StagedFile, ...], ...] = ()

    async def gather(self, *, in_ram: bool) -> None:
        """Collect complete files that a dead camera process staged but did not report; set incomplete ones aside.

        ``in_ram``: it took the photo into the camera's memory, so that nothing of it is on the card.
        """
        reported = {file.path for file in self.staged}
        try:
            for found in await asyncio.to_thread(self._root.staging.files, self._job.id):
                if found.path in reported:
                    continue
                if await asyncio.to_thread(self._root.staging.content.fault, found) is None:
                    known = found_identity(found)
                    identity = None if in_ram else known
                    self.staged.append(replace(found, size_bytes=known.size_bytes, identity=identity))
                    continue
                aside = await asyncio.to_thread(self._root.staging.set_aside, found)
                log.warning("%s of capture %s is incomplete and was set aside as %s", found.name, self._job.id, aside)
            # Until its end is on record, the directory says that it was executed.
            await asyncio.to_thread(self._root.staging.make, self._job.id)
        except (StorageError, OSError) as error:
            log.warning(
                "cannot examine the files of capture %s; they stay in staging until the next start: %s",
                self._job.id,
                error,
            )

    async def store(self) -> tuple[StoredFile, ...]:
        """Store this capture's still under its name; the others are in ``earlier`` and ``others`` then.

        Raises ``CaptureError`` if all stills are of earlier captures, or a file is incomplete; ``StorageError``.
        """
        stills = await asyncio.to_thread(by_still, self.staged, self._root.staging.exif)
        number = await self._own(stills)
        # After a crash, what is on record here is of this release.
        await self._journal.stage(self._job.id, [file for still in stills[number:] for file in still])
        stored = await asyncio.to_thread(self._root.bring_in, stills[number], self._job.place)
        self.earlier, self.others = tuple(map(tuple, stills[:number])), tuple(map(tuple, stills[number + 1 :]))
        return tuple(stored)

    async def _own(self, stills: Sequence[Sequence[StagedFile]]) -> int:
        """Return the number of this capture's still: the first that is not a late one of an earlier capture.

        The first ones are unless their times prove the contrary, as many as the camera process says
        (``Captured.owed``), or all from the camera's RAM if the process ended before it could say so. Raises
        ``CaptureError`` if all are of earlier captures, ``StorageError``.
        """
        if self._job.exposed_at is None:
            return 0
        unsaid = len(stills) if stills[0][0].from_ram else 0
        owed = unsaid if self.captured is None else self.captured.owed
        exposed_at = self._job.exposed_at.timestamp()
        for number, still in enumerate(stills):
            if not await self._is_of_another(still[0], exposed_at, unless_proven=number < owed):
                return number
        raise CaptureError(
            f"the photo that arrived, {stills[0][0].name}, is or may be the late one of an earlier capture, "
            "according to the camera's clock; try again",
            kind=FailureKind.TIMEOUT,
        )

    async def leave_to_import(self, *, check: bool) -> bool:
        """Make what could not be stored one of ``others``; returns whether anything is left.

        ``check``: leave out the files that are not complete.
        """
        files = self.staged
        if check:
            with suppress(TimeoutError, StorageError):
                async with asyncio.timeout(STORING_SECONDS):
                    files = [
                        one for one in files if await asyncio.to_thread(self._root.staging.content.fault, one) is None
                    ]
        # Without the Exif facts: the disk may hang.
        self.others = tuple(map(tuple, by_still(files, lambda _file: None)))
        return bool(files)

    @property
    def warning(self) -> str | None:
        """A warning about additional stills of the same release; ``None`` if there are none."""
        if not self.others:
            return None
        if any(file.from_ram for still in self.others for file in still):
            return (
                f"{len(self.others)} more photos arrived from the camera's memory in the meantime: they cannot be "
                "matched to a capture, so they are recorded as taken with the camera's own button"
            )
        return f"the camera took {len(self.others) + 1} photos with this release: the others follow in the same session"
