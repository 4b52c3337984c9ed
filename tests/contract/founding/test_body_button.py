"""The body's own button: its photo is brought in, whatever the camera's target, and is nobody's capture."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.support.stack import frame_after, stack

from photonic import CameraClient, LiveView
from photonic.simulator import pixels

if TYPE_CHECKING:
    from pathlib import Path


def counters(photos: Path, session: str) -> list[int]:
    """The numbers of the exposures that a session's photos show."""
    return sorted(pixels.read(photo.read_bytes()).counter for photo in photos.rglob(f"{session}_*.jpg"))


@pytest.mark.parametrize("target", ["card", pytest.param("ram", marks=pytest.mark.long)])
async def test_a_photo_of_the_bodys_button_is_brought_in_and_mistaken_for_no_capture(
    transport: str, tmp_path: Path, target: str
) -> None:
    with stack(tmp_path / "photos", "--capture-target", target, transport=transport) as whole:
        async with LiveView(whole.url, scale="full") as view, CameraClient(whole.url) as client:
            await frame_after(view, 0)
            # Before the first capture, and when that capture's own staging directory is gone.
            for number in (1, 2):
                whole.camera.control.press()
                async with asyncio.timeout(30):
                    async for _frame in view:
                        if len(counters(whole.photo_root, "body")) == number:
                            break
                assert (await client.capture("guest", number)).success
            taken = [record async for record in client.gallery.every_still("body")]
        # Nobody asked the camera how it was set: the file says it.
        assert [(one.metadata.iso, one.metadata.shutter_speed) for one in taken if one.metadata] == [
            ("400", "1/125")
        ] * 2
        assert counters(whole.photo_root, "body") == [1, 3]
        assert counters(whole.photo_root, "guest") == [2, 4]
