"""One JPEG, a folder of them, an MJPEG file: what is shown, and the messages for what cannot be shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support.pictures import BLUE, GREEN, RED, colour_of
from tests.unit.drivers.webcam.clock import Time

from photonic.drivers.webcam.files import Files
from photonic.errors import CameraError, FailureKind
from photonic.model.camera_address import SourceAddress


def source(path: Path, options: str = "") -> Files:
    time = Time()
    return Files(SourceAddress.parse(f"file:{path}{options}"), clock=time.clock, pause=time.pause)


def shown(files: Files, count: int) -> list[str]:
    files.start()
    return [colour_of(picture) for _ in range(count) if (picture := files.picture(5.0)) is not None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in {"10.jpg": BLUE, "2.JPEG": GREEN, "1.jpg": RED, "notes.txt": b"x", "0.jpg": RED[:50]}.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_a_folder_is_shown_in_order_over_and_over_without_what_is_not_whole(folder: Path) -> None:
    files = source(folder)
    assert files.open().serial.startswith("FILE-")
    assert shown(files, 5) == ["green", "blue", "red", "green", "blue"]
    assert colour_of(files.still(1.0)) == "blue"


def test_pictures_that_are_added_are_shown_from_the_next_round_on(folder: Path) -> None:
    files = source(folder)
    files.open()
    (folder / "11.jpg").write_bytes(RED)
    assert shown(files, 6) == ["green", "blue", "red", "green", "blue", "red"]


def test_a_picture_that_is_written_anew_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "webcam.jpg"
    path.write_bytes(RED)
    files = source(path)
    files.open()
    path.write_bytes(GREEN)
    assert shown(files, 2) == ["green", "green"]
    path.write_bytes(BLUE)
    assert colour_of(files.still(1.0)) == "blue"


def test_an_mjpeg_file_is_played_over_and_over_and_its_cut_end_left_out(tmp_path: Path) -> None:
    path = tmp_path / "film.mjpg"
    path.write_bytes(RED + GREEN + BLUE + RED[:-10])
    files = source(path)
    files.open()
    assert shown(files, 5) == ["green", "blue", "red", "green", "blue"]
    assert colour_of(files.still(1.0)) == "blue"


def test_the_serial_number_is_that_of_the_path(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(RED)
    first, again, other = (source(tmp_path / name).open().serial for name in ("a.jpg", "a.jpg", "b.jpg"))
    assert first == again != other


@pytest.mark.parametrize(
    ("name", "content", "kind", "said"),
    [
        ("missing", None, FailureKind.CAMERA_ABSENT, "does not exist"),
        ("text.jpg", b"hello", FailureKind.BLOCKED, "no complete JPEG"),
        ("cut.jpg", RED[:-2], FailureKind.BLOCKED, "no complete JPEG"),
        ("empty.mjpg", b"", FailureKind.BLOCKED, "no complete JPEG"),
        ("film.mjpg", b"\xff\xd8rubbish", FailureKind.BLOCKED, "contains no complete JPEG"),
    ],
)
def test_bad_files_are_told_with_their_kind(
    tmp_path: Path, name: str, content: bytes | None, kind: FailureKind, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CameraError, match=said) as failed:
        source(tmp_path / name).open()
    assert failed.value.kind is kind


def test_an_empty_folder_is_waited_for(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="contains no complete JPEG; put pictures") as failed:
        source(tmp_path).open()
    assert failed.value.kind is FailureKind.CAMERA_ABSENT


def test_a_path_that_may_not_be_read_is_blocked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(RED)

    files = source(path)

    def refuse(self: Path, mode: str) -> None:
        raise PermissionError(13, os.strerror(13), str(self))

    # Root may read everything.
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        with pytest.raises(CameraError, match="Permission denied") as failed:
            files.open()
    assert failed.value.kind is FailureKind.BLOCKED


def test_a_folder_that_goes_away_is_absent(folder: Path) -> None:
    files = source(folder)
    files.open()
    files.check()
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    with pytest.raises(CameraError) as failed:
        files.check()
    assert failed.value.kind is FailureKind.CAMERA_ABSENT
