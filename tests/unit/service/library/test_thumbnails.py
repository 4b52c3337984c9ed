from __future__ import annotations

import asyncio
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from tests.support.surroundings import THIS_MACHINE

from photonic.errors import CaptureError, FailureKind
from photonic.model.api import PhotoFile
from photonic.model.gallery import ThumbnailSize
from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.library import thumbnails
from photonic.service.library.thumbnails import THREADS, Thumbnails, tag

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

SMALL = ThumbnailSize.SMALL


def photo(number: int = 1) -> PhotoFile:
    return PhotoFile(id=f"c-{number}", path="x", size_bytes=1, sha256=f"{number:064x}", media_type="image/jpeg")


class Maker:
    """Creates thumbnails once ``release`` is set, and counts concurrent calls."""

    def __init__(self) -> None:
        self.made: list[int] = []
        self.at_once = 0
        self.most = 0
        self.release = threading.Event()
        self.release.set()
        self.lock = threading.Lock()
        self.fault: Exception | None = None

    def __call__(self, path: Path, media_type: str, longest: int) -> bytes:
        with self.lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        assert self.release.wait(20)
        with self.lock:
            self.at_once -= 1
            self.made.append(longest)
        if self.fault is not None:
            raise self.fault
        return bytes(100)


@contextmanager
def made_by(maker: Maker, folder: Path, kept_bytes: int = 10**6) -> Generator[Thumbnails]:
    found = Thumbnails(folder, clock=THIS_MACHINE.time.monotonic, kept_bytes=kept_bytes, make=maker)
    try:
        yield found
    finally:
        maker.release.set()
        found.close()


async def test_a_thumbnail_is_created_once_and_again_after_it_was_deleted(tmp_path: Path) -> None:
    maker = Maker()
    with made_by(maker, tmp_path / "t") as small:
        assert await small.get(photo(), tmp_path, SMALL) == bytes(100)
        assert await small.get(photo(), tmp_path, SMALL) == bytes(100)
        await small.get(photo(), tmp_path, ThumbnailSize.LARGE)
        assert maker.made == [320, 1600]
        for kept in (tmp_path / "t").glob("*/*"):
            kept.unlink()
        for folder in (tmp_path / "t").iterdir():
            folder.rmdir()
        (tmp_path / "t").rmdir()
        await small.get(photo(), tmp_path, SMALL)
        assert maker.made == [320, 1600, 320]
    with made_by(maker, tmp_path / "t") as small:
        await small.get(photo(), tmp_path, SMALL)
        assert maker.made == [320, 1600, 320]


async def test_concurrent_requests_share_one_thumbnail_and_a_disconnect_affects_no_other_client(tmp_path: Path) -> None:
    maker = Maker()
    maker.release.clear()
    with made_by(maker, tmp_path / "t") as small:
        asked = [asyncio.ensure_future(small.get(photo(), tmp_path, SMALL)) for _viewer in range(5)]
        await asyncio.sleep(0)
        asked[0].cancel()
        maker.release.set()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(answers[0], asyncio.CancelledError)
        assert answers[1:] == [bytes(100)] * 4
        assert maker.made == [320]


async def test_only_a_few_thumbnails_are_created_at_once_and_too_many_requests_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "WAITING_LIMIT", 8)
    maker = Maker()
    maker.release.clear()
    with made_by(maker, tmp_path / "t") as small:
        asked = [asyncio.ensure_future(small.get(photo(number), tmp_path, SMALL)) for number in range(8)]
        await asyncio.sleep(0)
        with pytest.raises(CaptureError, match="try again") as refused:
            await small.get(photo(9), tmp_path, SMALL)
        assert refused.value.kind is FailureKind.QUEUE_FULL
        maker.release.set()
        assert await asyncio.gather(*asked) == [bytes(100)] * 8
        assert maker.most <= THREADS
        await small.get(photo(9), tmp_path, SMALL)


async def test_the_cache_is_bounded_and_keeps_the_most_recently_used(tmp_path: Path) -> None:
    maker = Maker()
    with made_by(maker, tmp_path / "t", kept_bytes=1000) as small:
        for number in range(10):
            await small.get(photo(number), tmp_path, SMALL)
            (place,) = (tmp_path / "t").glob(f"*/{number:064x}-320.jpg")
            os.utime(place, (number, number))
        await small.get(photo(0), tmp_path, SMALL)
        await small.get(photo(10), tmp_path, SMALL)
        kept = {int(place.name[:64], 16) for place in (tmp_path / "t").glob("*/*")}
    assert len(kept) == 8
    assert {0, 10} <= kept


async def test_a_photo_that_is_missing_or_unreadable_is_reported_and_tried_again(tmp_path: Path) -> None:
    maker = Maker()
    with made_by(maker, tmp_path / "t") as small:
        maker.fault = FileNotFoundError()
        with pytest.raises(CaptureError, match="no longer on the disk") as gone:
            await small.get(photo(), tmp_path, SMALL)
        assert gone.value.kind is FailureKind.NOT_FOUND
        maker.fault = OSError(5, "Input/output error")
        with pytest.raises(CaptureError, match="from the disk: Input/output error"):
            await small.get(photo(), tmp_path, SMALL)
        maker.fault = None
        assert await small.get(photo(), tmp_path, SMALL)


@pytest.mark.parametrize(
    ("fault", "why"),
    [(CaptureError("broken", kind=FailureKind.PHOTO_UNREADABLE), "broken"), (KeyError("x"), "see the log")],
    ids=["refused", "unexpected"],
)
async def test_an_unreadable_photo_is_read_only_once_for_all_sizes_even_after_a_restart(
    tmp_path: Path, fault: Exception, why: str
) -> None:
    maker, unexpected = Maker(), Unexpected()
    maker.fault = fault
    for _run in range(2):
        small = Thumbnails(tmp_path / "t", clock=THIS_MACHINE.time.monotonic, make=maker, unexpected=unexpected)
        try:
            for size in (SMALL, ThumbnailSize.LARGE, SMALL):
                with pytest.raises(CaptureError, match=why) as refused:
                    await small.get(photo(), tmp_path, size)
                assert refused.value.kind is FailureKind.PHOTO_UNREADABLE
        finally:
            small.close()
    assert maker.made == [320]
    assert unexpected.refusals[Where.THUMBNAILS] + unexpected.failures[Where.THUMBNAILS] == 1
    with made_by(maker, tmp_path / "t") as small:
        await small.forget([photo().sha256])
        maker.fault = None
        assert await small.get(photo(), tmp_path, SMALL)


async def test_thumbnails_are_delivered_even_if_the_disk_refuses_them(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"a file, not a folder")
    with made_by(Maker(), tmp_path / "t") as small:
        assert await small.get(photo(), tmp_path, SMALL) == bytes(100)


async def test_the_cached_thumbnails_of_a_photo_can_be_deleted(tmp_path: Path) -> None:
    with made_by(Maker(), tmp_path / "t") as small:
        for size in ThumbnailSize:
            await small.get(photo(), tmp_path, size)
        await small.get(photo(2), tmp_path, SMALL)
        await small.forget([photo().sha256])
    assert [place.name[:64] for place in (tmp_path / "t").glob("*/*")] == [photo(2).sha256]


def test_tags_differ_between_photos_and_sizes() -> None:
    tags = {tag(photo(number), size) for number in (10**40, 2 * 10**40) for size in ThumbnailSize}
    assert len(tags) == 6


def damage(place: Path, kind: str) -> None:
    """What a loss of power may leave of a file that was not flushed."""
    whole = place.read_bytes()
    holes = whole[:10] + bytes([1] * 10) + whole[20:]
    place.write_bytes(
        {"empty": b"", "zeros": bytes(len(whole)), "torn": whole[: len(whole) // 2], "holes": holes}[kind]
    )


DAMAGES = ("empty", "zeros", "torn", "holes")


@pytest.mark.parametrize("kind", DAMAGES)
async def test_a_thumbnail_that_a_loss_of_power_has_damaged_is_made_anew(tmp_path: Path, kind: str) -> None:
    maker = Maker()
    with made_by(maker, tmp_path / "t") as small:
        await small.get(photo(), tmp_path, SMALL)
        (place,) = (tmp_path / "t").glob("*/*.jpg")
        damage(place, kind)
        for _time in range(2):
            assert await small.get(photo(), tmp_path, SMALL) == bytes(100)
    assert maker.made == [320, 320]


@pytest.mark.parametrize("kind", DAMAGES)
async def test_a_refusal_that_a_loss_of_power_has_damaged_is_no_refusal(tmp_path: Path, kind: str) -> None:
    maker = Maker()
    maker.fault = CaptureError("this photo cannot be read", kind=FailureKind.PHOTO_UNREADABLE)
    with made_by(maker, tmp_path / "t") as small, pytest.raises(CaptureError):
        await small.get(photo(), tmp_path, SMALL)
    (place,) = (tmp_path / "t").glob("*/*.txt")
    damage(place, kind)
    maker.fault = None
    with made_by(maker, tmp_path / "t") as small:
        assert await small.get(photo(), tmp_path, SMALL) == bytes(100)
