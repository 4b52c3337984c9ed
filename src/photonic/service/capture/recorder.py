"""Records the start and the end of a capture, together with the effects of its end."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from photonic.errors import FailureKind, StorageError
from photonic.service.journal.capture_rows import CaptureStarted, CommitEffects

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import PurePosixPath

    from photonic.model.api import CaptureRecord
    from photonic.service.capture.camera import CaptureCamera
    from photonic.service.capture.job import CaptureJob
    from photonic.service.journal.capture_rows import CaptureResult
    from photonic.service.journal.captures import CaptureJournal
    from photonic.service.journal.cards import CardJournal
    from photonic.service.journal.sequences import FrameBegun
    from photonic.service.library.index import CaptureIndex

log = logging.getLogger(__name__)


class CaptureRecorder:
    """Writes the captures of one camera to the journal and the index.

    Args:
        journal: Records captures.
        capture_index: Captures that have ended.
        cards: Identifies the card in the camera.
        camera: Identifies the camera that takes the photo.
        delete_copies: Whether to delete the copies on the card once the photo is recorded.
    """

    def __init__(
        self,
        journal: CaptureJournal,
        capture_index: CaptureIndex,
        cards: CardJournal,
        camera: CaptureCamera,
        *,
        delete_copies: bool,
    ) -> None:
        self._journal = journal
        self._capture_index = capture_index
        self._cards = cards
        self._camera = camera
        self._delete_copies = delete_copies

    async def start(self, job: CaptureJob, frame: FrameBegun | None) -> None:
        """Record a capture before its shutter fires, with the sequence frame that it takes. Raises ``StorageError``."""
        job.serial = self._camera.serial
        started = CaptureStarted(job.record, job.directory, job.stem, job.serial, frame)
        job.ordinal = await self._journal.intend(started)

    async def end(
        self,
        job: CaptureJob,
        result: CaptureResult,
        kept: Sequence[str] = (),
        copies: Sequence[PurePosixPath | None] = (),
    ) -> CaptureRecord:
        """Record the end of a capture; return the record as clients see it.

        If the disk refuses the result, it stays in memory until it can be written, and the record carries a warning.
        ``kept`` names staged files of additional stills from the same release, which are stored afterwards. ``copies``:
        as in ``CommitEffects``.
        """
        record = result.record
        failed_as = FailureKind(record.error_type) if record.error_type is not None else None
        effects = CommitEffects(
            card_scan=self._cards.present,
            delete=self._delete_copies,
            expects_photo=failed_as is not None and job.may_have_fired(failed_as),
            exposed_at=None if job.exposed_at is None else job.exposed_at.timestamp(),
            serial=self._camera.serial,
            kept=tuple(kept),
            copies=tuple(copies),
        )
        effects = self._journal.dated(effects)
        try:
            return await self._capture_index.end(result, effects)
        except StorageError as error:
            log.error("capture %s ended (%s), but this could not be recorded: %s", record.id, record.phase, error)  # noqa: TRY400
            return self._capture_index.remember(with_warning(result, error.reason), effects)


def with_warning(result: CaptureResult, warning: str | None) -> CaptureResult:
    """Return the result with one more warning; ``None`` adds nothing."""
    joined = "; ".join(filter(None, (result.record.warning, warning))) or None
    return replace(result, record=result.record.model_copy(update={"warning": joined}))
