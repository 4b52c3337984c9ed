"""Photos through ``CameraClient.gallery`` and ``photonic photos``, over a real server."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest
from tests.support.fake_controller import FakeController
from tests.support.gallery import still
from tests.support.serving import serving
from typer.testing import CliRunner

from photonic import CameraClient, FailureKind, ServiceError
from photonic.cli.application import application
from photonic.errors import BadInput
from photonic.model.exif import ExifFacts
from photonic.model.gallery import ThumbnailSize

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result


@pytest.fixture
async def controller(tmp_path: Path) -> FakeController:
    controller = FakeController()
    controller.gallery.root = tmp_path
    (tmp_path / "photos").mkdir()
    taken = still("c3", "other", "c.jpg", exif=ExifFacts(exposure_seconds=1 / 125, iso=400))
    for one in (still("c1", "guests", "a.jpg", "a.cr2"), still("c2", "guests", "b.jpg"), taken):
        files = tuple(
            file.model_copy(update={"sha256": hashlib.sha256(file.path.encode()).hexdigest()}) for file in one.files
        )
        controller.gallery.add(one.model_copy(update={"files": files}))
        for file in files:
            (tmp_path / file.path).write_bytes(file.path.encode())
            found = await controller.gallery.photo(file.id)
            assert found is not None
            controller.files[file.id] = found
    return controller


async def photonic(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, application, list(arguments))


async def test_sessions_stills_pictures_and_a_zip(controller: FakeController) -> None:
    async with serving(controller) as service, CameraClient(service.url) as camera:
        gallery = camera.gallery
        assert [(one.session_id, one.photo_count) for one in (await gallery.sessions()).sessions] == [
            ("other", 1),
            ("guests", 2),
        ]
        assert [one.id async for one in gallery.every_still("guests")] == ["c2", "c1"]
        page = await gallery.stills("guests", limit=1)
        rest = await gallery.stills("guests", limit=1, cursor=page.next_cursor)
        assert [*page.stills, *rest.stills] == [one async for one in gallery.every_still("guests")]
        assert await gallery.thumbnail("c1-2", ThumbnailSize.LARGE) == b"small"
        zipped = b"".join([piece async for piece in gallery.zipped("guests")])
        photos = [name for name in zipfile.ZipFile(io.BytesIO(zipped)).namelist() if not name.endswith("sha256.txt")]
        assert len(photos) == 3
        assert b"".join([piece async for piece in camera.photo("c1-1")]) == b"photos/a.jpg"


async def test_delete_and_restore(controller: FakeController) -> None:
    async with serving(controller) as service, CameraClient(service.url) as camera:
        deleted = await camera.gallery.delete("c1-1")
        assert deleted.deleted_at is not None
        assert [one.id for one in (await camera.gallery.deleted()).stills] == ["c1"]
        assert (await camera.gallery.restore("c1-1")).deleted_at is None
        with pytest.raises(ServiceError) as refused:
            await camera.gallery.delete("c9-1")
        assert refused.value.kind is FailureKind.NOT_FOUND
        with pytest.raises(ServiceError):
            _pieces = [piece async for piece in camera.gallery.zipped("nobody")]


async def test_what_a_photo_says_of_itself_arrives(controller: FakeController) -> None:
    async with serving(controller) as service, CameraClient(service.url) as camera:
        (page,) = (await camera.gallery.stills("other")).stills
        assert page.files[0].exif == ExifFacts(exposure_seconds=1 / 125, iso=400)


async def test_the_command_lists_and_saves_once(controller: FakeController, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    async with serving(controller) as service:
        listed = await photonic("photos", "--url", service.url)
        assert [line.split()[:2] for line in listed.stdout.splitlines()] == [["other", "1"], ["guests", "2"]]
        names = await photonic("photos", "guests", "--url", service.url)
        assert names.stdout.splitlines() == ["photos/b.jpg", "photos/a.jpg", "photos/a.cr2"]
        exposed = await photonic("photos", "other", "--url", service.url)
        assert exposed.stdout == "photos/c.jpg  1/125 s  ISO 400\n"
        reported = await photonic("photos", "guests", "--json", "--url", service.url)
        assert [json.loads(line)["id"] for line in reported.stdout.splitlines()] == ["c2", "c1"]
        folder.mkdir()
        (folder / "b.jpg").write_bytes(b"another photo of that name")
        for _time in range(2):
            saved = await photonic("photos", "guests", "--download", str(folder), "--url", service.url)
            assert saved.stdout.splitlines() == [str(folder / name) for name in ("b_2.jpg", "a.jpg", "a.cr2")]
            assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
                "b.jpg": b"another photo of that name",
                "b_2.jpg": b"photos/b.jpg",
                "a.jpg": b"photos/a.jpg",
                "a.cr2": b"photos/a.cr2",
            }
        nobody = await photonic("photos", "nobody", "--url", service.url)
        assert isinstance(nobody.exception, BadInput)


async def test_a_photo_that_does_not_arrive_whole_is_not_kept(controller: FakeController, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    (tmp_path / "photos" / "c.jpg").write_bytes(b"changed")
    async with serving(controller) as service:
        saved = await photonic("photos", "other", "--download", str(folder), "--url", service.url)
    assert isinstance(saved.exception, ServiceError)
    assert list(folder.iterdir()) == []
