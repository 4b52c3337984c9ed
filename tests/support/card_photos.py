"""Photos on the card of a fake camera, and what the service has made of them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tests.support.camera_process import JPEG, FakeCameraProcess

from photonic.model.api import CaptureRecord, CaptureRequest
from photonic.model.status import CapturePhase

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.controllers import ControllerHarness

    from photonic.worker.link.card_messages import CardObject


def request(number: int = 1) -> CaptureRequest:
    return CaptureRequest(session_id="guest", sequence_number=number)


def with_card(*photos: dict[str, bytes]) -> Callable[[FakeCameraProcess], None]:
    def prepare(process: FakeCameraProcess) -> None:
        for files in photos:
            process.shoot(files)

    return prepare


def jpeg(text: str) -> bytes:
    return JPEG[:4] + text.encode() + JPEG[4:]


OLD = {"IMG_0900.JPG": jpeg("old")}
CAMERA_AHEAD = 3 * 3600
"""The camera's clock is that far ahead of ours."""


def now_on_camera() -> int:
    return int(time.time()) + CAMERA_AHEAD


async def teach_the_clock(harness: ControllerHarness, ago: int = 0) -> None:
    """A capture that is saved tells how far the camera's clock is ahead.

    ``ago``: how many seconds ago the photo was taken, where the service's clock is behind by as much.
    """
    harness.process.camera_seconds = now_on_camera() - ago - 1  # the shot adds one
    photos, harness.process.photos = harness.process.photos, {"IMG_0800.JPG": jpeg("first")}
    assert (await (await harness.controller.submit(request(0), None)).ended()).phase is CapturePhase.SAVED
    harness.process.photos = photos


async def looked_through(harness: ControllerHarness) -> None:
    """Ready, and the card has been seen: a service that is stopped now knows at the next start what was on it."""
    await harness.until_ready()
    await asyncio.wait_for(harness.process.listed.wait(), 20)
    journal = harness.controller._photos.journal  # pyright: ignore[reportPrivateUsage]

    async def recorded() -> bool:
        statement = "SELECT count(*) FROM sights WHERE card <> ''"
        return await journal.read(lambda connection: connection.execute(statement).fetchone()[0]) > 0

    await harness.until_true(recorded)


async def records(harness: ControllerHarness) -> list[CaptureRecord]:
    return list((await harness.controller.captures_page(None, 100)).captures)


async def saved(harness: ControllerHarness, count: int) -> list[CaptureRecord]:
    await harness.until(lambda: (harness.controller.snapshot().capture_count or 0) >= count)
    return await records(harness)


def files(harness: ControllerHarness) -> int:
    place = harness.controller._photos.root.path / "photos"  # pyright: ignore[reportPrivateUsage]
    return sum(1 for path in place.rglob("*") if path.is_file())


RAW = b"II*\0" + b"raw" * 50


def come(
    harness: ControllerHarness, taken: CardObject, capture_id: str | None, staging_name: str | None = None
) -> Path:
    """The camera process stages a file outside every capture."""
    content = harness.process.on_card[taken]
    place = harness.controller._photos.root.path / ".staging" / (staging_name or f"body-{len(content)}-1-{taken.name}")  # pyright: ignore[reportPrivateUsage]
    harness.process.stage(taken, content, place, capture_id)
    return place


async def settled(harness: ControllerHarness) -> None:
    await harness.controller._photos.photo_importer.drained()  # pyright: ignore[reportPrivateUsage]
