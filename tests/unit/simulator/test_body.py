"""The body in virtual time: how long a shot takes, what fills up, what runs out."""

from __future__ import annotations

import pytest
from tests.unit.simulator.bodies import PHOTO_BYTES, BodyRig

from photonic.errors import BadInput
from photonic.ptp.codes import CanonProperty as P
from photonic.simulator.body import RAM_SLOTS
from photonic.simulator.body_events import Added, BodyEvent, Focused, PropertyChanged, Status
from photonic.simulator.faults import Fault, FaultName
from photonic.simulator.properties import BULB, BULB_MODE, CARD, MANUAL_FOCUS, RAM, VIEWFINDER_TO_PC, ImageFormat
from photonic.simulator.refusals import Busy, Full

ONE_SECOND, TEN_SECONDS, TWENTIETH = 0x38, 0x1D, 0x5B
TIMER_2_SECONDS = 0x11


def watching(**settings: object) -> BodyRig:
    """A body whose viewfinder shows frames."""
    rig = BodyRig(**settings)
    rig.set(P.VIEWFINDER_OUTPUT, VIEWFINDER_TO_PC)
    rig.pass_time(1.0)
    assert rig.body.viewfinder.ready(rig.now)
    return rig


def in_ram(**settings: object) -> BodyRig:
    """A body in a session whose client has announced room for photos."""
    rig = BodyRig(**settings)
    rig.body.connected(rig.now)
    rig.set(P.CAPTURE_DESTINATION, RAM)
    rig.body.announce_capacity(1000)
    return rig


def reported(rig: BodyRig, kind: type[BodyEvent]) -> list[BodyEvent]:
    return [body_event for body_event in rig.body.body_events if isinstance(body_event, kind)]


def test_a_shot_goes_its_way_in_order() -> None:
    rig = BodyRig()
    rig.shoot()
    assert rig.events() == ["pressed", "exposed", "added", "written"]
    assert [type(body_event) for body_event in rig.body.body_events if not isinstance(body_event, PropertyChanged)] == [
        Status,
        Added,
        Status,
    ]


@pytest.mark.parametrize(("shutter", "seconds"), [(TWENTIETH, 0.05), (ONE_SECOND, 1.0), (TEN_SECONDS, 10.0)])
def test_the_viewfinder_is_dark_for_mirror_exposure_and_settling(shutter: int, seconds: float) -> None:
    rig = watching(settle_seconds=0.5)
    rig.set(P.SHUTTER, shutter)
    pressed_at = rig.now
    rig.body.press(rig.now, "client")
    assert not rig.body.viewfinder.ready(pressed_at)
    rig.pass_time(seconds + 0.5)
    assert not rig.body.viewfinder.ready(rig.now)
    rig.pass_time(0.1)
    assert rig.body.viewfinder.ready(rig.now)
    (exposed,) = rig.entries("exposed")
    assert exposed["shutter_seconds"] == seconds
    assert exposed["at_us"] == pytest.approx((pressed_at + 0.05 + seconds) * 1e6, abs=2)


def test_speed_divides_the_bodys_own_times() -> None:
    rig = BodyRig(speed=10.0)
    rig.set(P.SHUTTER, TEN_SECONDS)
    rig.body.press(rig.now, "client")
    rig.pass_time(1.0)
    assert "exposed" not in rig.events()
    rig.pass_time(0.1)
    assert "exposed" in rig.events()


def test_writing_takes_as_long_as_the_file_is_big() -> None:
    rig = BodyRig()
    rig.shoot()
    (exposed,), (added,) = rig.entries("exposed"), rig.entries("added")
    assert isinstance(added["at_us"], int)
    assert isinstance(exposed["at_us"], int)
    assert added["at_us"] - exposed["at_us"] == pytest.approx((0.05 + PHOTO_BYTES / 90e6) * 1e6, abs=2)


def test_a_second_press_and_a_setting_are_refused_while_a_shot_is_under_way() -> None:
    rig = BodyRig()
    rig.body.press(rig.now, "client")
    with pytest.raises(Busy):
        rig.body.press(rig.now, "client")
    with pytest.raises(Busy):
        rig.set(P.ISO, 0x48)
    rig.finish()
    rig.set(P.ISO, 0x48)
    assert rig.body.dials.exposure.iso == 100


def test_raw_and_jpeg_are_two_files_of_one_name() -> None:
    rig = BodyRig()
    rig.body.set(P.IMAGE_FORMAT, ImageFormat.RAW_L.pack(), rig.now)
    rig.shoot()
    assert [entry["name"] for entry in rig.entries("added")] == ["IMG_0001.CR2", "IMG_0001.JPG"]


def test_the_self_timer_waits_with_the_mirror_down() -> None:
    rig = watching()
    rig.set(P.DRIVE, TIMER_2_SECONDS)
    rig.body.press(rig.now, "client")
    rig.pass_time(1.9)
    assert rig.body.viewfinder.ready(rig.now)
    rig.pass_time(0.15)
    assert not rig.body.viewfinder.ready(rig.now)
    rig.finish()
    assert "written" in rig.events()


def test_bulb_lasts_as_long_as_the_button_is_held() -> None:
    rig = watching()
    rig.set(P.SHUTTER, BULB)
    rig.body.press(rig.now, "client")
    rig.pass_time(42.05)
    assert not rig.body.viewfinder.ready(rig.now)
    assert "exposed" not in rig.events()
    rig.body.release(rig.now)
    rig.finish()
    assert rig.renderer.exposures[0].seconds == pytest.approx(42.0)


@pytest.mark.parametrize(("to", "exposed"), [(CARD, 2), (RAM, 1)])
def test_a_bulb_exposure_ends_with_its_session_and_a_card_keeps_it(to: int, exposed: int) -> None:
    rig = BodyRig()
    rig.body.connected(rig.now)
    rig.body.announce_capacity(100)
    rig.set(P.CAPTURE_DESTINATION, to)
    rig.set(P.SHUTTER, BULB)
    rig.body.press(rig.now, "client")
    rig.pass_time(5.05)
    rig.body.disconnected(rig.now)
    rig.finish()
    rig.body.connected(rig.now)
    rig.set(P.SHUTTER, TWENTIETH)
    rig.shoot()
    assert rig.events().count("exposed") == exposed
    assert rig.renderer.exposures[0].seconds == pytest.approx(5.0 if to == CARD else 1 / 20)


def test_the_mode_dial_at_b_is_bulb_whatever_the_shutter_stands_at() -> None:
    rig = BodyRig()
    rig.set(P.MODE, BULB_MODE)
    rig.body.press(rig.now, "client")
    rig.pass_time(3.05)
    rig.body.release(rig.now)
    rig.finish()
    assert rig.renderer.exposures[0].seconds == pytest.approx(3.0)


# Where photos go.


def test_photos_lie_on_the_card_until_they_are_deleted() -> None:
    rig = BodyRig()
    rig.shoot()
    (added,) = rig.entries("added")
    handle = added["handle"]
    assert isinstance(handle, int)
    free = rig.body.store.free_bytes
    rig.body.disconnected(rig.now)
    assert rig.body.store.get(handle) is not None
    assert rig.body.files.delete(handle, rig.now)
    assert rig.body.store.free_bytes > free
    assert not rig.body.files.delete(handle, rig.now)


def test_a_card_fills_and_then_takes_no_photo() -> None:
    rig = BodyRig(card_bytes=int(3.5 * PHOTO_BYTES))
    taken = 0
    while rig.body.room.shots:
        rig.shoot()
        taken += 1
    assert taken == 3
    with pytest.raises(Full):
        rig.body.press(rig.now, "client")
    assert rig.events().count("exposed") == 3


def test_ram_fills_while_nobody_fetches_and_empties_when_somebody_does() -> None:
    rig = in_ram()
    for _ in range(RAM_SLOTS):
        rig.shoot()
    assert rig.body.room.shots == 0
    with pytest.raises(Busy):
        rig.body.press(rig.now, "client")
    handle = rig.entries("added")[0]["handle"]
    assert isinstance(handle, int)
    assert rig.body.files.transferred(handle, rig.now)
    assert rig.body.room.shots > 0
    rig.shoot()


def test_photos_in_the_ram_are_gone_with_the_session() -> None:
    rig = in_ram()
    rig.shoot()
    rig.body.disconnected(rig.now)
    assert rig.entries("session_ended")[0]["lost_in_ram"] == 1
    assert rig.body.store.free_slots == RAM_SLOTS


def test_a_photo_that_is_still_being_written_to_the_ram_is_lost_with_the_session_too() -> None:
    rig = in_ram()
    rig.body.press(rig.now, "client")
    rig.body.disconnected(rig.now)
    rig.body.connected(rig.now)
    rig.finish()
    assert "lost" in rig.events()
    assert rig.body.store.free_slots == RAM_SLOTS
    assert not reported(rig, Added)


def test_a_photo_that_is_still_being_written_to_the_card_survives_the_session() -> None:
    rig = BodyRig()
    rig.body.connected(rig.now)
    rig.body.press(rig.now, "client")
    rig.body.disconnected(rig.now)
    rig.finish()
    assert rig.entries("added")[0]["name"] == "IMG_0001.JPG"


def test_the_next_client_finds_the_card_as_the_target() -> None:
    rig = in_ram()
    rig.body.disconnected(rig.now)
    assert rig.body.dials.number(P.CAPTURE_DESTINATION) == CARD


def test_the_button_takes_a_photo_without_any_client_but_not_without_a_card() -> None:
    rig = BodyRig()
    rig.shoot("button")
    assert rig.entries("exposed")[0]["source"] == "button"
    with pytest.raises(Full):
        BodyRig(card_bytes=None).body.press(0.0, "button")


# Focus.


def test_a_half_press_tells_whether_the_lens_found_its_focus() -> None:
    rig = BodyRig()
    assert rig.body.focus(rig.now)
    rig.faults.arm(Fault(FaultName.AUTOFOCUS_FAILURE), rig.now)
    assert not rig.body.focus(rig.now)
    assert reported(rig, Focused) == [Focused(sharp=True), Focused(sharp=False)]


def test_manual_focus_takes_no_time_and_cannot_fail() -> None:
    rig = BodyRig()
    rig.faults.arm(Fault(FaultName.AUTOFOCUS_FAILURE), rig.now)
    rig.set(P.FOCUS_MODE, MANUAL_FOCUS)
    assert rig.body.half_press(rig.now) == rig.now
    assert rig.body.focus(rig.now)


# Settings and power.


def test_a_value_that_the_camera_does_not_have_changes_nothing() -> None:
    rig = BodyRig()
    before = dict(rig.body.dials.properties)
    for code, data in ((P.ISO, b"\xff\xff\0\0"), (P.SERIAL_NUMBER, b"abc\0"), (0xDEAD, b"\0\0\0\0"), (P.ISO, b"")):
        with pytest.raises(BadInput):
            rig.body.set(code, data, rig.now)
    assert rig.body.dials.properties == before


def test_the_battery_falls_with_photos_and_live_view_and_is_told_in_steps() -> None:
    rig = watching(battery_percent=88.05)
    rig.shoot()
    assert rig.body.power.battery_percent < 88
    assert PropertyChanged(P.BATTERY) in rig.body.body_events
    charge = rig.body.power.battery_percent
    rig.pass_time(10.0)
    rig.body.frame(rig.now)
    assert rig.body.power.battery_percent < charge


def test_an_empty_battery_ends_everything() -> None:
    rig = BodyRig()
    rig.body.power.charge(0)
    assert rig.body.power.off(rig.now)
    rig.body.power.charge(50)
    assert not rig.body.power.off(rig.now)


def test_the_body_sleeps_when_nobody_uses_it_and_wakes_at_its_button() -> None:
    rig = BodyRig(power_off_seconds=60)
    assert rig.body.power.sleeps_at(rig.now) == rig.now + 60
    rig.pass_time(59.0)
    rig.body.power.keep_awake(rig.now)
    rig.pass_time(59.0)
    assert not rig.body.power.off(rig.now)
    rig.pass_time(1.0)
    assert rig.body.power.off(rig.now)
    assert rig.body.power.sleeps_at(rig.now) is None
    rig.body.press(rig.now, "button")
    assert not rig.body.power.off(rig.now)


def test_a_body_that_never_powers_off_does_not() -> None:
    rig = BodyRig()
    rig.pass_time(1e6)
    assert not rig.body.power.off(rig.now)
    assert rig.body.power.sleeps_at(rig.now) is None
