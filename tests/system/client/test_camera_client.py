"""CameraClient against a small real service of the v1 API."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.support.live_service import LiveService
from tests.support.waiting import until_true

from photonic import BadInput, CameraClient, CaptureProgress, FailureKind, ServiceError
from photonic.model.api import CaptureStatusAnswer
from photonic.model.status import CapturePhase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def service() -> AsyncIterator[LiveService]:
    async with LiveService() as running:
        yield running


async def test_a_capture_reports_its_phase_while_it_runs(service: LiveService) -> None:
    service.capture_gate.clear()
    seen = asyncio.Event()
    progress: list[CaptureProgress] = []

    def note(step: CaptureProgress) -> None:
        progress.append(step)
        seen.set()

    async with CameraClient(service.url) as camera, asyncio.TaskGroup() as tasks:
        capture = tasks.create_task(camera.capture("guest", 1, on_progress=note))
        async with asyncio.timeout(10):
            await seen.wait()
        service.capture_gate.set()
        answer = await capture
    assert answer.image_path == "/photos/1.jpg"
    assert progress[0].phase is CapturePhase.EXPOSING


async def test_a_broken_connection_repeats_the_request_with_the_same_key_and_takes_one_photo(
    service: LiveService,
) -> None:
    service.cut_captures = 2
    async with CameraClient(service.url) as camera:
        answer = await camera.capture("guest", 1)
    assert answer.image_path == "/photos/1.jpg"
    assert len(service.capture_requests) == 3
    assert len(set(service.capture_requests)) == len(service.photos) == 1


async def test_a_service_that_is_down_for_a_moment_gets_the_request_when_it_is_up(service: LiveService) -> None:
    await service.kill()
    async with CameraClient(service.url) as camera, asyncio.TaskGroup() as tasks:
        capture = tasks.create_task(camera.capture("guest", 1))
        await asyncio.sleep(0)
        await service.revive()
        assert (await capture).success


async def test_a_failed_capture_is_an_error_with_kind_and_reason(service: LiveService) -> None:
    async with CameraClient(service.url) as camera:
        with pytest.raises(ServiceError) as caught:
            await camera.capture("refused", 1)
    error = caught.value
    assert (error.status, error.kind, error.reason) == (422, FailureKind.AUTOFOCUS_FAILED, "no contrast")


async def test_an_outcome_that_does_not_come_in_time_is_said(service: LiveService) -> None:
    service.capture_gate.clear()
    async with CameraClient(service.url) as camera:
        with pytest.raises(ServiceError) as caught:
            await camera.capture("guest", 1, timeout_seconds=0.2)
    assert caught.value.kind is FailureKind.TIMEOUT
    service.capture_gate.set()


async def test_the_status_can_be_waited_for(service: LiveService) -> None:
    async with CameraClient(service.url) as camera:
        now = await camera.capture_status()
        assert isinstance(now, CaptureStatusAnswer)
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(camera.wait_status(now.boot_id, now.rev, 20))
            await until_true(lambda: service.status_requests == 2)
            await service.pause()
        assert waiting.result().rev == now.rev + 1


async def test_words_that_no_service_takes_are_refused_before_they_are_sent(service: LiveService) -> None:
    async with CameraClient(service.url) as camera:
        with pytest.raises(BadInput):
            await camera.capture("../etc", 1)
        with pytest.raises(BadInput):
            await camera.configure(iso="100")
        with pytest.raises(BadInput):
            CameraClient("ftp://127.0.0.1")
        with pytest.raises(ServiceError) as caught:
            await camera.connect()
    assert caught.value.status == 404
    assert service.capture_requests == []
