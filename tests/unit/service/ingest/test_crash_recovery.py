"""Crash recovery: which of the captures that a start finds unfinished may have been exposed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from tests.support.surroundings import THIS_MACHINE

from photonic.model.api import CaptureRecord
from photonic.model.status import CapturePhase
from photonic.service.files.photo_root import PhotoRoot
from photonic.service.ingest.crash_recovery import EXPECTED, STOPPED, CrashRecovery
from photonic.service.journal.capture_rows import CaptureStarted
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.cards import CardJournal

if TYPE_CHECKING:
    from pathlib import Path

PHOTOS = PurePosixPath("photos")


def queued(capture_id: str) -> CaptureRecord:
    return CaptureRecord(
        id=capture_id,
        camera_id="0123",
        phase=CapturePhase.QUEUED,
        session_id="guest",
        sequence_number=1,
        created_at=datetime.now(UTC),
    )


@pytest.mark.parametrize(
    ("serials", "exposed"),
    [
        ((None, "A"), ["c1"]),
        (("A", None), ["c1"]),
        ((None, None, "A", "B"), ["c1"]),
        (("A", "A", "B"), ["c1", "c3"]),
    ],
    ids=["before it was opened", "unknown again", "several", "two cameras"],
)
async def test_a_capture_of_an_unknown_camera_may_be_of_any_camera(
    tmp_path: Path, serials: tuple[str | None, ...], exposed: list[str]
) -> None:
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    journal = CaptureJournal(tmp_path / "journal", time=THIS_MACHINE.time)
    await journal.open()
    for number, serial in enumerate(serials, 1):
        stem = PurePosixPath("guest", f"c{number}")
        await journal.intend(CaptureStarted(queued(f"c{number}"), PHOTOS, stem, serial))
    await CrashRecovery(journal, root, delete_copies=False, time=THIS_MACHINE.time).recover()
    cards = CardJournal(journal)
    expected = {one.capture_id for serial in ("A", "B") for one in await cards.expected(serial)}
    results = [await journal.of_id(f"c{number}") for number in range(1, len(serials) + 1)]
    await journal.close()
    assert sorted(expected) == exposed
    assert [result and result.record.error for result in results] == [
        EXPECTED if f"c{number}" in exposed else STOPPED for number in range(1, len(serials) + 1)
    ]
