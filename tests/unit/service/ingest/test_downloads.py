"""A download in parts: captures take precedence over each part, the progress is accurate, and it ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.support.surroundings import timekeeping

from photonic.errors import CameraError, StorageError
from photonic.service.files.photo_root import PhotoRoot
from photonic.service.ingest import downloads
from photonic.service.ingest.downloads import Downloads
from photonic.worker.link.card_messages import CardObject, ObjectsFetched, PartFetched

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from photonic.model.status import DownloadStatus

FILM = CardObject(folder="/DCIM", name="MVI_1.MOV", size_bytes=1000, taken_at=1)


class Idle:
    """Stands in for the captures, of which none or one is in execution."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self.event.set()

    async def idle(self) -> None:
        await self.event.wait()


class DownloadHarness:
    """A camera that delivers ``step`` bytes per request."""

    def __init__(self, place: Path, *, min_free_bytes: int = 0) -> None:
        self.captures = Idle()
        self.now = 0.0
        self.step = 300
        self.done = 0
        self.goes = 0
        self.changes = 0
        self.states: list[float] = []
        self.asked = asyncio.Event()
        self.downloads = Downloads(
            self,  # pyright: ignore[reportArgumentType] - only fetch is called
            PhotoRoot(place, min_free_bytes=min_free_bytes),
            self.captures,  # pyright: ignore[reportArgumentType]
            staging=place / ".staging",
            time=timekeeping(monotonic=lambda: self.now),
            on_change=self._changed,
        )

    async def fetch(self, objects: Sequence[CardObject], staging: Path) -> ObjectsFetched:
        assert objects == [FILM]
        assert self.captures.event.is_set(), "a capture takes precedence"
        self.goes += 1
        self.now += 2.0
        self.done += self.step
        self.asked.set()
        part = PartFetched(object=FILM, done_bytes=self.done)
        return ObjectsFetched(unfinished=(part,) if self.done < 1000 else ())

    def _changed(self) -> None:
        self.changes += 1


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "PAUSE_SECONDS", 0.0)


async def test_a_download_ends_when_it_is_complete_and_reports_its_progress(tmp_path: Path) -> None:
    harness = DownloadHarness(tmp_path)
    seen: list[DownloadStatus | None] = []

    def going_on() -> bool:
        seen.append(harness.downloads.status)
        return True

    assert await harness.downloads.fetch(FILM, going_on)
    assert [None if one is None else (one.done_bytes, one.remaining_seconds) for one in seen] == [
        None,
        (300, None),
        (600, round(400 * 2 / 300, 1)),
        (900, round(100 * 4 / 600, 1)),
    ]
    assert (harness.downloads.status, harness.goes, harness.changes) == (None, 4, 2)


async def test_a_capture_goes_first(tmp_path: Path) -> None:
    harness = DownloadHarness(tmp_path)
    task = asyncio.ensure_future(harness.downloads.fetch(FILM, lambda: True))
    await harness.asked.wait()
    harness.captures.event.clear()
    for _turn in range(20):
        await asyncio.sleep(0)
    goes = harness.goes
    for _turn in range(20):
        await asyncio.sleep(0)
    assert harness.goes == goes < 4
    harness.captures.event.set()
    assert await task


async def test_another_camera_ends_it_and_no_download_is_reported(tmp_path: Path) -> None:
    harness = DownloadHarness(tmp_path)
    assert not await harness.downloads.fetch(FILM, lambda: harness.goes < 2)
    assert (harness.goes, harness.downloads.status) == (2, None)


async def test_a_download_without_progress_ends(tmp_path: Path) -> None:
    harness = DownloadHarness(tmp_path)

    def stuck() -> bool:
        if harness.goes:
            harness.step = 0
        return True

    with pytest.raises(CameraError, match="makes no progress"):
        await harness.downloads.fetch(FILM, stuck)
    assert harness.downloads.status is None


async def test_nothing_is_fetched_for_which_the_disk_has_no_space(tmp_path: Path) -> None:
    harness = DownloadHarness(tmp_path, min_free_bytes=2**60)
    with pytest.raises(StorageError, match=r"but a file of \d+ MB needs \d+ MB"):
        await harness.downloads.fetch(FILM, lambda: True)
    assert harness.goes == 0
