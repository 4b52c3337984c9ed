"""The driver on libgphoto2's virtual USB camera: captures to a card, and an honest "no live view"."""

from __future__ import annotations

import ctypes
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from tests.contract.driver.harness import run

from photonic.errors import BadInput, CameraError, FailureKind
from photonic.worker.link.messages import Captured, Profiles, Staged

if TYPE_CHECKING:
    from tests.contract.driver.harness import DriverHarness

    from photonic.worker.link.messages import CameraOpened

_SETTINGS = ("autofocus", "normal_timeout")
_SETTING_BYTES = 1024
"""As long as the library's own buffers for a value (2.5.34 ``library.c``)."""


@pytest.fixture
def address(tmp_path: Path) -> str:
    directory = tmp_path / "card"
    directory.mkdir()
    Image.effect_mandelbrot((640, 480), (-2, -1, 1, 1), 50).convert("RGB").save(directory / "a.jpg")
    return f"vusb:{directory}"


def _open(harness: DriverHarness) -> tuple[CameraOpened, FailureKind]:
    opened = harness.open()
    try:
        harness.driver.start_preview()
    except CameraError as error:
        return opened, error.kind
    raise AssertionError("live view started")


def test_it_opens_without_live_view_and_says_so(address: str, tmp_path: Path) -> None:
    opened, refusal = run(_open, address, tmp_path)
    assert opened.model == "Nikon DSC D750"
    assert opened.serial
    assert not opened.live_view
    assert opened.has_card
    assert opened.capture_target == "card"
    assert refusal is FailureKind.NOT_SUPPORTED


def _three_captures(harness: DriverHarness) -> tuple[list[Staged], list[Captured]]:
    harness.open()
    for number in range(3):
        harness.capture(f"c{number}")
        harness.driver.settle()
    return harness.log.of(Staged), harness.log.of(Captured)


def test_three_captures_are_three_whole_photos(address: str, tmp_path: Path) -> None:
    staged, captured = run(_three_captures, address, tmp_path)
    assert [message.capture_id for message in captured] == ["c0", "c1", "c2"]
    assert [message.capture_id for message in staged] == ["c0", "c1", "c2"]
    assert captured[0].aperture == "f/2.8"
    for message in staged:
        photo = Path(message.path).read_bytes()
        assert len(photo) == message.size_bytes
        Image.open(BytesIO(photo)).load()


def _profiles(harness: DriverHarness) -> tuple[tuple[str, ...], list[str], list[Captured]]:
    harness.open()
    harness.log.calls.clear()
    try:
        harness.driver.apply(Profiles(live={"aperture": "f/8", "shutter_speed": "1/3000"}))
    except BadInput as error:
        choices = error.choices
    else:
        raise AssertionError("a shutter speed that the camera lacks was taken")
    written = [call for call, _limit, _took in harness.log.calls if call.startswith("set_config")]
    harness.driver.apply(Profiles(live={"aperture": "8"}, capture={"shutter_speed": "1/10"}))
    harness.capture("c")
    return choices, written, harness.log.of(Captured)


def test_profiles_are_checked_then_held(address: str, tmp_path: Path) -> None:
    choices, written, captured = run(_profiles, address, tmp_path)
    assert "0.0100s" in choices
    assert written == []
    assert (captured[0].shutter_speed, captured[0].aperture) == ("0.1000s", "f/8")


def _settings_in_force(harness: DriverHarness) -> list[tuple[str, ...]]:
    """What libgphoto2 itself reads back; the wheel loads it twice, and the PTP driver uses one of the two."""
    harness.open()
    mapped = Path("/proc/self/maps").read_text(encoding="utf-8").split()
    libraries = {path for path in mapped if Path(path).name.startswith(("libgphoto2.so", "libgphoto2-"))}
    read: list[tuple[str, ...]] = []
    for library in map(ctypes.CDLL, sorted(libraries)):
        values = [ctypes.create_string_buffer(_SETTING_BYTES) for _name in _SETTINGS]
        for name, value in zip(_SETTINGS, values, strict=True):
            library.gp_setting_get(b"ptp2", name.encode(), value)
        read.append(tuple(value.value.decode() for value in values))
    return read


def test_the_library_is_told_to_focus_a_nikon_and_how_long_to_wait(address: str, tmp_path: Path) -> None:
    read = run(_settings_in_force, address, tmp_path)
    assert read
    assert set(read) == {("on", "6000")}


def _without_a_trigger(harness: DriverHarness) -> tuple[list[Staged], list[Captured], list[str]]:
    harness.open()
    session = harness.driver._session
    assert session is not None
    # As after the first trigger of a camera whose driver has none (tests/unit/drivers/gphoto2/test_trigger.py).
    camera: Any = session._camera
    camera._trigger._refused = True
    for number in range(3):
        harness.capture(f"c{number}")
        harness.driver.settle()
    asked = [call for call, _limit, _took in harness.log.calls if call in {"trigger", "capture"}]
    return harness.log.of(Staged), harness.log.of(Captured), asked


def test_a_capture_that_returns_its_photo_is_told_of_once(address: str, tmp_path: Path) -> None:
    staged, captured, asked = run(_without_a_trigger, address, tmp_path)
    assert asked == ["capture"] * 3
    assert [message.capture_id for message in staged] == ["c0", "c1", "c2"]
    assert len({message.name for message in staged}) == 3
    assert [message.capture_id for message in captured] == ["c0", "c1", "c2"]
    for message in staged:
        Image.open(BytesIO(Path(message.path).read_bytes())).load()
