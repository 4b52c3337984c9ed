"""HEAD and 405 on every route, taken from the OpenAPI document, so that a new route is tested, too."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.asking import CAMERA, app_behind, asking
from tests.support.fake_controller import FakeController
from tests.support.gallery import still

from photonic.model.api import PhotoFile
from photonic.model.status import CameraState, LiveState
from photonic.service.http.routes.pages import PAGES
from photonic.service.library import zip_archive

if TYPE_CHECKING:
    from pathlib import Path

METHODS = {"get", "post", "put", "patch", "delete"}
OUTSIDE = ["/", "/docs", "/openapi.json", "/asyncapi.json", "/static/app.js", *PAGES]
UNKNOWN = "unknown"


@cache
def described() -> dict[str, dict[str, Any]]:
    """The methods of each path of the API."""
    return app_behind(asking(FakeController())).openapi()["paths"]


def address(path: str) -> str:
    """The path with values for its parameters, which may be unknown to the service."""
    return path.replace("{camera_id}", "booth").replace("{", UNKNOWN).replace("}", "")


GETS = [path for path, methods in described().items() if "get" in methods]


@pytest.fixture
def page(tmp_path: Path) -> Path:
    for name in ("index.html", "app.js", "docs.html", *PAGES.values()):
        (tmp_path / name).write_text("page")
    return tmp_path


@pytest.mark.parametrize("path", [*GETS, *OUTSIDE])
async def test_head_works_wherever_get_does_and_has_no_body(path: str, page: Path) -> None:
    controller = FakeController()
    controller.camera_state = CameraState.ABSENT  # nobody waits for a picture
    async with asking(controller, page=page) as client:
        head = await client.head(address(path))
        assert head.content == b""
        assert head.status_code not in {405, 500}
        if "stream.mjpg" in path or path == "/stream" or path.endswith("/events"):
            assert head.status_code == 200
            assert "content-length" not in head.headers
            return
        answer = await client.get(address(path))
    assert head.status_code == answer.status_code
    assert head.headers.get("content-type") == answer.headers.get("content-type")
    assert {"content-length", "etag"} & head.headers.keys() == {"content-length", "etag"} & answer.headers.keys()


@pytest.mark.parametrize("path", [*described(), *OUTSIDE])
async def test_a_405_names_every_allowed_method(path: str, page: Path) -> None:
    taken = {method.upper() for method in described().get(path, {"get": None}) if method in METHODS}
    expected: set[str] = taken | ({"HEAD"} if "GET" in taken else set())
    async with asking(FakeController(), page=page) as client:
        method = next(method for method in ("TRACE", "PUT", "POST") if method not in taken)
        answer = await client.request(method, address(path))
    assert answer.status_code == 405
    allowed = set(answer.headers["allow"].split(", "))
    # "deleted" is a list, but could also be the id of a photo.
    assert allowed == (expected | {"DELETE"} if path == "/api/v1/photos/deleted" else expected)
    assert answer.json()["type"] == "urn:photonic:problem:method_not_allowed"


async def test_head_of_a_stream_adds_no_viewer_and_starts_nothing() -> None:
    controller = FakeController()
    async with asking(controller) as client:
        for path in (f"{CAMERA}/liveview/stream.mjpg", f"{CAMERA}/liveview/snapshot.jpg", "/api/v1/events"):
            answer = await client.head(path)
            assert (answer.status_code, answer.content) == (200, b"")
        assert (await client.head(f"{CAMERA}/liveview/snapshot.jpg")).headers["content-type"] == "image/jpeg"
    assert controller.hub.membership == 0
    assert controller.calls == []


@pytest.mark.parametrize("live", [LiveState.UNSUPPORTED, LiveState.RUNNING])
async def test_head_of_a_picture_says_why_there_is_none(live: LiveState) -> None:
    controller = FakeController()
    controller.live_state = live
    controller.camera_state = CameraState.READY if live is LiveState.UNSUPPORTED else CameraState.DISCONNECTED
    async with asking(controller) as client:
        answer = await client.head(f"{CAMERA}/liveview/snapshot.jpg")
    assert answer.status_code == (501 if live is LiveState.UNSUPPORTED else 503)


async def test_head_of_a_picture_that_is_there_has_its_length() -> None:
    controller = FakeController()
    controller.publish()
    async with asking(controller) as client:
        head = await client.head(f"{CAMERA}/liveview/snapshot.jpg")
        answer = await client.get(f"{CAMERA}/liveview/snapshot.jpg")
    assert head.headers["content-length"] == answer.headers["content-length"] == str(len(answer.content))
    assert head.headers["x-sequence"] == answer.headers["x-sequence"]


async def test_head_of_a_photo_has_length_tag_and_range(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"\xff\xd80123456789\xff\xd9")
    controller = FakeController()
    file = PhotoFile(id="p-1", path=str(path), size_bytes=14, sha256="cafe", media_type="image/jpeg")
    controller.files["p-1"] = (file, path)
    async with asking(controller) as client:
        whole = await client.head("/api/v1/photos/p-1")
        part = await client.head("/api/v1/photos/p-1", headers={"Range": "bytes=2-5"})
    assert (whole.status_code, whole.headers["content-length"], whole.headers["accept-ranges"]) == (200, "14", "bytes")
    assert (part.status_code, part.headers["content-range"], part.headers["content-length"]) == (
        206,
        "bytes 2-5/14",
        "4",
    )
    assert (whole.content, part.content, whole.headers["etag"]) == (b"", b"", '"cafe"')


async def test_head_of_an_archive_reads_no_photo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def never(*_: object) -> Any:
        yield b"x"
        pytest.fail("the archive was made")

    monkeypatch.setattr(zip_archive.ZipArchive, "add", never)
    controller = FakeController()
    controller.gallery.root = tmp_path
    controller.gallery.add(still("c-1"))
    async with asking(controller) as client:
        answer = await client.head("/api/v1/sessions/guests/photos.zip")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert "attachment" in answer.headers["content-disposition"]
