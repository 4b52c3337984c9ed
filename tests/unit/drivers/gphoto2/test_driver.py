"""The driver on a scripted camera; the same on real libgphoto2 is in tests/contract/driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.drivers.gphoto2.scripted_driver import Bench

from photonic.drivers.gphoto2.camera import BodyIdentity, ObjectAdded, OtherEvent, Setting, ShotDone
from photonic.drivers.gphoto2.events import TRANSFER_SECONDS
from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.worker.link.messages import Captured, CaptureProgressed, Facts, Note, Profiles, Staged

from .scripted import JPEG

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_photos_go_to_the_card_where_there_is_one(bench: Bench) -> None:
    opened = bench.open()
    assert (opened.capture_target, opened.has_card, opened.live_view) == ("card", True, True)
    assert bench.camera.settings["capturetarget"].value == "Memory card"


def test_without_a_card_they_go_to_ram(bench: Bench) -> None:
    bench.camera.storage = False
    opened = bench.open()
    assert (opened.capture_target, opened.has_card) == ("ram", False)
    assert bench.camera.settings["capturetarget"].value == "Internal RAM"


def test_ram_can_be_asked_for(bench: Bench) -> None:
    assert bench.open(capture_target="ram").capture_target == "ram"


def test_another_body_at_the_address_is_refused(bench: Bench) -> None:
    with pytest.raises(CameraError, match="0042"):
        bench.open(expected_serial="77")
    bench.driver.close()
    assert bench.camera.closed


def test_nothing_works_before_open(bench: Bench) -> None:
    with pytest.raises(CameraError):
        bench.driver.preview()
    bench.driver.close()


def test_a_capture_tells_its_phases_then_each_file_then_its_end(bench: Bench) -> None:
    bench.open()
    bench.capture()
    kinds = [type(message) for message in bench.outbox.sent]
    assert kinds == [CaptureProgressed, CaptureProgressed, CaptureProgressed, Staged, Captured]
    assert [message.phase for message in bench.outbox.of(CaptureProgressed)] == ["preparing", "exposing", "downloading"]
    (staged,) = bench.outbox.of(Staged)
    assert staged.path == str(bench.staging / "c1-0-IMG_1.JPG")
    assert staged.size_bytes == len(JPEG)
    assert bench.outbox.of(Captured) == [Captured(capture_id="c1", iso="100", shutter_speed="1/125", aperture="5.6")]


def test_raw_and_jpeg_are_both_waited_for(bench: Bench) -> None:
    camera = bench.camera
    camera.settings["imageformat"] = Setting("imageformat", "RAW + Large Fine JPEG")
    camera.shots.append([ObjectAdded("/card", "A.CR3"), ShotDone(), OtherEvent("x"), ObjectAdded("/card", "A.JPG")])
    bench.open()
    bench.capture()
    assert [staged.name for staged in bench.outbox.of(Staged)] == ["A.CR3", "A.JPG"]
    assert bench.outbox.of(Captured)[0].warning is None


def test_a_second_file_that_stays_away_is_a_warning_and_is_taken_in_when_it_comes(bench: Bench) -> None:
    camera = bench.camera
    camera.settings["imageformat"] = Setting("imageformat", "RAW + Large Fine JPEG")
    camera.shots.append([ObjectAdded("/card", "A.CR3")])
    bench.open()
    bench.capture()
    assert "1 of 2 files arrived" in (bench.outbox.of(Captured)[0].warning or "")
    camera.events.append(ObjectAdded("/card", "A.JPG"))
    bench.settle()
    assert bench.staged() == [
        ("c1", "A.CR3"),
        ("c1", "A.JPG"),
    ]


def test_waiting_objects_are_taken_before_the_trigger_would_discard_them(bench: Bench) -> None:
    bench.open()
    bench.capture()
    bench.camera.events.append(ObjectAdded("/card", "BODY.JPG"))
    bench.capture("c2")
    assert bench.staged() == [
        ("c1", "IMG_1.JPG"),
        (None, "BODY.JPG"),
        ("c2", "IMG_2.JPG"),
    ]
    happened = bench.camera.happened
    assert happened.index("fetch BODY.JPG") < len(happened) - 1 - happened[::-1].index("trigger")


def test_a_busy_camera_is_drained_and_asked_again(bench: Bench) -> None:
    bench.camera.shots.append(CameraError("busy", kind=FailureKind.CAMERA_BUSY, code=-110))
    bench.open()
    bench.capture()
    assert bench.camera.triggers == 2
    assert len(bench.outbox.of(Captured)) == 1


def test_a_camera_that_stays_busy_fails_this_capture_only(bench: Bench) -> None:
    busy = CameraError("busy", kind=FailureKind.CAMERA_BUSY, code=-110)
    bench.camera.shots.extend([busy] * 200)
    bench.open()
    with pytest.raises(CaptureError) as caught:
        bench.capture()
    assert caught.value.kind is FailureKind.CAMERA_BUSY
    bench.camera.shots.clear()
    bench.capture("c2")
    assert bench.outbox.of(Captured)[0].capture_id == "c2"


def test_failed_focus_fails_at_once(bench: Bench) -> None:
    bench.camera.shots.append(CameraError("no focus", kind=FailureKind.AUTOFOCUS_FAILED, code=-1))
    bench.open()
    before = bench.time()
    with pytest.raises(CaptureError) as caught:
        bench.capture()
    assert caught.value.kind is FailureKind.AUTOFOCUS_FAILED
    assert bench.time() - before < 1


def test_a_broken_connection_is_the_cameras_failure(bench: Bench) -> None:
    bench.camera.shots.append(CameraError("gone", code=-7))
    bench.open()
    with pytest.raises(CameraError):
        bench.capture()


def test_the_late_twin_of_the_capture_before_is_not_taken_for_this_one(bench: Bench) -> None:
    camera = bench.camera
    camera.settings["imageformat"] = Setting("imageformat", "RAW + Large Fine JPEG")
    camera.shots.append([ObjectAdded("/card", "A.CR3")])
    camera.shots.append([ObjectAdded("/card", name) for name in ("A.JPG", "B.CR3", "B.JPG")])
    bench.open()
    bench.capture("c1")
    bench.capture("c2")
    assert bench.staged() == [("c1", "A.CR3"), ("c1", "A.JPG"), ("c2", "B.CR3"), ("c2", "B.JPG")]


def test_a_photo_that_the_disk_refuses_fails_the_capture_and_is_fetched_when_there_is_room(bench: Bench) -> None:
    bench.open()
    bench.camera.sizes["IMG_1.JPG"] = 2**62
    with pytest.raises(CaptureError) as caught:
        bench.capture("c1")
    assert caught.value.kind is FailureKind.HOST_STORAGE_FULL
    del bench.camera.sizes["IMG_1.JPG"]
    bench.settle(20.0)
    assert bench.staged() == [("c1", "IMG_1.JPG")]


def test_a_fetch_that_fails_over_a_good_connection_is_tried_again_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.open()
    fetch = bench.camera.fetch

    def refused(*_: object) -> None:
        raise CameraError("refused", code=-1)

    monkeypatch.setattr(bench.camera, "fetch", refused)
    with pytest.raises(CaptureError):
        bench.capture("c1")
    monkeypatch.setattr(bench.camera, "fetch", fetch)
    bench.settle(20.0)
    assert bench.staged() == [("c1", "IMG_1.JPG")]


def test_a_slow_fetch_moves_the_deadline_and_does_not_cost_the_second_file(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = bench.camera
    camera.settings["imageformat"] = Setting("imageformat", "RAW + Large Fine JPEG")
    camera.shots.append([ObjectAdded("/card", "A.CR3"), ShotDone()])
    camera.contents["A.CR3"] = bytes(40_000_000)
    fetch = camera.fetch
    began = bench.time()

    def slow(folder: str, name: str, descriptor: int, limit_seconds: float) -> None:
        bench.time.pause(limit_seconds - 1)
        fetch(folder, name, descriptor, limit_seconds)
        if name == "A.CR3":
            camera.events.append(ObjectAdded("/card", "A.JPG"))

    monkeypatch.setattr(camera, "fetch", slow)
    deadlines: list[float] = []
    send = bench.outbox.send

    def timed(message: object) -> None:
        if isinstance(message, CaptureProgressed):
            deadlines.append(bench.time() + message.remaining_seconds)
        send(message)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(bench.outbox, "send", timed)
    bench.open()
    bench.capture()
    assert [staged.name for staged in bench.outbox.of(Staged)] == ["A.CR3", "A.JPG"]
    assert bench.outbox.of(Captured)[0].warning is None
    assert bench.time() - began > 100, "the fetches were slow"
    assert bench.time() < deadlines[-1]


def test_a_photo_in_ram_has_its_transfer_within_the_deadline(bench: Bench) -> None:
    bench.open(capture_target="ram")
    bench.camera.shots.append([ObjectAdded("/", "capt0000.jpg"), ShotDone()])
    bench.capture()
    exposing = next(reported for reported in bench.outbox.of(CaptureProgressed) if reported.phase == "exposing")
    assert exposing.remaining_seconds > TRANSFER_SECONDS


def test_a_photo_that_never_comes_ends_at_the_announced_deadline(bench: Bench) -> None:
    bench.camera.shots.append([ShotDone()])
    bench.open()
    before = bench.time()
    with pytest.raises(CaptureError) as caught:
        bench.capture()
    assert caught.value.kind is FailureKind.TIMEOUT
    announced = bench.outbox.of(CaptureProgressed)[-1].remaining_seconds
    assert bench.time() - before == pytest.approx(announced, abs=1)


def test_a_full_card_is_refused_before_the_shutter(bench: Bench) -> None:
    bench.camera.settings["availableshots"] = Setting("availableshots", "0")
    bench.open()
    with pytest.raises(CaptureError) as caught:
        bench.capture()
    assert caught.value.kind is FailureKind.CAMERA_STORAGE_FULL
    assert bench.camera.triggers == 0


def test_a_card_that_was_taken_out_is_not_called_full(bench: Bench) -> None:
    bench.camera.settings["availableshots"] = Setting("availableshots", "0")
    bench.open()
    bench.camera.storage = False
    with pytest.raises(CaptureError) as caught:
        bench.capture()
    assert caught.value.kind is FailureKind.NO_CARD
    assert bench.camera.triggers == 0


def test_a_refusal_without_a_reason_is_looked_into(bench: Bench) -> None:
    bench.open()
    bench.camera.storage = False
    bench.camera.shots.append(CameraError("no reason", code=-1))
    with pytest.raises(CaptureError) as caught:
        bench.capture()
    assert caught.value.kind is FailureKind.NO_CARD


def test_capture_settings_are_in_force_at_the_trigger_and_live_ones_afterwards(bench: Bench) -> None:
    bench.open(profiles=Profiles(live={"iso": "800"}, capture={"iso": "100"}))
    bench.camera.happened.clear()
    bench.capture()
    assert bench.camera.happened == ["iso=100", "trigger", "fetch IMG_1.JPG", "iso=800"]
    assert bench.outbox.of(Captured)[0].iso == "100"


def test_live_settings_come_back_after_a_failed_capture_too(bench: Bench) -> None:
    bench.open(profiles=Profiles(capture={"iso": "400"}))
    bench.camera.shots.append(CameraError("no focus", kind=FailureKind.AUTOFOCUS_FAILED, code=-1))
    with pytest.raises(CaptureError):
        bench.capture()
    assert bench.camera.settings["iso"].value == "100"


def test_the_viewfinder_goes_off_before_a_capture_where_wished(bench: Bench) -> None:
    bench.open(profiles=Profiles(disable_viewfinder_before_capture=True))
    bench.driver.start_preview()
    bench.camera.happened.clear()
    bench.capture()
    assert bench.camera.happened == ["viewfinder=0", "trigger", "fetch IMG_1.JPG", "viewfinder=1"]


def test_bad_profiles_are_refused(bench: Bench) -> None:
    bench.open()
    with pytest.raises(BadInput):
        bench.driver.apply(Profiles(live={"shutter_speed": "1/100"}))


def test_a_value_that_the_camera_refuses_after_all_changes_nothing(bench: Bench) -> None:
    bench.open()
    bench.camera.refuse["aperture"] = CameraError("not in this mode", code=-1)
    with pytest.raises(BadInput, match="not in this mode"):
        bench.driver.apply(Profiles(live={"iso": "800", "aperture": "8"}))
    assert bench.camera.settings["iso"].value == "100"


def test_a_photo_of_the_bodys_button_is_staged_without_a_capture(bench: Bench) -> None:
    bench.open(staging=str(bench.staging))
    bench.camera.events.append(ObjectAdded("/card", "BODY.JPG"))
    bench.settle()
    (staged,) = bench.outbox.of(Staged)
    assert staged.capture_id is None
    assert staged.path.endswith("BODY.JPG")


def test_a_photo_without_a_place_waits_for_one(bench: Bench) -> None:
    bench.open()
    bench.camera.events.append(ObjectAdded("/", "capt0000.jpg"))
    bench.settle()
    assert bench.outbox.of(Staged) == []
    assert len(bench.outbox.of(Note)) == 1
    bench.capture()
    bench.settle(20.0)
    assert [staged.name for staged in bench.outbox.of(Staged)] == ["IMG_1.JPG", "capt0000.jpg"]


def test_facts_are_told_when_they_change(bench: Bench) -> None:
    bench.open()
    bench.settle()
    bench.settle(30.0)
    assert bench.outbox.of(Facts) == [Facts(battery=75, storage_available=True, shots_available=999)]
    bench.camera.settings["batterylevel"] = Setting("batterylevel", "50%")
    bench.settle(30.0)
    assert bench.outbox.of(Facts)[-1].battery == 50


@pytest.mark.parametrize(("battery", "percent"), [("25%", 25), ("Low", 10), ("Unknown value 0007", None)])
@pytest.mark.parametrize(("power_off", "seconds"), [("240", 240), ("0", 0), ("Never", 0), ("10s", 10), ("Menu", None)])
def test_words_for_battery_and_power_off_time(
    bench: Bench, battery: str, percent: int | None, power_off: str, seconds: int | None
) -> None:
    bench.camera.settings["batterylevel"] = Setting("batterylevel", battery)
    bench.camera.settings["autopoweroff"] = Setting("autopoweroff", power_off)
    bench.open()
    bench.settle()
    (facts,) = bench.outbox.of(Facts)
    assert (facts.battery, facts.power_off_seconds) == (percent, seconds)


def test_a_camera_without_live_view_says_so(bench: Bench) -> None:
    del bench.camera.settings["viewfinder"]
    bench.camera.frames.append(CameraError("no", kind=FailureKind.NOT_SUPPORTED, code=-6))
    assert not bench.open().live_view
    with pytest.raises(CameraError) as caught:
        bench.driver.start_preview()
    assert caught.value.kind is FailureKind.NOT_SUPPORTED
    bench.driver.stop_preview()


def test_closing_switches_live_view_off(bench: Bench) -> None:
    bench.open()
    bench.driver.start_preview()
    bench.driver.close()
    assert bench.camera.happened[-1] == "viewfinder=0"
    assert bench.camera.closed


def test_closing_a_lost_camera_asks_it_nothing(bench: Bench) -> None:
    bench.open()
    bench.camera.connected = False
    bench.camera.happened.clear()
    bench.driver.close()
    assert bench.camera.happened == []
    assert bench.camera.closed


def test_before_a_shot_a_camera_that_tells_late_is_waited_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    identity = BodyIdentity("0042", "X-T5", "FUJIFILM", "1.0", preview=True)
    monkeypatch.setattr(bench.camera, "identity", lambda: identity)
    bench.open()
    waits: list[float] = []
    monkeypatch.setattr(bench.camera, "waited", waits.append)
    bench.capture()
    assert waits[0] == 0.3
    waits.clear()
    bench.settle()
    assert set(waits) == {0.0}


def test_before_a_shot_of_a_prompt_camera_nobody_waits(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.open()
    waits: list[float] = []
    monkeypatch.setattr(bench.camera, "waited", waits.append)
    bench.capture()
    assert waits[0] == 0.0


def test_an_idle_camera_is_kept_awake(bench: Bench) -> None:
    bench.open()
    bench.settle()
    bench.camera.asked.clear()
    for _ in range(18):
        bench.settle(1.0)
    assert bench.camera.asked.count("batterylevel") == 3


def test_live_view_keeps_a_camera_awake_by_itself(bench: Bench) -> None:
    bench.open()
    bench.driver.start_preview()
    for _ in range(10):
        bench.settle(0.1)
    bench.camera.asked.clear()
    for _ in range(18):
        bench.settle(1.0)
    assert bench.camera.asked == []


@pytest.mark.parametrize(("maker", "seconds"), [("Canon Inc.", 0.05), ("FUJIFILM", 0.3)])
def test_before_live_view_is_restarted_the_camera_is_heard_out(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, maker: str, seconds: float
) -> None:
    monkeypatch.setattr(bench.camera, "identity", lambda: BodyIdentity("0042", "X", maker, "1.0", preview=True))
    bench.open(staging=str(bench.staging))
    waits: list[float] = []
    monkeypatch.setattr(bench.camera, "waited", waits.append)
    bench.driver.start_preview()
    assert waits == []
    bench.camera.events.append(ObjectAdded("/card", "BODY.JPG"))
    bench.camera.happened.clear()
    bench.driver.start_preview()
    assert waits == [seconds, seconds]
    assert bench.camera.happened == ["fetch BODY.JPG", "viewfinder=0", "viewfinder=1"]


def test_a_camera_that_refuses_to_tell_is_restarted_all_the_same(bench: Bench) -> None:
    bench.open()
    bench.driver.start_preview()
    bench.camera.events.extend([CameraError("no", code=-2)])
    bench.camera.happened.clear()
    bench.driver.start_preview()
    assert bench.camera.happened == ["viewfinder=0", "viewfinder=1"]
