"""Idempotency keys: a client that repeats a request with the same key gets the same capture, not a second photo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.errors import BadInput, StorageError
from photonic.service.capture.job import CaptureJob

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import PurePosixPath

    from photonic.model.api import CaptureRequest
    from photonic.model.requester import Requester
    from photonic.service.library.index import CaptureIndex

KEY_LIMIT = 255


async def known(
    key: str | None, requester: Requester, running: Sequence[CaptureJob], capture_index: CaptureIndex
) -> CaptureJob | None:
    """Return the capture that this requester repeats, running or ended; ``None`` for a new one.

    Raises ``StorageError``.
    """
    if key is None:
        return None
    for owner in requester.key_owners:
        for job in running:
            if (job.record.idempotency_key, job.record.owner) == (key, owner):
                return job
        if (found := await capture_index.of_key(key, owner)) is not None:
            return CaptureJob.already_ended(*found)
    return None


async def is_known(key: str, requester: Requester, running: Sequence[CaptureJob], capture_index: CaptureIndex) -> bool:
    """Return whether this requester has requested a capture with this key before; ``False`` also if it is unknown."""
    try:
        await capture_index.open()
        return await known(key, requester, running, capture_index) is not None
    except StorageError:
        return False


def same(job: CaptureJob, request: CaptureRequest, directory: PurePosixPath) -> CaptureJob:
    """Return ``job`` if ``request`` repeats the request that created it. Raises ``BadInput`` otherwise."""
    record = job.record
    if (record.session_id, record.sequence_number) != (request.session_id, request.sequence_number):
        raise BadInput(
            f"this Idempotency-Key was used for photo {record.sequence_number} of session {record.session_id}: "
            "use a new key for another photo",
            field="Idempotency-Key",
        )
    if record.bulb_seconds != request.bulb_seconds:
        raise BadInput(
            "this Idempotency-Key was used for a photo with a different exposure: use a new key for another photo",
            field="Idempotency-Key",
        )
    if job.directory != directory:
        raise BadInput(
            f"this Idempotency-Key was used for a photo in {job.directory}: use a new key for another directory",
            field="Idempotency-Key",
        )
    return job


def check_key(idempotency_key: str | None) -> None:
    """Raises ``BadInput`` if the key is empty, too long or not printable."""
    if idempotency_key is not None and not (1 <= len(idempotency_key) <= KEY_LIMIT and idempotency_key.isprintable()):
        raise BadInput(f"Idempotency-Key must have 1 to {KEY_LIMIT} printable characters", field="Idempotency-Key")
