"""The service on a disk that refuses: full, without inodes, read-only or broken, at each change of a run.

When the disk is well again, every photo that a client was told is saved is there, and every photo on the card comes in.
"""

from __future__ import annotations

import errno
import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from tests.crash.disks.failing_disk import Plan
from tests.crash.disks.mounted import FailingMount, failing_disk
from tests.support import index_reader
from tests.support.camera_process import JPEG, FakeCameraProcess
from tests.support.controllers import ControllerHarness, ControllerHarnesses
from tests.support.waiting import until_true

from photonic.errors import CaptureError, FailureKind, PhotonicError
from photonic.model.api import CaptureRequest
from photonic.model.status import CapturePhase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from photonic.worker.link.card_messages import CardObject

STRIDE = 20
"""The step from one tried change of a run to the next; each kind begins at another one."""
LAST = 600
"""More changes than a run has."""
KINDS = {
    "full": Plan(errno.ENOSPC),
    "no-room-once": Plan(errno.ENOSPC, once=True),
    "read-only": Plan(errno.EROFS),
    "broken-once": Plan(errno.EIO, once=True),
    "broken": Plan(errno.EIO, reads=True),
}


@pytest.fixture(params=[True, pytest.param(False, marks=pytest.mark.long)], ids=["links", "no-links"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FailingMount]:
    with failing_disk(tmp_path / "disk", hard_links=request.param) as mounted:
        yield mounted


class Run:
    """One run on a root of its own: what is on the card, and what clients were told."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.harnesses = ControllerHarnesses(root)
        self.card: dict[CardObject, bytes] = {}
        self.saved: set[str] = set()

    def prepare(self, process: FakeCameraProcess) -> None:
        """A camera with this card; what the disk refuses of a download is a failure of the capture."""
        stage = process.stage

        def staged(taken: CardObject, content: bytes, path: Path, capture_id: str | None) -> None:
            try:
                stage(taken, content, path, capture_id)
            except OSError as error:
                raise CaptureError(str(error), kind=FailureKind.HOST_STORAGE_FULL) from error

        process.on_card = self.card
        process.stage = staged

    async def capture(self, harness: ControllerHarness, number: int) -> str | None:
        """Take a photo; returns its id if the client was told that it is saved."""
        harness.process.on_card = self.card
        harness.process.photos = {f"IMG_{number:04}.JPG": JPEG[:2] + b"%d" % number + JPEG[2:]}
        try:
            record = await (await harness.controller.submit(_request(number), f"key-{number}")).ended()
        except PhotonicError:
            return None
        finally:
            self.card = harness.process.on_card
        if record.phase is not CapturePhase.SAVED:
            return None
        self.saved |= {file.sha256 for file in record.files}
        return record.files[0].id

    def check(self) -> None:
        """Index, folder and trash have the same photos, once, and all that was promised or is on the card."""
        index = index_reader.read({0: self.root})
        recorded = {file.path: file.sha256 for capture in index.captures.values() for file in capture.files}
        there = {
            str(path.relative_to(self.root)): hashlib.sha256(path.read_bytes()).hexdigest()
            for folder in ("photos", ".photonic/trash")
            for path in (self.root / folder).rglob("*")
            if path.is_file()
        }
        assert there == recorded
        hashes = sorted(recorded.values())
        assert hashes == sorted({hashlib.sha256(content).hexdigest() for content in self.card.values()})
        assert self.saved <= set(hashes)
        assert [path for path in (self.root / ".staging").rglob("*") if path.is_file()] == []


def _request(number: int) -> CaptureRequest:
    return CaptureRequest(session_id="guest", sequence_number=number)


async def disturbed(disk: FailingMount, root: Path, plan: Plan) -> int:
    """A run whose disk refuses something in the middle; returns how many changes there were."""
    run = Run(root)
    async with run.harnesses.running(prepare=run.prepare) as harness:
        await harness.until_ready()
        first = await run.capture(harness, 1)
        assert first is not None
        disk.plan(plan)
        await run.capture(harness, 2)
        with suppress(PhotonicError):
            await harness.controller.gallery.delete(first)
        with suppress(PhotonicError):
            await harness.controller.gallery.restore(first)
    changes = disk.plan(Plan())
    async with run.harnesses.running(prepare=run.prepare) as harness:
        await harness.until_ready()
        await harness.until(lambda: harness.controller.snapshot().capture_count == len(run.card))
        assert await run.capture(harness, 3) is not None
        await until_true(lambda: harness.controller._photos.trash._reconciled)  # pyright: ignore[reportPrivateUsage]
    run.check()
    return changes


@pytest.mark.parametrize("kind", KINDS)
async def test_no_photo_is_lost_and_none_is_there_twice(disk: FailingMount, kind: str) -> None:
    plan = KINDS[kind]
    for moment in (3, 20, 45):
        await disturbed(disk, disk.path / f"root-{moment}", _at(plan, moment))


@pytest.mark.long
@pytest.mark.parametrize(("first", "kind"), list(enumerate(KINDS, start=1)))
async def test_no_photo_is_lost_whichever_change_is_refused(disk: FailingMount, kind: str, first: int) -> None:
    plan = KINDS[kind]
    for moment in range(first * STRIDE // len(KINDS), LAST, STRIDE):
        if await disturbed(disk, disk.path / f"root-{moment}", _at(plan, moment)) < moment:
            return
    pytest.fail("the run has more changes than were tried")


def _at(plan: Plan, moment: int) -> Plan:
    return Plan(plan.number, moment, once=plan.once, reads=plan.reads)


async def test_a_disk_without_inodes_loses_no_photo(tmp_path: Path) -> None:
    with failing_disk(tmp_path / "disk", inodes=40) as disk:
        run = Run(disk.path / "root")
        async with run.harnesses.running(prepare=run.prepare) as harness:
            await harness.until_ready()
            assert await run.capture(harness, 1) is not None
            fillers = [disk.path / f"{number}" for number in range(60)]
            with suppress(OSError):
                for filler in fillers:
                    filler.touch()
            assert await run.capture(harness, 2) is None
            for filler in fillers:
                filler.unlink(missing_ok=True)
            assert await run.capture(harness, 3) is not None
        async with run.harnesses.running(prepare=run.prepare) as harness:
            await harness.until_ready()
            await harness.until(lambda: harness.controller.snapshot().capture_count == len(run.card))
        run.check()
