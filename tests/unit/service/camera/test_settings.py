"""What the service knows of a camera's settings: asked for once, anew after a change, gone with the camera."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.support.camera_process import FakeCameraProcess
from tests.support.surroundings import THIS_MACHINE

from photonic.errors import BadInput, CameraError, FailureKind
from photonic.model.setting import Choice, Date, Range, Text, Toggle
from photonic.model.setting_name import SettingName
from photonic.service.camera.controller import CameraController
from photonic.service.camera.controller_settings import ControllerSettings
from photonic.service.camera.held_settings import overruled
from photonic.service.camera.settings import CameraSettings
from photonic.worker.link.messages import Profiles
from photonic.worker.link.setting_messages import SettingEntry, SettingsChanged

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from photonic.service.camera.dispatch import EventDispatch

ENTRIES = (
    SettingEntry(name="iso", path="/main/iso", label="ISO", kind="choice", value="100", choices=("100", "400")),
    SettingEntry(name="/main/k", path="/main/k", label="K", kind="range", value=5200.0, limits=(2500.0, 1e4, 100.0)),
    SettingEntry(name="/main/t", path="/main/t", label="T", kind="toggle", value=None),
    SettingEntry(name="/main/a", path="/main/a", label="A", kind="text", value="Ada", writable=False, reason="locked"),
    SettingEntry(name="/main/d", path="/main/d", label="D", kind="date", value=1_700_000_000.0),
)


class SettingsHarness:
    """A controller over a fake camera process."""

    def __init__(self, root: Path) -> None:
        self.processes: list[FakeCameraProcess] = []
        settings = ControllerSettings(name="booth", address="auto", photo_root=root, min_free_bytes=0)
        self.controller = CameraController(settings, boot_id="boot-1", surroundings=THIS_MACHINE, start=self._start)

    @property
    def process(self) -> FakeCameraProcess:
        return self.processes[-1]

    def asked(self) -> list[str]:
        return [call for call in self.process.calls if "settings" in call]

    def _start(self, profiles: Profiles, listener: EventDispatch) -> FakeCameraProcess:
        self.processes.append(FakeCameraProcess(profiles, listener))
        self.process.settings = ENTRIES
        return self.process


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncGenerator[SettingsHarness]:
    harness = SettingsHarness(tmp_path)
    running = asyncio.create_task(harness.controller.run())
    await harness.controller.connect()
    yield harness
    running.cancel()
    await asyncio.wait([running])


async def test_each_kind_has_its_type(harness: SettingsHarness) -> None:
    settings = (await harness.controller.settings.read()).settings
    assert [type(setting) for setting in settings] == [Choice, Range, Toggle, Text, Date]
    assert settings[0] == Choice(
        name="iso", path="/main/iso", label="ISO", writable=True, value="100", choices=("100", "400")
    )
    assert isinstance(settings[1], Range)
    assert (settings[1].minimum, settings[1].maximum, settings[1].step) == (2500.0, 1e4, 100.0)
    assert (settings[3].writable, settings[3].reason) == (False, "locked")
    assert settings[4].value == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


async def test_the_camera_is_asked_once_until_something_changes(harness: SettingsHarness) -> None:
    first = await harness.controller.settings.read()
    assert await harness.controller.settings.read() == first
    assert harness.asked() == ["read_settings"]
    harness.process.listener.event(SettingsChanged(values={"iso": "400"}))
    second = await harness.controller.settings.read()
    assert harness.asked() == ["read_settings"] * 2
    assert second.rev > first.rev


async def test_a_turn_of_the_dial_is_a_new_revision_of_the_status(harness: SettingsHarness) -> None:
    before = harness.controller.snapshot()
    assert before.settings is None
    waiting = asyncio.create_task(harness.controller.changed("boot-1", before.rev, 3600))
    await asyncio.sleep(0)
    harness.process.listener.event(SettingsChanged(values={"iso": "400"}))
    async with asyncio.timeout(20):
        after = await waiting
    assert after.rev > before.rev
    assert after.settings is not None
    assert after.settings.values == {"iso": "400"}


def test_who_tells_the_status_is_told_at_once(tmp_path: Path) -> None:
    reported: list[bool] = []
    settings = CameraSettings(SettingsHarness(tmp_path).controller._camera, on_change=lambda: reported.append(True))
    settings.on_changed(SettingsChanged(values={"iso": "400"}))
    assert reported == [True]


async def test_one_value_is_read_from_the_camera_only_if_nothing_is_known(harness: SettingsHarness) -> None:
    settings = harness.controller.settings
    assert await settings.value(SettingName.ISO) == "100"
    assert await settings.value(SettingName.IMAGE_FORMAT) is None
    assert harness.asked() == ["read_settings"]
    harness.process.listener.event(SettingsChanged(values={"iso": "400"}))
    assert (await settings.value(SettingName.ISO), await settings.value(SettingName.APERTURE)) == ("400", None)
    assert harness.asked() == ["read_settings"]


async def test_a_change_asks_the_camera_and_tells_everything(harness: SettingsHarness) -> None:
    changed = await harness.controller.settings.change({"iso": "400"})
    assert changed.settings[0].name == "iso"
    assert harness.asked() == ["change_settings {'iso': '400'}"]


async def test_a_refused_change_changes_nothing_that_is_held(harness: SettingsHarness) -> None:
    await harness.controller.settings.read()
    harness.process.settings_refusal = BadInput("no", field="iso")
    with pytest.raises(BadInput):
        await harness.controller.settings.change({"iso": "7"})
    await harness.controller.settings.read()
    assert harness.asked()[-1] == "read_settings"


async def test_while_the_camera_is_away_nothing_is_told_of_it(harness: SettingsHarness) -> None:
    harness.process.listener.event(SettingsChanged(values={"iso": "400"}))
    await harness.controller.settings.read()
    harness.process.go_down(FailureKind.CAMERA_ABSENT, "the cable is out")
    assert harness.controller.snapshot().settings is None
    with pytest.raises(CameraError, match="the cable is out"):
        await harness.controller.settings.read()
    harness.process.come_back()
    await harness.controller.settings.read()
    assert harness.asked().count("read_settings") == 2


def test_what_was_set_by_hand_replaces_what_is_held_during_live_view() -> None:
    held = Profiles(live={SettingName.ISO: "800"}, capture={SettingName.ISO: "100"}, exposure_mode="M")
    now = overruled(held, {"ISO": "400", "aperture": "8", "exposure mode": "Av"})
    assert now.live == {"iso": "400"}
    assert now.capture == {"iso": "100"}
    assert now.exposure_mode == "Av"
    assert overruled(Profiles(), {"iso": "400", "exposure_mode": "Av"}) == Profiles()
