"""The card of a scripted camera: listed, fetched, deleted only if it is still the same photo."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from photonic.drivers.gphoto2.camera import Details
from photonic.drivers.gphoto2.card import Card
from photonic.drivers.gphoto2.card_audit import CardAudit
from photonic.errors import BadInput, CameraError
from photonic.worker.link.card_messages import CardObject
from photonic.worker.link.messages import Note, Staged

from .scripted import JPEG, KeptOutbox, ScriptedCamera, VirtualTime

FOLDER = "/store_1/DCIM/100EOS"


class CardHarness:
    def __init__(self) -> None:
        self.camera = ScriptedCamera(VirtualTime())
        self.outbox = KeptOutbox()
        self.card = Card(self.camera, self.outbox, CardAudit())
        self.camera.card = {
            f"{FOLDER}/IMG_1.JPG": Details(len(JPEG), 100),
            f"{FOLDER}/IMG_1.CR3": Details(len(JPEG), 100),
            f"{FOLDER}/MVI_2.MP4": Details(99, 101),
            "/store_1/MISC/AUTPRINT.MRK": Details(9, 102),
            "/elsewhere/IMG_9.JPG": Details(9, 103),
        }


@pytest.fixture
def harness() -> CardHarness:
    return CardHarness()


def test_photos_and_films_are_listed_with_size_and_time_and_other_files_are_not(harness: CardHarness) -> None:
    listed = harness.card.listed()
    assert listed.card == "store_1 EOS 1000 kB"
    assert listed.objects == (
        CardObject(folder=FOLDER, name="IMG_1.JPG", size_bytes=len(JPEG), taken_at=100),
        CardObject(folder=FOLDER, name="IMG_1.CR3", size_bytes=len(JPEG), taken_at=100),
        CardObject(folder=FOLDER, name="MVI_2.MP4", size_bytes=99, taken_at=101),
    )


def test_a_listing_ends_and_says_what_it_leaves_out(harness: CardHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photonic.drivers.gphoto2.card.MOST_OBJECTS", 1)
    assert [one.name for one in harness.card.listed().objects] == ["IMG_1.JPG"]
    assert "more than 1 photos" in harness.outbox.of(Note)[0].text


def test_without_a_card_nothing_is_listed(harness: CardHarness) -> None:
    harness.camera.storage = False
    assert harness.card.listed().card is None


def test_fetched_objects_are_staged_with_their_identity(harness: CardHarness, tmp_path: Path) -> None:
    harness.card.fetch(harness.card.listed().objects, tmp_path)
    staged = harness.outbox.of(Staged)
    assert [(one.capture_id, one.folder, one.name, one.size_bytes, one.taken_at) for one in staged] == [
        (None, FOLDER, "IMG_1.JPG", len(JPEG), 100),
        (None, FOLDER, "IMG_1.CR3", len(JPEG), 100),
    ]
    assert len({one.path for one in staged}) == 2
    assert not any(one.in_ram for one in staged)


def test_an_object_that_cannot_be_had_does_not_keep_the_others(harness: CardHarness, tmp_path: Path) -> None:
    harness.camera.contents["IMG_1.JPG"] = b"cut"
    harness.card.fetch(harness.card.listed().objects, tmp_path)
    assert [one.name for one in harness.outbox.of(Staged)] == ["IMG_1.CR3"]
    assert "IMG_1.JPG" in harness.outbox.of(Note)[0].text


def test_a_film_whose_name_the_disk_refuses_does_not_keep_the_others(
    harness: CardHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.camera.card[f"{FOLDER}/MVI_2.MP4"] = Details(len(JPEG), 101)
    film, photo = harness.card.listed().objects[2], harness.card.listed().objects[0]

    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if target.name.endswith(film.name):
            raise OSError(errno.EIO, "Input/output error", str(target))
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.rename", refuse)
        assert harness.card.fetch((film, photo), tmp_path).unfinished == ()
    assert [staged.name for staged in harness.outbox.of(Staged)] == [photo.name]
    (note,) = harness.outbox.of(Note)
    assert "MVI_2.MP4 could not be fetched" in note.text
    harness.card.fetch((film,), tmp_path)
    assert [staged.name for staged in harness.outbox.of(Staged)] == [photo.name, film.name]


def test_a_broken_connection_ends_the_fetching(
    harness: CardHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise CameraError("the cable is out", code=-7)

    monkeypatch.setattr(harness.camera, "fetch", broken)
    with pytest.raises(CameraError):
        harness.card.fetch(harness.card.listed().objects, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_photo_that_was_meant_is_deleted(harness: CardHarness) -> None:
    harness.card.delete(harness.card.listed().objects[0])
    assert harness.camera.forgotten == ["IMG_1.JPG"]


@pytest.mark.parametrize(("size", "taken_at"), [(1, 100), (len(JPEG), 99)])
def test_another_photo_by_that_name_is_never_deleted(harness: CardHarness, size: int, taken_at: int) -> None:
    with pytest.raises(BadInput, match="nothing was deleted"):
        harness.card.delete(CardObject(folder=FOLDER, name="IMG_1.JPG", size_bytes=size, taken_at=taken_at))
    assert harness.camera.forgotten == []


def test_a_photo_that_is_gone_is_said_to_be_gone(harness: CardHarness) -> None:
    harness.camera.sizes["IMG_1.JPG"] = None
    with pytest.raises(BadInput, match="no longer on the card"):
        harness.card.delete(CardObject(folder=FOLDER, name="IMG_1.JPG", size_bytes=5, taken_at=100))
