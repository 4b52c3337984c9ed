"""A Nikon and a camera without live view behind the whole service: photos come from both, and each says what it is."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from tests.support.stack import frame_after, stack

from photonic import CameraClient, LiveView, SessionState
from photonic.simulator import pixels

if TYPE_CHECKING:
    from photonic.model.api import CaptureAnswer


async def _counter(answer: CaptureAnswer) -> int:
    assert answer.image_path is not None
    return pixels.read(await asyncio.to_thread(Path(answer.image_path).read_bytes)).counter


@pytest.mark.long
async def test_a_nikons_view_is_fresh_after_each_capture(transport: str, tmp_path: Path) -> None:
    with stack(tmp_path / "photos", camera=("--body", "nikon"), transport=transport) as whole:
        async with LiveView(whole.url, scale="full") as view, CameraClient(whole.url) as client:
            await frame_after(view, 0)
            for number in (1, 2, 3):
                assert await _counter(await client.capture("guest", number)) == number
                exposed = whole.camera.journal("exposed")
                assert len(exposed) == number
                assert (await frame_after(view, exposed[-1]["at_us"])).kind == "viewfinder"
            (photo,) = await client.photos(limit=1)
            assert photo.exif is not None
            assert (photo.exif.make, photo.exif.lens) == ("NIKON CORPORATION", "AF-S NIKKOR 50mm f/1.8G")
            assert photo.exif.exposure_seconds == pytest.approx(exposed[-1]["shutter_seconds"])


async def test_a_camera_without_live_view_says_so_and_captures(transport: str, tmp_path: Path) -> None:
    with stack(tmp_path / "photos", camera=("--body", "generic"), transport=transport) as whole:
        async with LiveView(whole.url) as view, CameraClient(whole.url) as client:
            async with asyncio.timeout(30):
                async for change in view.states():
                    if change.snapshot is not None and change.snapshot.live.state == "unsupported":
                        break
            assert view.state is SessionState.WAITING
            assert view.change.reason
            assert "no live view" in view.change.reason
            for number in (1, 2):
                assert await _counter(await client.capture("guest", number)) == number
        async with httpx2.AsyncClient(base_url=whole.url, timeout=10) as http:
            refused = await http.post("/api/v1/camera/liveview/start")
            assert refused.status_code == 501
            assert "live view" in refused.json()["detail"]
        assert whole.counted("viewfinder") == 0
