"""The shutter: a button that is released early, a renderer that is not ready, a body that would fall asleep."""

from __future__ import annotations

import pytest
from tests.unit.simulator.bodies import NOON, PHOTO_BYTES, BodyHarness

from photonic.errors import BadInput
from photonic.ptp.codes import CanonProperty as P
from photonic.simulator.body import RAM_SLOTS
from photonic.simulator.body_events import Added
from photonic.simulator.card import CARD_STORAGE, SECOND_STORAGE, SecondCard
from photonic.simulator.faults import Fault, FaultName
from photonic.simulator.properties import BULB, CONTINUOUS, ImageFormat

TIMER_2_SECONDS, THIRTY_SECONDS = 0x11, 0x10


def test_a_bulb_whose_button_is_let_go_of_during_the_self_timer_is_over_at_once() -> None:
    harness = BodyHarness()
    harness.set(P.SHUTTER, BULB)
    harness.set(P.DRIVE, TIMER_2_SECONDS)
    harness.body.press(harness.now, "client")
    harness.body.release(harness.now)
    harness.finish()
    assert harness.events().count("written") == 1
    assert harness.renderer.exposures[0].seconds == 0


def test_a_bulb_whose_client_goes_during_the_self_timer_does_not_keep_the_body_busy() -> None:
    harness = BodyHarness()
    harness.set(P.SHUTTER, BULB)
    harness.set(P.DRIVE, TIMER_2_SECONDS)
    harness.body.press(harness.now, "client")
    harness.body.disconnected(harness.now)
    harness.finish()
    harness.set(P.SHUTTER, 0x38)
    harness.shoot()


def test_letting_go_does_not_shorten_a_timed_exposure() -> None:
    harness = BodyHarness()
    harness.set(P.SHUTTER, THIRTY_SECONDS)
    harness.body.press(harness.now, "client")
    harness.body.release(harness.now)
    harness.pass_time(29.0)
    assert "exposed" not in harness.events()
    harness.finish()
    assert harness.renderer.exposures[0].seconds == 30


def test_a_photo_taken_before_the_darkroom_is_ready_waits_for_it_and_nothing_else_does() -> None:
    harness = BodyHarness()
    harness.renderer.is_ready = False
    harness.body.press(harness.now, "client")
    harness.pass_time(20.0)
    assert harness.events() == ["pressed"]
    harness.renderer.is_ready = True
    harness.pass_time(0.1)
    assert "exposed" in harness.events()
    harness.finish()
    assert harness.events()[-1] == "written"


def test_room_is_counted_in_whole_shots_with_all_their_files() -> None:
    harness = BodyHarness(card_bytes=10 * PHOTO_BYTES)
    harness.body.set(P.IMAGE_FORMAT, ImageFormat.RAW_L.pack(), harness.now)
    harness.shoot()
    assert harness.body.room.shots == 3


def test_the_body_does_not_sleep_in_the_middle_of_a_shot() -> None:
    harness = BodyHarness(power_off_seconds=10)
    harness.set(P.SHUTTER, THIRTY_SECONDS)
    harness.body.press(harness.now, "button")
    for _ in range(29):
        harness.pass_time(1.0)
        assert not harness.body.power.off(harness.now)
    harness.finish()
    assert not harness.body.power.off(harness.now)
    harness.pass_time(10.0)
    assert harness.body.power.off(harness.now)


def test_an_empty_battery_takes_no_photo() -> None:
    harness = BodyHarness(battery_percent=0)
    with pytest.raises(BadInput, match="battery"):
        harness.body.press(harness.now, "button")
    assert harness.events() == []


def added(harness: BodyHarness) -> list[tuple[object, object]]:
    return [(entry["name"], entry["storage"]) for entry in harness.entries("added")]


def reported(harness: BodyHarness) -> list[int]:
    return [one.stored.storage for one in harness.body.body_events if isinstance(one, Added)]


@pytest.mark.parametrize("silent", [False, True])
def test_a_backup_card_gets_a_copy_of_each_file(*, silent: bool) -> None:
    harness = BodyHarness(second_card=SecondCard.BACKUP)
    if silent:
        harness.faults.arm(Fault(FaultName.SECOND_CARD_SILENT), harness.now)
    harness.shoot()
    assert added(harness) == [("IMG_0001.JPG", CARD_STORAGE), ("IMG_0001.JPG", SECOND_STORAGE)]
    assert reported(harness) == ([CARD_STORAGE] if silent else [CARD_STORAGE, SECOND_STORAGE])
    infos = [harness.body.store.get(entry["handle"]) for entry in harness.entries("added")]  # pyright: ignore[reportArgumentType]
    assert {(one.photo.name, one.photo.size_bytes, one.photo.taken_at) for one in infos if one} == {
        ("IMG_0001.JPG", PHOTO_BYTES, NOON)
    }


def test_a_split_pair_of_cards_gets_raw_here_and_jpeg_there() -> None:
    harness = BodyHarness(second_card=SecondCard.SPLIT)
    harness.shoot()
    harness.body.set(P.IMAGE_FORMAT, ImageFormat.RAW_L.pack(), harness.now)
    harness.shoot()
    assert added(harness) == [
        ("IMG_0001.JPG", CARD_STORAGE),
        ("IMG_0002.CR2", CARD_STORAGE),
        ("IMG_0002.JPG", SECOND_STORAGE),
    ]


@pytest.mark.parametrize(
    ("drive", "settings", "frames"),
    [
        (0, {}, 1),
        (CONTINUOUS, {}, 4),
        (CONTINUOUS, {"continuous_frames": 7}, 7),
        (CONTINUOUS, {"bracket_frames": 3}, 3),
        (TIMER_2_SECONDS, {}, 1),
        (TIMER_2_SECONDS, {"bracket_frames": 5}, 5),
        (0, {"bracket_frames": 3}, 1),
    ],
)
def test_the_drive_says_how_many_photos_a_release_takes(drive: int, settings: dict[str, int], frames: int) -> None:
    harness = BodyHarness(**settings)
    harness.set(P.DRIVE, drive)
    harness.shoot()
    assert harness.events().count("exposed") == frames
    assert harness.events().count("written") == 1
    assert harness.events()[-1] == "written"
    differing = {exposure.bias_ev for exposure in harness.renderer.exposures}
    assert len(differing) == settings.get("bracket_frames", 1) or drive == 0


def test_a_bulb_exposure_is_one_photo_in_any_drive() -> None:
    harness = BodyHarness()
    harness.set(P.SHUTTER, BULB)
    harness.set(P.DRIVE, CONTINUOUS)
    harness.body.press(harness.now, "client")
    harness.pass_time(1.0)
    harness.body.release(harness.now)
    harness.finish()
    assert harness.events().count("exposed") == 1


def test_a_burst_into_the_ram_ends_where_the_ram_is_full() -> None:
    harness = BodyHarness(card_bytes=None, continuous_frames=20)
    harness.body.announce_capacity(100)
    harness.set(P.DRIVE, CONTINUOUS)
    harness.shoot()
    assert harness.events().count("exposed") == RAM_SLOTS
    assert not harness.body.busy
