"""libgphoto2's own virtual USB camera behind the whole service: captures work, and it says that it has no live view."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from PIL import Image
from tests.support.commands import running

from photonic import CameraClient, LiveView, SessionState

if TYPE_CHECKING:
    from collections.abc import Generator


@pytest.fixture
def url(tmp_path: Path) -> Generator[str]:
    pictures = tmp_path / "camera"
    pictures.mkdir()
    Image.new("RGB", (640, 480), "teal").save(pictures / "one.jpg")
    where = ("--camera", f"vusb:{pictures}", "--port", "0", "--photo-root", str(tmp_path / "photos"))
    with running("serve", *where) as service:
        yield service.url()


async def test_it_captures_and_is_honest_about_its_live_view(url: str) -> None:
    async with LiveView(url) as view, CameraClient(url) as client:
        async with asyncio.timeout(30):
            async for change in view.states():
                if change.snapshot is not None and change.snapshot.live.state == "unsupported":
                    break
        assert view.state is SessionState.WAITING
        assert view.change.reason
        assert "no live view" in view.change.reason
        assert view.newest is None
        for number in (1, 2):
            answer = await client.capture("virtual", number)
            assert answer.image_path is not None
            assert await asyncio.to_thread(Path(answer.image_path).is_file)
        assert (await client.status()).capture_count == 2
    async with httpx2.AsyncClient(base_url=url, timeout=10) as http:
        refused = await http.post("/api/v1/camera/liveview/start")
        assert refused.status_code == 501
        assert "live view" in refused.json()["detail"]
