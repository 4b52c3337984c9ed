from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from tests.support.asking import asking
from tests.support.fake_controller import SERIAL, FakeController

from photonic.model.saved import SaveLevel
from photonic.model.status import CameraState, SavingStatus, SecondDiskStatus, StorageStatus

if TYPE_CHECKING:
    from pathlib import Path


async def test_health_is_that_of_the_compat_api() -> None:
    async with asking(FakeController()) as client:
        reported = (await client.get("/health")).json()
        assert (await client.get("/healthz")).text == "ok\n"
    assert set(reported) == {"status", "timestamp", "version"}
    assert reported["status"] == "ok"
    assert datetime.fromisoformat(reported["timestamp"]).tzinfo is not None


@pytest.mark.parametrize(
    ("state", "status"), [(CameraState.READY, 200), (CameraState.CAPTURING, 200), (CameraState.ABSENT, 503)]
)
async def test_ready_means_that_a_photo_can_be_taken(tmp_path: Path, state: CameraState, status: int) -> None:
    controller = FakeController()
    controller.camera_state = state
    async with asking(controller, photo_root=tmp_path) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == status
    assert status == 200 or "booth is absent" in answer.json()["detail"]


async def test_a_problem_that_prevents_no_photo_yet_is_a_warning_beside_ready(tmp_path: Path) -> None:
    controller = FakeController()
    controller.storage = StorageStatus(free_bytes=1, warning="less than 2000 MB are left")
    async with asking(controller, photo_root=tmp_path, capture_target="ram") as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 200
    lines = answer.text.splitlines()
    assert lines[:2] == ["ready", "warning: less than 2000 MB are left"]
    assert "is lost if the camera process dies" in lines[2]


async def test_a_stranger_who_asks_for_an_unknown_camera_is_not_told_the_others() -> None:
    async with asking(FakeController(), token="a-token-against-strangers") as client:
        answer = await client.get("/healthz?camera=other")
        known = await client.get(f"/healthz?camera={SERIAL}")
        assert (await client.get("/readyz?camera=other")).status_code == 401
    assert (answer.status_code, known.status_code) == (404, 200)
    assert "booth" not in answer.text
    assert SERIAL not in answer.text


async def test_without_a_photo_root_it_is_not_ready() -> None:
    async with asking(FakeController()) as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, "photo root" in answer.json()["detail"]) == (503, True)
    assert answer.json()["type"].endswith(":host_storage_unusable")


async def test_metrics_are_text() -> None:
    controller = FakeController('bo"oth')
    controller.publish()
    async with asking(controller) as client:
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'photonic_live_frames_total{camera="bo\\"oth"} 1' in answer.text.splitlines()
    assert 'photonic_live_missed_frames_total{camera="bo\\"oth"} 0' in answer.text.splitlines()
    assert any(line.startswith("photonic_tasks ") and int(line.split()[1]) > 0 for line in answer.text.splitlines())


async def test_a_second_disk_is_in_the_metrics_and_a_warning_of_readiness(tmp_path: Path) -> None:
    controller = FakeController()
    gone = SecondDiskStatus(reason="the second disk is gone", reason_code="second_disk_gone", waiting=3)
    controller.saving = SavingStatus(level=SaveLevel.SECOND, second=gone)
    async with asking(controller, photo_root=tmp_path) as client:
        lines = (await client.get("/metrics")).text.splitlines()
        ready = await client.get("/readyz")
    assert 'photonic_saved_level{camera="booth",level="disk+second"} 1' in lines
    assert 'photonic_second_disk_ready{camera="booth"} 0' in lines
    assert 'photonic_second_copies_waiting{camera="booth"} 3' in lines
    assert not [line for line in lines if line.startswith("photonic_second_disk_free_bytes{")]
    assert (ready.status_code, ready.text.splitlines()[1]) == (200, "warning: the second disk is gone")


async def test_captures_are_counted_by_the_level_that_they_reached() -> None:
    controller = FakeController()
    controller.saved_levels |= {SaveLevel.DISK: 1, SaveLevel.SECOND: 5}
    async with asking(controller) as client:
        lines = (await client.get("/metrics")).text.splitlines()
    assert "# TYPE photonic_saved_captures_total counter" in lines
    for level, count in (("disk", 1), ("disk+card", 0), ("disk+second", 5)):
        assert f'photonic_saved_captures_total{{camera="booth",level="{level}"}} {count}' in lines


async def test_without_a_second_disk_there_are_no_metrics_of_one() -> None:
    async with asking(FakeController()) as client:
        text = (await client.get("/metrics")).text
    assert 'photonic_saved_level{camera="booth",level="disk"} 1' in text
    assert "photonic_second" not in text
