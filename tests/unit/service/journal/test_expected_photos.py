"""Rows that another row replaces: the photo that a failed capture expects, and names that a user has freed."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from tests.support.gallery import still
from tests.support.surroundings import THIS_MACHINE

from photonic.model.status import CapturePhase
from photonic.service.journal.capture_rows import CaptureResult, CaptureStarted, CommitEffects
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.cards import CardJournal
from photonic.service.journal.trash import TrashJournal
from photonic.service.photo.staged import StoredFile

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

PHOTOS = PurePosixPath("photos")


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncGenerator[CaptureJournal]:
    journal = CaptureJournal(tmp_path / "journal", time=THIS_MACHINE.time)
    await journal.open()
    yield journal
    await journal.close()


def result(capture_id: str, *names: str) -> CaptureResult:
    stored = tuple(StoredFile(PHOTOS / name, 5, f"{capture_id} {name}", "image/jpeg") for name in names)
    return CaptureResult(still(capture_id).model_copy(update={"files": ()}), stored, PHOTOS)


async def files(journal: CaptureJournal, capture_id: str) -> list[str]:
    found = await journal.of_id(capture_id)
    assert found is not None
    return [str(file.path) for file in found.files]


async def test_a_photo_that_settles_a_capture_ends_its_expectation_and_no_other(journal: CaptureJournal) -> None:
    cards = CardJournal(journal)
    for capture_id in ("c1", "c2"):
        failed = still(capture_id).model_copy(update={"phase": CapturePhase.FAILED, "files": ()})
        await journal.intend(CaptureStarted(failed, PHOTOS, PHOTOS, "A"))
        await journal.end(CaptureResult(failed, (), PHOTOS), CommitEffects(expects_photo=True, serial="A"))
    assert [one.capture_id for one in await cards.expected("A")] == ["c1", "c2"]
    settled = still("c1").model_copy(update={"phase": CapturePhase.FAILED, "files": (), "warning": "its photo is here"})
    await journal.add(result("late", "x.jpg"), CommitEffects(serial="A", resolves=settled))
    assert [one.capture_id for one in await cards.expected("A")] == ["c2"]


async def test_a_name_that_a_user_has_freed_belongs_to_the_photo_that_has_it_now(journal: CaptureJournal) -> None:
    await journal.add(result("c1", "x.jpg", "x.cr2"))
    await journal.add(result("c2", "x.jpg"))
    assert await files(journal, "c1") == ["photos/x.cr2"]
    assert await files(journal, "c2") == ["photos/x.jpg"]


async def test_a_photo_is_restored_to_a_name_that_a_user_has_freed(journal: CaptureJournal) -> None:
    trash = TrashJournal(journal)
    await journal.add(result("c1", "x.jpg"))
    await trash.discard("c1", PHOTOS, [PurePosixPath(".photonic/trash/c1/x.jpg")], 0)
    await journal.add(result("c2", "x.jpg"))
    await trash.restore("c1", [PHOTOS / "x.jpg"])
    assert await files(journal, "c1") == ["photos/x.jpg"]
    assert await files(journal, "c2") == []
