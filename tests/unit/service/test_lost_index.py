"""An index that is damaged, empty or gone: made again at the start, no second exposure for a key, nothing listed
twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.card_photos import jpeg, looked_through, records, request

from photonic.model.status import CapturePhase

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.controllers import ControllerHarness, ControllerHarnesses

    from photonic.worker.link.card_messages import CardObject


async def captured(harness: ControllerHarness, number: int) -> None:
    harness.process.photos = {f"IMG_{number:04}.JPG": jpeg(f"photo {number}")}
    job = await harness.controller.submit(request(number), f"key-{number}")
    assert (await job.ended()).phase is CapturePhase.SAVED


def lose(index: Path, how: str) -> None:
    match how:
        case "gone":
            index.unlink()
        case "empty":
            index.write_bytes(b"")
        case "damaged":
            index.write_bytes(b"\xff" * index.stat().st_size)
        case _:
            index.write_bytes(index.read_bytes()[: index.stat().st_size // 2])


@pytest.mark.parametrize("how", ["gone", "empty", "damaged", "half"])
async def test_a_lost_index_loses_no_key_and_no_photo_and_lists_nothing_twice(
    harnesses: ControllerHarnesses, how: str
) -> None:
    on_card: dict[CardObject, bytes] = {}
    async with harnesses.running(delete_after_download=False) as harness:
        await looked_through(harness)
        for number in (1, 2, 3):
            await captured(harness, number)
        before = {one.id: one.files for one in await records(harness)}
        on_card.update(harness.process.on_card)
    lose(harnesses.photo_root / ".photonic" / "captures.sqlite3", how)
    async with harnesses.running(prepare=lambda process: process.on_card.update(on_card)) as harness:
        await looked_through(harness)
        for number in (1, 2, 3):
            job = await harness.controller.submit(request(number), f"key-{number}")
            assert (await job.ended()).id in before
        assert harness.process.captures == []
        assert {one.id: one.files for one in await records(harness)} == before
        assert harness.controller.verification.status().rebuilt is not None
        await captured(harness, 4)
        assert len(await records(harness)) == 4
        assert len([path for path in (harnesses.photo_root / "photos").iterdir() if path.suffix == ".jpg"]) == 4
