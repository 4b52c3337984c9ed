"""The effects of faults on a body in virtual time, and its recovery after each."""

from __future__ import annotations

import pytest
from tests.unit.simulator.bodies import PHOTO_BYTES, BodyRig

from photonic.ptp.codes import CanonProperty as P
from photonic.simulator.body_events import Added, CardMoved, PropertyChanged, Status
from photonic.simulator.card import FOLDER
from photonic.simulator.faults import Fault, FaultName, FaultStart
from photonic.simulator.properties import CARD, COOL, RAM, TOO_HOT_FOR_LIVE_VIEW, VIEWFINDER_TO_PC, ImageFormat
from photonic.simulator.refusals import Busy, CardLocked, Full, NoCard, TooHot

ONE_SECOND = 0x38


def watching(**settings: object) -> BodyRig:
    """A body whose viewfinder shows frames."""
    rig = BodyRig(**settings)
    rig.set(P.VIEWFINDER_OUTPUT, VIEWFINDER_TO_PC)
    rig.pass_time(1.0)
    return rig


def arm(rig: BodyRig, name: FaultName, start: FaultStart = FaultStart.NOW, number: float = 1, **fields: object) -> None:
    rig.faults.arm(Fault(name, start, number, **fields), rig.now)  # pyright: ignore[reportArgumentType]


def clear(rig: BodyRig) -> None:
    rig.faults.clear(None, rig.now)


def added(rig: BodyRig) -> list[str]:
    """The names of the photos that the body announces, in order; each is announced once."""
    names = [body_event.stored.photo.name for body_event in rig.body.body_events if isinstance(body_event, Added)]
    rig.body.body_events.clear()
    return names


def shoot_as_a_client(rig: BodyRig) -> None:
    """Press halfway, then fully, then release."""
    rig.now = max(rig.now, rig.body.half_press(rig.now))
    rig.body.advance(rig.now)
    rig.body.focus(rig.now)
    rig.body.press(rig.now, "client")
    rig.body.release(rig.now)


def test_begin_and_end_are_in_the_diary_at_their_times() -> None:
    rig = BodyRig()
    began = rig.now
    arm(rig, FaultName.CARD_FULL, FaultStart.TIME, began + 5.0, seconds=2.0)
    rig.pass_time(60.0)
    (begin,), (end,) = rig.entries("fault_begin"), rig.entries("fault_end")
    assert (begin["name"], begin["at_us"]) == ("card_full", int((began + 5.0) * 1e6))
    assert (end["name"], end["why"], end["at_us"]) == ("card_full", "time", int((began + 7.0) * 1e6))


def test_what_is_due_happens_in_the_order_of_its_times() -> None:
    rig = BodyRig()
    rig.set(P.SHUTTER, ONE_SECOND)
    arm(rig, FaultName.CARD_MISSING, FaultStart.TIME, rig.now + 0.5, seconds=0.1)
    rig.body.press(rig.now, "client")
    rig.pass_time(60.0)
    events = [event for event in rig.events() if event in {"fault_begin", "fault_end", "exposed", "added"}]
    assert events == ["fault_begin", "fault_end", "exposed", "added"]


# The viewfinder.


def test_a_stalled_viewfinder_comes_back_when_it_is_switched_off_and_on() -> None:
    rig = watching()
    arm(rig, FaultName.FRAMES_STOP)
    rig.pass_time(60.0)
    assert not rig.body.viewfinder_ready(rig.now)
    rig.body.end_viewfinder(rig.now)
    rig.set(P.VIEWFINDER_OUTPUT, VIEWFINDER_TO_PC)
    rig.pass_time(1.0)
    assert rig.body.viewfinder_ready(rig.now)
    assert rig.entries("fault_end")[0]["why"] == "spent"


def test_a_stalled_viewfinder_may_need_more_than_one_switching_or_a_clearing() -> None:
    rig = watching()
    arm(rig, FaultName.FRAMES_STOP, times=2)
    for ready in (False, True):
        rig.body.end_viewfinder(rig.now)
        rig.set(P.VIEWFINDER_OUTPUT, VIEWFINDER_TO_PC)
        rig.pass_time(1.0)
        assert rig.body.viewfinder_ready(rig.now) is ready
    arm(rig, FaultName.FRAMES_STOP)
    clear(rig)
    assert rig.body.viewfinder_ready(rig.now)


def test_heat_ends_live_view_and_is_told() -> None:
    rig = watching()
    rig.body.body_events.clear()
    arm(rig, FaultName.HEAT)
    assert not rig.body.viewfinder.on
    assert rig.body.dials.number(P.TEMPERATURE_STATUS) == TOO_HOT_FOR_LIVE_VIEW
    assert list(rig.body.body_events) == [PropertyChanged(P.TEMPERATURE_STATUS), PropertyChanged(P.VIEWFINDER_OUTPUT)]
    with pytest.raises(TooHot):
        rig.set(P.VIEWFINDER_OUTPUT, VIEWFINDER_TO_PC)
    rig.shoot()
    clear(rig)
    assert rig.body.dials.number(P.TEMPERATURE_STATUS) == COOL
    rig.set(P.VIEWFINDER_OUTPUT, VIEWFINDER_TO_PC)


def test_a_fault_that_begins_with_a_frame_strikes_that_frame() -> None:
    rig = watching()
    arm(rig, FaultName.VIEWFINDER_NOT_READY, FaultStart.FRAME, 2, times=2)
    assert rig.body.frame(rig.now) is not None
    assert rig.body.frame(rig.now) is None
    assert not rig.body.viewfinder_ready(rig.now)
    assert rig.body.viewfinder_ready(rig.now)
    assert rig.body.viewfinder.counter == 1


# Shots.


def test_captures_are_counted_once_from_half_or_full_press() -> None:
    rig = BodyRig()
    arm(rig, FaultName.HEAT, FaultStart.CAPTURE, 4)
    shoot_as_a_client(rig)
    rig.finish()
    assert rig.faults.waiting()[0].number == 3
    rig.shoot("client")
    assert rig.faults.waiting()[0].number == 2
    rig.shoot("button")
    assert rig.faults.waiting()[0].number == 1
    rig.body.half_press(rig.now, capture=False)
    assert rig.faults.waiting()[0].number == 1
    rig.body.half_press(rig.now)
    assert rig.faults.active(FaultName.HEAT, rig.now)


def test_a_half_press_that_was_let_go_of_does_not_count_for_the_next_full_press() -> None:
    rig = BodyRig()
    arm(rig, FaultName.HEAT, FaultStart.CAPTURE, 2)
    rig.body.half_press(rig.now)
    rig.body.release(rig.now)
    rig.body.press(rig.now, "client")
    assert rig.faults.active(FaultName.HEAT, rig.now)


def test_a_busy_shot_strikes_clients_and_exposes_nothing() -> None:
    rig = BodyRig()
    arm(rig, FaultName.BUSY_SHOT, FaultStart.CAPTURE, 2, times=1)
    rig.shoot()
    with pytest.raises(Busy):
        rig.shoot()
    rig.shoot()
    assert len(rig.entries("exposed")) == 2
    arm(rig, FaultName.BUSY_SHOT)
    rig.shoot("button")


def test_a_slow_autofocus_takes_its_seconds_whatever_the_speed() -> None:
    rig = BodyRig(speed=100.0)
    usual = rig.body.half_press(rig.now)
    arm(rig, FaultName.SLOW_AUTOFOCUS, amount=8.0, times=1)
    assert rig.body.half_press(rig.now) == pytest.approx(usual + 8.0)
    assert rig.body.half_press(rig.now) == usual


def test_the_button_is_pressed_at_the_half_press_of_a_capture_and_the_client_waits() -> None:
    rig = BodyRig()
    arm(rig, FaultName.BUTTON, FaultStart.CAPTURE)
    arm(rig, FaultName.HEAT, FaultStart.CAPTURE, 2)
    rig.body.half_press(rig.now)
    assert rig.faults.waiting()[0].number == 1, "the press of the button counted as a capture of its own"
    assert rig.entries("pressed")[0]["source"] == "button"
    assert rig.body.button_shot_ends is not None
    rig.finish()
    assert rig.body.button_shot_ends is None
    assert rig.faults.names(rig.now) == []
    assert rig.entries("fault_end")[0]["why"] == "pressed"


def test_the_button_may_be_pressed_later_and_every_so_often() -> None:
    rig = watching()
    arm(rig, FaultName.BUTTON, amount=0.5, every=10.0)
    began = rig.now
    rig.pass_time(25.0)
    pressed = [entry["at_us"] for entry in rig.entries("pressed")]
    assert pressed == [int((began + seconds) * 1e6) for seconds in (0.5, 10.5, 20.5)]


def test_a_press_of_the_button_that_cannot_be_is_in_the_diary() -> None:
    rig = BodyRig(card_bytes=None)
    arm(rig, FaultName.BUTTON)
    rig.pass_time(0.0)
    (refused,) = rig.entries("press_refused")
    assert "no room" in str(refused["reason"])


# Photos.


def pair() -> BodyRig:
    rig = BodyRig()
    rig.body.set(P.IMAGE_FORMAT, ImageFormat.RAW_L.pack(), rig.now)
    return rig


def test_late_events_are_told_later_and_the_photo_is_there_at_once() -> None:
    rig = BodyRig()
    arm(rig, FaultName.LATE_EVENTS, amount=4.0, times=1)
    rig.body.press(rig.now, "client")
    rig.pass_time(2.0)
    assert "added" in rig.events()
    assert added(rig) == []
    rig.pass_time(4.0)
    assert added(rig) == ["IMG_0001.JPG"]


def test_late_events_of_one_session_are_not_told_in_the_next() -> None:
    rig = BodyRig()
    arm(rig, FaultName.LATE_EVENTS, amount=4.0)
    rig.body.press(rig.now, "client")
    rig.pass_time(2.0)
    rig.body.disconnected(rig.now)
    rig.body.connected(rig.now)
    rig.pass_time(10.0)
    assert added(rig) == []


def test_a_late_twin_comes_when_the_body_has_long_been_free() -> None:
    rig = pair()
    arm(rig, FaultName.LATE_TWIN, amount=4.0, times=1)
    rig.body.press(rig.now, "client")
    rig.pass_time(2.0)
    assert added(rig) == ["IMG_0001.CR2"]
    rig.body.press(rig.now, "client")
    rig.pass_time(10.0)
    assert added(rig) == ["IMG_0002.CR2", "IMG_0002.JPG", "IMG_0001.JPG"]


def test_the_room_is_counted_anew_when_a_late_twin_has_come() -> None:
    rig = BodyRig(card_bytes=20 * PHOTO_BYTES)
    rig.body.set(P.IMAGE_FORMAT, ImageFormat.RAW_L.pack(), rig.now)
    arm(rig, FaultName.LATE_TWIN, amount=4.0)
    rig.body.press(rig.now, "client")
    rig.pass_time(10.0)
    assert rig.body.dials.number(P.AVAILABLE_SHOTS) == rig.body.room.shots == 8


def test_a_single_file_has_no_twin_that_could_be_late() -> None:
    rig = BodyRig()
    arm(rig, FaultName.LATE_TWIN, times=1)
    rig.shoot()
    assert rig.faults.names(rig.now) == ["late_twin"], "spent on a shot of one file"


def test_a_late_twin_in_the_ram_is_lost_with_its_session() -> None:
    rig = pair()
    rig.body.connected(rig.now)
    rig.set(P.CAPTURE_DESTINATION, RAM)
    rig.body.announce_capacity(100)
    arm(rig, FaultName.LATE_TWIN, amount=4.0)
    rig.body.press(rig.now, "client")
    rig.pass_time(2.0)
    rig.body.disconnected(rig.now)
    rig.pass_time(10.0)
    lost = [(entry["name"], entry["why"]) for entry in rig.entries("lost")]
    assert lost == [("IMG_0001.CR2", "session_ended"), ("IMG_0001.JPG", "session_ended")]


def test_shuffled_events_tell_the_photos_last_first_after_the_end_of_the_shot() -> None:
    rig = pair()
    arm(rig, FaultName.SHUFFLED_EVENTS, times=1)
    rig.shoot()
    reported = [body_event for body_event in rig.body.body_events if not isinstance(body_event, PropertyChanged)]
    assert [type(body_event) for body_event in reported] == [Status, Status, Added, Added]
    assert added(rig) == ["IMG_0001.JPG", "IMG_0001.CR2"]
    rig.shoot()
    assert added(rig) == ["IMG_0002.CR2", "IMG_0002.JPG"]


def test_slow_storage_takes_so_many_times_as_long() -> None:
    rig = BodyRig()
    rig.shoot()
    arm(rig, FaultName.SLOW_STORAGE, amount=20.0, times=1)
    rig.shoot()
    exposed, written = rig.entries("exposed"), rig.entries("written")
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
    rig = BodyRig()
    before = rig.body.dials.number(P.AVAILABLE_SHOTS)
    arm(rig, name)
    assert rig.body.dials.number(P.AVAILABLE_SHOTS) == (before if shots is None else shots)
    for source in ("client", "button"):
        with pytest.raises(refusal):
            rig.body.press(rig.now, source)
    assert rig.entries("exposed") == []
    clear(rig)
    assert rig.body.dials.number(P.AVAILABLE_SHOTS) == before
    rig.shoot()


def test_a_locked_card_deletes_nothing_and_says_so() -> None:
    rig = BodyRig()
    rig.shoot()
    handle = int(str(rig.entries("added")[0]["handle"]))
    arm(rig, FaultName.CARD_READ_ONLY)
    assert rig.body.store.storage_info().read_only
    with pytest.raises(CardLocked):
        rig.body.files.delete(handle, rig.now)
    clear(rig)
    assert rig.body.files.delete(handle, rig.now)


def test_what_is_on_a_card_that_is_out_cannot_be_seen_and_is_there_again_with_it() -> None:
    rig = BodyRig()
    rig.shoot()
    handle = int(str(rig.entries("added")[0]["handle"]))
    rig.body.body_events.clear()
    arm(rig, FaultName.CARD_MISSING)
    assert CardMoved(present=False) in rig.body.body_events
    assert rig.body.store.get(handle) is None
    assert rig.body.store.children(FOLDER) == []
    assert not rig.body.files.delete(handle, rig.now)
    assert rig.body.dials.properties[P.CAPTURE_DESTINATION].choices == (RAM,)
    clear(rig)
    assert CardMoved(present=True) in rig.body.body_events
    assert [item.handle for item in rig.body.store.children(FOLDER)] == [handle]
    assert rig.body.dials.properties[P.CAPTURE_DESTINATION].choices == (CARD, RAM)


def test_a_photo_whose_card_is_pulled_before_it_is_written_is_lost_and_the_diary_says_so() -> None:
    rig = BodyRig()
    rig.set(P.SHUTTER, ONE_SECOND)
    rig.body.press(rig.now, "client")
    rig.pass_time(1.08)
    assert "exposed" in rig.events()
    arm(rig, FaultName.CARD_MISSING)
    rig.finish()
    (lost,) = rig.entries("lost")
    assert (lost["name"], lost["why"]) == ("IMG_0001.JPG", "no_card")
    assert rig.entries("added") == []


def test_a_session_that_begins_without_the_card_captures_to_the_ram() -> None:
    rig = BodyRig()
    arm(rig, FaultName.CARD_MISSING)
    rig.body.disconnected(rig.now)
    assert rig.body.dials.number(P.CAPTURE_DESTINATION) == RAM
    clear(rig)
    rig.body.disconnected(rig.now)
    assert rig.body.dials.number(P.CAPTURE_DESTINATION) == CARD


def test_a_camera_without_a_card_has_none_to_move() -> None:
    rig = BodyRig(card_bytes=None)
    arm(rig, FaultName.CARD_MISSING)
    clear(rig)
    assert list(rig.body.body_events) == []
    assert not rig.body.store.has_card


def test_a_full_ram_is_busy_for_clients_and_nothing_to_the_card() -> None:
    rig = BodyRig(card_bytes=10 * PHOTO_BYTES)
    arm(rig, FaultName.RAM_FULL)
    rig.shoot()
    rig.set(P.CAPTURE_DESTINATION, RAM)
    rig.body.announce_capacity(100)
    assert rig.body.dials.number(P.AVAILABLE_SHOTS) == 0
    with pytest.raises(Busy):
        rig.body.press(rig.now, "client")
    clear(rig)
    assert rig.body.dials.number(P.AVAILABLE_SHOTS) == 100


# Power.


def test_a_low_battery_lasts_a_little_and_is_changed_at_the_end() -> None:
    rig = watching(battery_percent=90.0)
    charge = rig.body.power.battery_percent
    arm(rig, FaultName.BATTERY_LOW, amount=0.15)
    assert not rig.body.power.off(rig.now)
    rig.shoot()
    rig.shoot()
    assert rig.body.power.off(rig.now)
    clear(rig)
    assert rig.body.power.battery_percent == charge
    assert not rig.body.power.off(rig.now)


def test_a_body_that_sleeps_wakes_at_its_button_at_the_end_of_the_fault_or_by_clearing() -> None:
    rig = BodyRig(power_off_seconds=60)
    arm(rig, FaultName.SLEEP)
    assert rig.body.power.off(rig.now)
    rig.shoot("button")
    assert not rig.body.power.off(rig.now)
    assert rig.entries("fault_end")[0]["why"] == "woken"
    arm(rig, FaultName.SLEEP, seconds=100.0)
    rig.pass_time(99.0)
    assert rig.body.power.off(rig.now)
    rig.pass_time(1.0)
    assert not rig.body.power.off(rig.now), "it had slept so long that it switched itself off"
    arm(rig, FaultName.SLEEP)
    clear(rig)
    assert not rig.body.power.off(rig.now)


def test_a_film_lies_on_the_card_and_is_told_of_once() -> None:
    rig = BodyRig()
    before = rig.body.store.free_bytes
    arm(rig, FaultName.FILM, amount=1000)
    rig.pass_time(1.0)
    assert added(rig) == ["MVI_0001.MOV"]
    assert before - rig.body.store.free_bytes >= 10**9
    assert [entry["why"] for entry in rig.entries("fault_end")] == ["recorded"]
    rig.pass_time(10.0)
    assert added(rig) == []


def test_each_file_that_a_computer_puts_on_the_card_has_a_name_of_its_own_and_nobody_is_told() -> None:
    rig = BodyRig()
    for _begin in range(2):
        arm(rig, FaultName.LATIN1_FILE)
        clear(rig)
        rig.pass_time(1.0)
    assert added(rig) == []
    assert [entry["name"] for entry in rig.entries("added")] == ["\udcdcBER0001.JPG", "\udcdcBER0002.JPG"]
    first, second = rig.entries("exposed")
    assert (first["source"], first["counter"] == second["counter"]) == ("computer", False)


def test_without_a_card_a_film_is_lost() -> None:
    rig = BodyRig(card_bytes=None)
    arm(rig, FaultName.FILM)
    rig.pass_time(1.0)
    assert added(rig) == []
    assert [entry["why"] for entry in rig.entries("lost")] == ["no_card"]


def test_bytes_behind_a_photo_are_of_its_length() -> None:
    rig = BodyRig()
    arm(rig, FaultName.PADDED_PHOTO, amount=5, times=1)
    shoot_as_a_client(rig)
    rig.pass_time(5.0)
    (photo,) = [one.stored.photo for one in rig.body.body_events if isinstance(one, Added)]
    assert photo.render().endswith(b"\r\n\0\0\0")
    assert photo.size_bytes == PHOTO_BYTES + 5
