"""Names from a template on the real stack: folders, pairs, the button's own session, and on after a killed service."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from tests.support.stack import stack

from photonic import CameraClient

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.stack import Stack

TEMPLATE = "{date:%Y}/{session}/{session}_{sequence:04d}_{camera}"


async def press(whole: Stack, client: CameraClient, count: int) -> None:
    """Press the body's button, and wait until there are ``count`` files."""
    whole.camera.control.press()
    async with asyncio.timeout(30):
        status = await client.wait_status("", 0)
        while sum(len(record.files) for record in (await client.captures()).captures) < count:
            status = await client.wait_status(status.boot_id, status.rev)


def below(root: Path) -> list[str]:
    """All photos, by their paths below the root without the year."""
    year = str(datetime.now().astimezone().year)
    return sorted(
        str(path.relative_to(root / "photos" / year)) for path in (root / "photos").rglob("*") if path.is_file()
    )


@pytest.mark.long
async def test_photos_are_called_as_the_template_says(transport: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    options = ("--camera-name", "left", "--photo-name", TEMPLATE, "--body-session", "smith")
    with stack(root, *options, transport=transport) as whole:
        async with CameraClient(whole.url) as client:
            await client.connect()
            await client.settings.change({"image_format": "RAW + L"})
            assert (await client.capture("guest", 7)).success
            await press(whole, client, 4)
        expected = [
            f"{stem}.{suffix}"
            for stem in ("guest/guest_0007_left", "smith/smith_0001_left")
            for suffix in ("cr2", "jpg")
        ]
        assert below(root) == expected
        whole.kill_service()
        whole.start_service()
        async with CameraClient(whole.url) as client:
            await client.connect()
            answer = await client.capture("guest", 7)
            assert answer.success
            await press(whole, client, 8)
        expected += [
            f"{stem}.{suffix}"
            for stem in ("guest/guest_0007_left_2", "smith/smith_0002_left")
            for suffix in ("cr2", "jpg")
        ]
        assert below(root) == sorted(expected)
