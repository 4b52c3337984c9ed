from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.support.asking import asking
from tests.support.fake_controller import FakeController
from tests.support.gallery import NOON, still

from photonic.model.api import PhotoFile

if TYPE_CHECKING:
    from pathlib import Path

DATA = b"\xff\xd80123456789\xff\xd9"


@pytest.fixture
def controller(tmp_path: Path) -> FakeController:
    path = tmp_path / "a_1_1.jpg"
    path.write_bytes(DATA)
    file = PhotoFile(id="p-1", path=str(path), size_bytes=len(DATA), sha256="cafe", media_type="image/jpeg")
    controller = FakeController()
    controller.files["p-1"] = (file, path)
    return controller


async def test_a_photo_is_served_with_its_hash_as_tag(controller: FakeController) -> None:
    async with asking(controller) as client:
        answer = await client.get("/api/v1/photos/p-1")
    assert (answer.content, answer.headers["etag"]) == (DATA, '"cafe"')
    assert answer.headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("tags", ['"cafe"', 'W/"cafe"', '"x", "cafe"', "*"])
async def test_a_known_photo_is_not_sent_again(controller: FakeController, tags: str) -> None:
    async with asking(controller) as client:
        answer = await client.get("/api/v1/photos/p-1", headers={"If-None-Match": tags})
    assert (answer.status_code, answer.content) == (304, b"")


async def test_ranges(controller: FakeController) -> None:
    async with asking(controller) as client:
        part = await client.get("/api/v1/photos/p-1", headers={"Range": "bytes=2-4"})
        beyond = await client.get("/api/v1/photos/p-1", headers={"Range": "bytes=99-"})
        changed = await client.get("/api/v1/photos/p-1", headers={"Range": "bytes=2-4", "If-Range": '"other"'})
    assert (part.status_code, part.content) == (206, b"012")
    assert part.headers["content-range"] == f"bytes 2-4/{len(DATA)}"
    assert beyond.status_code == 416
    assert (changed.status_code, changed.content) == (200, DATA)


async def test_photos_of_all_cameras_are_listed_newest_first(controller: FakeController) -> None:
    second = FakeController("second")
    controller.gallery.add(still("a", "s", "a.jpg", "a.cr2"), still("c", at=NOON + timedelta(seconds=2)))
    second.gallery.add(still("b", at=NOON + timedelta(seconds=1)))
    async with asking(controller, second) as client:
        every = await client.get("/api/v1/photos")
        first = await client.get("/api/v1/photos", params={"limit": 3})
        one = await client.get("/api/v1/photos", params={"camera": "booth"})
    assert [photo["id"] for photo in every.json()["photos"]] == ["c-1", "b-1", "a-2", "a-1"]
    assert [photo["id"] for photo in first.json()["photos"]] == ["c-1", "b-1", "a-2"]
    assert [photo["id"] for photo in one.json()["photos"]] == ["c-1", "a-2", "a-1"]


@pytest.mark.parametrize("photo_id", ["p-2", "..%2F..%2Fetc%2Fpasswd", "%2e%2e"])
async def test_unknown_photos_are_not_found(controller: FakeController, photo_id: str) -> None:
    async with asking(controller) as client:
        assert (await client.get(f"/api/v1/photos/{photo_id}")).status_code in {404, 405}


async def test_a_photo_removed_by_hand_is_no_longer_on_the_disk(controller: FakeController) -> None:
    controller.files["p-1"][1].unlink()
    async with asking(controller) as client:
        answer = await client.get("/api/v1/photos/p-1")
    assert (answer.status_code, "no longer" in answer.json()["detail"]) == (404, True)
