"""The simulated camera serves Debian's ``gphoto2``: every setting, live view, captures to card and RAM, tethering."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from tests.support.first_short import first_short
from tests.support.gphoto2_command import GPhoto2
from tests.support.simulated import simulated_camera
from tests.support.waiting import until

from photonic.simulator import pixels
from photonic.simulator.photo import preview_of_raw

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.simulated import SimulatedCamera

CARD, RAM = "capturetarget=Memory card", "capturetarget=Internal RAM"
CAPTURE_DESTINATION = 0xD11C
EXPOSURE_TIME, F_NUMBER, ISO, SERIAL = 0x829A, 0x829D, 0x8827, 0xA431

# Setting, a value that is not the one in force, the property's code, and what the body then has.
SETTINGS = [
    ("iso", "1600", "0xd103", "104"),
    ("shutterspeed", "1/50", "0xd102", "101"),
    ("shutterspeed", "bulb", "0xd102", "12"),
    ("aperture", "8", "0xd101", "56"),
    ("autoexposuremode", "AV", "0xd105", "2"),
    ("whitebalance", "Daylight", "0xd109", "1"),
    ("drivemode", "Timer 2 sec", "0xd106", "17"),
    ("imageformat", "RAW", "0xd120", "ImageFormat.RAW"),
    ("imageformat", "Small Fine JPEG", "0xd120", "ImageFormat.S"),
]


def photos(folder: Path, suffix: str = "jpg") -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() == f".{suffix}")


def stamp(photo: Path) -> pixels.Stamp:
    return pixels.read(photo.read_bytes())


def exif(photo: Path) -> dict[int, Any]:
    with Image.open(photo) as image:
        return dict(image.getexif().get_ifd(0x8769))


def jpegs(movie: bytes) -> list[bytes]:
    return [b"\xff\xd8" + part for part in movie.split(b"\xff\xd8")[1:]]


@pytest.fixture
def kept(kept_camera: SimulatedCamera, home: Path, folder: Path) -> GPhoto2:
    """The command on a camera that other tests have had in their hands."""
    return GPhoto2(kept_camera.port, home, folder)


def test_summary(kept: GPhoto2) -> None:
    said = kept("--summary")
    assert "Model: Canon EOS 5D Mark III" in said
    assert "Serial Number: 012345678901" in said
    assert "Canon EOS Capture" in said
    assert "Free Space" in said


def test_every_setting_is_listed(kept: GPhoto2) -> None:
    listed = {line.rpartition("/")[2] for line in kept("--list-config").splitlines()}
    named = {name for name, *_ in SETTINGS}
    assert named | {"focusmode", "capturetarget", "batterylevel", "availableshots", "eosserialnumber"} <= listed


@pytest.mark.parametrize(("name", "wanted", "code", "inside"), SETTINGS)
def test_a_setting_that_is_set_is_what_the_body_has(
    kept_camera: SimulatedCamera, kept: GPhoto2, name: str, wanted: str, code: str, inside: str
) -> None:
    before = kept.get(name)
    assert before.current != wanted
    assert wanted in before.choices
    kept("--set-config", f"{name}={wanted}")
    assert kept.get(name).current == wanted
    assert kept_camera.control.state()["properties"][code] == inside


def test_a_value_that_the_camera_does_not_have_is_refused(kept_camera: SimulatedCamera, kept: GPhoto2) -> None:
    before = kept_camera.control.state()["properties"]
    assert kept.try_to("--set-config", "shutterspeed=1/3").returncode != 0
    assert kept_camera.control.state()["properties"] == before


def test_the_battery_that_is_shown_is_the_bodys(kept_camera: SimulatedCamera, kept: GPhoto2) -> None:
    assert kept.get("batterylevel").current == "100%"
    kept_camera.control.battery(50)
    assert kept.get("batterylevel").current == "50%"


def test_a_preview_is_a_frame_of_the_size_that_the_camera_has_by_default(home: Path, folder: Path) -> None:
    with simulated_camera(pictures=()) as camera:
        GPhoto2(camera.port, home, folder)("--capture-preview")
    (preview,) = photos(folder)
    assert stamp(preview).kind == "viewfinder"
    with Image.open(preview) as image:
        assert image.size == (960, 640)
    assert 60_000 < preview.stat().st_size < 100_000


@pytest.mark.long
def test_a_movie_is_many_different_frames_in_order(camera: SimulatedCamera, gphoto2: GPhoto2) -> None:
    movie = gphoto2.try_to("--capture-movie=3s", "--stdout")
    assert movie.returncode == 0
    counters = [pixels.read(jpeg).counter for jpeg in jpegs(movie.stdout)]
    assert len(counters) > 10
    assert counters == sorted(set(counters))
    assert len(counters) == len(camera.journal("frame"))


@pytest.mark.parametrize("target", first_short([CARD, RAM]))
def test_three_captures_in_a_row_are_three_photos_with_the_settings_in_force(
    camera: SimulatedCamera, gphoto2: GPhoto2, target: str
) -> None:
    gphoto2("--set-config", "iso=800", "--set-config", "shutterspeed=1/60", "--set-config", "aperture=4")
    for number in (1, 2, 3):
        gphoto2("--set-config", target, "--capture-image-and-download", "--filename", f"{number}.jpg")
    taken = photos(gphoto2.folder)
    assert [stamp(photo) for photo in taken] == [
        pixels.Stamp("photo", number, entry["at_us"], iso=800, aperture_tenths=40, shutter_us=16667)
        for number, entry in zip((1, 2, 3), camera.journal("exposed"), strict=True)
    ]
    for photo in taken:
        facts = exif(photo)
        assert (float(facts[EXPOSURE_TIME]), float(facts[F_NUMBER]), facts[ISO]) == (
            pytest.approx(1 / 60, 1e-3),
            4,
            800,
        )
        assert facts[SERIAL] == "012345678901"
    stored = {entry["storage"] for entry in camera.journal("added")}
    assert stored == ({0x00020001} if target == CARD else {0})


@pytest.mark.long
def test_raw_and_jpeg_are_both_there_and_show_the_same_shot(camera: SimulatedCamera, gphoto2: GPhoto2) -> None:
    raw_and_jpeg = next(choice for choice in gphoto2.get("imageformat").choices if choice.startswith("RAW +"))
    gphoto2("--set-config", f"imageformat={raw_and_jpeg}", "--set-config", CARD)
    gphoto2("--set-config", CARD, "--keep-raw", "--capture-image-and-download", "--wait-event-and-download=2s")
    (added_raw, added_jpeg) = camera.journal("added")
    assert (added_raw["name"], added_jpeg["name"]) == ("IMG_0001.CR2", "IMG_0001.JPG")
    gphoto2("--get-all-files", "--force-overwrite")
    raw, jpeg = gphoto2.folder / "IMG_0001.CR2", gphoto2.folder / "IMG_0001.JPG"
    assert pixels.read(preview_of_raw(raw.read_bytes())) == stamp(jpeg)
    assert raw.stat().st_size == added_raw["size_bytes"]


def test_the_card_is_listed_fetched_from_and_deleted_on(camera: SimulatedCamera, gphoto2: GPhoto2) -> None:
    gphoto2("--set-config", CARD, "--capture-image", "--capture-image")
    assert "/store_00020001/DCIM/100CANON" in gphoto2("--list-folders")
    assert "IMG_0002.JPG" in gphoto2("--list-files")
    gphoto2("--get-file", "1", "--get-thumbnail", "2")
    assert stamp(gphoto2.folder / "IMG_0001.JPG").counter == 1
    gphoto2("--folder", "/store_00020001/DCIM/100CANON", "--delete-file", "1")
    assert [entry["name"] for entry in camera.journal("deleted")] == ["IMG_0001.JPG"]
    assert "IMG_0001.JPG" not in gphoto2("--list-files")


def wait_until_it_listens(camera: SimulatedCamera) -> None:
    """The command aims at the RAM and says that it has room, then looks for events; its words come late, by a pipe."""
    until(lambda: any(entry["property"] == CAPTURE_DESTINATION for entry in camera.journal("set")))
    until(lambda: camera.control.state()["available_shots"])


@pytest.mark.long
def test_tethered_capture_takes_what_the_button_takes(camera: SimulatedCamera, gphoto2: GPhoto2) -> None:
    with gphoto2.running("--capture-tethered", "--filename", "%n.jpg") as tethered:
        wait_until_it_listens(camera)
        for counter in (1, 2):
            camera.control.press()
            until(lambda counter=counter: len(camera.journal("released")) == counter)
        tethered.send_signal(signal.SIGINT)
        tethered.communicate(timeout=30)
    assert [stamp(photo).counter for photo in photos(gphoto2.folder)] == [1, 2]
    assert [entry["source"] for entry in camera.journal("exposed")] == ["button", "button"]


@pytest.mark.long
def test_waiting_for_events_sees_the_button(camera: SimulatedCamera, gphoto2: GPhoto2) -> None:
    with gphoto2.running("--wait-event=FILEADDED") as waiting:
        wait_until_it_listens(camera)
        camera.control.press()
        said, _ = waiting.communicate(timeout=30)
    assert b"FILEADDED capt0000.jpg" in said


@pytest.mark.long
def test_without_a_card_photos_go_to_the_ram(without_card: SimulatedCamera, home: Path, folder: Path) -> None:
    gphoto2 = GPhoto2(without_card.port, home, folder)
    assert gphoto2.get("capturetarget").current == "Internal RAM"
    gphoto2("--capture-image-and-download", "--filename", "photo.jpg")
    assert stamp(folder / "photo.jpg").counter == 1
    assert [entry["storage"] for entry in without_card.journal("added")] == [0]


@pytest.mark.long
def test_a_failed_autofocus_is_said_and_takes_no_photo(camera: SimulatedCamera, gphoto2: GPhoto2) -> None:
    camera.control.fault("autofocus_failure")
    assert b"no focus" in gphoto2.try_to("--capture-image").stderr
    assert camera.journal("exposed") == []
    camera.control.clear()
    gphoto2("--capture-image")
    assert len(camera.journal("exposed")) == 1
