"""A slow capture in real time: 35 s of exposure, longer than the obvious client waits."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from tests.support.stack import frame_after, stack

from photonic import CameraClient, LiveView, SessionState, StateChange

if TYPE_CHECKING:
    from pathlib import Path

SPEED = 30 / 35
"""The body's longest shutter time is 30 s: this one takes its time."""


@pytest.mark.long
@pytest.mark.timeout(180)
async def test_live_view_is_fresh_after_35_seconds_of_exposure(transport: str, tmp_path: Path) -> None:
    states: list[tuple[int, SessionState]] = []

    def note(change: StateChange) -> None:
        states.append((time.monotonic_ns() // 1000, change.state))

    with stack(tmp_path / "photos", camera=("--speed", str(SPEED)), transport=transport) as whole:
        async with LiveView(whole.url, scale="full", on_change=note) as view, CameraClient(whole.url) as client:
            await frame_after(view, 0)
            await client.configure(shutter_speed_capture="30")
            states.clear()
            capture = asyncio.create_task(client.capture("slow", 1, timeout_seconds=120))
            remaining: list[float] = []
            while not capture.done():
                status = await client.capture_status()
                if status.is_capturing and view.snapshot is not None and view.snapshot.live.resume_by_seconds:
                    remaining.append(view.snapshot.live.resume_by_seconds)
                await asyncio.wait({capture}, timeout=0.5)
            assert (await capture).success
            (exposed,) = whole.camera.journal("exposed")
            assert exposed["at_us"] - exposed["began_us"] >= 34_000_000
            # The promise was kept: what was said to remain was never too little, and the hold never broke.
            assert min(remaining) > 0
            await frame_after(view, exposed["at_us"])
            during = {state for at, state in states if at < exposed["at_us"]}
            assert during <= {SessionState.HOLD, SessionState.LIVE}
            # A busy machine may take a while to the first frame; the connection stays.
            assert {state for _at, state in states} <= {*during, SessionState.SYNCING, SessionState.LIVE}
