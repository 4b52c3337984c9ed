"""Films of the body's red button: no viewer and no capture waits for one, and none is cut off."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.support.stack import frame_after, stack
from tests.support.waiting import until_answer, until_true

from photonic import CameraClient, LiveView, ServiceError
from photonic.errors import FailureKind
from photonic.model.api import CaptureStatusAnswer
from photonic.simulator.film import film

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.stack import Stack

WITHIN_SECONDS = 60.0


def films(root: Path) -> list[Path]:
    return sorted(root.rglob("*.mov"))


def incomplete(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if "incomplete" in path.parts]


def parts(root: Path) -> list[Path]:
    return list((root / ".staging").glob("part-*"))


def now_us(whole: Stack) -> int:
    return whole.camera.control.journal()[-1]["at_us"]


def expected(megabytes: int) -> str:
    return hashlib.sha256(film(1, megabytes * 10**6, datetime.now(UTC)).render()).hexdigest()


def fetched(whole: Stack) -> list[str]:
    return [entry["name"] for entry in whole.camera.journal("fetched")]


@pytest.fixture
def fetch_films(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTONIC_FETCH_FILMS", "true")


async def test_a_film_stays_on_the_card_and_costs_nobody_anything(transport: str, tmp_path: Path) -> None:
    with stack(tmp_path / "photos", transport=transport) as whole:
        async with LiveView(whole.url, scale="full") as view, CameraClient(whole.url) as client:
            await frame_after(view, 0)
            pid = whole.camera_process_pid
            whole.camera.control.fault("slow_transfer", amount=2)
            whole.camera.control.fault("film", amount=1000)
            await frame_after(view, now_us(whole))
            assert (await client.capture("guest", 1)).success
            await frame_after(view, now_us(whole))
            assert whole.camera_process_pid == pid
            assert (await said(client)).films_on_card == 1
            assert "MVI_0001.MOV" not in fetched(whole)
        assert (films(tmp_path), incomplete(tmp_path)) == ([], [])


@pytest.mark.long
@pytest.mark.usefixtures("fetch_films")
async def test_a_film_that_is_asked_for_comes_in_pieces_and_a_capture_goes_first(
    transport: str, tmp_path: Path
) -> None:
    with stack(tmp_path / "photos", transport=transport) as whole:
        async with LiveView(whole.url, scale="full") as view, CameraClient(whole.url) as client:
            await frame_after(view, 0)
            pid = whole.camera_process_pid
            whole.camera.control.fault("slow_transfer", amount=10)
            whole.camera.control.fault("film", amount=80)
            seen = await downloading(client)
            assert seen.download is not None
            assert (seen.download.name, seen.download.size_bytes) == ("MVI_0001.MOV", 80_000_000)
            assert 0 < seen.download.done_bytes < seen.download.size_bytes
            assert (await client.capture("guest", 1)).success
            await frame_after(view, now_us(whole))
            assert fetched(whole) == ["IMG_0001.JPG"]
            whole.camera.control.clear("slow_transfer")
            await until_true(lambda: bool(films(tmp_path)), WITHIN_SECONDS)
            await frame_after(view, now_us(whole))
            await until_true(lambda: not list((tmp_path / "photos" / ".staging").glob("*.MOV")), WITHIN_SECONDS)
            assert (await said(client)).download is None
            assert whole.camera_process_pid == pid
            (found,) = [record async for record in client.gallery.every_still("body")]
            with pytest.raises(ServiceError) as refused:
                await client.gallery.thumbnail(found.files[0].id)
            assert refused.value.kind is FailureKind.NOT_SUPPORTED
        assert [(file.sha256, file.media_type) for file in found.files] == [(expected(80), "video/quicktime")]
        assert (incomplete(tmp_path), parts(tmp_path / "photos")) == ([], [])


@pytest.mark.long
@pytest.mark.usefixtures("fetch_films")
async def test_a_film_whose_transfer_breaks_off_goes_on_where_it_was(transport: str, tmp_path: Path) -> None:
    with stack(tmp_path / "photos", transport=transport) as whole:
        async with LiveView(whole.url, scale="full") as view, CameraClient(whole.url) as client:
            await frame_after(view, 0)
            whole.camera.control.fault("slow_transfer", amount=10)
            whole.camera.control.fault("film", amount=80)
            await downloading(client)
            whole.camera.control.unplug()
            await until_true(lambda: bool(parts(tmp_path / "photos")), WITHIN_SECONDS)
            (part,) = parts(tmp_path / "photos")
            arrived = part.stat().st_size
        whole.kill_service()
        whole.camera.control.clear()
        whole.camera.control.plug()
        before = whole.camera.control.journal()[-1]["n"]
        assert arrived > 0
        whole.start_service()
        await until_true(lambda: bool(films(tmp_path)), WITHIN_SECONDS)
        async with CameraClient(whole.url) as client:
            await until_true(lambda: not list((tmp_path / "photos" / ".staging").glob("*.MOV")), WITHIN_SECONDS)
            (found,) = [record async for record in client.gallery.every_still("body")]
        assert [file.sha256 for file in found.files] == [expected(80)]
        read = [entry for entry in whole.camera.control.journal(before) if entry["event"] == "part"]
        assert sum(entry["size_bytes"] for entry in read) < 80_000_000, "it did not go on where it was"
        assert incomplete(tmp_path) == []


async def downloading(client: CameraClient) -> CaptureStatusAnswer:
    """The first status that tells of a download."""
    return await until_answer(lambda: said(client), lambda status: status.download is not None, WITHIN_SECONDS)


async def said(client: CameraClient) -> CaptureStatusAnswer:
    status = await client.capture_status()
    assert isinstance(status, CaptureStatusAnswer)
    return status
