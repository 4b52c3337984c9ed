from __future__ import annotations

import json
from pathlib import Path

import pytest

from photonic.errors import BadInput
from photonic.service.config.cameras import singles, summary
from photonic.service.config.fields import CaptureTarget
from photonic.service.config.settings import ServiceSettings
from photonic.service.config.sources import read_settings

ROOT = Path("/photos")
TWO = """
photo_root = "/photos"
profile = "day"
[profiles.day.live]
iso = 100
[profiles.night.live]
iso = 6400
[cameras.left]
address = "usb:1"
[cameras.right]
address = "ptpip:10.0.0.2"
profile = "night"
capture_target = "ram"
photo_name = "{id}"
body_session = "button"
delete_after_download = true
"""


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    file = tmp_path / "photonic.toml"
    file.write_text(TWO)
    return file


def places(settings: ServiceSettings) -> list[tuple[str | None, str, str]]:
    return [(one.camera_name, one.camera, str(one.photo_root)) for one in singles(settings)]


def test_a_single_camera_is_as_it_always_was() -> None:
    settings = ServiceSettings(photo_root=ROOT, camera="usb:1", camera_name="booth")
    assert singles(settings) == (settings,)
    assert summary(settings) == "booth (usb:1)"
    assert summary(ServiceSettings(photo_root=ROOT)) == "auto"


def test_each_table_is_a_camera_with_a_folder_and_settings_of_its_own(toml: Path) -> None:
    settings = read_settings({}, toml)
    assert places(settings) == [("left", "usb:1", "/photos/left"), ("right", "ptpip:10.0.0.2", "/photos/right")]
    left, right = singles(settings)
    assert (left.profile, left.capture_target, left.delete_after_download) == ("day", CaptureTarget.CARD, False)
    assert (left.photo_name, left.body_session) == ("{session}_{sequence}_{unix}", "body")
    assert (right.photo_name, right.body_session) == ("{id}", "button")
    assert (right.profile, right.capture_target, right.delete_after_download) == ("night", CaptureTarget.RAM, True)
    assert summary(settings) == "left (usb:1), right (ptpip:10.0.0.2)"


def test_the_camera_without_a_table_comes_first_and_keeps_the_photo_root(toml: Path) -> None:
    toml.write_text('camera = "usb:3"\n' + TWO)
    settings = read_settings({}, toml)
    assert places(settings)[0] == (None, "usb:3", "/photos")
    assert [tuple(one.cameras) for one in singles(settings)] == [("left", "right"), (), ()]


def test_an_address_alone_is_a_table(toml: Path) -> None:
    toml.write_text('[cameras]\nleft = "usb:1"\nright = "usb:2"\n')
    assert [one.camera for one in singles(read_settings({}, toml))] == ["usb:1", "usb:2"]


def test_flags_say_which_cameras_there_are_and_the_file_what_else_of_them(toml: Path) -> None:
    flags = {"cameras": {"right": "usb:9", "new": "usb:8"}}
    settings = read_settings(flags, toml)
    assert [(one.camera_name, one.camera, one.profile) for one in singles(settings)] == [
        ("right", "usb:9", "night"),
        ("new", "usb:8", "day"),
    ]
    assert places(read_settings({"camera": "pattern:"}, toml)) == [(None, "pattern:", "/photos")]


def test_the_environment_names_cameras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTONIC_CAMERAS", '{"left": "usb:1", "right": {"address": "usb:2"}}')
    assert [one.camera_name for one in singles(read_settings({}))] == ["left", "right"]


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"a": "usb:1", "b": "usb:001"}, "cameras a and b have the same address usb:001"),
        ({"a": "ptpip:Booth", "b": "ptpip:booth:15740"}, "cameras a and b have the same address"),
        ({"a": "auto", "b": "usb:1"}, "auto selects any camera on USB"),
        ({"photos": "usb:1"}, "cameras cannot be named photos"),
        ({"camera": "usb:1"}, "cameras cannot be named camera"),
        ({"a b": "usb:1"}, "letters, digits, _ and -"),
        ({"a": "nonsense"}, "'nonsense' is not a camera address"),
        ({"a": {"address": "usb:1", "iso": 3}}, r"cameras\.a\.iso"),
        ({"a": {}}, r"cameras\.a\.address"),
        ({"a": {"address": "usb:1", "profile": "dusk"}}, "cameras a: profile 'dusk' is not one of the profiles"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(tables: object, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTONIC_CAMERAS", json.dumps(tables))
    with pytest.raises(BadInput, match=said) as refused:
        read_settings({})
    assert refused.value.field == "cameras"


@pytest.mark.parametrize("more", [{"camera_name": "x"}, {"camera": "usb:2", "camera_name": "a"}])
def test_a_name_that_is_no_cameras_or_anothers_is_refused(
    more: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in more.items():
        monkeypatch.setenv(f"PHOTONIC_{name.upper()}", value)
    monkeypatch.setenv("PHOTONIC_CAMERAS", '{"a": "usb:1"}')
    with pytest.raises(BadInput, match=r"cameras already have names"):
        read_settings({})


def test_the_single_camera_and_a_table_may_not_be_one() -> None:
    with pytest.raises(ValueError, match="cameras a and camera have the same address usb:1"):
        ServiceSettings(photo_root=ROOT, camera="usb:1", cameras={"a": {"address": "usb:1"}})  # pyright: ignore[reportArgumentType] - as a file has it


def test_test_patterns_are_no_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTONIC_CAMERAS", '{"a": "pattern:", "b": "pattern:"}')
    assert len(singles(read_settings({}))) == 2
