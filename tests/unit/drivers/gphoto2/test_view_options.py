"""View options on a scripted camera: what is written, refused and reset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from photonic.drivers.gphoto2.camera import Setting
from photonic.drivers.gphoto2.driver import GPhoto2Driver
from photonic.errors import BadInput, CameraError, FailureKind
from photonic.worker.link.messages import Capture, Configure
from photonic.worker.link.setting_messages import LookAt

from .scripted import KeptOutbox, ScriptedCamera, VirtualTime

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = CameraError("a bad parameter", code=-2)


class ViewOptionsHarness:
    """An EOS whose live view is on."""

    def __init__(self, folder: Path) -> None:
        self.pending_restore = folder / "restore" / "borrowed.json"
        self.time = VirtualTime()
        self.camera = ScriptedCamera(self.time)
        for name, value in (("eoszoom", "0"), ("eoszoomposition", "0,0"), ("depthoffield", "0")):
            self.camera.settings[name] = Setting(name, value)
        self.driver = self.opened()
        self.driver.start_preview()
        self.camera.written.clear()

    def opened(self) -> GPhoto2Driver:
        driver = GPhoto2Driver(
            KeptOutbox(), connect=lambda _outbox, _port: self.camera, clock=self.time, pause=self.time.pause
        )
        driver.open(Configure(request=1, address="auto", pending_restore=str(self.pending_restore)))
        return driver

    def look(self, **wanted: object) -> list[tuple[str, str | int]]:
        self.camera.written.clear()
        self.driver.look(LookAt(request=2, **wanted))  # pyright: ignore[reportArgumentType]
        return list(self.camera.written)


@pytest.fixture
def harness(tmp_path: Path) -> ViewOptionsHarness:
    return ViewOptionsHarness(tmp_path)


def test_an_eos_is_told_the_place_and_then_how_large(harness: ViewOptionsHarness) -> None:
    assert harness.look(magnification="5", position=(2400, 1600)) == [
        ("eoszoomposition", "2400,1600"),
        ("eoszoom", "5"),
    ]
    assert harness.look(magnification="1") == [("eoszoom", "1")]


def test_a_nikon_takes_its_own_words_and_its_first_is_the_whole_picture(harness: ViewOptionsHarness) -> None:
    del harness.camera.settings["eoszoom"]
    ratios = ("Entire Display", "25%", "50%")
    harness.camera.settings["liveviewimagezoomratio"] = Setting("liveviewimagezoomratio", ratios[0], ratios)
    harness.camera.settings["changeafarea"] = Setting("changeafarea", "0x0")
    assert harness.look(magnification="50%") == [("liveviewimagezoomratio", "50%")]
    assert harness.look(magnification="1") == [("liveviewimagezoomratio", "Entire Display")]
    assert harness.look(focus_point=(300, 200)) == [("changeafarea", "300x200")]
    with pytest.raises(BadInput) as refused:
        harness.look(magnification="75%")
    assert refused.value.choices == ("1", "25%", "50%")


@pytest.mark.parametrize(
    "wanted",
    [{"magnification": "5"}, {"position": (1, 1)}, {"focus_point": (1, 1)}, {"depth_of_field": True}],
)
def test_what_a_body_cannot_do_is_said_and_nothing_is_written(
    harness: ViewOptionsHarness, wanted: dict[str, object]
) -> None:
    for name in ("eoszoom", "eoszoomposition", "depthoffield"):
        del harness.camera.settings[name]
    with pytest.raises(CameraError, match="over this connection") as refused:
        harness.look(**wanted)
    assert refused.value.kind is FailureKind.NOT_SUPPORTED
    assert harness.camera.written == []


def test_what_cannot_be_done_is_found_before_anything_is_changed(harness: ViewOptionsHarness) -> None:
    with pytest.raises(CameraError):
        harness.look(magnification="5", focus_point=(1, 1))
    assert harness.camera.written == []


def test_a_value_that_the_camera_refuses_is_bad_input(harness: ViewOptionsHarness) -> None:
    harness.camera.refuse["eoszoom"] = REFUSED
    with pytest.raises(BadInput, match="does not accept 7") as refused:
        harness.look(magnification="7")
    assert refused.value.field == "magnification"


def test_without_live_view_nothing_is_magnified(harness: ViewOptionsHarness) -> None:
    harness.driver.stop_preview()
    with pytest.raises(BadInput, match="live view is off"):
        harness.look(magnification="5")


def test_when_live_view_ends_the_whole_picture_is_given_back_once(harness: ViewOptionsHarness) -> None:
    harness.look(magnification="10", depth_of_field=True)
    harness.camera.written.clear()
    harness.driver.stop_preview()
    assert harness.camera.written == [("eoszoom", "1"), ("depthoffield", "0"), ("viewfinder", 0)]
    harness.driver.start_preview()
    harness.camera.written.clear()
    harness.driver.stop_preview()
    assert harness.camera.written == [("viewfinder", 0)]


def test_a_camera_that_does_not_take_it_back_still_ends_live_view(harness: ViewOptionsHarness) -> None:
    harness.look(magnification="10")
    harness.camera.refuse["eoszoom"] = REFUSED
    harness.driver.stop_preview()
    assert harness.camera.settings["viewfinder"].value == "0"


def test_the_aperture_is_opened_before_a_photo_and_the_magnification_stays(
    harness: ViewOptionsHarness, tmp_path: Path
) -> None:
    harness.look(magnification="10", depth_of_field=True)
    harness.driver.capture(Capture(request=3, capture_id="c1", staging=str(tmp_path)), lambda: False)
    assert harness.camera.happened.index("depthoffield=0") < harness.camera.happened.index("trigger")
    assert ("eoszoom", "1") not in harness.camera.written


def test_the_next_process_opens_an_aperture_that_a_killed_one_had_closed(harness: ViewOptionsHarness) -> None:
    harness.look(depth_of_field=True)
    harness.camera.written.clear()
    harness.opened()
    assert harness.camera.written[0] == ("depthoffield", 0)


def test_an_aperture_that_was_opened_is_nobodys_any_more(harness: ViewOptionsHarness) -> None:
    harness.look(depth_of_field=True)
    harness.look(depth_of_field=False)
    assert not harness.pending_restore.exists()
