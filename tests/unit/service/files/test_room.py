from __future__ import annotations

from datetime import UTC, datetime

from photonic.model.api import CaptureRecord, PhotoFile
from photonic.model.status import CapturePhase
from photonic.service.files.room import photos_left


def record(*sizes: int, phase: CapturePhase = CapturePhase.SAVED) -> CaptureRecord:
    files = (
        PhotoFile(id=str(number), path="x", size_bytes=size, sha256="a", media_type="image/jpeg")
        for number, size in enumerate(sizes)
    )
    return CaptureRecord(
        id="c",
        camera_id="booth",
        phase=phase,
        session_id="s",
        sequence_number=1,
        created_at=datetime.now(UTC),
        files=tuple(files),
    )


def test_a_photo_counts_with_all_its_files_above_the_reserve() -> None:
    assert photos_left(1000, 100, [record(20, 80), record(200)]) == 6
    assert photos_left(100, 100, [record(1)]) == 0
    assert photos_left(50, 100, [record(1)]) == 0


def test_without_a_photo_it_is_not_known() -> None:
    assert photos_left(1000, 0, []) is None
    assert photos_left(1000, 0, [record(phase=CapturePhase.FAILED), record(5, phase=CapturePhase.QUEUED)]) is None
