"""Large objects: fetched in pieces, and resumed only if it is still the same object."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.drivers.gphoto2 import faults, pieces, shot_files
from photonic.drivers.gphoto2.camera import Details, ObjectAdded
from photonic.drivers.gphoto2.camera_clock import CameraClock
from photonic.drivers.gphoto2.card import SLICE_SECONDS, Card
from photonic.drivers.gphoto2.card_audit import CardAudit
from photonic.drivers.gphoto2.object_intake import ObjectIntake
from photonic.drivers.gphoto2.pieces import PIECE_BYTES, Pieces, Unsupported
from photonic.drivers.gphoto2.shot_files import stage
from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.worker.link.card_messages import CardObject, LeftOnCard, PartFetched
from photonic.worker.link.messages import Note, Staged

from .scripted import KeptOutbox, ScriptedCamera, VirtualTime

if TYPE_CHECKING:
    from pathlib import Path

NAME = "MVI_1.MOV"
FILM = os.urandom(3 * PIECE_BYTES + 100)


@pytest.fixture
def camera() -> ScriptedCamera:
    scripted = ScriptedCamera(VirtualTime())
    scripted.contents[NAME] = FILM
    return scripted


def of_film(camera: ScriptedCamera, path: Path) -> Pieces:
    return Pieces(camera, "/card", NAME, len(FILM), path)


def wanted(name: str = NAME, size_bytes: int | None = len(FILM)) -> CardObject:
    return CardObject(folder="/card", name=name, size_bytes=size_bytes, taken_at=1)


def test_an_object_comes_whole_in_pieces(camera: ScriptedCamera, tmp_path: Path) -> None:
    film = of_film(camera, tmp_path / "a")
    assert film.fetch() == len(FILM)
    assert (tmp_path / "a").read_bytes() == FILM
    assert film.sha256 == hashlib.sha256(FILM).hexdigest()
    assert max(size for _offset, size in camera.parts_read) == PIECE_BYTES


def test_one_that_was_left_off_goes_on_there(camera: ScriptedCamera, tmp_path: Path) -> None:
    first = of_film(camera, tmp_path / "a")
    assert first.fetch(lambda: False) == PIECE_BYTES
    assert first.fetch(lambda: False) == 2 * PIECE_BYTES
    assert camera.parts_read == [(0, PIECE_BYTES), (PIECE_BYTES, PIECE_BYTES)]
    # Another process first compares the existing bytes with the camera's.
    camera.parts_read.clear()
    assert of_film(camera, tmp_path / "a").fetch() == len(FILM)
    assert camera.parts_read[0] == (2 * PIECE_BYTES - pieces.COMPARED_BYTES, pieces.COMPARED_BYTES)
    assert min(offset for offset, _size in camera.parts_read[1:]) == 2 * PIECE_BYTES
    assert (tmp_path / "a").read_bytes() == FILM


@pytest.mark.parametrize(
    "there",
    [FILM[: PIECE_BYTES - 1] + b"?", bytes(PIECE_BYTES), FILM + b"more", b"x"],
    ids=["end", "zeros", "long", "1"],
)
def test_what_is_of_another_object_is_fetched_anew(camera: ScriptedCamera, tmp_path: Path, there: bytes) -> None:
    (tmp_path / "a").write_bytes(there)
    assert of_film(camera, tmp_path / "a").fetch() == len(FILM)
    assert (tmp_path / "a").read_bytes() == FILM


@given(st.lists(st.integers(0, 5), max_size=12))
def test_whatever_cuts_it_short_it_is_whole_in_the_end(
    tmp_path_factory: pytest.TempPathFactory, goes: list[int]
) -> None:
    camera = ScriptedCamera(VirtualTime())
    camera.contents[NAME] = FILM
    path = tmp_path_factory.mktemp("parts") / "a"
    for number in goes:
        left = iter(range(number))
        of_film(camera, path).fetch(lambda left=left: next(left, None) is not None)
    film = of_film(camera, path)
    while film.fetch(lambda: False) < len(FILM):
        pass
    assert path.read_bytes() == FILM
    assert film.sha256 == hashlib.sha256(FILM).hexdigest()


def test_a_camera_that_ends_it_early_has_failed(camera: ScriptedCamera, tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="ended after"):
        Pieces(camera, "/card", NAME, len(FILM) + 1, tmp_path / "a").fetch()


def test_what_is_beyond_32_bits_is_asked_for_first(camera: ScriptedCamera, tmp_path: Path) -> None:
    camera.parts_refusal = CameraError("no", code=faults.NOT_SUPPORTED)
    with pytest.raises(Unsupported):
        Pieces(camera, "/card", NAME, 2**32 + 5, tmp_path / "a").fetch()
    assert (tmp_path / "a").stat().st_size == 0


def test_without_room_nothing_is_fetched(
    camera: ScriptedCamera, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = os.statvfs(tmp_path)

    def full(descriptor: int) -> os.statvfs_result:
        assert descriptor >= 0
        return os.statvfs_result((*room[:4], 1, *room[5:]))

    monkeypatch.setattr(os, "fstatvfs", full)
    with pytest.raises(CaptureError, match="no room") as failed:
        of_film(camera, tmp_path / "a").fetch()
    assert failed.value.kind is FailureKind.HOST_STORAGE_FULL
    assert camera.parts_read == []


def test_the_card_gives_a_part_at_a_time_and_the_whole_under_its_own_name(
    camera: ScriptedCamera, tmp_path: Path
) -> None:
    outbox = KeptOutbox()
    card = Card(camera, outbox, CardAudit(), camera.time)
    camera.part_seconds = SLICE_SECONDS
    for done in (PIECE_BYTES, 2 * PIECE_BYTES, 3 * PIECE_BYTES):
        (part,) = card.fetch([wanted()], tmp_path).unfinished
        assert part == PartFetched(object=wanted(), done_bytes=done)
    assert not outbox.of(Staged)
    card.fetch([wanted()], tmp_path)
    (staged,) = outbox.of(Staged)
    assert (staged.size_bytes, staged.taken_at, staged.capture_id) == (len(FILM), 1, None)
    assert [path.read_bytes() == FILM for path in tmp_path.iterdir()] == [True]


def test_a_film_that_comes_in_one_go_only_stays_and_a_photo_does_not(
    camera: ScriptedCamera, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("photonic.drivers.gphoto2.card.LARGE_BYTES", 10)
    camera.parts_refusal = CameraError("no", code=faults.NOT_SUPPORTED)
    camera.contents["IMG_1.CR3"] = FILM
    outbox = KeptOutbox()
    Card(camera, outbox, CardAudit(), camera.time).fetch([wanted(), wanted("IMG_1.CR3")], tmp_path)
    assert "card reader" in outbox.of(Note)[0].text
    assert [one.name for one in outbox.of(Staged)] == ["IMG_1.CR3"]


def test_a_large_photo_of_the_button_is_left_for_later_and_a_small_one_is_not(
    camera: ScriptedCamera, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("photonic.drivers.gphoto2.object_intake.LARGE_BYTES", 1000)
    camera.card = {"/card/PANO.CR3": Details(1001, 7)}
    camera.contents["IMG_1.JPG"] = bytes(1000)
    outbox = KeptOutbox()
    intake = ObjectIntake(
        camera, outbox, camera.time, CardAudit(), camera_clock=CameraClock(), in_ram=False, staging=tmp_path
    )
    intake.ingest(ObjectAdded("/card", "PANO.CR3"))
    intake.ingest(ObjectAdded("/card", "IMG_1.JPG"))
    assert outbox.of(LeftOnCard) == [
        LeftOnCard(object=CardObject(folder="/card", name="PANO.CR3", size_bytes=1001, taken_at=7))
    ]
    assert [one.name for one in outbox.of(Staged)] == ["IMG_1.JPG"]


@pytest.mark.parametrize("refused", [False, True])
def test_a_captures_own_large_object_comes_in_pieces_where_it_can(
    camera: ScriptedCamera, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    monkeypatch.setattr(shot_files, "LARGE_BYTES", 1000)
    camera.contents["IMG_1.CR3"] = FILM
    camera.parts_refusal = CameraError("no", code=faults.NOT_SUPPORTED) if refused else None
    fetched = stage(camera, ObjectAdded("/card", "IMG_1.CR3"), tmp_path / "a")
    assert fetched.size_bytes == len(FILM)
    assert fetched.path.read_bytes() == FILM
    assert ("fetch IMG_1.CR3" in camera.happened) is refused
