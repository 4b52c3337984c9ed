"""The effects of faults on a body in virtual time, and its recovery after each."""

from __future__ import annotations

import pytest
from tests.unit.simulator.bodies import PHOTO_BYTES, BodyHarness

from photonic.ptp.codes import CanonProperty as P
from photonic.simulator.body_events import Added, CardMoved, PropertyChanged, Status
from photonic.simulator.card import FOLDER
from photonic.simulator.faults import Fault, FaultName, FaultStart
from photonic.simulator.properties import CARD, COOL, RAM, TOO_HOT_FOR_LIVE_VIEW, VIEWFINDER_TO_PC, ImageFormat
from photonic.simulator.refusals import Busy, CardLocked, Full, NoCard, TooHot

ONE_SECOND = 0x38


def watching(**settings: object) -> BodyHarness:
    """A body whose viewfinder shows frames."""
    harness = BodyHarness(**settings)
    harness.set(P.VIEWFINDER_OUTPUT, VIEWFINDER_TO_PC)
    harness.pass_time(1.0)
    return harness


def arm(
    harness: BodyHarness, name: FaultName, start: FaultStart = FaultStart.NOW, number: float = 1, **fields: object
) -> None:
    harness.faults.arm(Fault(name, start, number, **fields), harness.now)  # pyright: ignore[reportArgumentType]


def clear(harness: BodyHarness) -> None:
    harness.faults.clear(None, harness.now)


def added(harness: BodyHarness) -> list[str]:
    """The names of the photos that the body announces, in order; each is announced once."""
    names = [body_event.stored.photo.name for body_event in harness.body.body_events if isinstance(body_event, Added)]
    harness.body.body_events.clear()
    return names


def shoot_as_a_client(harness: BodyHarness) -> None:
    """Press halfway, then fully, then release."""
    harness.now = max(harness.now, harness.body.half_press(harness.now))
    harness.body.advance(harness.now)
    harness.body.focus(harness.now)
    harness.body.press(harness.now, "client")
    harness.body.release(harness.now)


def test_begin_and_end_are_in_the_diary_at_their_times() -> None:
    harness = BodyHarness()
    began = harness.now
    arm(harness, FaultName.CARD_FULL, FaultStart.TIME, began + 5.0, seconds=2.0)
    harness.pass_time(60.0)
    (begin,), (end,) = harness.entries("fault_begin"), harness.entries("fault_end")
    assert (begin["name"], begin["at_us"]) == ("card_full", int((began + 5.0) * 1e6))
    assert (end["name"], end["why"], end["at_us"]) == ("card_full", "time", int((began + 7.0) * 1e6))


def test_what_is_due_happens_in_the_order_of_its_times() -> None:
    harness = BodyHarness()
    harness.set(P.SHUTTER, ONE_SECOND)
    arm(harness, FaultName.CARD_MISSING, FaultStart.TIME, harness.now + 0.5, seconds=0.1)
    harness.body.press(harness.now, "client")
    harness.pass_time(60.0)
    events = [event for event in harness.events() if event in {"fault_begin", "fault_end", "exposed", "added"}]
    assert events == ["fault_begin", "fault_end", "exposed", "added"]


# The viewfinder.


def test_a_stalled_viewfinder_comes_back_when_it_is_switched_off_and_on() -> None:
    harness = watching()
    arm(harness, FaultName.FRAMES_STOP)
    harness.pass_time(60.0)
    assert not harness.body.viewfinder_ready(harness.now)
    harness.body.end_viewfinder(harness.now)
    harness.set(P.VIEWFINDER_OUTPUT, VIEWFINDER_TO_PC)
    harness.pass_time(1.0)
    assert harness.body.viewfinder_ready(harness.now)
    assert harness.entries("fault_end")[0]["why"] == "spent"


def test_a_stalled_viewfinder_may_need_more_than_one_switching_or_a_clearing() -> None:
    harness = watching()
    arm(harness, FaultName.FRAMES_STOP, times=2)
    for ready in (False, True):
        harness.body.end_viewfinder(harness.now)
        harness.set(P.VIEWFINDER_OUTPUT, VIEWFINDER_TO_PC)
        harness.pass_time(1.0)
        assert harness.body.viewfinder_ready(harness.now) is ready
    arm(harness, FaultName.FRAMES_STOP)
    clear(harness)
    assert harness.body.viewfinder_ready(harness.now)


def test_heat_ends_live_view_and_is_told() -> None:
    harness = watching()
    harness.body.body_events.clear()
    arm(harness, FaultName.HEAT)
    assert not harness.body.viewfinder.on
    assert harness.body.dials.number(P.TEMPERATURE_STATUS) == TOO_HOT_FOR_LIVE_VIEW
    assert list(harness.body.body_events) == [
        PropertyChanged(P.TEMPERATURE_STATUS),
        PropertyChanged(P.VIEWFINDER_OUTPUT),
    ]
    with pytest.raises(TooHot):
        harness.set(P.VIEWFINDER_OUTPUT, VIEWFINDER_TO_PC)
    harness.shoot()
    clear(harness)
    assert harness.body.dials.number(P.TEMPERATURE_STATUS) == COOL
    harness.set(P.VIEWFINDER_OUTPUT, VIEWFINDER_TO_PC)


def test_a_fault_that_begins_with_a_frame_strikes_that_frame() -> None:
    harness = watching()
    arm(harness, FaultName.VIEWFINDER_NOT_READY, FaultStart.FRAME, 2, times=2)
    assert harness.body.frame(harness.now) is not None
    assert harness.body.frame(harness.now) is None
    assert not harness.body.viewfinder_ready(harness.now)
    assert harness.body.viewfinder_ready(harness.now)
    assert harness.body.viewfinder.counter == 1


# Shots.


def test_captures_are_counted_once_from_half_or_full_press() -> None:
    harness = BodyHarness()
    arm(harness, FaultName.HEAT, FaultStart.CAPTURE, 4)
    shoot_as_a_client(harness)
    harness.finish()
    assert harness.faults.waiting()[0].number == 3
    harness.shoot("client")
    assert harness.faults.waiting()[0].number == 2
    harness.shoot("button")
    assert harness.faults.waiting()[0].number == 1
    harness.body.half_press(harness.now, capture=False)
    assert harness.faults.waiting()[0].number == 1
    harness.body.half_press(harness.now)
    assert harness.faults.active(FaultName.HEAT, harness.now)


def test_a_half_press_that_was_let_go_of_does_not_count_for_the_next_full_press() -> None:
    harness = BodyHarness()
    arm(harness, FaultName.HEAT, FaultStart.CAPTURE, 2)
    harness.body.half_press(harness.now)
    harness.body.release(harness.now)
    harness.body.press(harness.now, "client")
    assert harness.faults.active(FaultName.HEAT, harness.now)


def test_a_busy_shot_strikes_clients_and_exposes_nothing() -> None:
    harness = BodyHarness()
    arm(harness, FaultName.BUSY_SHOT, FaultStart.CAPTURE, 2, times=1)
    harness.shoot()
    with pytest.raises(Busy):
        harness.shoot()
    harness.shoot()
    assert len(harness.entries("exposed")) == 2
    arm(harness, FaultName.BUSY_SHOT)
    harness.shoot("button")


def test_a_slow_autofocus_takes_its_seconds_whatever_the_speed() -> None:
    harness = BodyHarness(speed=100.0)
    usual = harness.body.half_press(harness.now)
    arm(harness, FaultName.SLOW_AUTOFOCUS, amount=8.0, times=1)
    assert harness.body.half_press(harness.now) == pytest.approx(usual + 8.0)
    assert harness.body.half_press(harness.now) == usual


def test_the_button_is_pressed_at_the_half_press_of_a_capture_and_the_client_waits() -> None:
    harness = BodyHarness()
    arm(harness, FaultName.BUTTON, FaultStart.CAPTURE)
    arm(harness, FaultName.HEAT, FaultStart.CAPTURE, 2)
    harness.body.half_press(harness.now)
    assert harness.faults.waiting()[0].number == 1, "the press of the button counted as a capture of its own"
    assert harness.entries("pressed")[0]["source"] == "button"
    assert harness.body.button_shot_ends is not None
    harness.finish()
    assert harness.body.button_shot_ends is None
    assert harness.faults.names(harness.now) == []
    assert harness.entries("fault_end")[0]["why"] == "pressed"


def test_the_button_may_be_pressed_later_and_every_so_often() -> None:
    harness = watching()
    arm(harness, FaultName.BUTTON, amount=0.5, every=10.0)
    began = harness.now
    harness.pass_time(25.0)
    pressed = [entry["at_us"] for entry in harness.entries("pressed")]
    assert pressed == [int((began + seconds) * 1e6) for seconds in (0.5, 10.5, 20.5)]


def test_a_press_of_the_button_that_cannot_be_is_in_the_diary() -> None:
    harness = BodyHarness(card_bytes=None)
    arm(harness, FaultName.BUTTON)
    harness.pass_time(0.0)
    (refused,) = harness.entries("press_refused")
    assert "no room" in str(refused["reason"])


# Photos.


def pair() -> BodyHarness:
    harness = BodyHarness()
    harness.body.set(P.IMAGE_FORMAT, ImageFormat.RAW_L.pack(), harness.now)
    return harness


def test_late_events_are_told_later_and_the_photo_is_there_at_once() -> None:
    harness = BodyHarness()
    arm(harness, FaultName.LATE_EVENTS, amount=4.0, times=1)
    harness.body.press(harness.now, "client")
    harness.pass_time(2.0)
    assert "added" in harness.events()
    assert added(harness) == []
    harness.pass_time(4.0)
    assert added(harness) == ["IMG_0001.JPG"]


def test_late_events_of_one_session_are_not_told_in_the_next() -> None:
    harness = BodyHarness()
    arm(harness, FaultName.LATE_EVENTS, amount=4.0)
    harness.body.press(harness.now, "client")
    harness.pass_time(2.0)
    harness.body.disconnected(harness.now)
    harness.body.connected(harness.now)
    harness.pass_time(10.0)
    assert added(harness) == []


def test_a_late_twin_comes_when_the_body_has_long_been_free() -> None:
    harness = pair()
    arm(harness, FaultName.LATE_TWIN, amount=4.0, times=1)
    harness.body.press(harness.now, "client")
    harness.pass_time(2.0)
    assert added(harness) == ["IMG_0001.CR2"]
    harness.body.press(harness.now, "client")
    harness.pass_time(10.0)
    assert added(harness) == ["IMG_0002.CR2", "IMG_0002.JPG", "IMG_0001.JPG"]


def test_the_room_is_counted_anew_when_a_late_twin_has_come() -> None:
    harness = BodyHarness(card_bytes=20 * PHOTO_BYTES)
    harness.body.set(P.IMAGE_FORMAT, ImageFormat.RAW_L.pack(), harness.now)
    arm(harness, FaultName.LATE_TWIN, amount=4.0)
    harness.body.press(harness.now, "client")
    harness.pass_time(10.0)
    assert harness.body.dials.number(P.AVAILABLE_SHOTS) == harness.body.room.shots == 8


def test_a_single_file_has_no_twin_that_could_be_late() -> None:
    harness = BodyHarness()
    arm(harness, FaultName.LATE_TWIN, times=1)
    harness.shoot()
    assert harness.faults.names(harness.now) == ["late_twin"], "spent on a shot of one file"


def test_a_late_twin_in_the_ram_is_lost_with_its_session() -> None:
    harness = pair()
    harness.body.connected(harness.now)
    harness.set(P.CAPTURE_DESTINATION, RAM)
    harness.body.announce_capacity(100)
    arm(harness, FaultName.LATE_TWIN, amount=4.0)
    harness.body.press(harness.now, "client")
    harness.pass_time(2.0)
    harness.body.disconnected(harness.now)
    harness.pass_time(10.0)
    lost = [(entry["name"], entry["why"]) for entry in harness.entries("lost")]
    assert lost == [("IMG_0001.CR2", "session_ended"), ("IMG_0001.JPG", "session_ended")]


def test_shuffled_events_tell_the_photos_last_first_after_the_end_of_the_shot() -> None:
    harness = pair()
    arm(harness, FaultName.SHUFFLED_EVENTS, times=1)
    harness.shoot()
    reported = [body_event for body_event in harness.body.body_events if not isinstance(body_event, PropertyChanged)]
    assert [type(body_event) for body_event in reported] == [Status, Status, Added, Added]
    assert added(harness) == ["IMG_0001.JPG", "IMG_0001.CR2"]
    harness.shoot()
    assert added(harness) == ["IMG_0002.CR2", "IMG_0002.JPG"]


def test_slow_storage_takes_so_many_times_as_long() -> None:
    harness = BodyHarness()
    harness.shoot()
    arm(harness, FaultName.SLOW_STORAGE, amount=20.0, times=1)
    harness.shoot()
    exposed, written = harness.entries("exposed"), harness.entries("written")
    usual, slow = (
        int(str(end["at_us"])) - int(str(begin["at_us"])) for begin, end in zip(exposed, written, strict=True)
    )
    assert slow == pytest.approx(20 * usual, rel=1e-3)


# The card and the RAM.


@pytest.mark.parametrize(
    ("name", "refusal", "shots"),
    [
        (FaultName.CARD_FULL, Full, 0),
        (FaultName.CARD_MISSING, NoCard, 0),
        (FaultName.CARD_READ_ONLY, CardLocked, None),
    ],
)
def test_a_bad_card_takes_no_photo_until_it_is_good_again(
    name: FaultName, refusal: type[Exception], shots: int | None
) -> None:
    harness = BodyHarness()
    before = harness.body.dials.number(P.AVAILABLE_SHOTS)
    arm(harness, name)
    assert harness.body.dials.number(P.AVAILABLE_SHOTS) == (before if shots is None else shots)
    for source in ("client", "button"):
        with pytest.raises(refusal):
            harness.body.press(harness.now, source)
    assert harness.entries("exposed") == []
    clear(harness)
    assert harness.body.dials.number(P.AVAILABLE_SHOTS) == before
    harness.shoot()


def test_a_locked_card_deletes_nothing_and_says_so() -> None:
    harness = BodyHarness()
    harness.shoot()
    handle = int(str(harness.entries("added")[0]["handle"]))
    arm(harness, FaultName.CARD_READ_ONLY)
    assert harness.body.store.storage_info().read_only
    with pytest.raises(CardLocked):
        harness.body.files.delete(handle, harness.now)
    clear(harness)
    assert harness.body.files.delete(handle, harness.now)


def test_what_is_on_a_card_that_is_out_cannot_be_seen_and_is_there_again_with_it() -> None:
    harness = BodyHarness()
    harness.shoot()
    handle = int(str(harness.entries("added")[0]["handle"]))
    harness.body.body_events.clear()
    arm(harness, FaultName.CARD_MISSING)
    assert CardMoved(present=False) in harness.body.body_events
    assert harness.body.store.get(handle) is None
    assert harness.body.store.children(FOLDER) == []
    assert not harness.body.files.delete(handle, harness.now)
    assert harness.body.dials.properties[P.CAPTURE_DESTINATION].choices == (RAM,)
    clear(harness)
    assert CardMoved(present=True) in harness.body.body_events
    assert [item.handle for item in harness.body.store.children(FOLDER)] == [handle]
    assert harness.body.dials.properties[P.CAPTURE_DESTINATION].choices == (CARD, RAM)


def test_a_photo_whose_card_is_pulled_before_it_is_written_is_lost_and_the_diary_says_so() -> None:
    harness = BodyHarness()
    harness.set(P.SHUTTER, ONE_SECOND)
    harness.body.press(harness.now, "client")
    harness.pass_time(1.08)
    assert "exposed" in harness.events()
    arm(harness, FaultName.CARD_MISSING)
    harness.finish()
    (lost,) = harness.entries("lost")
    assert (lost["name"], lost["why"]) == ("IMG_0001.JPG", "no_card")
    assert harness.entries("added") == []


def test_a_session_that_begins_without_the_card_captures_to_the_ram() -> None:
    harness = BodyHarness()
    arm(harness, FaultName.CARD_MISSING)
    harness.body.disconnected(harness.now)
    assert harness.body.dials.number(P.CAPTURE_DESTINATION) == RAM
    clear(harness)
    harness.body.disconnected(harness.now)
    assert harness.body.dials.number(P.CAPTURE_DESTINATION) == CARD


def test_a_camera_without_a_card_has_none_to_move() -> None:
    harness = BodyHarness(card_bytes=None)
    arm(harness, FaultName.CARD_MISSING)
    clear(harness)
    assert list(harness.body.body_events) == []
    assert not harness.body.store.has_card


def test_a_full_ram_is_busy_for_clients_and_nothing_to_the_card() -> None:
    harness = BodyHarness(card_bytes=10 * PHOTO_BYTES)
    arm(harness, FaultName.RAM_FULL)
    harness.shoot()
    harness.set(P.CAPTURE_DESTINATION, RAM)
    harness.body.announce_capacity(100)
    assert harness.body.dials.number(P.AVAILABLE_SHOTS) == 0
    with pytest.raises(Busy):
        harness.body.press(harness.now, "client")
    clear(harness)
    assert harness.body.dials.number(P.AVAILABLE_SHOTS) == 100


# Power.


def test_a_low_battery_lasts_a_little_and_is_changed_at_the_end() -> None:
    harness = watching(battery_percent=90.0)
    charge = harness.body.power.battery_percent
    arm(harness, FaultName.BATTERY_LOW, amount=0.15)
    assert not harness.body.power.off(harness.now)
    harness.shoot()
    harness.shoot()
    assert harness.body.power.off(harness.now)
    clear(harness)
    assert harness.body.power.battery_percent == charge
    assert not harness.body.power.off(harness.now)


def test_a_body_that_sleeps_wakes_at_its_button_at_the_end_of_the_fault_or_by_clearing() -> None:
    harness = BodyHarness(power_off_seconds=60)
    arm(harness, FaultName.SLEEP)
    assert harness.body.power.off(harness.now)
    harness.shoot("button")
    assert not harness.body.power.off(harness.now)
    assert harness.entries("fault_end")[0]["why"] == "woken"
    arm(harness, FaultName.SLEEP, seconds=100.0)
    harness.pass_time(99.0)
    assert harness.body.power.off(harness.now)
    harness.pass_time(1.0)
    assert not harness.body.power.off(harness.now), "it had slept so long that it switched itself off"
    arm(harness, FaultName.SLEEP)
    clear(harness)
    assert not harness.body.power.off(harness.now)


def test_a_film_lies_on_the_card_and_is_told_of_once() -> None:
    harness = BodyHarness()
    before = harness.body.store.free_bytes
    arm(harness, FaultName.FILM, amount=1000)
    harness.pass_time(1.0)
    assert added(harness) == ["MVI_0001.MOV"]
    assert before - harness.body.store.free_bytes >= 10**9
    assert [entry["why"] for entry in harness.entries("fault_end")] == ["recorded"]
    harness.pass_time(10.0)
    assert added(harness) == []


def test_each_file_that_a_computer_puts_on_the_card_has_a_name_of_its_own_and_nobody_is_told() -> None:
    harness = BodyHarness()
    for _begin in range(2):
        arm(harness, FaultName.LATIN1_FILE)
        clear(harness)
        harness.pass_time(1.0)
    assert added(harness) == []
    assert [entry["name"] for entry in harness.entries("added")] == ["\udcdcBER0001.JPG", "\udcdcBER0002.JPG"]
    first, second = harness.entries("exposed")
    assert (first["source"], first["counter"] == second["counter"]) == ("computer", False)


def test_without_a_card_a_film_is_lost() -> None:
    harness = BodyHarness(card_bytes=None)
    arm(harness, FaultName.FILM)
    harness.pass_time(1.0)
    assert added(harness) == []
    assert [entry["why"] for entry in harness.entries("lost")] == ["no_card"]


def test_bytes_behind_a_photo_are_of_its_length() -> None:
    harness = BodyHarness()
    arm(harness, FaultName.PADDED_PHOTO, amount=5, times=1)
    shoot_as_a_client(harness)
    harness.pass_time(5.0)
    (photo,) = [one.stored.photo for one in harness.body.body_events if isinstance(one, Added)]
    assert photo.render().endswith(b"\r\n\0\0\0")
    assert photo.size_bytes == PHOTO_BYTES + 5
