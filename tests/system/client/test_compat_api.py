"""LiveView and CameraClient against a service with only the compat API, which closes its sockets during captures."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from tests.support.compat_service import CompatService
from tests.support.waiting import until_true
from tests.support.watching import fresh, until

from photonic import CameraClient, CaptureProgress, LiveView, ServiceError, SessionState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def service() -> AsyncIterator[CompatService]:
    async with CompatService() as running:
        yield running


async def test_it_waits_during_the_capture_asks_every_half_second_and_dials_after_the_answer(
    service: CompatService,
) -> None:
    async with LiveView(service.url) as view:
        await fresh(view)
        service.begin_capture()
        change = await until(view, SessionState.HOLD)
        assert change.next_try_in is None
        await until_true(lambda: len(service.times("ask", True)) >= 5)
        assert view.state is SessionState.HOLD
        assert view._session.attempts == 0
        service.end_capture()
        await fresh(view)

        asked = service.times("ask", True)
        gaps = [after - before for before, after in pairwise(asked)]
        assert min(gaps) >= 0.45
        (began,) = service.times("capture", "began")
        (over, *_) = service.times("ask", False)
        dials = [at for at in service.times("dial") if at > began]
        # Left alone until the answer; dialed once, after it.
        assert len(dials) == 1
        assert dials[0] >= over
        order = [kind for at, kind, _ in service.record if at >= over]
        assert order[:2] == ["ask", "dial"]


async def test_a_stream_that_ends_on_an_open_socket_is_asked_about_once_then_dialed_anew(
    service: CompatService,
) -> None:
    async with LiveView(service.url) as view:
        await fresh(view)
        asked = len(service.times("ask"))
        service.flowing = False
        change = await until(view, SessionState.BACKOFF)
        assert change.reason == "no frame has arrived for too long"
        assert len(service.times("ask")) >= asked + 1
        service.flowing = True
        await fresh(view)


async def test_a_capture_with_progress_and_a_refusal(service: CompatService) -> None:
    progress: list[CaptureProgress] = []
    async with CameraClient(service.url) as camera:
        answer = await camera.capture("guest", 1, on_progress=progress.append)
        assert answer.image_path == "photos/1.jpg"
        assert progress
        assert progress[0].phase is None
        assert (await camera.status()).model == "Old"
        with pytest.raises(ServiceError) as caught:
            await camera.capture("absent", 2)
        assert (caught.value.status, caught.value.reason) == (503, "Camera not connected")


async def test_a_broken_connection_never_takes_a_second_photo(service: CompatService) -> None:
    service.cut_captures = 1
    async with CameraClient(service.url) as camera:
        with pytest.raises(ServiceError, match="check whether the photo"):
            await camera.capture("guest", 1)
    assert service.photos == 1
