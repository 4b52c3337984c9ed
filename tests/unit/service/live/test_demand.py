"""Live view in virtual time: on while wanted, off after the grace time, and said truly."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.camera_process import JPEG

from photonic.errors import CameraError, FailureKind
from photonic.model.reason import failure_reason
from photonic.model.status import LiveState
from photonic.service.live.demand import LiveDemand
from photonic.service.live.demand_machine import (
    NO_FRAMES,
    NO_LIVE_VIEW,
    RESTART_AFTER_SECONDS,
    RESTART_EVERY_SECONDS,
    RESUME_WITHIN_SECONDS,
    STALE_SECONDS,
    LiveAction,
    next_action,
)
from photonic.service.live.hub import Hub, ViewerKind
from photonic.worker.link.messages import PreviewChanged

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

pytestmark = pytest.mark.looptime

GRACE_SECONDS = 5.0
CRASHED = failure_reason(FailureKind.CAMERA_FAULT, "it crashed")


def text(live: LiveDemand) -> str | None:
    return None if live.reason is None else live.reason.text


class FakePreview:
    """Says at once what it was told to do, and when; live view that runs sends its first frame."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, float]] = []
        self.live: LiveDemand | None = None
        self.first_frame: Callable[[], object] = lambda: None
        self.failures: list[CameraError] = []

    def _called(self, name: str, state: str) -> None:
        self.calls.append((name, asyncio.get_running_loop().time()))
        if self.failures:
            raise self.failures.pop(0)
        assert self.live is not None
        self.live.preview_changed(PreviewChanged(state=state))
        if state == "running":
            self.first_frame()

    async def start_preview(self) -> None:
        self._called("start", "running")

    async def stop_preview(self) -> None:
        self._called("stop", "off")

    @property
    def names(self) -> list[str]:
        return [name for name, _time in self.calls]


class DemandHarness:
    def __init__(self, changed: Callable[[LiveDemand], object]) -> None:
        clock = asyncio.get_running_loop().time
        self.preview = FakePreview()
        self.hub = Hub(clock, on_membership=self._viewers_changed)
        self.live: LiveDemand = LiveDemand(
            self.hub, self.preview, clock=clock, grace_seconds=GRACE_SECONDS, on_change=lambda: changed(self.live)
        )
        self.preview.live = self.live
        self.preview.first_frame = self.frame

    def frame(self) -> None:
        """A frame arrives."""
        self.hub.publish(1, JPEG)
        self.live.frame_published()

    def running(self) -> None:
        """The camera process reports that live view runs, and sends its first frame."""
        self.live.preview_changed(PreviewChanged(state="running"))
        self.frame()

    def _viewers_changed(self) -> None:
        self.live.viewers_changed()


async def flow(harness: DemandHarness) -> None:
    """Frames, for as long as live view is on."""
    while True:
        await asyncio.sleep(0.5)
        if harness.live.state is LiveState.RUNNING:
            harness.hub.publish(1, JPEG)


@asynccontextmanager
async def running(
    changed: Callable[[LiveDemand], object] = lambda _live: None, *, flowing: bool = False
) -> AsyncGenerator[DemandHarness]:
    harness = DemandHarness(changed)
    tasks = [asyncio.create_task(harness.live.run())]
    if flowing:
        tasks.append(asyncio.create_task(flow(harness)))
    try:
        yield harness
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_it_runs_from_the_first_viewer_to_a_grace_time_after_the_last() -> None:
    async with running(flowing=True) as harness:
        harness.live.opened(live_view=True)
        await asyncio.sleep(100)
        assert (harness.preview.calls, harness.live.state) == ([], LiveState.OFF)
        with harness.hub.join(ViewerKind.LIVE):
            await asyncio.sleep(100)
            harness.hub.publish(1, JPEG)
            assert harness.live.state is LiveState.RUNNING
        left = asyncio.get_running_loop().time()
        await asyncio.sleep(GRACE_SECONDS - 0.1)
        with harness.hub.join(ViewerKind.LIVE):
            await asyncio.sleep(100)
        again = asyncio.get_running_loop().time()
        await asyncio.sleep(100)
        assert harness.preview.names == ["start", "stop"]
        assert harness.preview.calls[1][1] == pytest.approx(again + GRACE_SECONDS)
        assert again > left + GRACE_SECONDS
        assert harness.live.state is LiveState.OFF


async def test_a_request_counts_for_a_grace_time_and_a_stop_ends_it_at_once() -> None:
    async with running(flowing=True) as harness:
        harness.live.opened(live_view=True)
        harness.live.request()
        await asyncio.sleep(1)
        harness.live.release()
        await asyncio.sleep(0)
        assert harness.preview.names == ["start", "stop"]
        harness.live.request()
        await asyncio.sleep(100)
        assert harness.preview.names == ["start", "stop", "start", "stop"]
        assert harness.preview.calls[3][1] - harness.preview.calls[2][1] == pytest.approx(GRACE_SECONDS)


async def test_a_stuck_live_view_is_started_anew_and_a_fresh_one_is_left_alone() -> None:
    async with running() as harness:
        harness.live.opened(live_view=True)
        with harness.hub.join(ViewerKind.LIVE):
            await asyncio.sleep(1)
            harness.hub.publish(1, JPEG)
            harness.live.request()
            await asyncio.sleep(3)
            assert harness.preview.names == ["start"]
            harness.live.request()
            await asyncio.sleep(0.1)
            assert harness.preview.names == ["start", "start"]


async def test_the_last_viewer_to_go_while_the_camera_is_away_leaves_it_off() -> None:
    async with running() as harness:
        harness.live.opened(live_view=True)
        with harness.hub.join(ViewerKind.LIVE):
            await asyncio.sleep(1)
            harness.live.lost(failure_reason(FailureKind.TIMEOUT, "it hung"))
            assert (harness.live.state, text(harness.live)) == (LiveState.RECOVERING, "it hung")
        await asyncio.sleep(GRACE_SECONDS + 1)
        harness.live.opened(live_view=True)
        await asyncio.sleep(1)
        assert harness.preview.names == ["start", "stop"]
        assert harness.live.state is LiveState.OFF


async def test_the_camera_back_means_live_view_back() -> None:
    async with running(flowing=True) as harness:
        with harness.hub.join(ViewerKind.LIVE):
            assert harness.live.state is LiveState.STARTING
            for _time in range(3):
                harness.live.opened(live_view=True)
                await asyncio.sleep(1)
                # The supervisor begins again what was on.
                harness.running()
                assert harness.live.state is LiveState.RUNNING
                await asyncio.sleep(60)
                harness.live.lost(CRASHED)
                await asyncio.sleep(60)
                assert harness.live.state is LiveState.RECOVERING
            assert harness.preview.names == ["start"]


async def test_a_live_view_that_nobody_begins_again_is_asked_for() -> None:
    async with running() as harness:
        with harness.hub.join(ViewerKind.LIVE):
            harness.live.opened(live_view=True)
            await asyncio.sleep(1)
            harness.live.lost(CRASHED)
            harness.live.opened(live_view=True)
            await asyncio.sleep(RESUME_WITHIN_SECONDS - 0.1)
            assert (harness.preview.names, harness.live.state) == (["start"], LiveState.STARTING)
            await asyncio.sleep(0.2)
            assert (harness.preview.names, harness.live.state) == (["start", "start"], LiveState.RUNNING)


async def test_a_live_view_that_went_off_by_itself_is_asked_for() -> None:
    async with running() as harness:
        harness.live.opened(live_view=True)
        with harness.hub.join(ViewerKind.LIVE):
            await asyncio.sleep(1)
            harness.live.preview_changed(PreviewChanged(state="off", reason="it got hot"))
            await asyncio.sleep(0.5)
            assert (harness.preview.names, text(harness.live)) == (["start"], "it got hot")
            await asyncio.sleep(1)
            assert (harness.preview.names, harness.live.state) == (["start", "start"], LiveState.RUNNING)


async def test_a_new_supervisor_is_asked_at_once() -> None:
    async with running() as harness:
        harness.live.opened(live_view=True)
        with harness.hub.join(ViewerKind.LIVE):
            await asyncio.sleep(1)
            harness.live.replaced()
            harness.live.opened(live_view=True)
            await asyncio.sleep(0.1)
            assert harness.preview.names == ["start", "start"]


async def test_a_start_that_fails_is_tried_again_every_second_for_as_long_as_it_takes() -> None:
    async with running() as harness:
        harness.preview.failures = [CameraError("busy", kind=FailureKind.CAMERA_BUSY)] * 50
        harness.live.opened(live_view=True)
        with harness.hub.join(ViewerKind.LIVE):
            await asyncio.sleep(10.5)
            assert (harness.live.state, text(harness.live)) == (LiveState.RECOVERING, "busy")
            assert len(harness.preview.calls) == 11
            await asyncio.sleep(100)
            harness.hub.publish(1, JPEG)
            assert harness.live.state is LiveState.RUNNING


async def test_a_running_live_view_without_frames_is_not_said_to_run() -> None:
    changes: list[LiveState] = []
    async with running(lambda live: changes.append(live.state)) as harness:
        harness.live.opened(live_view=True)
        with harness.hub.join(ViewerKind.LIVE):
            for _ in range(30):
                harness.hub.publish(1, JPEG)
                harness.live.frame_published()
                await asyncio.sleep(0.1)
            assert harness.live.state is LiveState.RUNNING
            await asyncio.sleep(STALE_SECONDS - 0.2)
            assert changes[-1] is LiveState.RUNNING
            await asyncio.sleep(0.2)
            assert changes[-1] is LiveState.RECOVERING
            assert (harness.live.state, text(harness.live)) == (LiveState.RECOVERING, NO_FRAMES.text)
            assert harness.preview.names == ["start"]
            harness.hub.publish(1, JPEG)
            harness.live.frame_published()
            assert (changes[-1], text(harness.live)) == (LiveState.RUNNING, None)


@pytest.mark.parametrize(
    ("report", "told"),
    [
        (PreviewChanged(state="starting"), (LiveState.STARTING, None)),
        (PreviewChanged(state="recovering", reason="too hot"), (LiveState.RECOVERING, "too hot")),
        (PreviewChanged(state="paused", reason="capture", resume_by_seconds=7.0), (LiveState.PAUSED, "capture")),
    ],
    ids=lambda part: part.state if isinstance(part, PreviewChanged) else "",
)
async def test_live_view_is_not_said_to_run_before_its_first_frame(
    report: PreviewChanged, told: tuple[LiveState, str | None]
) -> None:
    changes: list[LiveState] = []
    async with running(lambda live: changes.append(live.state)) as harness:
        harness.live.opened(live_view=True)
        with harness.hub.join(ViewerKind.LIVE):
            await asyncio.sleep(1)
            harness.live.preview_changed(report)
            changes.clear()
            harness.live.preview_changed(PreviewChanged(state="running"))
            await asyncio.sleep(0.1)
            assert (harness.live.state, text(harness.live)) == told
            assert LiveState.RUNNING not in changes
            harness.frame()
            assert (changes[-1], text(harness.live)) == (LiveState.RUNNING, None)


async def test_live_view_that_was_lost_before_its_first_frame_was_never_said_to_run() -> None:
    changes: list[LiveState] = []
    async with running(lambda live: changes.append(live.state)) as harness:
        harness.live.opened(live_view=True)
        with harness.hub.join(ViewerKind.LIVE):
            await asyncio.sleep(1)
            harness.live.lost(CRASHED)
            harness.live.opened(live_view=True)
            changes.clear()
            harness.live.preview_changed(PreviewChanged(state="running"))
            await asyncio.sleep(0)
            harness.live.lost(CRASHED)
            assert LiveState.RUNNING not in changes


async def test_a_live_view_that_stands_still_is_started_anew_and_not_too_often() -> None:
    async with running() as harness:
        harness.live.opened(live_view=True)
        with harness.hub.join(ViewerKind.LIVE):
            await asyncio.sleep(0.1)
            harness.hub.publish(0, JPEG)
            begun = asyncio.get_running_loop().time()
            await asyncio.sleep(30)
            starts = [at - begun for name, at in harness.preview.calls if name == "start" and at > begun]
            assert starts[0] == pytest.approx(STALE_SECONDS + RESTART_AFTER_SECONDS, abs=0.2)
            assert all(later - earlier >= RESTART_EVERY_SECONDS for earlier, later in pairwise(starts))
            assert len(starts) >= 2


async def test_a_camera_without_live_view_is_never_asked() -> None:
    async with running() as harness:
        harness.live.opened(live_view=False)
        with harness.hub.join(ViewerKind.LIVE):
            await asyncio.sleep(10)
            assert (harness.live.state, text(harness.live)) == (LiveState.UNSUPPORTED, NO_LIVE_VIEW)
        assert harness.preview.calls == []


async def test_a_pause_is_a_lease_that_runs_out() -> None:
    async with running() as harness:
        harness.live.opened(live_view=True)
        with harness.hub.join(ViewerKind.LIVE):
            await asyncio.sleep(1)
            harness.live.preview_changed(PreviewChanged(state="paused", reason="capture", resume_by_seconds=7.0))
            await asyncio.sleep(3)
            assert harness.live.resume_by_seconds == pytest.approx(4.0)
            await asyncio.sleep(4.1)
            assert (harness.live.state, harness.live.resume_by_seconds) == (LiveState.RECOVERING, None)
            assert text(harness.live) is not None
            harness.running()
            assert (harness.live.state, text(harness.live)) == (LiveState.RUNNING, None)


async def test_a_pause_keeps_the_epoch_and_resets_the_figures_and_a_restart_opens_an_epoch() -> None:
    async with running() as harness:
        harness.live.opened(live_view=True)
        with harness.hub.join(ViewerKind.LIVE):
            await asyncio.sleep(1)
            harness.hub.publish(1, JPEG)
            harness.live.preview_changed(PreviewChanged(state="paused", resume_by_seconds=7.0))
            harness.live.preview_changed(PreviewChanged(state="running"))
            harness.hub.publish(2, JPEG)
            assert harness.hub.epoch == 1
            assert harness.hub.statistics.frames == 1
            harness.live.preview_changed(PreviewChanged(state="starting"))
            harness.hub.publish(3, JPEG)
            assert harness.hub.epoch == 2


@given(st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_the_next_action(available: bool, wanted: bool, running: bool, stuck: bool) -> None:
    action = next_action(available=available, wanted=wanted, running=running, stuck=stuck)
    if not available:
        assert action is LiveAction.WAIT
    elif wanted:
        assert action is (LiveAction.START if stuck or not running else LiveAction.WAIT)
    else:
        assert action is (LiveAction.STOP if running else LiveAction.WAIT)
