"""Photos that are taken, deleted and restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.camera_process import JPEG
from tests.support.card_photos import looked_through, request

from photonic.model.status import CapturePhase

if TYPE_CHECKING:
    from tests.support.camera_process import FakeCameraProcess
    from tests.support.controllers import ControllerHarness, ControllerHarnesses

    from photonic.model.api import CaptureRecord

PAIR = {"IMG_0001.JPG": JPEG, "IMG_0001.CR2": b"II*\0raw"}


def pair(process: FakeCameraProcess) -> None:
    process.photos = PAIR


def in_place(harnesses: ControllerHarnesses) -> list[str]:
    return sorted(path.name for path in (harnesses.photo_root / "photos").iterdir())


async def taken(harness: ControllerHarness, number: int = 1) -> CaptureRecord:
    await looked_through(harness)
    record = await (await harness.controller.submit(request(number), None)).ended()
    assert record.phase is CapturePhase.SAVED
    return record


def in_trash(harnesses: ControllerHarnesses) -> list[str]:
    return sorted(path.name for path in (harnesses.photo_root / ".photonic" / "trash").glob("*/*"))


async def restore(harness: ControllerHarness, record: CaptureRecord) -> CaptureRecord:
    restored = await harness.controller.gallery.restore(f"{record.id}-1")
    assert restored is not None
    return restored


async def delete(harness: ControllerHarness, record: CaptureRecord) -> CaptureRecord:
    deleted = await harness.controller.gallery.delete(f"{record.id}-1")
    assert deleted is not None
    return deleted
