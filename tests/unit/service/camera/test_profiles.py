"""Named profiles: held, changed all or none, and kept through camera processes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.support.camera_process import FakeCameraProcess
from tests.support.surroundings import THIS_MACHINE

from photonic.errors import BadInput, CameraError
from photonic.model.profile import Profile
from photonic.service.camera.controller import CameraController
from photonic.service.camera.controller_settings import ControllerSettings
from photonic.worker.link.messages import Profiles

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from photonic.service.camera.dispatch import EventDispatch

STUDIO = Profile(live={"iso": 1600, "grid": True}, capture={"shutter": "1/125"})
DARK = Profile(live={"iso": 6400})


class ProfilesHarness:
    """A controller with two profiles, and the camera processes that it starts."""

    def __init__(self, root: Path, profile: str | None) -> None:
        self.processes: list[FakeCameraProcess] = []
        self.controller = CameraController(
            ControllerSettings(
                name="booth",
                address="auto",
                photo_root=root,
                min_free_bytes=0,
                profiles={"studio": STUDIO, "dark": DARK},
                profile=profile,
            ),
            boot_id="boot-1",
            surroundings=THIS_MACHINE,
            start=self._start,
        )

    def _start(self, profiles: Profiles, listener: EventDispatch) -> FakeCameraProcess:
        self.processes.append(FakeCameraProcess(profiles, listener))
        return self.processes[-1]


@pytest.fixture(params=["studio", None])
def profile(request: pytest.FixtureRequest) -> str | None:
    return request.param


@pytest.fixture
async def harness(tmp_path: Path, profile: str | None) -> AsyncGenerator[ProfilesHarness]:
    harness = ProfilesHarness(tmp_path, profile)
    running = asyncio.create_task(harness.controller.run())
    await harness.controller.connect()
    yield harness
    running.cancel()
    await asyncio.wait([running])


async def test_the_configured_one_is_held_from_the_start(harness: ProfilesHarness, profile: str | None) -> None:
    held = harness.processes[0].profiles
    if profile is None:
        assert held == Profiles()
    else:
        assert held == Profiles(live={"iso": "1600", "grid": "on"}, capture={"shutter": "1/125"})
    assert harness.controller.profiles.listed().active == profile


async def test_another_one_takes_its_place_and_is_held_by_the_next_process(harness: ProfilesHarness) -> None:
    listed = await harness.controller.profiles.choose("dark")
    assert listed.active == "dark"
    assert harness.processes[0].profiles == Profiles(live={"iso": "6400"})
    await harness.controller.disconnect()
    await harness.controller.connect()
    assert harness.processes[1].profiles == Profiles(live={"iso": "6400"})
    await harness.controller.profiles.choose(None)
    assert harness.processes[1].profiles == Profiles()


async def test_one_that_is_not_there_or_not_taken_leaves_the_other(
    harness: ProfilesHarness, profile: str | None
) -> None:
    with pytest.raises(BadInput) as caught:
        await harness.controller.profiles.choose("moon")
    assert caught.value.choices == ("studio", "dark")
    harness.processes[0].profiles_refusal = BadInput("no", field="iso_liveview")
    with pytest.raises(BadInput):
        await harness.controller.profiles.choose("dark")
    assert harness.controller.profiles.listed().active == profile
    harness.processes[0].profiles_refusal = None
    await harness.controller.disconnect()
    with pytest.raises(CameraError):
        await harness.controller.profiles.choose("dark")
    assert harness.controller.profiles.listed().active == profile
