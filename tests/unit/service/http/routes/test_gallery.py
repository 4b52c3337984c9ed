from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.asking import asking
from tests.support.fake_controller import FakeController
from tests.support.gallery import NOON, still

from photonic.errors import CaptureError, FailureKind, StorageError
from photonic.model.reach import EVERYTHING

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.model.api import CaptureRecord

PAIR = still("c1", "guests", "a.jpg", "a.cr2")


@pytest.fixture
def controller(tmp_path: Path) -> FakeController:
    controller = FakeController()
    controller.gallery.root = tmp_path
    controller.gallery.add(PAIR)
    return controller


async def test_a_thumbnail_comes_with_a_tag_and_is_not_sent_twice(controller: FakeController) -> None:
    async with asking(controller) as client:
        answer = await client.get("/api/v1/photos/c1-2/thumbnail", params={"size": 640})
        again = await client.get(
            "/api/v1/photos/c1-2/thumbnail", params={"size": 640}, headers={"If-None-Match": answer.headers["etag"]}
        )
        other = await client.get("/api/v1/photos/c1-2/thumbnail", headers={"If-None-Match": answer.headers["etag"]})
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"small", "image/jpeg")
    assert "immutable" in answer.headers["cache-control"]
    assert (again.status_code, again.content, other.status_code) == (304, b"", 200)
    assert controller.gallery.asked == [("c1-2", 640), ("c1-2", 320)]


@pytest.mark.parametrize("size", ["0", "-1", "321", "99999", "x"])
async def test_only_some_sizes_exist(controller: FakeController, size: str) -> None:
    async with asking(controller) as client:
        answer = await client.get("/api/v1/photos/c1-1/thumbnail", params={"size": size})
    assert (answer.status_code, answer.json()["field"]) == (422, "size")
    assert controller.gallery.asked == []


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (CaptureError("broken", kind=FailureKind.PHOTO_UNREADABLE), 422),
        (CaptureError("a film", kind=FailureKind.NOT_SUPPORTED), 501),
        (CaptureError("gone", kind=FailureKind.NOT_FOUND), 404),
        (CaptureError("many", kind=FailureKind.QUEUE_FULL), 429),
    ],
)
async def test_a_photo_that_cannot_be_shown_is_a_problem(
    controller: FakeController, refusal: CaptureError, status: int
) -> None:
    controller.gallery.refusal = refusal
    async with asking(controller) as client:
        answer = await client.get("/api/v1/photos/c1-1/thumbnail")
    assert (answer.status_code, answer.json()["detail"]) == (status, refusal.reason)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_delete_list_restore(controller: FakeController) -> None:
    async with asking(FakeController("other"), controller) as client:
        deleted = await client.delete("/api/v1/photos/c1-2")
        listed = (await client.get("/api/v1/photos/deleted")).json()
        shown = await client.get("/api/v1/photos/c1-1/thumbnail")
        restored = await client.post("/api/v1/photos/c1-1/restore")
        left = (await client.get("/api/v1/photos/deleted")).json()
    assert (deleted.status_code, deleted.json()["deleted_at"]) == (200, NOON.isoformat().replace("+00:00", "Z"))
    assert ([one["id"] for one in listed["stills"]], listed["total"]) == (["c1"], 1)
    assert shown.status_code == 200
    assert (restored.status_code, restored.json()["deleted_at"]) == (200, None)
    assert left == {"stills": [], "total": 0, "next_cursor": None}


async def listed(controller: FakeController) -> list[CaptureRecord]:
    return [still.record for still in await controller.gallery.stills(EVERYTHING, None, None, 100)]


async def test_unknown_photos_and_cameras_are_not_found(controller: FakeController) -> None:
    async with asking(controller) as client:
        for method, path in (("DELETE", "x-1"), ("POST", "x-1/restore"), ("GET", "x-1/thumbnail")):
            assert (await client.request(method, f"/api/v1/photos/{path}")).status_code == 404
        assert (await client.delete("/api/v1/photos/c1-1", params={"camera": "other"})).status_code == 404
        assert (await client.get("/api/v1/photos/deleted", params={"cursor": "x"})).status_code == 422
    assert await listed(controller) == [PAIR]


async def test_a_disk_that_refuses_is_a_problem(controller: FakeController) -> None:
    controller.gallery.refusal = StorageError("the photo root cannot be written")
    async with asking(controller) as client:
        assert (await client.delete("/api/v1/photos/c1-1")).status_code == 507


async def test_another_sites_page_deletes_nothing(controller: FakeController) -> None:
    async with asking(controller) as client:
        answer = await client.delete("/api/v1/photos/c1-1", headers={"Origin": "http://evil.example"})
    assert (answer.status_code, await listed(controller)) == (403, [PAIR])
