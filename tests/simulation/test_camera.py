"""The simulated camera process behaves to the real supervisor as the real one does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.simulation import supervised_camera
from tests.simulation.body_settings import RAW_AND_JPEG

from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.worker.link.messages import (
    CameraOpened,
    Captured,
    CaptureProgressed,
    Facts,
    PreviewChanged,
    Profiles,
    Staged,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulation.body import CameraBody
    from tests.simulation.supervised_camera import SupervisedCamera

MOST_SILENT_SECONDS = 2.6
"""Live view is not called running without a frame for longer (``session.md``)."""


def test_a_capture_goes_to_the_card_and_to_staging_byte_by_byte(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        begin = len(camera.events)
        await camera.capture("c1")
        (exposure,) = camera.body.truth.exposures
        assert (exposure.asked_by, exposure.in_ram, exposure.lost) == ("c1", False, None)
        ((staged, content),) = camera.staged("c1")
        assert camera.body.truth.of(content) is exposure
        assert camera.cards[0].files[staged.folder.removeprefix("/store_00010001/"), staged.name].content == content
        # The order of the real driver (tests/contract/driver): phases, then each file, then the end of the capture.
        told = [event for event in camera.events[begin:] if isinstance(event, CaptureProgressed | Staged | Captured)]
        phases = [event.phase if isinstance(event, CaptureProgressed) else type(event).__name__ for event in told]
        assert phases == ["preparing", "exposing", "downloading", "Staged", "Captured"]

    supervised_camera.run(tmp_path, scenario)


def test_the_facts_follow_the_opening_and_frames_come_at_a_rate(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.opened()
        await camera.until(lambda: camera.of(Facts))
        assert [type(event) for event in camera.events[:2]] == [CameraOpened, Facts]
        await camera.live()
        assert [event.state for event in camera.of(PreviewChanged)] == ["starting", "running"]
        await camera.until(lambda: len(camera.frames) >= 40)
        gaps = [after - before for before, after in zip(camera.frames, camera.frames[1:], strict=False)]
        assert max(gaps) < MOST_SILENT_SECONDS
        assert camera.frames[-1] - camera.frames[0] == pytest.approx(39 / 4, rel=0.2)

    supervised_camera.run(tmp_path, scenario)


def test_raw_and_jpeg_are_two_files_of_one_capture(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        await camera.supervisor.transient.change_settings({"image_format": RAW_AND_JPEG})
        await camera.capture("c1")
        (exposure,) = camera.body.truth.exposures
        assert sorted(one.name for one, _content in camera.staged("c1")) == sorted(exposure.files)
        assert {content for _one, content in camera.staged("c1")} == set(exposure.files.values())

    supervised_camera.run(tmp_path, scenario)


def test_a_photo_of_the_bodys_own_button_is_staged_without_a_capture(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        exposure = camera.body.press()
        await camera.until(lambda: camera.staged(None))
        assert [camera.body.truth.of(content) for _one, content in camera.staged(None)] == [exposure]

    supervised_camera.run(tmp_path, scenario)


def test_a_late_photo_is_not_overtaken_by_one_of_the_button(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        camera.disturbances.order("late")
        capturing = asyncio.ensure_future(camera.capture("c1"))
        await camera.until(lambda: camera.body.truth.exposures)
        frames = len(camera.frames)
        await asyncio.sleep(3.5)
        pressed = camera.body.press()
        await capturing
        await camera.until(lambda: camera.staged(None))
        assert len(camera.frames) > frames, "live view goes on while the photo is late"
        assert [camera.body.truth.of(content) for _one, content in camera.staged("c1")] == [camera.body.truth[1]]
        assert [camera.body.truth.of(content) for _one, content in camera.staged(None)] == [pressed]

    supervised_camera.run(tmp_path, scenario)


@pytest.mark.parametrize("early_seconds", [0.0, 0.1, 0.2, 0.3, 0.5, 0.8])
def test_a_photo_of_the_button_just_before_a_capture_is_not_the_captures(tmp_path: Path, early_seconds: float) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        camera.body.press()
        await asyncio.sleep(early_seconds)
        await camera.capture("c1")
        ((_staged, content),) = camera.staged("c1")
        found = camera.body.truth.of(content)
        assert found is not None
        assert (found.number, found.asked_by) == (2, "c1")

    supervised_camera.run(tmp_path, scenario)


def test_settings_of_a_capture_are_recorded_and_restored_after_a_kill(tmp_path: Path) -> None:
    record = tmp_path / "pending.json"

    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        camera.disturbances.order("hang_in_file")
        with pytest.raises(CameraError, match="hung in file_get"):
            await camera.capture("c1")
        assert (camera.body.settings["iso"].value, record.exists()) == ("800", True)
        await camera.opened()
        assert (camera.body.settings["iso"].value, record.exists()) == ("100", False)

    profiles = Profiles(live={"iso": "100"}, capture={"iso": "800"})
    supervised_camera.run(tmp_path, scenario, profiles=profiles, pending_restore=str(record))


def test_another_body_at_the_address_is_refused(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.until(lambda: camera.downs)
        failure, _rung = camera.downs[0]
        assert failure.kind is FailureKind.CAMERA_ABSENT
        assert "0123 instead of 0999" in failure.reason

    supervised_camera.run(tmp_path, scenario, address="auto", expected_serial="0999")


def test_a_capture_is_cancelled_before_the_exposure_and_not_after_it(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        camera.disturbances.order("busy", 10)
        capturing = asyncio.ensure_future(camera.capture("c1"))
        await camera.until(lambda: camera.disturbances.struck.get("busy"))
        await camera.supervisor.transient.cancel("c1")
        with pytest.raises(CaptureError) as cancelled:
            await capturing
        assert cancelled.value.kind is FailureKind.CANCELLED
        assert not camera.body.truth.exposures
        camera.disturbances.order("busy", 0)
        capturing = asyncio.ensure_future(camera.capture("c2"))
        await camera.until(lambda: camera.body.truth.exposures)
        await camera.supervisor.transient.cancel("c2")
        await capturing
        assert len(camera.staged("c2")) == 1

    supervised_camera.run(tmp_path, scenario)


def test_the_end_of_the_service_in_good_order_closes_the_camera(tmp_path: Path) -> None:
    bodies: list[CameraBody] = []

    async def scenario(camera: SupervisedCamera) -> None:
        bodies.append(camera.body)
        await camera.live()
        assert camera.body.session is not None
        assert camera.body.settings["viewfinder"].value == "1"

    supervised_camera.run(tmp_path, scenario)
    assert bodies[0].session is None
    assert bodies[0].settings["viewfinder"].value == "0"


@pytest.mark.parametrize("steps", [0, 2])
def test_with_the_service_dies_its_camera_process_at_once_or_a_few_steps_later(tmp_path: Path, steps: int) -> None:
    bodies: list[CameraBody] = []

    async def scenario(camera: SupervisedCamera) -> None:
        bodies.append(camera.body)
        await camera.live()
        capturing = asyncio.ensure_future(camera.capture("c1"))
        await camera.until(lambda: list(camera.staging.iterdir()), step_seconds=0.001)
        (left,) = camera.staging.iterdir()
        before = left.stat().st_size
        camera.host.service_died(steps)
        after = left.stat().st_size
        (content,) = camera.body.truth.exposures[0].files.values()
        assert content.startswith(left.read_bytes())
        assert (before == after) == (steps == 0)
        assert camera.host.resident_bytes(1001) is None
        # Nothing of it goes on, though the loop does here.
        await asyncio.sleep(1.0)
        assert left.stat().st_size == after
        capturing.cancel()

    supervised_camera.run(tmp_path, scenario, seed=2)
    assert bodies[0].session is not None, "nobody has closed it"
