from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from tests.support.asking import asking
from tests.support.fake_controller import FakeController
from tests.support.gallery import NOON, still

if TYPE_CHECKING:
    from pathlib import Path

ODD = '<img src=x onerror="alert(1)">\r\nX-Evil: 1; é'


@pytest.fixture
def controller(tmp_path: Path) -> FakeController:
    controller = FakeController()
    controller.gallery.root = tmp_path
    (tmp_path / "photos").mkdir()
    for name in ("a.jpg", "a.cr2", "b.jpg", "odd.jpg"):
        (tmp_path / "photos" / name).write_bytes(name.encode() * 100)
    controller.gallery.add(
        still("c1", "guests", "a.jpg", "a.cr2"),
        still("c2", "guests", "b.jpg", at=NOON + timedelta(seconds=1)),
        still("c3", ODD, "odd.jpg", at=NOON - timedelta(days=1)),
    )
    return controller


async def test_sessions_of_all_cameras_are_one_list(controller: FakeController) -> None:
    second = FakeController("second")
    second.gallery.add(still("d1", "guests", at=NOON + timedelta(seconds=9)))
    async with asking(controller, second) as client:
        every = (await client.get("/api/v1/sessions")).json()
        one = (await client.get("/api/v1/sessions", params={"camera": "second"})).json()
        first = (await client.get("/api/v1/sessions", params={"limit": 1})).json()
        rest = (await client.get("/api/v1/sessions", params={"cursor": first["next_cursor"]})).json()
    assert [(found["session_id"], found["photo_count"], found["cover"]) for found in every["sessions"]] == [
        ("guests", 3, "d1-1"),
        (ODD, 1, "c3-1"),
    ]
    assert one["sessions"][0]["photo_count"] == 1
    assert [first["sessions"][0], rest["sessions"][0]] == every["sessions"]


async def test_stills_of_a_session_come_in_pages(controller: FakeController) -> None:
    async with asking(controller) as client:
        first = (await client.get("/api/v1/sessions/guests/photos", params={"limit": 1})).json()
        rest = (await client.get("/api/v1/sessions/guests/photos", params={"cursor": first["next_cursor"]})).json()
        none = (await client.get("/api/v1/sessions/nobody/photos")).json()
        wrong = await client.get("/api/v1/sessions/guests/photos", params={"limit": 0})
    assert ([one["id"] for one in first["stills"]], first["total"]) == (["c2"], 2)
    assert [len(one["files"]) for one in rest["stills"]] == [2]
    assert (rest["next_cursor"], none["stills"], wrong.status_code) == (None, [], 422)


async def test_a_session_as_zip_holds_raw_and_jpeg(controller: FakeController) -> None:
    async with asking(controller) as client:
        answer = await client.get("/api/v1/sessions/guests/photos.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == ("attachment; filename=\"guests.zip\"; filename*=UTF-8''guests.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert sorted(archive.namelist()) == ["guests/a.cr2", "guests/a.jpg", "guests/b.jpg", "guests/sha256.txt"]
        assert archive.read("guests/b.jpg") == b"b.jpg" * 100


async def test_an_odd_session_name_cannot_inject_a_header(controller: FakeController) -> None:
    async with asking(controller) as client:
        answer = await client.get(f"/api/v1/sessions/{quote(ODD, safe='')}/photos.zip")
        assert (await client.get("/api/v1/sessions/nobody/photos.zip")).status_code == 404
    assert answer.status_code == 200
    assert "x-evil" not in answer.headers
    assert answer.headers["content-disposition"].isascii()
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist()[0] == "_img src=x onerror=_alert(1)____X-Evil_ 1; é/odd.jpg"


async def test_one_photo_can_be_saved(controller: FakeController) -> None:
    found = await controller.gallery.photo("c1-2")
    assert found is not None
    controller.files["c1-2"] = found
    async with asking(controller) as client:
        answer = await client.get("/api/v1/photos/c1-2", params={"download": "true"})
        shown = await client.get("/api/v1/photos/c1-2")
    assert answer.headers["content-disposition"] == 'attachment; filename="a.cr2"'
    assert shown.headers["content-disposition"].startswith("inline")
