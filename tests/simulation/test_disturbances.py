"""Each disturbance of the simulated camera once: what the supervisor hears, what the body knows, and that it ends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.simulation import supervised_camera
from tests.simulation.disturbances import RATES, Disturbances
from tests.simulation.randomness import Randomness

from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.worker.link.messages import PreviewChanged

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulation.supervised_camera import SupervisedCamera


@dataclass(frozen=True)
class Expected:
    """What a disturbance leads to.

    ``down``: part of the reason for which the camera is lost; ``failed``: the kind of the capture's failure.
    """

    down: str | None = None
    failed: FailureKind | None = None


OPENING = {
    "absent_at_open": Expected("no camera answers"),
    "stuck_at_open": Expected("the connection to the camera was lost"),
    "hang_in_open": Expected("hung in init"),
}
IDLE = {
    "hang": Expected("hung in"),
    "crash": Expected("was killed by SIGABRT"),
    "lost_connection": Expected("the connection to the camera was lost"),
    "silent_hang": Expected("was silent for 10 s"),
    "freeze": Expected(),
    "grow": Expected("MB"),
}
CAPTURING = {
    "busy": Expected(),
    "unfocused": Expected(failed=FailureKind.AUTOFOCUS_FAILED),
    "refused_before": Expected(failed=FailureKind.CAMERA_FAULT),
    "deaf": Expected(failed=FailureKind.TIMEOUT),
    "failed_after": Expected(failed=FailureKind.CAMERA_FAULT),
    "lost_after": Expected("the connection to the camera was lost", FailureKind.CAMERA_FAULT),
    "late": Expected(),
    "unreported": Expected(failed=FailureKind.TIMEOUT),
    "crash_between_files": Expected("was killed by SIGSEGV", FailureKind.CAMERA_FAULT),
    "crash_in_file": Expected("was killed by SIGSEGV", FailureKind.CAMERA_FAULT),
    "hang_in_file": Expected("hung in file_get", FailureKind.TIMEOUT),
    "cut_in_file": Expected("the connection to the camera was lost", FailureKind.CAMERA_FAULT),
}
CLOSING = {"hang_in_close": Expected("it was asked to")}
UNEXPOSED = {"unfocused", "refused_before", "deaf"}


def test_every_disturbance_has_a_test() -> None:
    assert {*OPENING, *IDLE, *CAPTURING, *CLOSING} == set(RATES)


@pytest.mark.parametrize("name", OPENING)
def test_at_the_opening(name: str, tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        camera.disturbances.order(name)
        await _recovered(camera, name, OPENING[name])

    supervised_camera.run(tmp_path, scenario)


@pytest.mark.parametrize("name", IDLE)
def test_in_live_view(name: str, tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        camera.disturbances.order(name)
        await camera.until(lambda: camera.disturbances.struck.get(name))
        if name == "freeze":
            await camera.until(lambda: "recovering" in [event.state for event in camera.of(PreviewChanged)])
        await _recovered(camera, name, IDLE[name])

    supervised_camera.run(tmp_path, scenario)


@pytest.mark.parametrize("name", CAPTURING)
def test_in_a_capture(name: str, tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        camera.disturbances.order(name)
        expected = CAPTURING[name]
        failure: CameraError | CaptureError | None = None
        try:
            await camera.capture("c1")
        except (CameraError, CaptureError) as error:
            failure = error
        assert (None if failure is None else failure.kind) == expected.failed
        exposed = [one.asked_by for one in camera.body.truth.exposures]
        assert exposed == ([] if name in UNEXPOSED else ["c1"])
        await _recovered(camera, name, expected)
        listed = await camera.supervisor.transient.list_card()
        assert len(listed.objects) == len(camera.body.truth.exposures)

    supervised_camera.run(tmp_path, scenario)


def test_at_the_closing(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        camera.disturbances.order("hang_in_close")
        camera.supervisor.restart("it was asked to")
        await _recovered(camera, "hang_in_close", CLOSING["hang_in_close"])

    supervised_camera.run(tmp_path, scenario)


@pytest.mark.parametrize("name", ["crash_in_file", "hang_in_file"])
def test_a_process_that_is_killed_in_a_file_leaves_the_beginning_of_it(name: str, tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        camera.disturbances.order(name)
        with pytest.raises(CameraError):
            await camera.capture("c1")
        (exposure,) = camera.body.truth.exposures
        (content,) = exposure.files.values()
        (left,) = camera.staging.iterdir()
        assert content.startswith(left.read_bytes())
        assert left.name == f"c1-0-{next(iter(exposure.files))}"
        assert not camera.staged("c1")

    supervised_camera.run(tmp_path, scenario)


def test_a_transfer_that_fails_leaves_no_file(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        camera.disturbances.order("cut_in_file")
        with pytest.raises(CameraError):
            await camera.capture("c1")
        assert list(camera.staging.iterdir()) == []

    supervised_camera.run(tmp_path, scenario)


def test_a_camera_that_is_unplugged_is_awaited_and_opened_when_it_is_back(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        camera.body.unplug()
        camera.bus.notify()
        await camera.until(lambda: camera.downs)
        assert camera.downs[0][0].kind is FailureKind.CAMERA_ABSENT
        count, exposure = len(camera.frames), camera.body.press()
        assert exposure is not None
        await asyncio.sleep(60.0)
        assert (len(camera.frames), camera.is_open) == (count, False)
        camera.body.plug_in()
        camera.bus.notify()
        began = asyncio.get_running_loop().time()
        await camera.until(lambda: len(camera.frames) > count)
        assert asyncio.get_running_loop().time() - began < 5.0
        # Nobody reports what was taken meanwhile; it is on the card.
        assert not camera.staged(None)
        assert len((await camera.supervisor.transient.list_card()).objects) == 1

    supervised_camera.run(tmp_path, scenario)


def test_in_calm_times_nothing_strikes_and_the_generators_go_on() -> None:
    part = Randomness(1).part
    calm, wild = Disturbances(Randomness(1).part, {"hang": 0.5}), Disturbances(part, {"hang": 0.5})
    calm.calm = True
    assert [calm.strikes("hang") for _each in range(20)] == [False] * 20
    drawn = [wild.strikes("hang") for _each in range(20)]
    calm.calm = False
    assert True in drawn
    assert [calm.strikes("hang") for _each in range(20)] == [wild.strikes("hang") for _each in range(20)]
    with pytest.raises(ValueError, match="no disturbance is called"):
        calm.order("rain")


async def _recovered(camera: SupervisedCamera, name: str, expected: Expected) -> None:
    """Live view comes back, and the next capture is right."""
    await camera.until(lambda: camera.disturbances.struck.get(name))
    if expected.down is None:
        assert camera.downs == []
    else:
        await camera.until(lambda: camera.downs)
        assert expected.down in camera.downs[0][0].reason
    await camera.live()
    count = len(camera.frames)
    await camera.until(lambda: len(camera.frames) > count + 20)
    await camera.capture("next")
    ((_staged, content),) = camera.staged("next")
    found = camera.body.truth.of(content)
    assert found is not None
    assert found.asked_by == "next"
