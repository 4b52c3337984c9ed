"""The body in virtual time: how long a shot takes, what fills up, what runs out."""

from __future__ import annotations

import pytest
from tests.unit.simulator.bodies import PHOTO_BYTES, BodyHarness

from photonic.errors import BadInput
from photonic.ptp.codes import CanonProperty as P
from photonic.simulator.body import RAM_SLOTS
from photonic.simulator.body_events import Added, BodyEvent, Focused, PropertyChanged, Status
from photonic.simulator.faults import Fault, FaultName
from photonic.simulator.properties import BULB, BULB_MODE, CARD, MANUAL_FOCUS, RAM, VIEWFINDER_TO_PC, ImageFormat
from photonic.simulator.refusals import Busy, Full

ONE_SECOND, TEN_SECONDS, TWENTIETH = 0x38, 0x1D, 0x5B
TIMER_2_SECONDS = 0x11


def watching(**settings: object) -> BodyHarness:
    """A body whose viewfinder shows frames."""
    harness = BodyHarness(**settings)
    harness.set(P.VIEWFINDER_OUTPUT, VIEWFINDER_TO_PC)
    harness.pass_time(1.0)
    assert harness.body.viewfinder.ready(harness.now)
    return harness


def in_ram(**settings: object) -> BodyHarness:
    """A body in a session whose client has announced room for photos."""
    harness = BodyHarness(**settings)
    harness.body.connected(harness.now)
    harness.set(P.CAPTURE_DESTINATION, RAM)
    harness.body.announce_capacity(1000)
    return harness


def reported(harness: BodyHarness, kind: type[BodyEvent]) -> list[BodyEvent]:
    return [body_event for body_event in harness.body.body_events if isinstance(body_event, kind)]


def test_a_shot_goes_its_way_in_order() -> None:
    harness = BodyHarness()
    harness.shoot()
    assert harness.events() == ["pressed", "exposed", "added", "written"]
    assert [
        type(body_event) for body_event in harness.body.body_events if not isinstance(body_event, PropertyChanged)
    ] == [
        Status,
        Added,
        Status,
    ]


@pytest.mark.parametrize(("shutter", "seconds"), [(TWENTIETH, 0.05), (ONE_SECOND, 1.0), (TEN_SECONDS, 10.0)])
def test_the_viewfinder_is_dark_for_mirror_exposure_and_settling(shutter: int, seconds: float) -> None:
    harness = watching(settle_seconds=0.5)
    harness.set(P.SHUTTER, shutter)
    pressed_at = harness.now
    harness.body.press(harness.now, "client")
    assert not harness.body.viewfinder.ready(pressed_at)
    harness.pass_time(seconds + 0.5)
    assert not harness.body.viewfinder.ready(harness.now)
    harness.pass_time(0.1)
    assert harness.body.viewfinder.ready(harness.now)
    (exposed,) = harness.entries("exposed")
    assert exposed["shutter_seconds"] == seconds
    assert exposed["at_us"] == pytest.approx((pressed_at + 0.05 + seconds) * 1e6, abs=2)


def test_speed_divides_the_bodys_own_times() -> None:
    harness = BodyHarness(speed=10.0)
    harness.set(P.SHUTTER, TEN_SECONDS)
    harness.body.press(harness.now, "client")
    harness.pass_time(1.0)
    assert "exposed" not in harness.events()
    harness.pass_time(0.1)
    assert "exposed" in harness.events()


def test_writing_takes_as_long_as_the_file_is_big() -> None:
    harness = BodyHarness()
    harness.shoot()
    (exposed,), (added,) = harness.entries("exposed"), harness.entries("added")
    assert isinstance(added["at_us"], int)
    assert isinstance(exposed["at_us"], int)
    assert added["at_us"] - exposed["at_us"] == pytest.approx((0.05 + PHOTO_BYTES / 90e6) * 1e6, abs=2)


def test_a_second_press_and_a_setting_are_refused_while_a_shot_is_under_way() -> None:
    harness = BodyHarness()
    harness.body.press(harness.now, "client")
    with pytest.raises(Busy):
        harness.body.press(harness.now, "client")
    with pytest.raises(Busy):
        harness.set(P.ISO, 0x48)
    harness.finish()
    harness.set(P.ISO, 0x48)
    assert harness.body.dials.exposure.iso == 100


def test_raw_and_jpeg_are_two_files_of_one_name() -> None:
    harness = BodyHarness()
    harness.body.set(P.IMAGE_FORMAT, ImageFormat.RAW_L.pack(), harness.now)
    harness.shoot()
    assert [entry["name"] for entry in harness.entries("added")] == ["IMG_0001.CR2", "IMG_0001.JPG"]


def test_the_self_timer_waits_with_the_mirror_down() -> None:
    harness = watching()
    harness.set(P.DRIVE, TIMER_2_SECONDS)
    harness.body.press(harness.now, "client")
    harness.pass_time(1.9)
    assert harness.body.viewfinder.ready(harness.now)
    harness.pass_time(0.15)
    assert not harness.body.viewfinder.ready(harness.now)
    harness.finish()
    assert "written" in harness.events()


def test_bulb_lasts_as_long_as_the_button_is_held() -> None:
    harness = watching()
    harness.set(P.SHUTTER, BULB)
    harness.body.press(harness.now, "client")
    harness.pass_time(42.05)
    assert not harness.body.viewfinder.ready(harness.now)
    assert "exposed" not in harness.events()
    harness.body.release(harness.now)
    harness.finish()
    assert harness.renderer.exposures[0].seconds == pytest.approx(42.0)


@pytest.mark.parametrize(("to", "exposed"), [(CARD, 2), (RAM, 1)])
def test_a_bulb_exposure_ends_with_its_session_and_a_card_keeps_it(to: int, exposed: int) -> None:
    harness = BodyHarness()
    harness.body.connected(harness.now)
    harness.body.announce_capacity(100)
    harness.set(P.CAPTURE_DESTINATION, to)
    harness.set(P.SHUTTER, BULB)
    harness.body.press(harness.now, "client")
    harness.pass_time(5.05)
    harness.body.disconnected(harness.now)
    harness.finish()
    harness.body.connected(harness.now)
    harness.set(P.SHUTTER, TWENTIETH)
    harness.shoot()
    assert harness.events().count("exposed") == exposed
    assert harness.renderer.exposures[0].seconds == pytest.approx(5.0 if to == CARD else 1 / 20)


def test_the_mode_dial_at_b_is_bulb_whatever_the_shutter_stands_at() -> None:
    harness = BodyHarness()
    harness.set(P.MODE, BULB_MODE)
    harness.body.press(harness.now, "client")
    harness.pass_time(3.05)
    harness.body.release(harness.now)
    harness.finish()
    assert harness.renderer.exposures[0].seconds == pytest.approx(3.0)


# Where photos go.


def test_photos_lie_on_the_card_until_they_are_deleted() -> None:
    harness = BodyHarness()
    harness.shoot()
    (added,) = harness.entries("added")
    handle = added["handle"]
    assert isinstance(handle, int)
    free = harness.body.store.free_bytes
    harness.body.disconnected(harness.now)
    assert harness.body.store.get(handle) is not None
    assert harness.body.files.delete(handle, harness.now)
    assert harness.body.store.free_bytes > free
    assert not harness.body.files.delete(handle, harness.now)


def test_a_card_fills_and_then_takes_no_photo() -> None:
    harness = BodyHarness(card_bytes=int(3.5 * PHOTO_BYTES))
    taken = 0
    while harness.body.room.shots:
        harness.shoot()
        taken += 1
    assert taken == 3
    with pytest.raises(Full):
        harness.body.press(harness.now, "client")
    assert harness.events().count("exposed") == 3


def test_ram_fills_while_nobody_fetches_and_empties_when_somebody_does() -> None:
    harness = in_ram()
    for _ in range(RAM_SLOTS):
        harness.shoot()
    assert harness.body.room.shots == 0
    with pytest.raises(Busy):
        harness.body.press(harness.now, "client")
    handle = harness.entries("added")[0]["handle"]
    assert isinstance(handle, int)
    assert harness.body.files.transferred(handle, harness.now)
    assert harness.body.room.shots > 0
    harness.shoot()


def test_photos_in_the_ram_are_gone_with_the_session() -> None:
    harness = in_ram()
    harness.shoot()
    harness.body.disconnected(harness.now)
    assert harness.entries("session_ended")[0]["lost_in_ram"] == 1
    assert harness.body.store.free_slots == RAM_SLOTS


def test_a_photo_that_is_still_being_written_to_the_ram_is_lost_with_the_session_too() -> None:
    harness = in_ram()
    harness.body.press(harness.now, "client")
    harness.body.disconnected(harness.now)
    harness.body.connected(harness.now)
    harness.finish()
    assert "lost" in harness.events()
    assert harness.body.store.free_slots == RAM_SLOTS
    assert not reported(harness, Added)


def test_a_photo_that_is_still_being_written_to_the_card_survives_the_session() -> None:
    harness = BodyHarness()
    harness.body.connected(harness.now)
    harness.body.press(harness.now, "client")
    harness.body.disconnected(harness.now)
    harness.finish()
    assert harness.entries("added")[0]["name"] == "IMG_0001.JPG"


def test_the_next_client_finds_the_card_as_the_target() -> None:
    harness = in_ram()
    harness.body.disconnected(harness.now)
    assert harness.body.dials.number(P.CAPTURE_DESTINATION) == CARD


def test_the_button_takes_a_photo_without_any_client_but_not_without_a_card() -> None:
    harness = BodyHarness()
    harness.shoot("button")
    assert harness.entries("exposed")[0]["source"] == "button"
    with pytest.raises(Full):
        BodyHarness(card_bytes=None).body.press(0.0, "button")


# Focus.


def test_a_half_press_tells_whether_the_lens_found_its_focus() -> None:
    harness = BodyHarness()
    assert harness.body.focus(harness.now)
    harness.faults.arm(Fault(FaultName.AUTOFOCUS_FAILURE), harness.now)
    assert not harness.body.focus(harness.now)
    assert reported(harness, Focused) == [Focused(sharp=True), Focused(sharp=False)]


def test_manual_focus_takes_no_time_and_cannot_fail() -> None:
    harness = BodyHarness()
    harness.faults.arm(Fault(FaultName.AUTOFOCUS_FAILURE), harness.now)
    harness.set(P.FOCUS_MODE, MANUAL_FOCUS)
    assert harness.body.half_press(harness.now) == harness.now
    assert harness.body.focus(harness.now)


# Settings and power.


def test_a_value_that_the_camera_does_not_have_changes_nothing() -> None:
    harness = BodyHarness()
    before = dict(harness.body.dials.properties)
    for code, data in ((P.ISO, b"\xff\xff\0\0"), (P.SERIAL_NUMBER, b"abc\0"), (0xDEAD, b"\0\0\0\0"), (P.ISO, b"")):
        with pytest.raises(BadInput):
            harness.body.set(code, data, harness.now)
    assert harness.body.dials.properties == before


def test_the_battery_falls_with_photos_and_live_view_and_is_told_in_steps() -> None:
    harness = watching(battery_percent=88.05)
    harness.shoot()
    assert harness.body.power.battery_percent < 88
    assert PropertyChanged(P.BATTERY) in harness.body.body_events
    charge = harness.body.power.battery_percent
    harness.pass_time(10.0)
    harness.body.frame(harness.now)
    assert harness.body.power.battery_percent < charge


def test_an_empty_battery_ends_everything() -> None:
    harness = BodyHarness()
    harness.body.power.charge(0)
    assert harness.body.power.off(harness.now)
    harness.body.power.charge(50)
    assert not harness.body.power.off(harness.now)


def test_the_body_sleeps_when_nobody_uses_it_and_wakes_at_its_button() -> None:
    harness = BodyHarness(power_off_seconds=60)
    assert harness.body.power.sleeps_at(harness.now) == harness.now + 60
    harness.pass_time(59.0)
    harness.body.power.keep_awake(harness.now)
    harness.pass_time(59.0)
    assert not harness.body.power.off(harness.now)
    harness.pass_time(1.0)
    assert harness.body.power.off(harness.now)
    assert harness.body.power.sleeps_at(harness.now) is None
    harness.body.press(harness.now, "button")
    assert not harness.body.power.off(harness.now)


def test_a_body_that_never_powers_off_does_not() -> None:
    harness = BodyHarness()
    harness.pass_time(1e6)
    assert not harness.body.power.off(harness.now)
    assert harness.body.power.sleeps_at(harness.now) is None
