from __future__ import annotations

import pytest

from photonic.drivers.gphoto2.camera import Setting
from photonic.drivers.gphoto2.configuration import Configuration, expected_objects
from photonic.drivers.gphoto2.matching import match, nearest
from photonic.errors import BadInput
from photonic.model.setting_name import SettingName

from .scripted import ScriptedCamera, VirtualTime

EOS_SHUTTER = ("bulb", "30", "1", "0.5", "0.3", "1/60", "1/125", "1/4000")
NIKON_SHUTTER = ("0.0001s", "0.0012s", "0.0080s", "0.0166s", "0.5000s", "1.0000s", "Bulb")


@pytest.mark.parametrize(
    ("name", "wanted", "choices", "choice"),
    [
        (SettingName.SHUTTER, "1/125", EOS_SHUTTER, "1/125"),
        (SettingName.SHUTTER, "1/125s", EOS_SHUTTER, "1/125"),
        (SettingName.SHUTTER, "0.008", EOS_SHUTTER, "1/125"),
        (SettingName.SHUTTER, "1/2", EOS_SHUTTER, "0.5"),
        (SettingName.SHUTTER, "BULB", EOS_SHUTTER, "bulb"),
        (SettingName.SHUTTER, "1/125", NIKON_SHUTTER, "0.0080s"),
        (SettingName.SHUTTER, "1/60", NIKON_SHUTTER, "0.0166s"),
        (SettingName.SHUTTER, "1/800", NIKON_SHUTTER, "0.0012s"),
        (SettingName.SHUTTER, "1/8000", NIKON_SHUTTER, "0.0001s"),
        (SettingName.SHUTTER, "1/123", EOS_SHUTTER, None),
        (SettingName.SHUTTER, "1/100", EOS_SHUTTER, None),
        (SettingName.SHUTTER, "fast", EOS_SHUTTER, None),
        (SettingName.APERTURE, "f/5.6", ("4", "5.6"), "5.6"),
        (SettingName.APERTURE, "5.6", ("f/4", "f/5.6"), "f/5.6"),
        (SettingName.APERTURE, "5", ("4", "5.6"), None),
        (SettingName.ISO, "ISO 400", ("Auto", "400"), "400"),
        (SettingName.ISO, "auto", ("Auto", "400"), "Auto"),
        (SettingName.ISO, "4000", ("Auto", "400"), None),
        (SettingName.ISO, "12801", ("Auto", "12800"), None),
        (SettingName.COLOR_TEMPERATURE, "5600 K", ("5500", "5600"), "5600"),
        (SettingName.COLOR_TEMPERATURE, "5601", ("5600",), None),
        (SettingName.EXPOSURE_COMPENSATION, "-2/3", ("-0.6", "-0.3", "0"), "-0.6"),
        (SettingName.EXPOSURE_COMPENSATION, "1 1/3 EV", ("1", "1.3"), "1.3"),
        (SettingName.EXPOSURE_COMPENSATION, "+0.5", ("0.3", "0.6"), None),
        (SettingName.WHITE_BALANCE, "day-light", ("Daylight", "Cloudy"), "Daylight"),
        (SettingName.FOCUS_MODE, "one_shot", ("One Shot", "AI Servo"), "One Shot"),
        (SettingName.IMAGE_FORMAT, "raw+l", ("L", "RAW", "RAW + L"), "RAW + L"),
        (SettingName.DRIVE_MODE, "", ("Single", "Continuous"), None),
        (SettingName.EXPOSURE_MODE, "M", ("P", "TV", "AV", "Manual"), "Manual"),
        (SettingName.EXPOSURE_MODE, "manual", ("M", "P", "A", "S"), "M"),
        (SettingName.EXPOSURE_MODE, "Av", ("M", "P", "A", "S"), "A"),
        (SettingName.EXPOSURE_MODE, "sport", ("M", "P"), None),
    ],
)
def test_values_match_as_people_write_them(
    name: SettingName, wanted: str, choices: tuple[str, ...], choice: str | None
) -> None:
    assert match(name, wanted, choices) == choice


def test_the_nearest_choices_come_first() -> None:
    assert nearest(SettingName.SHUTTER, "1/100", EOS_SHUTTER)[0] == "1/125"
    assert nearest(SettingName.EXPOSURE_MODE, "Manuel", ("P", "Manual"))[0] == "Manual"


@pytest.mark.parametrize(
    ("image_format", "count"),
    [(None, 1), ("Large Fine JPEG", 1), ("RAW", 1), ("RAW + Large Fine JPEG", 2), ("NEF+Fine", 2)],
)
def test_raw_and_jpeg_make_two_files(image_format: str | None, count: int) -> None:
    assert expected_objects(image_format) == count


def test_a_value_that_the_camera_lacks_is_refused_with_its_choices() -> None:
    configuration = Configuration(ScriptedCamera(VirtualTime()))
    with pytest.raises(BadInput) as caught:
        configuration.resolve(SettingName.SHUTTER, "1/100", "shutter_speed_capture")
    assert caught.value.field == "shutter_speed_capture"
    assert "1/125" in caught.value.choices
    assert "nearest: 1/125" in caught.value.reason


def test_a_setting_that_the_dial_decides_is_refused_unless_it_stands_there_already() -> None:
    camera = ScriptedCamera(VirtualTime())
    camera.settings["aperture"] = Setting("aperture", "5.6", ("4", "5.6"), writable=False)
    configuration = Configuration(camera)
    assert configuration.resolve(SettingName.APERTURE, "f/5.6", "aperture_capture") == ("aperture", "5.6")
    with pytest.raises(BadInput, match="does not allow"):
        configuration.resolve(SettingName.APERTURE, "f/4", "aperture_capture")


def test_a_quantity_that_the_camera_lacks_is_refused() -> None:
    camera = ScriptedCamera(VirtualTime())
    del camera.settings["aperture"]
    with pytest.raises(BadInput, match="no setting for aperture"):
        Configuration(camera).resolve(SettingName.APERTURE, "4", "aperture_liveview")


def test_nikon_names_are_found_where_canon_names_are_missing() -> None:
    camera = ScriptedCamera(VirtualTime())
    camera.settings["f-number"] = Setting("f-number", "f/4", ("f/4", "f/8"))
    del camera.settings["aperture"]
    assert Configuration(camera).resolve(SettingName.APERTURE, "8", "aperture_capture") == ("f-number", "f/8")


def test_what_is_in_force_is_not_written_again() -> None:
    camera = ScriptedCamera(VirtualTime())
    configuration = Configuration(camera)
    configuration.read("iso")
    configuration.write("iso", "100")
    assert camera.written == []
    configuration.write("iso", "200")
    assert camera.written == [("iso", "200")]


def test_a_doubted_value_is_read_anew() -> None:
    camera = ScriptedCamera(VirtualTime())
    configuration = Configuration(camera)
    assert configuration.value(SettingName.ISO) == "100"
    camera.settings["iso"] = Setting("iso", "800")
    assert configuration.value(SettingName.ISO) == "100"
    configuration.invalidate()
    assert configuration.value(SettingName.ISO) == "800"


@pytest.mark.parametrize(("wanted", "choice"), [("1/8000", "0.0001s"), ("1/800", "0.0012s"), ("1/640", "0.0016s")])
def test_a_time_that_is_printed_with_four_digits_is_found_cut_or_rounded(wanted: str, choice: str) -> None:
    assert match(SettingName.SHUTTER, wanted, ("0.0016s", "0.0012s", "0.0005s", "0.0001s")) == choice


@pytest.mark.parametrize("wanted", ["1/100000", "1/2500"])
def test_a_time_that_a_camera_prints_otherwise_is_not_its_neighbour(wanted: str) -> None:
    assert match(SettingName.SHUTTER, wanted, ("0.0016s", "0.0012s", "0.0005s", "0.0001s")) is None


@pytest.mark.parametrize(
    ("name", "setting", "says"),
    [
        ("aperture", Setting("aperture", "5.6", ("4",), writable=False), "turn the mode dial to M"),
        ("exposure_mode", Setting("expprogram", "M", ("P", "M"), writable=False), "turn the mode dial on the camera"),
        ("lensname", Setting("lensname", "50 mm", writable=False), "'50 mm'[)]$"),
    ],
)
def test_what_may_help_is_said_only_where_it_may(name: str, setting: Setting, says: str) -> None:
    camera = ScriptedCamera(VirtualTime())
    camera.settings.pop("autoexposuremode", None)
    camera.settings[setting.name] = setting
    with pytest.raises(BadInput, match=says):
        Configuration(camera).resolve(name, (setting.choices or ("x",))[0], name)


def test_what_is_told_together_is_read_together_and_never_asked_for_by_itself() -> None:
    camera = ScriptedCamera(VirtualTime())
    configuration = Configuration(camera)
    configuration.learn(camera.tree())
    assert configuration.value(SettingName.ISO) == "100"
    camera.settings["iso"] = Setting("iso", "800", ("800",))
    configuration.invalidate()
    assert configuration.value(SettingName.ISO) == "800"
    assert configuration.read("nonesuch") is None
    assert camera.asked == []


def test_together_as_by_itself_a_mode_decides_what_can_be_set() -> None:
    camera = ScriptedCamera(VirtualTime())
    camera.settings["autoexposuremode"] = Setting("autoexposuremode", "AV", ("AV",))
    configuration = Configuration(camera)
    configuration.learn(camera.tree())
    setting = configuration.read("shutterspeed")
    assert setting is not None
    assert not setting.writable


def test_a_text_that_comes_back_as_it_was_shown_keeps_its_bytes() -> None:
    camera = ScriptedCamera(VirtualTime())
    camera.settings["artist"] = Setting("artist", "J\udcf6rg")
    configuration = Configuration(camera)
    assert configuration.resolve("artist", "J\ufffdrg", "artist") == ("artist", "J\udcf6rg")
    with pytest.raises(BadInput, match="unreadable character"):
        configuration.resolve("artist", "J\ufffdrg M", "artist")
    assert configuration.resolve("artist", "Jörg", "artist") == ("artist", "Jörg")


def test_a_choice_that_cannot_be_read_is_found_as_it_is_shown() -> None:
    assert match(None, "G\ufffdnstig", ("Teuer", "G\udcfcnstig")) == "G\udcfcnstig"
