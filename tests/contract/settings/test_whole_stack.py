"""Settings from the command line, the client and HTTP down to the simulated body, and from its dials back up."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.support.stack import frame_after, stack
from tests.support.usb_bus import TRANSPORTS
from tests.support.waiting import until_true

from photonic import CameraClient, LiveView, ServiceError
from photonic.errors import BadInput
from photonic.ptp.codes import CanonProperty
from photonic.simulator import pixels

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tests.support.stack import Stack

ISO_800 = 0x60
ROUTE = "/api/v1/camera/settings"
EXPOSURE = ("iso", "f_number", "shutter_seconds")


@pytest.fixture(scope="module", params=TRANSPORTS)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    with stack(tmp_path_factory.mktemp("settings") / "photos", transport=request.param) as running:
        with httpx2.Client(base_url=running.url, timeout=30) as http:
            assert http.post("/api/v1/camera/connect").status_code == 200
        yield running


def photonic(whole: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "photonic.cli", *arguments, "--url", whole.url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def exposure(whole: Stack) -> tuple[Any, ...]:
    state = whole.camera.control.state()
    return tuple(state[name] for name in EXPOSURE)


async def test_what_the_client_sets_is_in_the_next_frames_and_in_the_photo(whole: Stack) -> None:
    async with CameraClient(whole.url) as client, LiveView(whole.url, scale="full") as view:
        await frame_after(view, 0)
        settings = await client.settings.change(iso=1600, aperture="f/8", shutter="1/60")
        named = {setting.name: setting.value for setting in settings}
        assert (named["iso"], named["aperture"], named["shutter"]) == ("1600", "8", "1/60")
        stamp = await frame_after(view, whole.camera.journal("set")[-1]["at_us"])
        assert stamp.iso == 1600
        answer = await client.capture("guest", 1)
        assert answer.image_path is not None
        photo = pixels.read((whole.photo_root.parent / answer.image_path).read_bytes())
        assert (photo.iso, photo.aperture_tenths) == (1600, 80)


async def test_what_was_set_is_in_the_files_of_the_photo_and_so_in_the_index(whole: Stack) -> None:
    async with CameraClient(whole.url) as client:
        await client.settings.change(
            iso=3200, aperture="f/11", shutter="1/250", exposure_compensation="-1", image_format="RAW + L"
        )
        answer = await client.capture("exif", 1)
        await client.settings.change(image_format="L", exposure_compensation=0)
        record = await client.get_capture(answer.capture_id or "")
    assert [file.media_type for file in record.files] == ["image/jpeg", "image/x-canon-cr2"]
    for file in record.files:
        assert file.exif is not None
        assert file.exif.exposure_seconds == pytest.approx(1 / 250)
        assert (file.exif.iso, file.exif.f_number, file.exif.exposure_bias_ev) == (3200, 11.0, -1.0)
        assert (file.exif.focal_length_mm, file.exif.lens) == (50.0, "EF50mm f/1.8 STM")
        assert (file.exif.make, file.exif.model) == ("Canon", "Canon EOS 5D Mark III")
        assert file.exif.taken_at is not None
        assert abs(file.exif.taken_at - record.created_at) < timedelta(minutes=2)


async def test_a_turn_of_the_dial_reaches_viewers_and_the_list(whole: Stack) -> None:
    async with CameraClient(whole.url) as client, LiveView(whole.url) as view:
        await client.settings.change(iso=400)
        await until_true(lambda: _reported(view).get("iso") == "400")
        whole.camera.control.dial(CanonProperty.ISO, ISO_800)
        await until_true(lambda: _reported(view).get("iso") == "800")
        settings = await client.settings.read()
        assert next(setting.value for setting in settings if setting.name == "iso") == "800"


def _reported(view: LiveView) -> dict[str, str]:
    snapshot = view.snapshot
    return {} if snapshot is None or snapshot.settings is None else snapshot.settings.values


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"iso": "401"}, "iso"),
        ({"iso": "1600", "shutter": "1/7"}, "shutter"),
        ({"iso": "1600", "colour": "blue"}, "colour"),
        ({"iso": "1600", "serialnumber": "7"}, "serialnumber"),
        ({"iso": "1600", "capture_target": "card"}, "capture_target"),
        ({"iso": "1600", "/main/actions/viewfinder": True}, "/main/actions/viewfinder"),
    ],
)
def test_a_wrong_value_changes_nothing(whole: Stack, changes: dict[str, Any], field: str) -> None:
    before = exposure(whole)
    with httpx2.Client(base_url=whole.url, timeout=30) as http:
        answer = http.patch(ROUTE, json=changes)
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert exposure(whole) == before


async def test_the_client_says_what_the_camera_says(whole: Stack) -> None:
    async with CameraClient(whole.url) as client:
        with pytest.raises(ServiceError, match="nearest: 400"):
            await client.settings.change(iso=401)
        with pytest.raises(BadInput):
            await client.settings.change()


def test_set_and_settings_on_the_command_line(whole: Stack) -> None:
    ran = photonic(whole, "set", "iso=200", "aperture=f/5.6")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split()[:2] == ["iso", "200"]
    assert exposure(whole)[:2] == (200, 5.6)
    assert "aperture" in photonic(whole, "settings").stdout
    shown = photonic(whole, "settings", "iso", "--json")
    (iso,) = json.loads(shown.stdout)
    assert (iso["name"], iso["value"]) == ("iso", "200")
    assert "/main/settings/artist" in photonic(whole, "settings", "--all").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("set", "iso=201"), "nearest: 200"),
        (("set", "iso"), "NAME=VALUE"),
        (("set", "=4"), "NAME=VALUE"),
        (("set", "iso=200", "iso=400"), "given twice"),
        (("set", "warp=9"), "no setting"),
        (("settings", "apperture"), "aperture"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_exit_code_2(whole: Stack, arguments: tuple[str, ...], says: str) -> None:
    ran = photonic(whole, *arguments)
    assert ran.returncode == 2
    assert says in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1


async def test_what_is_held_during_live_view_gives_way_to_what_was_set_by_hand(transport: str, tmp_path: Path) -> None:
    """After a capture with settings of its own, and after the camera was opened anew."""
    with stack(tmp_path / "photos", transport=transport) as whole:
        async with CameraClient(whole.url) as client:
            await client.connect()
            await client.configure(iso_liveview="800", iso_capture="100")
            await client.settings.change(iso=3200)
            await client.capture("guest", 2)
            assert exposure(whole)[0] == 3200
            await client.disconnect()
            await client.connect()
            assert exposure(whole)[0] == 3200
