from __future__ import annotations

import pytest

from photonic.drivers.gphoto2.camera import Setting
from photonic.drivers.gphoto2.configuration import Configuration, Quantity, expected_objects, match, nearest
from photonic.errors import BadInput

from .scripted import ScriptedCamera, VirtualTime

EOS_SHUTTER = ("bulb", "30", "1", "0.5", "0.3", "1/60", "1/125", "1/4000")
NIKON_SHUTTER = ("0.0001s", "0.0012s", "0.0080s", "0.0166s", "0.5000s", "1.0000s", "Bulb")


@pytest.mark.parametrize(
    ("quantity", "wanted", "choices", "choice"),
    [
        (Quantity.SHUTTER_SPEED, "1/125", EOS_SHUTTER, "1/125"),
        (Quantity.SHUTTER_SPEED, "1/125s", EOS_SHUTTER, "1/125"),
        (Quantity.SHUTTER_SPEED, "0.008", EOS_SHUTTER, "1/125"),
        (Quantity.SHUTTER_SPEED, "1/2", EOS_SHUTTER, "0.5"),
        (Quantity.SHUTTER_SPEED, "BULB", EOS_SHUTTER, "bulb"),
        (Quantity.SHUTTER_SPEED, "1/125", NIKON_SHUTTER, "0.0080s"),
        (Quantity.SHUTTER_SPEED, "1/60", NIKON_SHUTTER, "0.0166s"),
        (Quantity.SHUTTER_SPEED, "1/800", NIKON_SHUTTER, "0.0012s"),
        (Quantity.SHUTTER_SPEED, "1/8000", NIKON_SHUTTER, "0.0001s"),
        (Quantity.SHUTTER_SPEED, "1/123", EOS_SHUTTER, None),
        (Quantity.SHUTTER_SPEED, "1/100", EOS_SHUTTER, None),
        (Quantity.SHUTTER_SPEED, "fast", EOS_SHUTTER, None),
        (Quantity.APERTURE, "f/5.6", ("4", "5.6"), "5.6"),
        (Quantity.APERTURE, "5.6", ("f/4", "f/5.6"), "f/5.6"),
        (Quantity.APERTURE, "5", ("4", "5.6"), None),
        (Quantity.ISO, "ISO 400", ("Auto", "400"), "400"),
        (Quantity.ISO, "auto", ("Auto", "400"), "Auto"),
        (Quantity.ISO, "4000", ("Auto", "400"), None),
        (Quantity.EXPOSURE_MODE, "M", ("P", "TV", "AV", "Manual"), "Manual"),
        (Quantity.EXPOSURE_MODE, "manual", ("M", "P", "A", "S"), "M"),
        (Quantity.EXPOSURE_MODE, "Av", ("M", "P", "A", "S"), "A"),
        (Quantity.EXPOSURE_MODE, "sport", ("M", "P"), None),
    ],
)
def test_values_match_as_people_write_them(
    quantity: Quantity, wanted: str, choices: tuple[str, ...], choice: str | None
) -> None:
    assert match(quantity, wanted, choices) == choice


def test_the_nearest_choices_come_first() -> None:
    assert nearest(Quantity.SHUTTER_SPEED, "1/100", EOS_SHUTTER)[0] == "1/125"
    assert nearest(Quantity.EXPOSURE_MODE, "Manuel", ("P", "Manual"))[0] == "Manual"


@pytest.mark.parametrize(
    ("image_format", "count"),
    [(None, 1), ("Large Fine JPEG", 1), ("RAW", 1), ("RAW + Large Fine JPEG", 2), ("NEF+Fine", 2)],
)
def test_raw_and_jpeg_make_two_files(image_format: str | None, count: int) -> None:
    assert expected_objects(image_format) == count


def test_a_value_that_the_camera_lacks_is_refused_with_its_choices() -> None:
    configuration = Configuration(ScriptedCamera(VirtualTime()))
    with pytest.raises(BadInput) as caught:
        configuration.resolve(Quantity.SHUTTER_SPEED, "1/100", "shutter_speed_capture")
    assert caught.value.field == "shutter_speed_capture"
    assert "1/125" in caught.value.choices
    assert "nearest: 1/125" in caught.value.reason


def test_a_setting_that_the_dial_decides_is_refused_unless_it_stands_there_already() -> None:
    camera = ScriptedCamera(VirtualTime())
    camera.settings["aperture"] = Setting("aperture", "5.6", ("4", "5.6"), writable=False)
    configuration = Configuration(camera)
    assert configuration.resolve(Quantity.APERTURE, "f/5.6", "aperture_capture") == ("aperture", "5.6")
    with pytest.raises(BadInput, match="does not let"):
        configuration.resolve(Quantity.APERTURE, "f/4", "aperture_capture")


def test_a_quantity_that_the_camera_lacks_is_refused() -> None:
    camera = ScriptedCamera(VirtualTime())
    del camera.settings["aperture"]
    with pytest.raises(BadInput, match="no setting for aperture"):
        Configuration(camera).resolve(Quantity.APERTURE, "4", "aperture_liveview")


def test_nikon_names_are_found_where_canon_names_are_missing() -> None:
    camera = ScriptedCamera(VirtualTime())
    camera.settings["f-number"] = Setting("f-number", "f/4", ("f/4", "f/8"))
    del camera.settings["aperture"]
    assert Configuration(camera).resolve(Quantity.APERTURE, "8", "aperture_capture") == ("f-number", "f/8")


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
    assert configuration.value(Quantity.ISO) == "100"
    camera.settings["iso"] = Setting("iso", "800")
    assert configuration.value(Quantity.ISO) == "100"
    configuration.doubt()
    assert configuration.value(Quantity.ISO) == "800"
