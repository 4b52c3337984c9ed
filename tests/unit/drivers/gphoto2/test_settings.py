"""Everything that can be set: listed by names, changed all or none, watched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from photonic.drivers.gphoto2.camera import Setting, SettingKind
from photonic.drivers.gphoto2.configuration import Configuration
from photonic.drivers.gphoto2.housekeeping import HousekeepingBudget
from photonic.drivers.gphoto2.profile import HeldProfiles
from photonic.drivers.gphoto2.settings import POLL_EVERY_SECONDS, GphotoSettings
from photonic.errors import BadInput, CameraError
from photonic.worker.link.messages import Profiles
from photonic.worker.link.setting_messages import SettingEntry, SettingsChanged

from .scripted import KeptOutbox, ScriptedCamera, VirtualTime

LOST = CameraError("the connection broke", code=-35)


class SettingsHarness:
    """GphotoSettings over a scripted camera."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.camera = ScriptedCamera(self.time)
        self.camera.settings |= {
            "artist": Setting("artist", ""),
            "colortemperature": Setting(
                "colortemperature", "5200", kind=SettingKind.RANGE, limits=(2500.0, 10000.0, 100.0)
            ),
            "grid": Setting("grid", "0", kind=SettingKind.TOGGLE),
            "autofocusdrive": Setting("autofocusdrive", "2", kind=SettingKind.TOGGLE),
            "datetime": Setting("datetime", "1700000000", kind=SettingKind.DATE),
            "exposurecompensation": Setting("exposurecompensation", "0", ("-0.3", "0", "0.3", "1")),
            "serialnumber": Setting("serialnumber", "0042", writable=False),
        }
        self.configuration = Configuration(self.camera)
        self.outbox = KeptOutbox()
        self.profiles = HeldProfiles(self.configuration, self.outbox)
        self.settings = GphotoSettings(
            self.camera,
            self.configuration,
            self.profiles,
            self.outbox,
            clock=self.time,
            pause=self.time.pause,
            budget=HousekeepingBudget(self.time),
        )

    def entry(self, name: str) -> SettingEntry:
        return next(entry for entry in self.settings.listed().settings if entry.name == name)

    def look_round(self) -> list[SettingsChanged]:
        """Polls often enough for a whole pass; returns what was sent."""
        self.outbox.sent.clear()
        self.time.pause(POLL_EVERY_SECONDS)
        for _slice in range(20):
            self.settings.poll()
        return self.outbox.of(SettingsChanged)

    def values(self) -> dict[str, str]:
        return {name: setting.value for name, setting in self.camera.settings.items()}


@pytest.fixture
def harness() -> SettingsHarness:
    return SettingsHarness()


def test_common_settings_come_first_by_their_names_the_others_by_their_paths(harness: SettingsHarness) -> None:
    names = [entry.name for entry in harness.settings.listed().settings]
    assert names[:4] == ["iso", "aperture", "shutter", "exposure_mode"]
    assert "/main/artist" in names
    assert names.index("color_temperature") < names.index("/main/artist")


def test_each_kind_has_its_own_value(harness: SettingsHarness) -> None:
    assert harness.entry("iso").value == "100"
    assert harness.entry("iso").choices == ("Auto", "100", "200", "400", "800")
    temperature = harness.entry("color_temperature")
    assert (temperature.value, temperature.limits) == (5200.0, (2500.0, 10000.0, 100.0))
    assert harness.entry("/main/grid").value is False
    assert harness.entry("/main/autofocusdrive").value is None
    assert harness.entry("/main/datetime").value == 1_700_000_000.0


def test_what_cannot_be_set_says_why(harness: SettingsHarness) -> None:
    serial, target = harness.entry("/main/serialnumber"), harness.entry("capture_target")
    assert (serial.writable, target.writable) == (False, False)
    assert serial.reason
    assert target.reason is not None
    assert "capture_target" in target.reason


def test_values_are_taken_as_people_write_them(harness: SettingsHarness) -> None:
    harness.settings.change(
        {
            "ISO": "iso 400",
            "Shutter Speed": "1/60s",
            "f": "f/8",
            "exposure-compensation": "+1/3 EV",
            "color_temperature": "5600",
            "/main/artist": "Ada",
            "grid": "yes",
            "datetime": "2026-11-23T18:00:00",
        }
    )
    values = harness.values()
    assert (values["iso"], values["shutterspeed"], values["aperture"]) == ("400", "1/60", "8")
    assert (values["exposurecompensation"], values["colortemperature"]) == ("0.3", "5600.0")
    assert (values["artist"], values["grid"], values["datetime"]) == ("Ada", "1", "1795456800")


def test_the_mode_comes_first_because_other_choices_depend_on_it(harness: SettingsHarness) -> None:
    locked = harness.camera.settings["aperture"] = replace(harness.camera.settings["aperture"], writable=False)

    def unlock(_value: str | int) -> None:
        harness.camera.settings["aperture"] = replace(locked, writable=True)

    harness.camera.on_write["autoexposuremode"] = unlock
    harness.settings.change({"aperture": "8", "exposure_mode": "Av"})
    assert [name for name, _value in harness.camera.written] == ["autoexposuremode", "aperture"]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("iso", "401", "nearest: 400"),
        ("shutter", "1/100", "1/125"),
        ("exposure_compensation", "0.5", "0.3"),
        ("color_temperature", "5640", "nearest: 5600"),
        ("color_temperature", "99999", "from 2500 to 10000"),
        ("color_temperature", "warm", "from 2500 to 10000"),
        ("color_temperature", "nan", "from 2500 to 10000"),
        ("grid", "maybe", "on or off"),
        ("datetime", "yesterday", "must be a date and time"),
        ("artist", "x" * 64, "at most 63"),
        ("artist", "a\nb", "printable"),
        ("serialnumber", "1", "does not allow"),
        ("capture_target", "card", "capture_target in its configuration"),
        ("capturetarget", "Memory card", "capture_target in its configuration"),
        ("viewfinder", "1", "live view belongs to the service"),
        ("zoom", "3", "no setting for zoom"),
        ("isso", "400", "nearest: iso"),
        ("/main/capturesettings/apperture", "8", "nearest: aperture"),
        ("iso", "9x", "choose from Auto, 100, "),
        ("serialnumber", "1", "allow changing it (it is"),
        ("", "3", "no setting"),
    ],
)
def test_a_wrong_value_is_answered_and_changes_nothing(
    harness: SettingsHarness, name: str, value: str, says: str
) -> None:
    before = harness.values()
    with pytest.raises(BadInput) as caught:
        harness.settings.change({"aperture": "8", name: value})
    assert says in caught.value.reason
    assert caught.value.field == name
    assert harness.values() == before


def test_one_setting_by_two_names_is_refused(harness: SettingsHarness) -> None:
    with pytest.raises(BadInput, match="given twice"):
        harness.settings.change({"shutter": "1/60", "shutterspeed": "1/250"})
    assert harness.values()["shutterspeed"] == "1/125"


def test_a_value_that_the_camera_refuses_takes_the_others_back(harness: SettingsHarness) -> None:
    harness.camera.refuse["aperture"] = CameraError("no", code=-1)
    with pytest.raises(BadInput, match="nothing was changed"):
        harness.settings.change({"iso": "800", "aperture": "8"})
    assert harness.values()["iso"] == "100"


def test_a_value_that_the_camera_does_not_take_is_found_by_reading_it_back(harness: SettingsHarness) -> None:
    def ignore(_value: str | int) -> None:
        harness.camera.settings["aperture"] = replace(harness.camera.settings["aperture"], value="5.6")

    harness.camera.on_write["aperture"] = ignore
    with pytest.raises(BadInput, match="the camera offers"):
        harness.settings.change({"iso": "800", "aperture": "8"})
    assert harness.values()["iso"] == "100"


def test_a_body_may_show_a_new_value_late(harness: SettingsHarness) -> None:
    real = harness.camera.settings["aperture"]
    shows = iter(["5.6", "5.6", "8"])

    def read(name: str) -> Setting | None:
        return replace(real, value=next(shows)) if name == "aperture" else harness.camera.settings.get(name)

    harness.settings.listed()
    harness.camera.read = read
    harness.settings.change({"aperture": "8"})


def test_what_could_not_be_set_back_is_said(harness: SettingsHarness) -> None:
    def refuse_from_now_on(_value: str | int) -> None:
        harness.camera.refuse["iso"] = CameraError("no", code=-1)

    harness.camera.on_write["iso"] = refuse_from_now_on
    with pytest.raises(BadInput, match="could not be restored: iso"):
        harness.settings.change({"iso": "800", "aperture": "7"})


def test_a_broken_connection_is_no_bad_input(harness: SettingsHarness) -> None:
    harness.camera.refuse["iso"] = LOST
    with pytest.raises(CameraError):
        harness.settings.change({"iso": "800"})


def test_what_is_held_during_live_view_is_held_at_its_new_value(harness: SettingsHarness) -> None:
    harness.profiles.hold(Profiles(live={"iso": "800"}, capture={"iso": "100"}))
    harness.settings.change({"iso": "400"})
    harness.profiles.enter_capture()
    assert harness.values()["iso"] == "100"
    harness.profiles.leave_capture()
    assert harness.values()["iso"] == "400"


def test_the_photographer_at_the_dial_is_told_of_once(harness: SettingsHarness) -> None:
    (first,) = harness.look_round()
    assert first.values["iso"] == "100"
    assert harness.look_round() == []
    harness.camera.settings["iso"] = replace(harness.camera.settings["iso"], value="800")
    assert harness.look_round() == []
    harness.configuration.invalidate()
    (reported,) = harness.look_round()
    assert reported.values == first.values | {"iso": "800"}
    assert harness.look_round() == []


def test_doubt_without_a_change_is_not_told_and_without_doubt_nothing_is_asked(harness: SettingsHarness) -> None:
    harness.look_round()
    harness.configuration.invalidate()
    assert harness.look_round() == []
    harness.camera.asked.clear()
    assert harness.look_round() == []
    assert harness.camera.asked == []


def test_a_change_during_the_look_is_looked_at_again(harness: SettingsHarness) -> None:
    harness.look_round()
    harness.configuration.invalidate()
    harness.time.pause(POLL_EVERY_SECONDS)
    harness.outbox.sent.clear()
    harness.settings.poll()
    harness.camera.settings["iso"] = replace(harness.camera.settings["iso"], value="800")
    harness.configuration.invalidate()
    for _slice in range(20):
        harness.settings.poll()
    assert harness.outbox.of(SettingsChanged) == []
    assert [reported.values["iso"] for reported in harness.look_round()] == ["800"]


def test_a_look_takes_little_at_a_time(harness: SettingsHarness) -> None:
    harness.camera.asked.clear()
    harness.settings.poll()
    assert len(harness.camera.asked) <= 4


def test_a_camera_that_is_busy_is_looked_at_later(harness: SettingsHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_name: str) -> Setting | None:
        raise CameraError("busy", code=-110)

    with monkeypatch.context() as patch:
        patch.setattr(harness.camera, "read", busy)
        assert harness.look_round() == []
    assert len(harness.look_round()) == 1
