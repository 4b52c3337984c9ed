"""The service's photos in folders and with numbers, their names, and the camera that is meant."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.support.gallery import still

from photonic.compat.gphoto2.camera_choice import chosen_camera, port_of
from photonic.compat.gphoto2.camera_copy import CameraCopy, NewNames, in_gallery
from photonic.compat.gphoto2.folders import Folders
from photonic.compat.gphoto2.results import ActionFailed, ResultCode
from photonic.compat.gphoto2.waiting import wait_extent
from photonic.model.api import CameraSummary
from photonic.model.status import CameraState, CameraStatus, LiveState, LiveStatus


def copies(*paths: str) -> list[CameraCopy]:
    found: list[CameraCopy] = []
    for number, path in enumerate(paths):
        folder, _, name = path.rpartition("/")
        photo = still(f"c{number}", "guests", name).files[0]
        found.append(CameraCopy(folder or "/", name, photo, datetime(2026, 1, 1, tzinfo=UTC)))
    return found


TREE = copies("/a/1.jpg", "/a/b/2.jpg", "/a/b/3.jpg", "/4.jpg")


def test_files_and_folders() -> None:
    folders = Folders(TREE)
    assert list(folders.walk("/")) == ["/", "/a", "/a/b"]
    assert [copy.path for copy in folders.every_file("/")] == ["/4.jpg", "/a/1.jpg", "/a/b/2.jpg", "/a/b/3.jpg"]
    assert folders.below("/a/") == ["b"]
    assert folders.files("nowhere") == []


def test_without_recursion_and_in_reverse() -> None:
    assert [copy.name for copy in Folders(TREE, recurse=False).every_file("/a/b")] == ["2.jpg", "3.jpg"]
    reverse = Folders(TREE, reverse=True)
    assert [copy.name for copy in reverse.every_file("/a/b")] == ["3.jpg", "2.jpg"]
    assert [copy.name for copy in reverse.numbered("/", [1, 3])] == ["2.jpg", "4.jpg"]


def test_numbers_count_through_the_folders_and_names_are_found_by_path() -> None:
    folders = Folders(TREE)
    assert [copy.name for copy in folders.numbered("/", [1, 4])] == ["4.jpg", "3.jpg"]
    assert folders.named("/a", "b/3.jpg").path == "/a/b/3.jpg"
    assert folders.named("/", "/a/1.jpg").name == "1.jpg"


@pytest.mark.parametrize(
    ("recurse", "paths", "why"),
    [
        (True, ["/1.jpg"], "there are only 1 files available in '/' or its subfolders"),
        (False, [], "There are no files in folder '/'."),
        (False, ["/1.jpg"], "there is only 1 file available in '/'"),
        (False, ["/1.jpg", "/2.jpg"], "there are only 2 files available in '/'"),
    ],
)
def test_a_number_beyond_the_last_is_refused(recurse: bool, paths: list[str], why: str) -> None:
    with pytest.raises(ActionFailed) as refused:
        Folders(copies(*paths), recurse=recurse).numbered("/", [9])
    assert refused.value.code is ResultCode.BAD_PARAMETERS
    assert why in refused.value.reason


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ActionFailed) as refused:
        Folders(TREE).named("/", "9.jpg")
    assert refused.value.code is ResultCode.FILE_NOT_FOUND


def test_new_photos_are_called_as_in_the_cameras_memory_until_the_card_is_chosen() -> None:
    record = still("c1", "guests", "a.cr2", "a.jpg")
    names = NewNames()
    assert [names.named(record, photo).path for photo in record.files] == ["/capt0000.cr2", "/capt0001.jpg"]
    assert [in_gallery(record, photo).raw for photo in record.files] == [True, False]
    names.lasting = True
    assert names.named(record, record.files[1]).path == f"/{record.files[1].path}"


def camera(name: str, model: str | None, address: str, serial: str = "77") -> CameraSummary:
    return CameraSummary(
        id=name,
        serial=serial,
        address=address,
        default=name == "left",
        camera=CameraStatus(id=name, model=model, state=CameraState.READY),
        live=LiveStatus(state=LiveState.OFF),
    )


LEFT = camera("left", "Canon EOS 5D Mark III", "auto")
RIGHT = camera("right", "D750", "ptpip:10.0.0.2:15740", "88")


@pytest.mark.parametrize(
    ("model", "port", "expected"),
    [
        (None, None, LEFT),
        ("PTP/IP Camera", None, LEFT),
        ("right", None, RIGHT),
        ("88", None, RIGHT),
        ("Nikon D750 (PTP mode)", None, RIGHT),
        (None, "usb:001,007", LEFT),
        (None, "usb:", LEFT),
        (None, "ptpip:10.0.0.2:15740:15740", RIGHT),
    ],
)
def test_the_camera_that_is_meant(model: str | None, port: str | None, expected: CameraSummary) -> None:
    assert chosen_camera([LEFT, RIGHT], model, port) is expected


@pytest.mark.parametrize(
    ("model", "port", "code"),
    [
        ("Fuji X-T5", None, ResultCode.UNKNOWN_MODEL),
        (None, "serial:/dev/ttyS0", ResultCode.UNKNOWN_PORT),
        ("left", "ptpip:10.0.0.2", ResultCode.UNKNOWN_PORT),
    ],
)
def test_another_camera_is_refused(model: str | None, port: str | None, code: ResultCode) -> None:
    with pytest.raises(ActionFailed) as refused:
        chosen_camera([LEFT, RIGHT], model, port)
    assert refused.value.code is code
    assert port_of(RIGHT) in refused.value.reason or "right (D750)" in refused.value.reason


def test_without_cameras_there_is_none() -> None:
    with pytest.raises(ActionFailed) as refused:
        chosen_camera([], None, None)
    assert refused.value.code is ResultCode.NO_CAMERA


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        (None, "events"),
        ("5", "5 events"),
        ("3f", "3 frames"),
        ("2s", "2 seconds"),
        ("200ms", "200 milliseconds"),
        ("FILEADDED", "'FILEADDED' event"),
    ],
)
def test_how_long_to_wait(argument: str | None, said: str) -> None:
    assert said in wait_extent(argument).text
