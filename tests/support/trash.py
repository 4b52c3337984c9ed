"""Photos that are taken, deleted and restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.card_photos import looked_through, request

from photonic.model.status import CapturePhase

if TYPE_CHECKING:
    from tests.support.controllers import Bench, Rig

    from photonic.model.api import CaptureRecord


async def taken(rig: Rig, number: int = 1) -> CaptureRecord:
    await looked_through(rig)
    record = await (await rig.controller.submit(request(number), None)).ended()
    assert record.phase is CapturePhase.SAVED
    return record


def in_trash(bench: Bench) -> list[str]:
    return sorted(path.name for path in (bench.photo_root / ".photonic" / "trash").glob("*/*"))


async def restore(rig: Rig, record: CaptureRecord) -> CaptureRecord:
    restored = await rig.controller.gallery.restore(f"{record.id}-1")
    assert restored is not None
    return restored


async def delete(rig: Rig, record: CaptureRecord) -> CaptureRecord:
    deleted = await rig.controller.gallery.delete(f"{record.id}-1")
    assert deleted is not None
    return deleted
