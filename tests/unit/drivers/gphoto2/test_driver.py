"""The driver on a scripted camera; the same on real libgphoto2 is in tests/contract/driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.drivers.gphoto2.scripted_driver import DriverHarness

from photonic.drivers.gphoto2.camera import BodyIdentity, ObjectAdded, OtherEvent, Setting, ShotDone
from photonic.drivers.gphoto2.events import TRANSFER_SECONDS
from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.model.exposure_end import ExposureEnd
from photonic.worker.link.messages import Captured, CaptureProgressed, Facts, Note, Profiles, Staged

from .scripted import JPEG

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def harness(tmp_path: Path) -> DriverHarness:
    return DriverHarness(tmp_path)


def test_photos_go_to_the_card_where_there_is_one(harness: DriverHarness) -> None:
    opened = harness.open()
    assert (opened.capture_target, opened.has_card, opened.live_view) == ("card", True, True)
    assert harness.camera.settings["capturetarget"].value == "Memory card"


def test_without_a_card_they_go_to_ram(harness: DriverHarness) -> None:
    harness.camera.storage = False
    opened = harness.open()
    assert (opened.capture_target, opened.has_card) == ("ram", False)
    assert harness.camera.settings["capturetarget"].value == "Internal RAM"


def test_ram_can_be_asked_for(harness: DriverHarness) -> None:
    assert harness.open(capture_target="ram").capture_target == "ram"


def test_another_body_at_the_address_is_refused(harness: DriverHarness) -> None:
    with pytest.raises(CameraError, match="0042"):
        harness.open(expected_serial="77")
    harness.driver.close()
    assert harness.camera.closed


def test_nothing_works_before_open(harness: DriverHarness) -> None:
    with pytest.raises(CameraError):
        harness.driver.preview()
    harness.driver.close()


def test_a_capture_tells_its_phases_then_each_file_then_its_end(harness: DriverHarness) -> None:
    harness.open()
    harness.capture()
    kinds = [type(message) for message in harness.outbox.sent]
    assert kinds == [CaptureProgressed, CaptureProgressed, CaptureProgressed, Staged, Captured]
    assert [message.phase for message in harness.outbox.of(CaptureProgressed)] == [
        "preparing",
        "exposing",
        "downloading",
    ]
    assert [message.exposed_from for message in harness.outbox.of(CaptureProgressed)] == [None, None, ExposureEnd.FILE]
    (staged,) = harness.outbox.of(Staged)
    assert staged.path == str(harness.staging / f"{staged.sha256}.c1-0-IMG_1.JPG")
    assert staged.size_bytes == len(JPEG)
    assert harness.outbox.of(Captured) == [Captured(capture_id="c1", iso="100", shutter_speed="1/125", aperture="5.6")]


def test_raw_and_jpeg_are_both_waited_for(harness: DriverHarness) -> None:
    camera = harness.camera
    camera.settings["imageformat"] = Setting("imageformat", "RAW + Large Fine JPEG")
    camera.shots.append([ObjectAdded("/card", "A.CR3"), ShotDone(), OtherEvent("x"), ObjectAdded("/card", "A.JPG")])
    harness.open()
    harness.capture()
    assert [staged.name for staged in harness.outbox.of(Staged)] == ["A.CR3", "A.JPG"]
    assert harness.outbox.of(Captured)[0].warning is None


def test_a_second_file_that_stays_away_is_a_warning_and_is_taken_in_when_it_comes(harness: DriverHarness) -> None:
    camera = harness.camera
    camera.settings["imageformat"] = Setting("imageformat", "RAW + Large Fine JPEG")
    camera.shots.append([ObjectAdded("/card", "A.CR3")])
    harness.open()
    harness.capture()
    assert "1 of 2 files arrived" in (harness.outbox.of(Captured)[0].warning or "")
    camera.events.append(ObjectAdded("/card", "A.JPG"))
    harness.settle()
    assert harness.staged() == [
        ("c1", "A.CR3"),
        ("c1", "A.JPG"),
    ]


def test_waiting_objects_are_taken_before_the_trigger_would_discard_them(harness: DriverHarness) -> None:
    harness.open()
    harness.capture()
    harness.camera.events.append(ObjectAdded("/card", "BODY.JPG"))
    harness.capture("c2")
    assert harness.staged() == [
        ("c1", "IMG_1.JPG"),
        (None, "BODY.JPG"),
        ("c2", "IMG_2.JPG"),
    ]
    happened = harness.camera.happened
    assert happened.index("fetch BODY.JPG") < len(happened) - 1 - happened[::-1].index("trigger")


def test_a_busy_camera_is_drained_and_asked_again(harness: DriverHarness) -> None:
    harness.camera.shots.append(CameraError("busy", kind=FailureKind.CAMERA_BUSY, code=-110))
    harness.open()
    harness.capture()
    assert harness.camera.triggers == 2
    assert len(harness.outbox.of(Captured)) == 1


def test_a_camera_that_stays_busy_fails_this_capture_only(harness: DriverHarness) -> None:
    busy = CameraError("busy", kind=FailureKind.CAMERA_BUSY, code=-110)
    harness.camera.shots.extend([busy] * 200)
    harness.open()
    with pytest.raises(CaptureError) as caught:
        harness.capture()
    assert caught.value.kind is FailureKind.CAMERA_BUSY
    harness.camera.shots.clear()
    harness.capture("c2")
    assert harness.outbox.of(Captured)[0].capture_id == "c2"


def test_failed_focus_fails_at_once(harness: DriverHarness) -> None:
    harness.camera.shots.append(CameraError("no focus", kind=FailureKind.AUTOFOCUS_FAILED, code=-1))
    harness.open()
    before = harness.time()
    with pytest.raises(CaptureError) as caught:
        harness.capture()
    assert caught.value.kind is FailureKind.AUTOFOCUS_FAILED
    assert harness.time() - before < 1


def test_a_broken_connection_is_the_cameras_failure(harness: DriverHarness) -> None:
    harness.camera.shots.append(CameraError("gone", code=-7))
    harness.open()
    with pytest.raises(CameraError):
        harness.capture()


def test_the_late_twin_of_the_capture_before_is_not_taken_for_this_one(harness: DriverHarness) -> None:
    camera = harness.camera
    camera.settings["imageformat"] = Setting("imageformat", "RAW + Large Fine JPEG")
    camera.shots.append([ObjectAdded("/card", "A.CR3")])
    camera.shots.append([ObjectAdded("/card", name) for name in ("A.JPG", "B.CR3", "B.JPG")])
    harness.open()
    harness.capture("c1")
    harness.capture("c2")
    assert harness.staged() == [("c1", "A.CR3"), ("c1", "A.JPG"), ("c2", "B.CR3"), ("c2", "B.JPG")]


def test_a_photo_that_the_disk_refuses_fails_the_capture_and_is_fetched_when_there_is_room(
    harness: DriverHarness,
) -> None:
    harness.open()
    harness.camera.sizes["IMG_1.JPG"] = 2**62
    with pytest.raises(CaptureError) as caught:
        harness.capture("c1")
    assert caught.value.kind is FailureKind.HOST_STORAGE_FULL
    del harness.camera.sizes["IMG_1.JPG"]
    harness.settle(20.0)
    assert harness.staged() == [("c1", "IMG_1.JPG")]


def test_a_fetch_that_fails_over_a_good_connection_is_tried_again_later(
    harness: DriverHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.open()
    fetch = harness.camera.fetch

    def refused(*_: object) -> None:
        raise CameraError("refused", code=-1)

    monkeypatch.setattr(harness.camera, "fetch", refused)
    with pytest.raises(CaptureError):
        harness.capture("c1")
    monkeypatch.setattr(harness.camera, "fetch", fetch)
    harness.settle(20.0)
    assert harness.staged() == [("c1", "IMG_1.JPG")]


def test_a_slow_fetch_moves_the_deadline_and_does_not_cost_the_second_file(
    harness: DriverHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = harness.camera
    camera.settings["imageformat"] = Setting("imageformat", "RAW + Large Fine JPEG")
    camera.shots.append([ObjectAdded("/card", "A.CR3"), ShotDone()])
    camera.contents["A.CR3"] = bytes(40_000_000)
    fetch = camera.fetch
    began = harness.time()

    def slow(folder: str, name: str, take: Callable[[memoryview], object], limit_seconds: float) -> None:
        harness.time.pause(limit_seconds - 1)
        fetch(folder, name, take, limit_seconds)
        if name == "A.CR3":
            camera.events.append(ObjectAdded("/card", "A.JPG"))

    monkeypatch.setattr(camera, "fetch", slow)
    deadlines: list[float] = []
    send = harness.outbox.send

    def timed(message: object) -> None:
        if isinstance(message, CaptureProgressed):
            deadlines.append(harness.time() + message.remaining_seconds)
        send(message)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(harness.outbox, "send", timed)
    harness.open()
    harness.capture()
    assert [staged.name for staged in harness.outbox.of(Staged)] == ["A.CR3", "A.JPG"]
    assert harness.outbox.of(Captured)[0].warning is None
    assert harness.time() - began > 100, "the fetches were slow"
    assert harness.time() < deadlines[-1]


def test_a_photo_in_ram_has_its_transfer_within_the_deadline(harness: DriverHarness) -> None:
    harness.open(capture_target="ram")
    harness.camera.shots.append([ObjectAdded("/", "capt0000.jpg"), ShotDone()])
    harness.capture()
    exposing = next(reported for reported in harness.outbox.of(CaptureProgressed) if reported.phase == "exposing")
    assert exposing.remaining_seconds > TRANSFER_SECONDS


def test_a_photo_that_never_comes_ends_at_the_announced_deadline(harness: DriverHarness) -> None:
    harness.camera.shots.append([ShotDone()])
    harness.open()
    before = harness.time()
    with pytest.raises(CaptureError) as caught:
        harness.capture()
    assert caught.value.kind is FailureKind.TIMEOUT
    announced = harness.outbox.of(CaptureProgressed)[-1].remaining_seconds
    assert harness.time() - before == pytest.approx(announced, abs=1)


def test_a_full_card_is_refused_before_the_shutter(harness: DriverHarness) -> None:
    harness.camera.settings["availableshots"] = Setting("availableshots", "0")
    harness.open()
    with pytest.raises(CaptureError) as caught:
        harness.capture()
    assert caught.value.kind is FailureKind.CAMERA_STORAGE_FULL
    assert harness.camera.triggers == 0


def test_a_card_that_was_taken_out_is_not_called_full(harness: DriverHarness) -> None:
    harness.camera.settings["availableshots"] = Setting("availableshots", "0")
    harness.open()
    harness.camera.storage = False
    with pytest.raises(CaptureError) as caught:
        harness.capture()
    assert caught.value.kind is FailureKind.NO_CARD
    assert harness.camera.triggers == 0


def test_a_refusal_without_a_reason_is_looked_into(harness: DriverHarness) -> None:
    harness.open()
    harness.camera.storage = False
    harness.camera.shots.append(CameraError("no reason", code=-1))
    with pytest.raises(CaptureError) as caught:
        harness.capture()
    assert caught.value.kind is FailureKind.NO_CARD


def test_capture_settings_are_in_force_at_the_trigger_and_live_ones_afterwards(harness: DriverHarness) -> None:
    harness.open(profiles=Profiles(live={"iso": "800"}, capture={"iso": "100"}))
    harness.camera.happened.clear()
    harness.capture()
    assert harness.camera.happened == ["iso=100", "trigger", "fetch IMG_1.JPG", "iso=800"]
    assert harness.outbox.of(Captured)[0].iso == "100"


def test_live_settings_come_back_after_a_failed_capture_too(harness: DriverHarness) -> None:
    harness.open(profiles=Profiles(capture={"iso": "400"}))
    harness.camera.shots.append(CameraError("no focus", kind=FailureKind.AUTOFOCUS_FAILED, code=-1))
    with pytest.raises(CaptureError):
        harness.capture()
    assert harness.camera.settings["iso"].value == "100"


def test_the_viewfinder_goes_off_before_a_capture_where_wished(harness: DriverHarness) -> None:
    harness.open(profiles=Profiles(disable_viewfinder_before_capture=True))
    harness.driver.start_preview()
    harness.camera.happened.clear()
    harness.capture()
    assert harness.camera.happened == ["viewfinder=0", "trigger", "fetch IMG_1.JPG", "viewfinder=1"]


def test_bad_profiles_are_refused(harness: DriverHarness) -> None:
    harness.open()
    with pytest.raises(BadInput):
        harness.driver.apply(Profiles(live={"shutter_speed": "1/100"}))


def test_a_value_that_the_camera_refuses_after_all_changes_nothing(harness: DriverHarness) -> None:
    harness.open()
    harness.camera.refuse["aperture"] = CameraError("not in this mode", code=-1)
    with pytest.raises(BadInput, match="not in this mode"):
        harness.driver.apply(Profiles(live={"iso": "800", "aperture": "8"}))
    assert harness.camera.settings["iso"].value == "100"


def test_a_photo_of_the_bodys_button_is_staged_without_a_capture(harness: DriverHarness) -> None:
    harness.open(staging=str(harness.staging))
    harness.camera.events.append(ObjectAdded("/card", "BODY.JPG"))
    harness.settle()
    (staged,) = harness.outbox.of(Staged)
    assert staged.capture_id is None
    assert staged.path.endswith("BODY.JPG")


def test_a_photo_without_a_place_waits_for_one(harness: DriverHarness) -> None:
    harness.open()
    harness.camera.events.append(ObjectAdded("/", "capt0000.jpg"))
    harness.settle()
    assert harness.outbox.of(Staged) == []
    assert len(harness.outbox.of(Note)) == 1
    harness.capture()
    harness.settle(20.0)
    assert [staged.name for staged in harness.outbox.of(Staged)] == ["IMG_1.JPG", "capt0000.jpg"]


def test_facts_are_told_when_they_change(harness: DriverHarness) -> None:
    harness.open()
    harness.settle()
    harness.settle(30.0)
    assert harness.outbox.of(Facts) == [Facts(battery=75, storage_available=True, shots_available=999)]
    harness.camera.settings["batterylevel"] = Setting("batterylevel", "50%")
    harness.settle(30.0)
    assert harness.outbox.of(Facts)[-1].battery == 50


@pytest.mark.parametrize(("battery", "percent"), [("25%", 25), ("Low", 10), ("Unknown value 0007", None)])
@pytest.mark.parametrize(("power_off", "seconds"), [("240", 240), ("0", 0), ("Never", 0), ("10s", 10), ("Menu", None)])
def test_words_for_battery_and_power_off_time(
    harness: DriverHarness, battery: str, percent: int | None, power_off: str, seconds: int | None
) -> None:
    harness.camera.settings["batterylevel"] = Setting("batterylevel", battery)
    harness.camera.settings["autopoweroff"] = Setting("autopoweroff", power_off)
    harness.open()
    harness.settle()
    (facts,) = harness.outbox.of(Facts)
    assert (facts.battery, facts.power_off_seconds) == (percent, seconds)


def test_a_camera_without_live_view_says_so(harness: DriverHarness) -> None:
    del harness.camera.settings["viewfinder"]
    harness.camera.frames.append(CameraError("no", kind=FailureKind.NOT_SUPPORTED, code=-6))
    assert not harness.open().live_view
    with pytest.raises(CameraError) as caught:
        harness.driver.start_preview()
    assert caught.value.kind is FailureKind.NOT_SUPPORTED
    harness.driver.stop_preview()


def test_closing_switches_live_view_off(harness: DriverHarness) -> None:
    harness.open()
    harness.driver.start_preview()
    harness.driver.close()
    assert harness.camera.happened[-1] == "viewfinder=0"
    assert harness.camera.closed


def test_closing_a_lost_camera_asks_it_nothing(harness: DriverHarness) -> None:
    harness.open()
    harness.camera.connected = False
    harness.camera.happened.clear()
    harness.driver.close()
    assert harness.camera.happened == []
    assert harness.camera.closed


def test_before_a_shot_a_camera_that_tells_late_is_waited_for(
    harness: DriverHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = BodyIdentity("0042", "X-T5", "FUJIFILM", "1.0", preview=True)
    monkeypatch.setattr(harness.camera, "identity", lambda: identity)
    harness.open()
    waits: list[float] = []
    monkeypatch.setattr(harness.camera, "waited", waits.append)
    harness.capture()
    assert waits[0] == 0.3
    waits.clear()
    harness.settle()
    assert set(waits) == {0.0}


def test_before_a_shot_of_a_prompt_camera_nobody_waits(harness: DriverHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    harness.open()
    waits: list[float] = []
    monkeypatch.setattr(harness.camera, "waited", waits.append)
    harness.capture()
    assert waits[0] == 0.0


def test_an_idle_camera_is_kept_awake(harness: DriverHarness) -> None:
    harness.open()
    harness.settle()
    harness.camera.asked.clear()
    for _ in range(18):
        harness.settle(1.0)
    assert harness.camera.asked.count("batterylevel") == 3


def test_live_view_keeps_a_camera_awake_by_itself(harness: DriverHarness) -> None:
    harness.open()
    harness.driver.start_preview()
    for _ in range(10):
        harness.settle(0.1)
    harness.camera.asked.clear()
    for _ in range(18):
        harness.settle(1.0)
    assert harness.camera.asked == []


@pytest.mark.parametrize(("maker", "seconds"), [("Canon Inc.", 0.05), ("FUJIFILM", 0.3)])
def test_before_live_view_is_restarted_the_camera_is_heard_out(
    harness: DriverHarness, monkeypatch: pytest.MonkeyPatch, maker: str, seconds: float
) -> None:
    monkeypatch.setattr(harness.camera, "identity", lambda: BodyIdentity("0042", "X", maker, "1.0", preview=True))
    harness.open(staging=str(harness.staging))
    waits: list[float] = []
    monkeypatch.setattr(harness.camera, "waited", waits.append)
    harness.driver.start_preview()
    assert waits == []
    harness.camera.events.append(ObjectAdded("/card", "BODY.JPG"))
    harness.camera.happened.clear()
    harness.driver.start_preview()
    assert waits == [seconds, seconds]
    assert harness.camera.happened == ["fetch BODY.JPG", "viewfinder=0", "viewfinder=1"]


def test_a_camera_that_refuses_to_tell_is_restarted_all_the_same(harness: DriverHarness) -> None:
    harness.open()
    harness.driver.start_preview()
    harness.camera.events.extend([CameraError("no", code=-2)])
    harness.camera.happened.clear()
    harness.driver.start_preview()
    assert harness.camera.happened == ["viewfinder=0", "viewfinder=1"]
