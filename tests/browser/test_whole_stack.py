"""The page over the whole real stack: Chromium, service, camera process, libgphoto2, simulated camera."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.support.stack import Stack, stack

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def whole(tmp_path: Path) -> Generator[Stack]:
    with stack(tmp_path / "photos") as running:
        yield running


@pytest.mark.long
async def test_a_missed_focus_is_told_in_words_and_live_view_goes_on(visitor: Visitor, whole: Stack) -> None:
    await visitor.open(whole.url)
    await visitor.live()
    whole.camera.control.fault("autofocus_failure")
    await visitor.page.click("#shutter")
    await visitor.says("result", "focus")
    assert whole.counted("exposed") == 0
    whole.camera.control.clear()
    await visitor.live()
    await visitor.page.click("#shutter")
    await visitor.says("result", "Photo saved")


async def test_a_killed_service_comes_back_without_a_reload(visitor: Visitor, whole: Stack) -> None:
    await visitor.open(whole.url)
    await visitor.live()
    before = await visitor.stamp()
    whole.kill_service()
    await visitor.state("offline")
    await asyncio.to_thread(whole.start_service)
    await visitor.live()
    await visitor.newer_than(before.counter)
    assert visitor.loads == 1
