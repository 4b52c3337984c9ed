"""The shutter: a button that is let go of early, a darkroom that is not ready, a body that would sleep."""

from __future__ import annotations

import pytest
from tests.unit.simulator.bodies import PHOTO_BYTES, BodyRig

from photonic.errors import BadInput
from photonic.ptp.codes import CanonProperty as P
from photonic.simulator.properties import BULB, ImageFormat

TIMER_2_SECONDS, THIRTY_SECONDS = 0x11, 0x10


def test_a_bulb_whose_button_is_let_go_of_during_the_self_timer_is_over_at_once() -> None:
    rig = BodyRig()
    rig.set(P.SHUTTER, BULB)
    rig.set(P.DRIVE, TIMER_2_SECONDS)
    rig.body.press(rig.now, "client")
    rig.body.release(rig.now)
    rig.finish()
    assert rig.events().count("written") == 1
    assert rig.darkroom.exposures[0].seconds == 0


def test_a_bulb_whose_client_goes_during_the_self_timer_does_not_keep_the_body_busy() -> None:
    rig = BodyRig()
    rig.set(P.SHUTTER, BULB)
    rig.set(P.DRIVE, TIMER_2_SECONDS)
    rig.body.press(rig.now, "client")
    rig.body.disconnected(rig.now)
    rig.finish()
    rig.set(P.SHUTTER, 0x38)
    rig.shoot()


def test_letting_go_does_not_shorten_a_timed_exposure() -> None:
    rig = BodyRig()
    rig.set(P.SHUTTER, THIRTY_SECONDS)
    rig.body.press(rig.now, "client")
    rig.body.release(rig.now)
    rig.pass_time(29.0)
    assert "exposed" not in rig.events()
    rig.finish()
    assert rig.darkroom.exposures[0].seconds == 30


def test_a_photo_taken_before_the_darkroom_is_ready_waits_for_it_and_nothing_else_does() -> None:
    rig = BodyRig()
    rig.darkroom.is_ready = False
    rig.body.press(rig.now, "client")
    rig.pass_time(20.0)
    assert rig.events() == ["pressed"]
    rig.darkroom.is_ready = True
    rig.pass_time(0.1)
    assert "exposed" in rig.events()
    rig.finish()
    assert rig.events()[-1] == "written"


def test_room_is_counted_in_whole_shots_with_all_their_files() -> None:
    rig = BodyRig(card_bytes=10 * PHOTO_BYTES)
    rig.body.set(P.IMAGE_FORMAT, ImageFormat.RAW_L.pack(), rig.now)
    rig.shoot()
    assert rig.body.room.shots == 3


def test_the_body_does_not_sleep_in_the_middle_of_a_shot() -> None:
    rig = BodyRig(power_off_seconds=10)
    rig.set(P.SHUTTER, THIRTY_SECONDS)
    rig.body.press(rig.now, "button")
    for _ in range(29):
        rig.pass_time(1.0)
        assert not rig.body.off(rig.now)
    rig.finish()
    assert not rig.body.off(rig.now)
    rig.pass_time(10.0)
    assert rig.body.off(rig.now)


def test_an_empty_battery_takes_no_photo() -> None:
    rig = BodyRig(battery_percent=0)
    with pytest.raises(BadInput, match="battery"):
        rig.body.press(rig.now, "button")
    assert rig.events() == []
