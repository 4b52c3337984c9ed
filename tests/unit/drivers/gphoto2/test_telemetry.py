"""Polls of a scripted camera, some of them refused, with an account for each card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from photonic.drivers.gphoto2.camera import Setting
from photonic.drivers.gphoto2.card_audit import CardAudit
from photonic.drivers.gphoto2.configuration import Configuration
from photonic.drivers.gphoto2.housekeeping import HousekeepingBudget
from photonic.drivers.gphoto2.telemetry import AFTER_CAPTURE_SECONDS, AWAKE_SECONDS, MOST_REFUSALS, Telemetry
from photonic.errors import CameraError
from photonic.worker.link.card_messages import Unaccounted
from photonic.worker.link.codec import message_record
from photonic.worker.link.messages import Facts

from .scripted import KeptOutbox, ScriptedCamera, VirtualTime

if TYPE_CHECKING:
    from photonic.drivers.gphoto2.camera import Storage

ROOMY, LATER = 8_000_000, 7_000_000


class RefusingCamera(ScriptedCamera):
    """Refuses requests for its cards and settings with these errors in turn."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__(time)
        self.refusals: list[CameraError] = []

    def storages(self) -> tuple[Storage, ...]:
        if self.refusals:
            raise self.refusals.pop(0)
        return super().storages()


class TelemetryHarness:
    def __init__(self) -> None:
        self.time = VirtualTime()
        self.camera = RefusingCamera(self.time)
        self.outbox = KeptOutbox()
        configuration = Configuration(self.camera)
        self.budget = HousekeepingBudget(self.time)
        self.telemetry = Telemetry(
            self.camera, configuration, self.outbox, CardAudit(), clock=self.time, budget=self.budget
        )

    def look(self, seconds: float = 30.0) -> None:
        self.time.pause(seconds)
        with self.budget.slice():
            self.telemetry.poll(may_audit=True)

    def free(self, kilobytes: int, label: str = "EOS") -> None:
        self.camera.label, self.camera.free_kilobytes = label, kilobytes


@pytest.fixture
def harness() -> TelemetryHarness:
    return TelemetryHarness()


def test_a_slow_camera_is_asked_for_one_thing_a_slice(harness: TelemetryHarness) -> None:
    ask = harness.camera.read

    def slowly(name: str) -> Setting | None:
        harness.time.pause(2.5)
        return ask(name)

    harness.camera.read = slowly  # type: ignore[method-assign]
    slices: list[list[str]] = []
    while not harness.outbox.of(Facts):
        before = len(harness.camera.asked)
        harness.look(0.0)
        slices.append(harness.camera.asked[before:])
    assert slices == [["availableshots"], ["autopoweroff"], ["batterylevel"], ["imageformat"]]
    assert harness.outbox.of(Facts)[0].battery == 75


def test_a_camera_that_is_busy_is_looked_at_again_soon(harness: TelemetryHarness) -> None:
    harness.camera.refusals = [CameraError("busy", code=-110)] * (MOST_REFUSALS - 1)
    harness.look()
    for _ in range(MOST_REFUSALS - 1):
        assert harness.outbox.of(Facts) == []
        harness.look(AFTER_CAPTURE_SECONDS)
    assert len(harness.outbox.of(Facts)) == 1


def test_a_camera_that_refuses_every_look_is_of_no_use(harness: TelemetryHarness) -> None:
    harness.camera.refusals = [CameraError("no", code=-1)] * MOST_REFUSALS
    for _ in range(MOST_REFUSALS - 1):
        harness.look()
    with pytest.raises(CameraError):
        harness.look()


def test_refusals_with_an_answer_between_do_not_add_up(harness: TelemetryHarness) -> None:
    for _ in range(MOST_REFUSALS + 1):
        harness.camera.refusals = [CameraError("no", code=-1)]
        harness.look()
        harness.look()


def test_a_broken_connection_is_told_at_once(harness: TelemetryHarness) -> None:
    harness.camera.refusals = [CameraError("gone", code=-7)]
    with pytest.raises(CameraError, match="gone"):
        harness.look()


@pytest.mark.parametrize(("code", "reported"), [(-110, False), (-7, True)])
def test_a_camera_that_is_too_busy_to_be_kept_awake_is_awake(
    harness: TelemetryHarness, monkeypatch: pytest.MonkeyPatch, code: int, reported: bool
) -> None:
    def refuse(_name: str) -> None:
        raise CameraError("refused", code=code)

    monkeypatch.setattr(harness.camera, "read", refuse)
    harness.time.pause(AWAKE_SECONDS)
    if reported:
        with pytest.raises(CameraError):
            harness.telemetry.keep_awake()
    else:
        harness.telemetry.keep_awake()


def test_photos_that_came_without_a_word_are_told_of(harness: TelemetryHarness) -> None:
    harness.free(ROOMY)
    harness.look()
    harness.free(LATER)
    harness.look()
    harness.look()
    assert len(harness.outbox.of(Unaccounted)) == 1


def test_another_card_is_no_photo(harness: TelemetryHarness) -> None:
    harness.free(ROOMY)
    harness.look()
    harness.free(LATER, "OTHER")
    for _ in range(3):
        harness.look()
    assert harness.outbox.of(Unaccounted) == []


def test_a_card_that_was_out_begins_anew(harness: TelemetryHarness) -> None:
    harness.free(ROOMY)
    harness.look()
    harness.camera.storage = False
    harness.look()
    harness.camera.storage = True
    harness.free(LATER)
    for _ in range(3):
        harness.look()
    assert harness.outbox.of(Unaccounted) == []


def shots_left(
    harness: TelemetryHarness, said: int, free: int, *, label: str = "EOS", image_format: str = "L"
) -> int | None:
    """The number of available shots that is sent if the body reports ``said``."""
    harness.camera.settings["availableshots"] = Setting("availableshots", str(said))
    harness.camera.settings["imageformat"] = Setting("imageformat", image_format)
    harness.free(free, label)
    harness.look()
    return harness.outbox.of(Facts)[-1].shots_available


def test_photos_left_do_not_become_more_by_taking_one(harness: TelemetryHarness) -> None:
    """A body estimates from the size of its photos, and raises the estimate after a small one."""
    assert shots_left(harness, 600, ROOMY) == 600
    assert shots_left(harness, 9999, ROOMY - 300) == 600
    assert shots_left(harness, 9999, ROOMY - 600) == 600
    assert shots_left(harness, 580, ROOMY - 9000) == 580
    assert shots_left(harness, 590, ROOMY - 9300) == 580


@pytest.mark.parametrize(
    "change",
    [{"free": ROOMY + 5000}, {"label": "another card"}, {"image_format": "S"}],
    ids=lambda change: next(iter(change)),
)
def test_they_become_more_with_more_room_another_card_or_smaller_photos(
    harness: TelemetryHarness, change: dict[str, Any]
) -> None:
    assert shots_left(harness, 600, ROOMY) == 600
    changed: dict[str, Any] = {"free": ROOMY, **change}
    assert shots_left(harness, 900, **changed) == 900


def test_a_card_that_was_out_is_counted_anew(harness: TelemetryHarness) -> None:
    assert shots_left(harness, 600, ROOMY) == 600
    harness.camera.storage = False
    assert shots_left(harness, 0, 0) == 0
    harness.camera.storage = True
    assert shots_left(harness, 700, ROOMY) == 700


@pytest.mark.parametrize("said", ["\u00b2", "9" * 30, "9" * 5000, "many", "-1", ""])
@pytest.mark.parametrize("name", ["availableshots", "autopoweroff", "batterylevel"])
def test_a_number_that_is_none_is_not_told(harness: TelemetryHarness, name: str, said: str) -> None:
    """Sending it would have ended the camera process."""
    harness.camera.settings[name] = Setting(name, said, ())
    harness.look()
    (facts,) = harness.outbox.of(Facts)
    message_record(facts)
    reported = {"availableshots": facts.shots_available, "autopoweroff": facts.power_off_seconds}
    assert reported.get(name) is None


@pytest.mark.parametrize(
    ("reported", "seconds"), [("60", 60), ("240s", 240), ("0", 0), ("Never", 0), ("Off", 0), ("Disable", 0)]
)
def test_the_seconds_until_the_camera_turns_itself_off(harness: TelemetryHarness, reported: str, seconds: int) -> None:
    harness.camera.settings["autopoweroff"] = Setting("autopoweroff", reported, ())
    harness.look()
    (facts,) = harness.outbox.of(Facts)
    assert facts.power_off_seconds == seconds
