"""Settings on the simulated EOS through the real libgphoto2: the body has changed, by its pixels and its own word."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.contract.driver.harness import run
from tests.support.usb_bus import camera_on

from photonic.errors import BadInput
from photonic.ptp.codes import CanonProperty
from photonic.simulator import pixels
from photonic.worker.link.messages import Staged
from photonic.worker.link.setting_messages import SettingsChanged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.driver.harness import DriverHarness
    from tests.support.simulated import SimulatedCamera

    from photonic.simulator.control import ControlClient
    from photonic.worker.link.setting_messages import SettingEntry

ISO_800 = 0x60
COMMON = {
    "iso",
    "aperture",
    "shutter",
    "exposure_mode",
    "exposure_compensation",
    "white_balance",
    "focus_mode",
    "drive_mode",
    "image_format",
    "capture_target",
    "metering",
}


@pytest.fixture
def camera(transport: str) -> Iterator[SimulatedCamera]:
    with camera_on(transport, "--speed", "5") as simulated:
        yield simulated


def _listed(harness: DriverHarness) -> tuple[SettingEntry, ...]:
    harness.open()
    return harness.driver.settings().settings


def _change(harness: DriverHarness) -> tuple[list[bytes], list[Staged]]:
    harness.open()
    harness.driver.start_preview()
    harness.frames(1)
    harness.driver.change(
        {"iso": "ISO 1600", "shutter": "1/60", "f": "8", "drive_mode": "SINGLE", "/main/settings/artist": "Ada"}
    )
    frames = harness.frames(3)
    harness.capture("c")
    return frames, harness.log.of(Staged)


def _wrong(harness: DriverHarness) -> tuple[list[BadInput], list[bytes]]:
    harness.open()
    harness.driver.start_preview()
    refused: list[BadInput] = []
    for values in ({"iso": "1600", "shutter": "1/99999"}, {"iso": "1600", "batterylevel": "12%"}, {"warp": "9"}):
        try:
            harness.driver.change(values)
        except BadInput as error:
            refused.append(error)
    return refused, harness.frames(2)


def _modes(harness: DriverHarness) -> list[tuple[bool, bool, int]]:
    """In each mode: whether shutter and aperture can be set, and how many shutter speeds there are."""
    harness.open()
    seen: list[tuple[bool, bool, int]] = []
    for mode in ("Av", "Tv", "P", "M"):
        harness.driver.change({"exposure_mode": mode})
        named = {entry.name: entry for entry in harness.driver.settings().settings}
        shutter, aperture = named["shutter"], named["aperture"]
        seen.append((shutter.writable, aperture.writable, len(shutter.choices)))
    harness.driver.change({"exposure_mode": "Av"})
    harness.driver.change({"shutter": "1/60", "exposure_mode": "M"})
    named = {entry.name: entry for entry in harness.driver.settings().settings}
    assert named["shutter"].value == "1/60"
    return seen


def _watched(harness: DriverHarness, *, control: ControlClient) -> list[dict[str, str]]:
    harness.open()
    harness.idle_until(lambda: bool(harness.log.of(SettingsChanged)))
    control.dial(CanonProperty.ISO, ISO_800)
    harness.idle_until(lambda: len(harness.log.of(SettingsChanged)) >= 2)
    return [reported.values for reported in harness.log.of(SettingsChanged)]


def test_common_settings_have_their_names_and_the_others_their_paths(camera: SimulatedCamera, tmp_path: Path) -> None:
    entries = run(_listed, camera.address, tmp_path)
    names = [entry.name for entry in entries]
    assert set(names) >= COMMON
    assert len(set(names)) == len(names)
    assert all(entry.path.startswith("/main/") for entry in entries)
    iso = entries[names.index("iso")]
    assert (iso.kind, iso.value, iso.writable) == ("choice", "400", True)
    assert "6400" in iso.choices
    assert not entries[names.index("capture_target")].writable
    serial = next(entry for entry in entries if entry.path.endswith("/serialnumber"))
    assert not serial.writable


def test_what_was_set_is_in_the_pixels_of_live_view_and_photo(camera: SimulatedCamera, tmp_path: Path) -> None:
    frames, staged = run(_change, camera.address, tmp_path)
    assert pixels.read(frames[-1]).iso == 1600
    photo = pixels.read(Path(staged[0].path).read_bytes())
    assert (photo.iso, photo.aperture_tenths) == (1600, 80)
    assert photo.shutter_us == pytest.approx(1e6 / 60, abs=1)
    assert camera.control.state()["properties"][f"{CanonProperty.ARTIST:#06x}"] == "Ada"


def test_a_wrong_value_changes_nothing_on_the_body(camera: SimulatedCamera, tmp_path: Path) -> None:
    before = camera.control.state()["properties"]
    refused, frames = run(_wrong, camera.address, tmp_path)
    assert [error.field for error in refused] == ["shutter", "batterylevel", "warp"]
    assert "1/8000" in refused[0].choices
    assert pixels.read(frames[-1]).iso == 400
    after = camera.control.state()["properties"]
    names = (CanonProperty.ISO, CanonProperty.SHUTTER, CanonProperty.APERTURE)
    assert [after[f"{name:#06x}"] for name in names] == [before[f"{name:#06x}"] for name in names]


def test_choices_follow_the_mode(camera: SimulatedCamera, tmp_path: Path) -> None:
    aperture_priority, shutter_priority, program, manual = run(_modes, camera.address, tmp_path)
    assert aperture_priority[:2] == (False, True)
    assert shutter_priority[:2] == (True, False)
    assert program[:2] == (False, False)
    assert manual[:2] == (True, True)
    assert manual[2] > 30


def test_a_turn_of_the_dial_is_told(camera: SimulatedCamera, tmp_path: Path) -> None:
    watched = partial(_watched, control=camera.control)
    first, second = run(watched, camera.address, tmp_path)
    assert first["iso"] == "400"
    assert second == first | {"iso": "800"}
