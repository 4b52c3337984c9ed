from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from photonic.access.names import is_loopback
from photonic.errors import BadInput
from photonic.model.saved import SaveLevel
from photonic.service.config.camera_tables import CameraTable
from photonic.service.config.fields import CaptureTarget
from photonic.service.config.settings import ServiceSettings
from photonic.service.config.sources import read_settings

if TYPE_CHECKING:
    import os

TOKEN = "sixteen-letters-and-more"


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    return tmp_path / "photonic.toml"


def test_flags_win_over_environment_over_file_over_defaults(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml.write_text('port = 1\nqueue_length = 2\nlog_level = "debug"\n')
    monkeypatch.setenv("PHOTONIC_PORT", "3")
    monkeypatch.setenv("PHOTONIC_QUEUE_LENGTH", "4")
    settings = read_settings({"port": 5}, toml)
    assert (settings.port, settings.queue_length, settings.log_level) == (5, 4, "debug")
    assert settings.host == "127.0.0.1"


def test_a_flag_that_was_not_given_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTONIC_PORT", "3")
    assert read_settings({"port": None}).port == 3


def test_the_model_itself_reads_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTONIC_PORT", "3")
    assert ServiceSettings().port == 8000


def test_an_empty_variable_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTONIC_TOKEN", "")
    assert read_settings().token is None


def test_lists_come_from_a_variable_or_from_a_file(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml.write_text('allowed_origins = ["http://a:1", "http://b"]\n')
    monkeypatch.setenv("PHOTONIC_ALLOWED_HOSTS", "booth.local, booth")
    settings = read_settings({}, toml)
    assert settings.allowed_hosts == ("booth.local", "booth")
    assert settings.allowed_origins == ("http://a:1", "http://b")


def test_a_pin_is_taken_as_text_or_as_a_number_and_is_not_shown(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml.write_text("operator_pin = 24680\n")
    filed = read_settings({}, toml)
    assert filed.operator_pin is not None
    assert filed.operator_pin.get_secret_value() == "24680"
    assert "24680" not in repr(filed)
    monkeypatch.setenv("PHOTONIC_OPERATOR_PIN", "0012")
    given = read_settings({}, toml).operator_pin
    assert given is not None
    assert given.get_secret_value() == "0012"


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        ServiceSettings().port = 1


def test_an_unknown_key_of_the_file_is_named_with_the_nearest_setting(toml: Path) -> None:
    toml.write_text("photoroot = '/photos'\n")
    with pytest.raises(BadInput, match="photoroot is not a setting; did you mean photo_root") as refused:
        read_settings({}, toml)
    assert refused.value.field == "photoroot"


def test_a_misspelt_variable_is_named() -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(BadInput, match="did you mean PHOTONIC_PHOTO_ROOT"):
        patch.setenv("PHOTONIC_PHOTOROOT", "/photos")
        read_settings()


def test_variables_of_others_with_our_prefix_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTONIC_CONFIG", "x")
    monkeypatch.setenv("PHOTONIC_URL", "http://127.0.0.1:8000")
    monkeypatch.setenv("PHOTONIC_PORT_8000_TCP_ADDR", "10.0.0.1")
    assert read_settings().port == 8000


@pytest.mark.parametrize(
    ("flags", "field", "said"),
    [
        ({"camera": "url:ftp://u:secret@h/"}, "camera", "url:ftp://h/ is not an http or https URL"),
        ({"camera": "v4l2:"}, "camera", "use an address like v4l2:/dev/video0"),
        ({"camera": "file:a#fps=0"}, "camera", "from 0.5 to 120"),
        ({"port": 70000}, "port", "65535 or less"),
        ({"port": "many"}, "port", "whole number"),
        ({"camera": "canon"}, "camera", "ptpip:HOST"),
        ({"camera": "usb:"}, "camera", "usb:SERIAL"),
        ({"camera": "ptpip:host:0"}, "camera", "ptpip:HOST"),
        ({"camera_name": "a/b"}, "camera_name", "letters, digits"),
        ({"photo_name": "../{unix}"}, "photo_name", "the extension is the camera's"),
        ({"photo_name": "{session}"}, "photo_name", "photos could get the same name"),
        ({"body_session": "a/b"}, "body_session", "letters, digits"),
        ({"capture_target": "tape"}, "capture_target", "'card' or 'ram'"),
        ({"image_path": "x"}, "image_path", "'absolute' or 'relative'"),
        ({"token": "short"}, "token", "16 to 256"),
        ({"token": "with spaces in between them"}, "token", "16 to 256"),
        ({"operator_pin": "12"}, "operator_pin", "4 to 12 digits"),
        ({"operator_pin": "secret"}, "operator_pin", "4 to 12 digits"),
        ({"operator_pin": True}, "operator_pin", "text"),
        ({"queue_length": 0}, "queue_length", "1 or more"),
        ({"log_level": "loud"}, "log_level", "'debug', 'info'"),
    ],
)
def test_a_wrong_value_names_the_key_and_what_it_takes(flags: dict[str, object], field: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_settings(flags)
    assert refused.value.field == field
    assert said in refused.value.reason
    assert "\n" not in refused.value.reason


def test_a_wrong_variable_is_named_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTONIC_PORT", "x")
    with pytest.raises(BadInput, match="PHOTONIC_PORT"):
        read_settings()


def test_a_refused_token_is_not_repeated() -> None:
    with pytest.raises(BadInput) as refused:
        read_settings({"token": "hunter2"})
    assert "hunter2" not in str(refused.value)


def test_a_file_that_is_none_is_said_to_be(toml: Path) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        read_settings({}, toml)
    toml.write_text("port = = 1")
    with pytest.raises(BadInput, match="is not valid TOML"):
        read_settings({}, toml)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "booth.local"])
def test_settings_of_version_0_1_are_accepted_off_loopback(host: str) -> None:
    assert not read_settings({"host": host, "allow_anonymous": True}).on_loopback
    assert read_settings({"host": host, "token": TOKEN}).token is not None


@pytest.mark.parametrize(
    "address", ["auto", "usb:012", "ptpip:cam", "ptpip:10.0.0.1:15740", "ptpip:[::1]:1", "vusb:/x"]
)
def test_camera_addresses(address: str) -> None:
    assert ServiceSettings(camera=address).camera == address


def test_the_photo_root_is_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert ServiceSettings(photo_root=Path("photos")).photo_root == tmp_path / "photos"


def test_targets_are_enums() -> None:
    assert ServiceSettings(capture_target=CaptureTarget.RAM).capture_target == "ram"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "localhost.evil.example", "10.0.0.1", "", str(ipaddress.ip_address("::"))])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_profiles_are_tables_of_the_file(toml: Path) -> None:
    toml.write_text(
        'profile = "studio"\n[profiles.studio.live]\niso = 1600\n[profiles.studio.capture]\nshutter = "1/125"\n'
    )
    settings = read_settings({}, toml)
    assert settings.profile == "studio"
    assert settings.profiles["studio"].live_texts == {"iso": "1600"}
    assert settings.profiles["studio"].capture_texts == {"shutter": "1/125"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('profile = "moon"', "profile 'moon' is not one of the profiles: none is configured"),
        ('profile = "moon"\n[profiles.studio.live]\niso = 1', "not one of the profiles: studio"),
        ("profiles = 3", "profiles: "),
        ("[profiles.studio]\nlve = {}", "profiles.studio.lve"),
        ("[profiles.studio.live]\niso = [100]", "profiles.studio.live.iso: must be text"),
        ('[profiles."a b".live]\niso = 100', "profiles.a b"),
        ('[profiles.studio.live]\n"" = 100', "profiles.studio.live"),
    ],
)
def test_a_wrong_profile_is_named(toml: Path, text: str, says: str) -> None:
    toml.write_text(text)
    with pytest.raises(BadInput) as refused:
        read_settings({}, toml)
    assert says in refused.value.reason


@pytest.mark.parametrize(
    ("setting", "value", "advice"),
    [
        ("trusted_proxies", ("proxy.example",), "is not an address, a network such as 10.0.0.0/8, or 'unix'"),
        ("trusted_proxies", ("0.0.0.0/0",), "name the addresses of your proxies"),
        ("root_path", "booth1", "write a path such as /booth1"),
        ("root_path", "/a/../b", "write a path such as /booth1"),
        ("root_path", "/a//b", "write a path such as /booth1"),
        ("root_path", "/b%C3%B6oth", "write a path such as /booth1"),
        ("root_path", "/view/1", "is an address of photonic itself"),
        ("allowed_origins", ("dash.example",), "write scheme, host and port"),
        ("allowed_origins", ("http://dash.example/page",), "write scheme, host and port"),
        ("allowed_origins", ("http://a; script-src *",), "write scheme, host and port"),
        ("allowed_origins", ("null",), "serve the page from an address"),
        ("allowed_origins", ("*",), 'allow_anonymous = "viewer"'),
    ],
)
def test_what_would_open_too_much_or_nothing_is_refused_with_advice(setting: str, value: object, advice: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_settings({setting: value})
    assert refused.value.field == setting
    assert advice in refused.value.reason


@pytest.mark.parametrize("role", [None, True, "guest", "operator"])
def test_all_pages_are_allowed_only_where_strangers_may_no_more_than_watch(role: object) -> None:
    with pytest.raises(BadInput, match="every page of the web"):
        read_settings({"allowed_origins": ("*",), "allow_anonymous": role})
    assert read_settings({"allowed_origins": ("*",), "allow_anonymous": "viewer"}).allowed_origins == ("*",)


def test_a_slash_at_the_end_changes_nothing() -> None:
    settings = read_settings({"root_path": "/booth1/", "allowed_origins": ("http://dash.example/",)})
    assert settings.root_path == "/booth1"
    assert read_settings({"root_path": "/"}).root_path == ""


@pytest.mark.parametrize("mode", ["0640", "640", "0600", "664", "0775"])
def test_permissions_are_octal(mode: str) -> None:
    assert read_settings({"photo_mode": mode}).photo_mode == mode


@pytest.mark.parametrize("mode", ["", "0", "rw-r-----", "0440", "0o640", "01777", "888", 640])
def test_permissions_that_the_service_could_not_use_are_refused(mode: object) -> None:
    with pytest.raises(BadInput, match="photo_mode"):
        read_settings({"photo_mode": mode})


def test_a_second_disk_and_its_level_need_each_other(tmp_path: Path) -> None:
    second = tmp_path / "second"
    settings = ServiceSettings(photo_root=tmp_path / "photos", saved=SaveLevel.SECOND, second_root=second)
    assert (settings.saved, settings.second_root) == (SaveLevel.SECOND, second)
    with pytest.raises(ValidationError, match="need each other"):
        ServiceSettings(saved=SaveLevel.SECOND)
    with pytest.raises(ValidationError, match="need each other"):
        ServiceSettings(second_root=second)
    with pytest.raises(ValidationError, match="contain one another"):
        ServiceSettings(photo_root=tmp_path, saved=SaveLevel.SECOND, second_root=second)
    with pytest.raises(ValidationError, match="contain one another"):
        ServiceSettings(photo_root=second / "photos", saved=SaveLevel.SECOND, second_root=second)


def test_the_second_disk_is_not_looked_at_it_may_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second, stat = tmp_path / "second", Path.stat

    def looking(path: Path, **how: bool) -> os.stat_result:
        assert not path.is_relative_to(second)
        return stat(path, **how)

    monkeypatch.setattr(Path, "stat", looking)
    settings = ServiceSettings(photo_root=tmp_path / "photos", saved=SaveLevel.SECOND, second_root=second / "photos")
    assert settings.second_root == second / "photos"


def test_a_copy_on_the_card_needs_the_card_as_the_target() -> None:
    assert ServiceSettings(saved=SaveLevel.CARD).saved is SaveLevel.CARD
    with pytest.raises(ValidationError, match="capture_target"):
        ServiceSettings(saved=SaveLevel.CARD, capture_target=CaptureTarget.RAM)
    table = CameraTable(address="usb:1", capture_target=CaptureTarget.RAM)
    with pytest.raises(ValidationError, match="capture_target"):
        ServiceSettings(saved=SaveLevel.CARD, cameras={"left": table})
